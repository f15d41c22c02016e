using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Audit.Patterns;

/// <summary>
/// Patterns of ignore policies, as Elasticsearch writes them: <c>*</c> is any text and <c>?</c> any character, <c>\</c> takes the
/// next character as it is, and between two slashes stands a regular expression (<see cref="RegexParser"/>). Case counts,
/// and a pattern must match the whole name.
/// </summary>
internal static class PatternParser
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int MaxLength = 512;

    /// <summary>Parses a pattern; null with the reason where it is none.</summary>
    public static PatternNode? Parse(string text, out string? reason)
    {
        if (text.Length > MaxLength)
        {
            reason = $"it is longer than {MaxLength} characters";
            return null;
        }

        if (!TryDecode(text, out int[] symbols))
        {
            reason = "it holds a control character or half a character";
            return null;
        }

        if (!text.StartsWith('/'))
        {
            return ParseWildcards(symbols, out reason);
        }

        if (text.Length < 3 || !text.EndsWith('/'))
        {
            reason = @"what begins with `/` is a regular expression and ends with `/`; for a name that begins with a slash write `\/`";
            return null;
        }

        return new RegexParser(symbols[1..^1]).Parse(out reason);
    }

    private static SequenceNode? ParseWildcards(int[] symbols, out string? reason)
    {
        ImmutableArray<PatternNode>.Builder parts = ImmutableArray.CreateBuilder<PatternNode>(symbols.Length);
        reason = null;
        for (int i = 0; i < symbols.Length; i++)
        {
            switch (symbols[i])
            {
                case '*':
                    parts.Add(PatternNode.Anything);
                    break;
                case '?':
                    parts.Add(new CharsNode(CharSet.All));
                    break;
                case '\\' when i + 1 == symbols.Length:
                    reason = @"it ends with `\`, which needs a character behind it";
                    return null;
                case '\\':
                    parts.Add(new CharsNode(CharSet.Of(symbols[++i])));
                    break;
                default:
                    parts.Add(new CharsNode(CharSet.Of(symbols[i])));
                    break;
            }
        }

        return new SequenceNode(parts.ToImmutable());
    }

    private static bool TryDecode(string text, out int[] symbols)
    {
        List<int> list = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // An unpaired surrogate is enumerated as U+FFFD; written as itself it could not be told from it.
            if (Rune.IsControl(rune) || rune.Value == 0xFFFD)
            {
                symbols = [];
                return false;
            }

            list.Add(rune.Value);
        }

        symbols = [.. list];
        return true;
    }
}
