using System.Collections.Immutable;

namespace Gatehouse.Audit.Patterns;

/// <summary>
/// A set of symbols as sorted ranges. A symbol is a Unicode scalar value, or <see cref="InvalidByte"/> plus a byte that is
/// no UTF-8: names of resources may be any bytes, and only "any character" means such a one.
/// </summary>
internal sealed class CharSet : IEquatable<CharSet>
{
    /// <summary>Symbols of bytes that are no UTF-8 begin here, behind Unicode.</summary>
    public const int InvalidByte = 0x110000;

    /// <summary>The last symbol.</summary>
    public const int Last = InvalidByte + 0xFF;

    private CharSet(ImmutableArray<(int From, int To)> ranges) => Ranges = ranges;

    /// <summary>Every symbol.</summary>
    public static CharSet All { get; } = new([(0, Last)]);

    /// <summary>Ranges, in order, not touching.</summary>
    public ImmutableArray<(int From, int To)> Ranges { get; }

    /// <summary>Whether it is <see cref="All"/>.</summary>
    public bool IsAll => Equals(All);

    /// <summary>One symbol.</summary>
    public static CharSet Of(int symbol) => new([(symbol, symbol)]);

    /// <summary>The union of ranges.</summary>
    public static CharSet Of(IEnumerable<(int From, int To)> ranges)
    {
        ImmutableArray<(int From, int To)>.Builder result = ImmutableArray.CreateBuilder<(int From, int To)>();
        foreach ((int from, int to) in ranges.Order())
        {
            if (result.Count > 0 && from <= result[^1].To + 1)
            {
                result[^1] = (result[^1].From, Math.Max(result[^1].To, to));
            }
            else
            {
                result.Add((from, to));
            }
        }

        return new CharSet(result.ToImmutable());
    }

    /// <summary>All symbols that are not in it.</summary>
    public CharSet Complement()
    {
        ImmutableArray<(int From, int To)>.Builder result = ImmutableArray.CreateBuilder<(int From, int To)>();
        int next = 0;
        foreach ((int from, int to) in Ranges)
        {
            if (from > next)
            {
                result.Add((next, from - 1));
            }

            next = to + 1;
        }

        if (next <= Last)
        {
            result.Add((next, Last));
        }

        return new CharSet(result.ToImmutable());
    }

    /// <summary>Whether a symbol is in it.</summary>
    public bool Contains(int symbol)
    {
        foreach ((int from, int to) in Ranges)
        {
            if (symbol <= to)
            {
                return symbol >= from;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(CharSet? other) => other is not null && Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CharSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach ((int From, int To) range in Ranges)
        {
            hash.Add(range);
        }

        return hash.ToHashCode();
    }
}
