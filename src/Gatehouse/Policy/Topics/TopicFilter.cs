using System.Buffers;

namespace Gatehouse.Policy.Topics;

/// <summary>
/// MQTT's topic filters, as bytes: whether one matches a name, covers another, or has a name in common with another (MQTT 5.0,
/// section 4.7). A filter that begins with a wildcard leaves out names that begin with <c>$</c>; a wide one, as denies are read, does
/// not. No allocation; time grows with the length of both.
/// </summary>
internal static class TopicFilter
{
    private const byte Slash = (byte)'/';
    private const byte Plus = (byte)'+';
    private const byte Hash = (byte)'#';
    private const byte Dollar = (byte)'$';

    // What no name of a topic can hold.
    private static readonly SearchValues<byte> Impossible = SearchValues.Create("+#\0"u8);

    /// <summary>Whether this is a filter: <c>+</c> alone in its level, <c>#</c> alone in the last one, not empty, no NUL.</summary>
    public static bool IsValid(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty || filter.Contains((byte)0))
        {
            return false;
        }

        while (true)
        {
            bool isLast = !Take(ref filter, out ReadOnlySpan<byte> level);
            if (level.ContainsAny(Plus, Hash) && (level.Length > 1 || (level[0] == Hash && !isLast)))
            {
                return false;
            }

            if (isLast)
            {
                return true;
            }
        }
    }

    /// <summary>Whether it holds a wildcard; one without is a name.</summary>
    public static bool HasWildcard(ReadOnlySpan<byte> filter) => filter.ContainsAny(Plus, Hash);

    /// <summary>Whether a filter matches a name. One that is not wide matches nothing that is no name.</summary>
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> name, bool isWide)
    {
        if (!isWide && (name.IsEmpty || (name[0] == Dollar && IsWildcard(filter[0]))))
        {
            return false;
        }

        while (true)
        {
            bool isLast = !Take(ref filter, out ReadOnlySpan<byte> level);
            if (IsHash(level))
            {
                return isWide || !name.ContainsAny(Impossible);
            }

            bool isNamesLast = !Take(ref name, out ReadOnlySpan<byte> part);
            if (!(IsPlus(level) ? isWide || !part.ContainsAny(Impossible) : level.SequenceEqual(part)))
            {
                return false;
            }

            if (isLast || isNamesLast)
            {
                return isNamesLast && (isLast || IsHash(filter));
            }
        }
    }

    /// <summary>
    /// Whether every name that <paramref name="asked"/> matches is matched by <paramref name="filter"/>, neither of them wide. A level
    /// has no end of names, so that going level by level is exact; but <c>+/#</c> is <c>#</c>, as every name has a level.
    /// </summary>
    public static bool Covers(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> asked)
    {
        if (!IsValid(asked) || (asked[0] == Dollar && IsWildcard(filter[0])))
        {
            return false;
        }

        if (IsHash(asked))
        {
            return IsHash(filter) || filter.SequenceEqual("+/#"u8);
        }

        while (true)
        {
            bool isLast = !Take(ref filter, out ReadOnlySpan<byte> level);
            if (IsHash(level))
            {
                return true;
            }

            // A literal is never `+` or `#`, so that only the same literal is the same.
            bool isAskedLast = !Take(ref asked, out ReadOnlySpan<byte> part);
            if (IsHash(part) || !(IsPlus(level) || level.SequenceEqual(part)))
            {
                return false;
            }

            if (isLast || isAskedLast)
            {
                return isAskedLast && (isLast || IsHash(filter));
            }
        }
    }

    /// <summary>Whether some name is matched by both: by the wide <paramref name="filter"/>, and by what a client asked for.</summary>
    public static bool Meets(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> asked)
    {
        if (asked.IsEmpty || (IsWildcard(asked[0]) && !filter.IsEmpty && filter[0] == Dollar))
        {
            return asked.IsEmpty;
        }

        while (true)
        {
            bool isLast = !Take(ref filter, out ReadOnlySpan<byte> level);
            bool isAskedLast = !Take(ref asked, out ReadOnlySpan<byte> part);
            if (IsHash(level) || IsHash(part))
            {
                return true;
            }

            if (!IsPlus(level) && !IsPlus(part) && !level.SequenceEqual(part))
            {
                return false;
            }

            if (isLast || isAskedLast)
            {
                return (isLast && isAskedLast) || (isLast ? IsHash(asked) : IsHash(filter));
            }
        }
    }

    /// <summary>What every name that a filter matches begins with: the text before its first wildcard, and without the <c>/</c> of a <c>/#</c>.</summary>
    public static ReadOnlySpan<byte> HeadOf(ReadOnlySpan<byte> filter)
    {
        int end = filter.IndexOfAny(Plus, Hash);
        return end < 0 ? filter : end > 0 && filter[end] == Hash ? filter[..(end - 1)] : filter[..end];
    }

    private static bool IsWildcard(byte value) => value is Plus or Hash;

    private static bool IsPlus(ReadOnlySpan<byte> level) => level.Length == 1 && level[0] == Plus;

    private static bool IsHash(ReadOnlySpan<byte> level) => level.Length == 1 && level[0] == Hash;

    // Takes the first level; false where it was the last one.
    private static bool Take(ref ReadOnlySpan<byte> levels, out ReadOnlySpan<byte> level)
    {
        int end = levels.IndexOf(Slash);
        level = end < 0 ? levels : levels[..end];
        levels = end < 0 ? default : levels[(end + 1)..];
        return end >= 0;
    }
}
