using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Policy.Names;

/// <summary>
/// Patterns of Ignite's names: <c>*</c> is any run of characters, dots and slashes too. Of tables and zones, letters outside quotes
/// become upper case, as SQL reads them; of classes and units they stay; where both could be meant, neither would be right.
/// </summary>
internal sealed class IgniteSyntax : PatternSyntax
{
    private static readonly IgniteSyntax[] ByKinds = [.. Enumerable.Range(0, 8).Select(static kinds => new IgniteSyntax((NameKinds)kinds))];

    private readonly NameKinds _kinds;

    private IgniteSyntax(NameKinds kinds) => _kinds = kinds;

    /// <inheritdoc/>
    public override string Everything => "*";

    /// <summary>The syntax of grants that speak of these.</summary>
    public static PatternSyntax For(NameKinds kinds) => ByKinds[(int)kinds];

    /// <inheritdoc/>
    public override bool TryParse(string text, [NotNullWhen(true)] out ResourcePattern? pattern, [NotNullWhen(false)] out string? error)
    {
        pattern = null;
        error = CheckText(text);
        if (error is null)
        {
            var reading = new NameReading(text, _kinds);
            error = reading.Read();
            pattern = error is null ? new ResourcePattern(text, [.. reading.Tokens], names: new NameForm([.. reading.Places])) : null;
        }

        return error is null;
    }

    /// <summary>One reading of a pattern.</summary>
    private sealed class NameReading(string text, NameKinds kinds)
    {
        private readonly bool _isCode = (kinds & ~NameKinds.Code) == NameKinds.None;
        private readonly bool _isMixed = kinds.HasFlag(NameKinds.Code) && (kinds & ~NameKinds.Code) != NameKinds.None;
        private readonly System.Text.StringBuilder _literal = new();
        private int _wildcards;
        private int _dots;
        private int _partAt;

        public List<PatternToken> Tokens { get; } = [];

        public List<SlotPlace> Places { get; } = [];

        public string? Read()
        {
            string? error = null;
            for (int i = 0; i < text.Length && error is null;)
            {
                error = text[i] switch
                {
                    '*' => Star(ref i),
                    '$' when i + 1 < text.Length && text[i + 1] == '{' => Slot(text, ref i, _isCode ? SlotPlace.Code : SlotPlace.Identifier),
                    '"' when !_isCode => Quoted(ref i),
                    _ => Character(ref i),
                };
            }

            Flush();
            bool isName = _wildcards == 0 && Places.Count == 0 && !_isCode && !_isMixed;
            return error ?? (Tokens.Count > 0 && isName ? Parts() : null);
        }

        // What no name can be would never match, and a deny of it would deny nothing.
        private string? Parts() =>
            _partAt == text.Length ? "ends with a dot"
            : kinds == NameKinds.Zone ? (_dots == 0 ? null : "is no zone; a zone's name has one part")
            : _dots > 1 ? "has more than two parts; a table is `SCHEMA.TABLE`"
            : _dots == 0 && !kinds.HasFlag(NameKinds.Zone) ? $"is no table; write `SCHEMA.TABLE`, such as `PUBLIC.{text.ToUpperInvariant()}`"
            : null;

        private string? Star(ref int at)
        {
            Flush();
            int run = text.AsSpan(at).IndexOfAnyExcept('*') is int end and >= 0 ? end : text.Length - at;
            at += run;
            return Wildcard();
        }

        private string? Wildcard()
        {
            if (Tokens.Count == 0 || Tokens[^1].Kind != PatternTokenKind.DoubleStar)
            {
                Tokens.Add(new PatternToken(PatternTokenKind.DoubleStar));
            }

            return ++_wildcards > MaxWildcards ? $"has more than {MaxWildcards} wildcards" : null;
        }

        private string? Slot(string from, ref int at, SlotPlace place)
        {
            if (_isMixed && place == SlotPlace.Identifier)
            {
                return "has a placeholder, and its grant speaks of tables, where letters become upper case, and of classes, where they stay; make it two grants";
            }

            Flush();
            if (!TryReadSlot(from, at, Places.Count, out PatternToken token, out int next, out string? error))
            {
                return error;
            }

            Tokens.Add(token);
            Places.Add(place);
            at = next;
            return null;
        }

        private string? Character(ref int at)
        {
            char c = text[at++];
            if (c == '.')
            {
                bool isEmpty = at - 1 == _partAt && !_isCode;
                _dots++;
                _partAt = at;
                _literal.Append(c);
                return isEmpty ? "has a dot with nothing before it" : null;
            }

            if (_isMixed && char.IsLower(c))
            {
                return "has lower-case letters, and its grant speaks of tables, where they become upper case, and of classes, where they stay; make it two grants";
            }

            if (!_isCode && !_isMixed && !char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return $"has `{(char.IsControl(c) ? '?' : c)}` outside quotes; a name with it stands in double quotes: `PUBLIC.\"my-table\"`";
            }

            if (!_isCode && !_isMixed && char.IsAsciiDigit(c) && at - 1 == _partAt)
            {
                return "has a part that begins with a digit outside quotes; such a name stands in double quotes";
            }

            _literal.Append(_isCode || _isMixed ? c : char.ToUpperInvariant(c));
            return null;
        }

        private string? Quoted(ref int at)
        {
            if (at != _partAt)
            {
                return "has a double quote inside a part; a name in quotes stands between dots, with a quote of its own as two";
            }

            var content = new System.Text.StringBuilder();
            int i = at + 1;
            for (; i < text.Length && (text[i] != '"' || (i + 1 < text.Length && text[i + 1] == '"')); i++)
            {
                i += text[i] == '"' ? 1 : 0;
                content.Append(text[i]);
            }

            if (i >= text.Length || content.Length == 0)
            {
                return i >= text.Length ? "has a double quote without its other one" : "has an empty name in quotes";
            }

            if (i + 1 < text.Length && text[i + 1] != '.')
            {
                return "has text right behind a name in quotes; behind it stands a dot or nothing";
            }

            at = i + 1;
            return Content(content.ToString());
        }

        private string? Content(string content)
        {
            if (!content.Contains('*') && !content.Contains("${", StringComparison.Ordinal))
            {
                _literal.Append(IgniteNames.PartOf(content));
                return null;
            }

            int whole = 0;
            if (content.StartsWith("${", StringComparison.Ordinal) && content.IndexOf('}', StringComparison.Ordinal) == content.Length - 1)
            {
                return Slot(content, ref whole, SlotPlace.Part);
            }

            _literal.Append('"');
            bool isSure = char.IsAsciiDigit(content[0]);
            for (int i = 0; i < content.Length;)
            {
                if (content[i] == '*')
                {
                    i++;
                    Flush();
                    if (Wildcard() is { } tooMany)
                    {
                        return tooMany;
                    }
                }
                else if (content[i] == '$' && i + 1 < content.Length && content[i + 1] == '{')
                {
                    if (Slot(content, ref i, SlotPlace.InQuotes) is { } wrong)
                    {
                        return wrong;
                    }
                }
                else
                {
                    isSure |= IgniteNames.IsNeverBare(content.AsSpan(i, 1));
                    _literal.Append(content[i] == '"' ? "\"\"" : content[i].ToString());
                    i++;
                }
            }

            _literal.Append('"');

            // `"ORD*"` would match "ORDx" but not ORDERS, which is written without quotes: nobody means that.
            return isSure ? null : "has a wildcard between quotes and only what stands in names without quotes too; write it without them";
        }

        private void Flush()
        {
            AddLiteral(_literal.ToString(), Tokens);
            _literal.Clear();
        }
    }
}
