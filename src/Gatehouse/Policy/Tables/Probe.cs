using System.Runtime.CompilerServices;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// One way to look a name up: which of its segments are hashed. Patterns whose literal parts lie in the same places share
/// a probe, so a decision costs one lookup a probe, however many patterns stand behind it.
/// </summary>
internal sealed class Probe
{
    /// <summary>Segments from the left that a probe may look at.</summary>
    public const int MaxDepth = 16;

    /// <summary>Segments from the right that a probe may look at.</summary>
    public const int MaxTailDepth = 8;

    private readonly ProbePart[] _rest;
    private readonly int _leading;
    private readonly int _tailDepth;
    private readonly int _exactCount;
    private readonly int _minCount;
    private readonly ulong _seed;

    public Probe(int id, PatternKey key)
    {
        Id = id;
        _seed = key.Seed;
        _exactCount = key.ExactCount;
        _minCount = key.ExactCount > 0 ? int.MaxValue : key.MinCount;
        while (_leading < key.Parts.Length && key.Parts[_leading] is { Kind: ProbePartKind.Whole } part && part.Position == _leading)
        {
            _leading++;
        }

        _rest = key.Parts[_leading..];
        foreach (ProbePart part in _rest)
        {
            _tailDepth = Math.Max(_tailDepth, part.Position < 0 ? -part.Position : 0);
        }

        IsWholeName = key.IsWholeName;

        // To know that there are n segments, n - 1 ends must be seen.
        Depth = IsWholeName ? 0 : Math.Max(key.ExactCount > 0 ? key.ExactCount : key.MinCount - 1, _leading);
        foreach (ProbePart part in _rest)
        {
            Depth = Math.Max(Depth, part.Position + 1);
        }
    }

    /// <summary>Number within the policy.</summary>
    public int Id { get; }

    /// <summary>Whether it hashes the whole name and nothing else.</summary>
    public bool IsWholeName { get; }

    /// <summary>How many segments from the left must be split off for it.</summary>
    public int Depth { get; }

    /// <summary>Whether parts are counted from the right.</summary>
    public bool HasTail => _tailDepth > 0;

    /// <summary>Whether a pattern of the probe can match a name with so many segments.</summary>
    public bool Fits(int count) => count == _exactCount || count >= _minCount;

    /// <summary>The hash of a name, whose number of segments fits, as this probe sees it; false when no pattern can match the name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHash(in ResourcePath path, out ulong hash)
    {
        if (IsWholeName)
        {
            hash = ResourceHash.Combine(_seed, ResourceHash.Of(path.Name));
            return true;
        }

        hash = _seed ^ path.StateAfter(_leading);
        return _rest.Length == 0 || TryHashRest(path, ref hash);
    }

    [SkipLocalsInit]
    private bool TryHashRest(in ResourcePath path, ref ulong state)
    {
        // A name split off to its end has its last segments hashed already.
        bool isSplit = path.IsSplit;
        Unsafe.SkipInit(out ResourcePath.Tails tails);
        if (_tailDepth > 0 && !isSplit && !path.TrySplitTail(ref tails, _tailDepth))
        {
            return false;
        }

        foreach (ref readonly ProbePart part in _rest.AsSpan())
        {
            int position = part.Position;
            if (position < 0 && isSplit && (position += path.Count) < 0)
            {
                return false;
            }

            if (position >= 0 && part.Kind == ProbePartKind.Whole)
            {
                state = ResourceHash.Combine(state, path.HashOf(position));
                continue;
            }

            ReadOnlySpan<byte> segment = position >= 0
                ? path.Segment(position)
                : path.Name[tails[-position]..(tails[-position - 1] - 1)];
            if (segment.Length < part.Length)
            {
                return false;
            }

            state = ResourceHash.Combine(state, ResourceHash.Of(part.Of(segment)));
        }

        return true;
    }
}

/// <summary>A part of a name that a probe hashes.</summary>
/// <param name="Kind">The whole segment or an end of it.</param>
/// <param name="Position">The segment: from the left from 0, from the right from -1.</param>
/// <param name="Length">Bytes of the end; 0 for a whole segment.</param>
internal readonly record struct ProbePart(ProbePartKind Kind, int Position, int Length)
{
    /// <summary>The part of a segment at least as long as it.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> segment) => Kind switch
    {
        ProbePartKind.Head => segment[..Length],
        ProbePartKind.Tail => segment[^Length..],
        _ => segment,
    };
}

/// <summary>Kinds of parts.</summary>
internal enum ProbePartKind : byte
{
    /// <summary>The segment.</summary>
    Whole,

    /// <summary>Its first bytes.</summary>
    Head,

    /// <summary>Its last bytes.</summary>
    Tail,
}
