using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Policy.Indices;

/// <summary>
/// Patterns of index names: <c>*</c> is any run, <c>?</c> one character, <c>**</c> alone every name. A pattern that does not begin
/// with a dot matches no name that does, as hidden and system indices begin so.
/// </summary>
internal sealed class IndexSyntax : PatternSyntax
{
    // What no index, alias or stream can have in its name; the colon divides a remote cluster's name from it.
    private const string Impossible = "\\/\"<>| ,#";

    /// <inheritdoc/>
    public override string Everything => "*";

    /// <inheritdoc/>
    public override bool TryParse(string text, [NotNullWhen(true)] out ResourcePattern? pattern, [NotNullWhen(false)] out string? error)
    {
        var tokens = new List<PatternToken>();
        error = CheckText(text) ?? CheckForm(text) ?? Tokenize(text, tokens);
        pattern = error is null ? new ResourcePattern(text, tokens.ToArray(), isIndex: true) : null;
        return error is null;
    }

    private static string? CheckForm(string text)
    {
        if (text[0] == '/')
        {
            return "is a regular expression; write it with `*` for any run and `?` for one character, in several patterns if need be";
        }

        if (text[0] == '<')
        {
            return "is date math, which names another index every day; write what comes before the braces and `*`";
        }

        if (text[0] is '-' or '+' or '_')
        {
            return $"begins with `{text[0]}`, as no index can";
        }

        return text.Contains("::", StringComparison.Ordinal) ? "has a selector; the name alone is written, and failures are the privilege `index:read_failure_store`"
            : text.AsSpan().Count(':') > 1 ? "has more than one `:`, the end of a remote cluster's name"
            : null;
    }

    private static string? Tokenize(string text, List<PatternToken> tokens)
    {
        if (text == "**")
        {
            tokens.Add(new PatternToken(PatternTokenKind.DoubleStar));
            return null;
        }

        if (text[0] is '*' or '?' || text.StartsWith("${", StringComparison.Ordinal))
        {
            tokens.Add(new PatternToken(PatternTokenKind.NoDot));
        }

        int colon = text.IndexOf(':');
        int literal = 0;
        int slots = 0;
        int wildcards = 0;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] is '*' or '?')
            {
                AddLiteral(text[literal..i], tokens);
                int run = text[i] == '?' ? 1 : text.AsSpan(i).IndexOfAnyExcept('*') is int end and >= 0 ? end : text.Length - i;
                if (run > 2 || ++wildcards > MaxWildcards)
                {
                    return run > 2 ? "has more than two `*` in a row" : $"has more than {MaxWildcards} wildcards";
                }

                tokens.Add(new PatternToken(text[i] == '?' ? PatternTokenKind.One : PatternTokenKind.DoubleStar));
                literal = i += run;
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
            else if (Fault(text, i, colon) is { } fault)
            {
                return fault;
            }
            else
            {
                i++;
            }
        }

        AddLiteral(text[literal..], tokens);
        return null;
    }

    // Names of remote clusters may have capital letters, names of indices may not.
    private static string? Fault(string text, int at, int colon)
    {
        if (Impossible.Contains(text[at]))
        {
            return $"has a `{text[at]}`, as no index can{(text[at] is ',' or ' ' ? "; write two patterns" : "")}";
        }

        bool isLow = char.IsLowSurrogate(text[at]);
        return at > colon && !isLow && Rune.TryGetRuneAt(text, at, out Rune rune) && Rune.ToLowerInvariant(rune) != rune
            ? $"has a capital letter, `{rune}`, as no index can; `?` stands for any one character"
            : null;
    }
}
