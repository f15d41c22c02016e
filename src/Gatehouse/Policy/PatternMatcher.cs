using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Gatehouse.Identity;

namespace Gatehouse.Policy;

/// <summary>
/// Whether a name matches a pattern: the one place that says so, for table lookups, recorded decisions and explanations
/// alike. No allocation; time grows with the length of the name times the number of <c>/</c> in the pattern, never
/// with the number of ways to read it.
/// </summary>
internal static class PatternMatcher
{
    /// <summary>Longest value of a placeholder in UTF-8 bytes; a longer one matches nowhere.</summary>
    public const int MaxSlotValue = 512;

    private static readonly SearchValues<char> Refused = SearchValues.Create("*+#/");

    /// <summary>Matches a pattern of any kind.</summary>
    public static bool Matches(ResourcePattern pattern, ReadOnlySpan<byte> name, Principal principal) => pattern.Kind switch
    {
        PatternKind.Exact or PatternKind.Prefix => MatchesLiteral(pattern.Kind, pattern.Head, name),
        _ when pattern.Slots == 0 => Run(pattern.Tokens, name, []),
        _ => MatchesWithSlots(pattern, name, principal),
    };

    /// <summary>Matches a pattern without wildcards inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MatchesLiteral(PatternKind kind, ReadOnlySpan<byte> literal, ReadOnlySpan<byte> name) =>
        kind == PatternKind.Exact ? name.SequenceEqual(literal) : name.StartsWith(literal);

    [SkipLocalsInit]
    private static bool MatchesWithSlots(ResourcePattern pattern, ReadOnlySpan<byte> name, Principal principal)
    {
        Span<byte> values = stackalloc byte[PatternSyntax.MaxSlots * (MaxSlotValue + sizeof(int))];
        foreach (PatternToken token in pattern.Tokens)
        {
            if (token.Kind == PatternTokenKind.Slot && !TryFill(values, token, principal))
            {
                return false;
            }
        }

        return Run(pattern.Tokens, name, values);
    }

    // A slot's value lies behind its length. A value that could itself be read as a pattern in any of the guarded
    // systems never matches, nor does an empty one or one that is no well-formed text.
    private static bool TryFill(Span<byte> values, PatternToken token, Principal principal)
    {
        string? value = token.Attribute == "username"
            ? principal.Name
            : principal.Attributes.TryGetValue(token.Attribute!, out string? found) ? found : null; // a slot has an attribute
        if (string.IsNullOrEmpty(value) || value.AsSpan().ContainsAny(Refused))
        {
            return false;
        }

        Span<byte> slot = values.Slice(token.Slot * (MaxSlotValue + sizeof(int)), MaxSlotValue + sizeof(int));
        if (Utf8.FromUtf16(value, slot[sizeof(int)..], out _, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return false;
        }

        return BitConverter.TryWriteBytes(slot, written);
    }

    private static ReadOnlySpan<byte> ValueOf(in PatternToken token, ReadOnlySpan<byte> values)
    {
        if (token.Kind == PatternTokenKind.Literal)
        {
            return token.Literal;
        }

        ReadOnlySpan<byte> slot = values.Slice(token.Slot * (MaxSlotValue + sizeof(int)), MaxSlotValue + sizeof(int));
        return slot.Slice(sizeof(int), BitConverter.ToInt32(slot));
    }

    // Greedy, with two points to go back to: the last `*` (as far as the next `/`), then the last `**`. Taking each part
    // at its first possible place is right because a later place never reaches further; so only the last of each matters.
    private static bool Run(ReadOnlySpan<PatternToken> tokens, ReadOnlySpan<byte> name, ReadOnlySpan<byte> values)
    {
        int token = 0;
        int at = 0;
        int star = -1;
        int starAt = 0;
        int doubleStar = -1;
        int doubleAt = 0;
        while (true)
        {
            if (token == tokens.Length)
            {
                if (at == name.Length)
                {
                    return true;
                }
            }
            else if (tokens[token].Kind == PatternTokenKind.DoubleStar)
            {
                if (token + 1 == tokens.Length)
                {
                    return true;
                }

                (doubleStar, doubleAt, star) = (token++, at, -1);
                continue;
            }
            else if (tokens[token].Kind == PatternTokenKind.Star)
            {
                (star, starAt) = (token++, at);
                continue;
            }
            else
            {
                ReadOnlySpan<byte> value = ValueOf(tokens[token], values);
                if (name[at..].StartsWith(value))
                {
                    at += value.Length;
                    token++;
                    continue;
                }
            }

            if (star >= 0 && starAt < name.Length && name[starAt] != (byte)'/')
            {
                at = ++starAt;
                token = star + 1;
                continue;
            }

            doubleAt = doubleStar < 0 ? -1 : NextStart(name, doubleAt, star >= 0);
            if (doubleAt < 0)
            {
                return false;
            }

            at = doubleAt;
            token = doubleStar + 1;
            star = -1;
        }
    }

    // Where the run of the last `**` may end next. Once a `*` was reached and failed, every other start in the same
    // segment fails in the same way (the next `/` lies at one place only), so it goes on at that `/`: without this a name
    // of one long segment would cost its length squared.
    private static int NextStart(ReadOnlySpan<byte> name, int start, bool pastSegment)
    {
        if (start >= name.Length)
        {
            return -1;
        }

        if (!pastSegment)
        {
            return start + 1;
        }

        int slash = name[start..].IndexOf((byte)'/');
        return slash < 0 ? -1 : start + Math.Max(slash, 1);
    }
}
