using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Policy.Topics;

/// <summary>
/// Patterns of topics are MQTT's filters: <c>+</c> is one level, <c>#</c> at the end the level before it and all below. What begins
/// with a wildcard never allows names that begin with <c>$</c>, but denies them.
/// </summary>
internal sealed class TopicSyntax(bool isWide) : PatternSyntax
{
    // What a broker reads as something to do with the topic behind it; the gate decides on that one.
    private static readonly string[] Wrappers = ["$share", "$queue", "$exclusive", "$delayed"];

    /// <inheritdoc/>
    public override string Everything => "#";

    /// <inheritdoc/>
    public override bool TryParse(string text, [NotNullWhen(true)] out ResourcePattern? pattern, [NotNullWhen(false)] out string? error)
    {
        var tokens = new List<PatternToken>();
        error = CheckText(text) ?? CheckForm(text) ?? Tokenize(text, tokens);
        pattern = error is null ? new ResourcePattern(text, [.. tokens], topic: TopicForm.Of(text, [.. tokens], isWide)) : null;
        return error is null;
    }

    private static string? CheckForm(string text)
    {
        if (text.Contains('\0'))
        {
            return "holds a NUL, as no topic can";
        }

        string[] levels = text.Split('/');
        if (Array.IndexOf(Wrappers, levels[0]) >= 0)
        {
            return $"begins with `{levels[0]}/`, which is no part of a topic; write the topic behind it, on which the gate decides";
        }

        for (int i = 0; i < levels.Length; i++)
        {
            if (levels[i].Contains('+') && levels[i] != "+")
            {
                return "has a `+` beside other text; it stands for a whole level";
            }

            if (levels[i].Contains('#') && (levels[i] != "#" || i < levels.Length - 1))
            {
                return "has a `#` elsewhere than alone in the last level";
            }
        }

        return levels.Count(static level => level is "+" or "#") > MaxWildcards ? $"has more than {MaxWildcards} wildcards" : null;
    }

    private static string? Tokenize(string text, List<PatternToken> tokens)
    {
        int literal = 0;
        int slots = 0;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] == '+')
            {
                AddLiteral(text[literal..i], tokens);
                tokens.Add(new PatternToken(PatternTokenKind.Star));
                literal = ++i;
            }
            else if (text[i] == '#')
            {
                // The last one. The `/` before it belongs to it, as the level above is meant too.
                AddLiteral(i == 0 ? "" : text[literal..(i - 1)], tokens);
                tokens.Add(new PatternToken(i == 0 ? PatternTokenKind.DoubleStar : PatternTokenKind.Below));
                literal = ++i;
            }
            else if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{')
            {
                AddLiteral(text[literal..i], tokens);
                if (!TryReadSlot(text, i, slots, out PatternToken token, out int next, out string? error))
                {
                    return error;
                }

                tokens.Add(token);
                slots++;
                literal = i = next;
            }
            else
            {
                i++;
            }
        }

        AddLiteral(text[literal..], tokens);
        return null;
    }
}
