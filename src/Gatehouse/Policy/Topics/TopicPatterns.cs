using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Gatehouse.Identity;
using Gatehouse.Policy.Tables;

namespace Gatehouse.Policy.Topics;

/// <summary>
/// Patterns held against topics and against the filters that clients subscribe with: an allow must cover all of a filter, a deny
/// stops it where both have a name in common. Patterns of grants for all systems are paths: of those only <c>text**</c> covers a
/// filter with wildcards, and denies are decided on the literal beginning where the rest cannot be said. No allocation.
/// </summary>
internal static class TopicPatterns
{
    private const int MostBytes = PatternSyntax.MaxLength + (PatternSyntax.MaxSlots * PatternMatcher.MaxSlotValue);

    /// <summary>Whether a pattern with placeholders matches a name.</summary>
    [SkipLocalsInit]
    public static bool MatchesSlotted(ResourcePattern pattern, ReadOnlySpan<byte> name, Principal principal)
    {
        ReadOnlySpan<byte> filter = Fill(pattern, principal, stackalloc byte[MostBytes]);
        return !filter.IsEmpty && TopicFilter.Matches(filter, name, pattern.Topic!.IsWide); // they are topics'
    }

    /// <summary>Whether a pattern with placeholders could match a name for somebody.</summary>
    public static bool CouldMatch(ResourcePattern pattern, ReadOnlySpan<byte> name) =>
        pattern.Topic?.Fallback is { } fallback ? TopicFilter.Matches(fallback, name, isWide: true) : name.StartsWith(pattern.Head);

    /// <summary>Whether a pattern with placeholders could speak of a filter for somebody.</summary>
    public static bool CouldMeet(ResourcePattern pattern, ReadOnlySpan<byte> asked)
    {
        ReadOnlySpan<byte> head = TopicFilter.HeadOf(asked);
        return pattern.Topic?.Fallback is { } fallback ? TopicFilter.Meets(fallback, asked)
            : pattern.Topic is null ? pattern.CouldReach(head)
            : head.StartsWith(pattern.Head);
    }

    /// <summary>Whether a pattern surely matches every name that a filter matches; allows use it.</summary>
    [SkipLocalsInit]
    public static bool Covers(ResourcePattern pattern, ReadOnlySpan<byte> asked, Principal principal)
    {
        if (pattern.Kind != PatternKind.Slotted)
        {
            return Covers(pattern.Kind, pattern.Kind == PatternKind.General ? pattern.Program : pattern.Head, asked);
        }

        if (pattern.Topic is null)
        {
            return IsName(asked) && PatternMatcher.Matches(pattern, asked, principal);
        }

        ReadOnlySpan<byte> filter = Fill(pattern, principal, stackalloc byte[MostBytes]);
        return !filter.IsEmpty && TopicFilter.Covers(filter, asked);
    }

    /// <summary>The same for one without placeholders, by what the table keeps of it.</summary>
    public static bool Covers(PatternKind kind, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> asked) => kind switch
    {
        PatternKind.Exact => IsName(asked) && asked.SequenceEqual(bytes),
        PatternKind.Prefix => TopicFilter.IsValid(asked) && TopicFilter.HeadOf(asked).StartsWith(bytes),
        _ when bytes[0] == (byte)PatternTokenKind.Filter => TopicFilter.Covers(bytes[TopicForm.ProgramHead..], asked),
        _ => IsName(asked) && PatternMatcher.MatchesProgram(bytes, asked),
    };

    /// <summary>Whether a pattern could match a name that a filter matches; denies use it.</summary>
    [SkipLocalsInit]
    public static bool Meets(ResourcePattern pattern, ReadOnlySpan<byte> asked, Principal principal)
    {
        if (pattern.Topic is { } topic)
        {
            return TopicFilter.Meets(topic.Filter ?? Fill(pattern, principal, stackalloc byte[MostBytes]), asked);
        }

        if (IsName(asked))
        {
            return PatternMatcher.Matches(pattern, asked, principal);
        }

        return pattern.Kind == PatternKind.Exact && TopicFilter.IsValid(asked)
            ? TopicFilter.Matches(asked, pattern.Head, isWide: false)
            : pattern.CouldReach(TopicFilter.HeadOf(asked));
    }

    private static bool IsName(ReadOnlySpan<byte> asked) => !asked.IsEmpty && !TopicFilter.HasWildcard(asked) && !asked.Contains((byte)0);

    // The filter for this principal. A value that cannot be used leaves nothing of an allow, and the fallback of a deny.
    private static ReadOnlySpan<byte> Fill(ResourcePattern pattern, Principal principal, Span<byte> buffer)
    {
        int length = 0;
        foreach (ref readonly PatternToken token in pattern.Tokens.AsSpan())
        {
            Span<byte> rest = buffer[length..];
            switch (token.Kind)
            {
                case PatternTokenKind.Slot when TryFill(pattern, token, principal, rest[..PatternMatcher.MaxSlotValue], isFirst: length == 0, out int written):
                    length += written;
                    break;
                case PatternTokenKind.Slot:
                    return pattern.Topic!.Fallback; // empty for an allow
                case PatternTokenKind.Literal:
                    token.Literal.CopyTo(rest);
                    length += token.Literal!.Length;
                    break;
                case PatternTokenKind.Star:
                    rest[0] = (byte)'+';
                    length++;
                    break;
                default:
                    "/#"u8.CopyTo(rest);
                    length += 2;
                    break;
            }
        }

        return buffer[..length];
    }

    // A name that is somebody's own must not make a topic one of those that begin with `$`.
    private static bool TryFill(ResourcePattern pattern, in PatternToken token, Principal principal, Span<byte> slot, bool isFirst, out int written)
    {
        written = 0;
        return PatternMatcher.ValueOf(pattern, token, principal) is { } value
            && !(isFirst && value[0] == '$')
            && Utf8.FromUtf16(value, slot, out _, out written, replaceInvalidSequences: false) == OperationStatus.Done;
    }
}
