using System.Text;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>User names by regular expressions, as far as <c>*</c> says the same: text, with or without an anchor at either end.</summary>
internal static class NamePatterns
{
    private const int MaxLength = 256;

    /// <summary>Whom an expression means, without anchors anywhere in the name; null where it says more than text.</summary>
    public static RuleWho? Read(string expression)
    {
        if (expression.Length is 0 or > MaxLength)
        {
            return null;
        }

        bool isAtStart = expression[0] == '^';
        string rest = isAtStart ? expression[1..] : expression;
        bool isAtEnd = rest.EndsWith('$') && !rest.EndsWith("\\$", StringComparison.Ordinal);
        rest = isAtEnd ? rest[..^1] : rest;
        (isAtStart, rest) = rest.StartsWith(".*", StringComparison.Ordinal) ? (false, rest[2..]) : (isAtStart, rest);
        (isAtEnd, rest) = rest.EndsWith(".*", StringComparison.Ordinal) && !rest.EndsWith("\\.*", StringComparison.Ordinal) ? (false, rest[..^2]) : (isAtEnd, rest);
        if (Literal(rest) is not { } text)
        {
            return null;
        }

        return isAtStart && isAtEnd
            ? text.Length == 0 ? null : new RuleWho(WhoKind.User, text)
            : new RuleWho(WhoKind.Users, text.Length == 0 ? "*" : $"{(isAtStart ? "" : "*")}{text}{(isAtEnd ? "" : "*")}");
    }

    /// <summary>Whether a name can be written where <c>*</c> is any text.</summary>
    public static bool CanBeNamed(string name) => name.Length is > 0 and <= MaxLength && !name.Contains('*') && !name.Any(char.IsControl);

    /// <summary>Whether a pattern with <c>*</c> at its ends matches.</summary>
    public static bool Matches(string pattern, string name)
    {
        bool isOpenAtStart = pattern.StartsWith('*');
        bool isOpenAtEnd = pattern.EndsWith('*');
        string text = pattern.Trim('*');
        return (isOpenAtStart, isOpenAtEnd) switch
        {
            (true, true) => name.Contains(text, StringComparison.Ordinal),
            (true, false) => name.EndsWith(text, StringComparison.Ordinal),
            (false, true) => name.StartsWith(text, StringComparison.Ordinal),
            _ => name == text,
        };
    }

    // Letters, digits and what means nothing else in an expression; a backslash only before a sign.
    private static string? Literal(string expression)
    {
        var text = new StringBuilder();
        for (int i = 0; i < expression.Length; i++)
        {
            char c = expression[i];
            if (c == '\\' && i + 1 < expression.Length && expression[i + 1] is '.' or '-' or '_' or '@')
            {
                text.Append(expression[++i]);
            }
            else if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '@' or ':' or '/' or ' ')
            {
                text.Append(c);
            }
            else
            {
                return null;
            }
        }

        return text.ToString();
    }
}
