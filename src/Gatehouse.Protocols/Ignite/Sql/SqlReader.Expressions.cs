namespace Gatehouse.Protocols.Ignite.Sql;

/// <content>Expressions: passed over loosely, but every bracket is looked into and every word that may begin a table is known or refused.</content>
internal sealed partial class SqlReader
{
    /// <summary>What the brackets around an expression allow in it.</summary>
    [Flags]
    private enum Inside
    {
        Nothing = 0,
        Brackets = 1,
        From = 2,
        For = 4,
        Using = 8,
        Where = 16,
    }

    private enum Step
    {
        Pass,
        Stop,
        Done,
        Refused,
    }

    private bool Expressions()
    {
        do
        {
            if (!Expression(Inside.Nothing))
            {
                return false;
            }
        }
        while (TakeMark(','));

        return true;
    }

    /// <summary>Passes over an expression, up to a word or a mark that is none of it.</summary>
    private bool Expression(Inside inside)
    {
        int start = _at;
        int cases = 0;
        while (true)
        {
            SqlToken token = Now;
            if (token.Kind is SqlTokenKind.End or SqlTokenKind.HintBegin or SqlTokenKind.HintEnd || token.Mark is ';' or ')' or ',' or '}')
            {
                break;
            }

            if (token.Mark is '(' or '{')
            {
                if (!(token.Mark == '(' ? Brackets(InsideOf()) : JdbcEscape()))
                {
                    return false;
                }

                continue;
            }

            // ARRAY[...] and a[1]: what may stand in them is not followed.
            if (token.Mark is '[' or ']')
            {
                return Fail("syntax");
            }

            Step step = token.Kind == SqlTokenKind.Word ? Word(token.Word, inside, ref cases) : Step.Pass;
            if (step == Step.Refused)
            {
                return false;
            }

            if (step == Step.Stop)
            {
                break;
            }

            inside &= token.Word == SqlWord.From && step == Step.Pass && !IsDistinctFrom ? ~Inside.From : ~Inside.Nothing;
            _at += step == Step.Pass ? 1 : 0;
        }

        return (_at > start && cases == 0) || Fail("syntax");
    }

    // Before a bracket: whose bracket is it?
    private Inside InsideOf()
    {
        if (Before.Kind != SqlTokenKind.Word || BeforeThat.Mark == '.')
        {
            return Inside.Brackets;
        }

        return Inside.Brackets | Before.Word switch
        {
            SqlWord.Extract or SqlWord.Trim or SqlWord.Position => Inside.From,
            SqlWord.Substring or SqlWord.Overlay => Inside.From | Inside.For,
            SqlWord.Translate or SqlWord.Convert => Inside.Using,
            SqlWord.Filter => Inside.Where,
            _ => Inside.Nothing,
        };
    }

    /// <summary>Brackets in an expression: nothing, expressions or queries, divided by commas.</summary>
    private bool Brackets(Inside inside)
    {
        _at++;
        if (TakeMark(')'))
        {
            return true;
        }

        do
        {
            if (!(IsQueryStart ? Query() : Expression(inside)))
            {
                return false;
            }
        }
        while (TakeMark(','));

        return ExpectMark(')');
    }

    /// <summary>{d '...'}, {t '...'}, {ts '...'}, {fn name(...)}.</summary>
    private bool JdbcEscape()
    {
        _at++;
        ReadOnlySpan<char> word = text.AsSpan(Now.Start, Now.Kind == SqlTokenKind.Word ? Now.Length : 0);
        if (word.Equals("fn", StringComparison.OrdinalIgnoreCase))
        {
            _at++;
            bool isName = Now.Kind == SqlTokenKind.Word && (Now.Word is SqlWord.Left or SqlWord.Right || !SqlWords.IsStructural(Now.Word));
            _at++;
            return isName && Now.Mark == '(' ? Brackets(Inside.Brackets) && ExpectMark('}') : Fail("syntax");
        }

        bool isLiteral = word.Equals("d", StringComparison.OrdinalIgnoreCase) || word.Equals("t", StringComparison.OrdinalIgnoreCase) ||
            word.Equals("ts", StringComparison.OrdinalIgnoreCase);
        _at++;
        return isLiteral ? ExpectKind(SqlTokenKind.Text) && ExpectMark('}') : Fail("syntax");
    }

    private bool IsDistinctFrom => Before.Word == SqlWord.Distinct && _at > 2 &&
        (BeforeThat.Word == SqlWord.Is ? tokens[_at - 3].Mark != '.' : BeforeThat.Word == SqlWord.Not && tokens[_at - 3].Word == SqlWord.Is && (_at < 4 || tokens[_at - 4].Mark != '.'));

    private Step Word(SqlWord word, Inside inside, ref int cases)
    {
        bool inBrackets = inside.HasFlag(Inside.Brackets);
        switch (word)
        {
            case SqlWord.Case:
                cases++;
                return Step.Pass;
            case SqlWord.End:
                cases--;
                return cases < 0 ? Refuse("syntax") : Step.Pass;
            case SqlWord.When:
                return PassIf(cases > 0);
            case SqlWord.From:
                return Before.Word == SqlWord.Distinct && !IsDistinctFrom ? Refuse("syntax") : PassIf(IsDistinctFrom || inside.HasFlag(Inside.From));
            case SqlWord.For:
                return PassIf(inside.HasFlag(Inside.For));
            case SqlWord.Value:
                // NEXT VALUE FOR a sequence.
                return Before.Word is SqlWord.Next or SqlWord.Current ? Refuse("clause") : Step.Pass;
            case SqlWord.Using:
                return PassIf(inside.HasFlag(Inside.Using));
            case SqlWord.Where:
                return PassIf(inside.HasFlag(Inside.Where) && Before.Mark == '(');
            case SqlWord.Order:
                return PassIf(inBrackets && Ahead.Word == SqlWord.By);
            case SqlWord.Returning:
                // Of JSON functions; behind a write it would be a clause of which nothing is known.
                return inBrackets ? Step.Pass : Refuse("clause");
            case SqlWord.Limit or SqlWord.Offset or SqlWord.Fetch:
                return PassIf(inBrackets);
            case SqlWord.Group:
                return PassIf((Before.Word == SqlWord.Within && Ahead.Mark == '(') || (inBrackets && Before.Word == SqlWord.Exclude));
            case SqlWord.Left or SqlWord.Right:
                return PassIf(Ahead.Mark == '(');
            case SqlWord.On:
                return PassIf(inBrackets && Ahead.Word is SqlWord.Empty or SqlWord.Error or SqlWord.Null);
            case SqlWord.With:
                return PassIf(Ahead.Word is SqlWord.Time or SqlWord.Local || (inBrackets && Ahead.Word is SqlWord.Wrapper or SqlWord.Conditional or SqlWord.Unconditional or SqlWord.Array or SqlWord.Unique));
            case SqlWord.As:
                return PassIf(Ahead.Kind is SqlTokenKind.Word or SqlTokenKind.Quoted or SqlTokenKind.UnicodeQuoted);
            case SqlWord.Multiset:
                return Ahead.Mark == '(' ? Step.Pass : Refuse("clause");
            case SqlWord.Union or SqlWord.Intersect or SqlWord.Except or SqlWord.Minus:
                return !inBrackets ? Step.Stop : SetOperators() ? Step.Done : Step.Refused;
            default:
                return PassIf(!SqlWords.IsStructural(word));
        }
    }

    private Step Refuse(string reason)
    {
        Fail(reason);
        return Step.Refused;
    }

    private static Step PassIf(bool passes) => passes ? Step.Pass : Step.Stop;
}
