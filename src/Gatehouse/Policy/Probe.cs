namespace Gatehouse.Policy;

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
        _seed = ResourceHash.Combine(ResourceHash.Start, (ulong)id);
        _exactCount = key.ExactCount;
        _minCount = key.MinCount;
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
        Depth = IsWholeName ? 0 : Math.Max(Math.Max(_exactCount, _minCount - 1), _leading);
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

    /// <summary>The hash of a name as this probe sees it; false when no pattern of the probe can match the name.</summary>
    public bool TryHash(in ResourcePath path, out ulong hash)
    {
        if (IsWholeName)
        {
            hash = ResourceHash.Combine(_seed, ResourceHash.Of(path.Name)) | 1;
            return true;
        }

        hash = 0;
        if (_exactCount > 0 ? path.Count != _exactCount : path.Count < _minCount)
        {
            return false;
        }

        ulong state = ResourceHash.Combine(_seed, path.StateAfter(_leading));
        if (_rest.Length > 0 && !TryHashRest(path, ref state))
        {
            return false;
        }

        // 0 marks a free place of the table.
        hash = state | 1;
        return true;
    }

    private bool TryHashRest(in ResourcePath path, ref ulong state)
    {
        Span<int> tails = stackalloc int[MaxTailDepth + 1];
        if (_tailDepth > 0 && !path.TrySplitTail(tails[..(_tailDepth + 1)]))
        {
            return false;
        }

        foreach (ProbePart part in _rest)
        {
            ReadOnlySpan<byte> segment = part.Position >= 0
                ? path.Segment(part.Position)
                : path.Name[tails[-part.Position]..(tails[-part.Position - 1] - 1)];
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

/// <summary>A name split into its first segments, with the hash state after each. Lives on the stack of one lookup.</summary>
internal readonly ref struct ResourcePath
{
    private readonly Span<int> _starts;
    private readonly Span<ulong> _states;

    /// <summary>Splits off at most <paramref name="depth"/> segments; both buffers hold <see cref="Probe.MaxDepth"/> and two more.</summary>
    public ResourcePath(ReadOnlySpan<byte> name, int depth, Span<int> starts, Span<ulong> states)
    {
        Name = name;
        _starts = starts;
        _states = states;
        ulong state = ResourceHash.Start;
        int count = 0;
        int start = 0;
        states[0] = state;
        starts[0] = 0;
        while (count < depth)
        {
            ReadOnlySpan<byte> rest = name[start..];
            int length = rest.IndexOf((byte)'/');
            bool isLast = length < 0;
            length = isLast ? rest.Length : length;
            state = ResourceHash.Combine(state, ResourceHash.Of(rest[..length]));
            start += length + 1;
            count++;
            states[count] = state;
            starts[count] = start;
            if (isLast)
            {
                Count = count;
                return;
            }
        }

        // There is more than anybody asked for.
        Count = depth + 1;
    }

    /// <summary>The whole name.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>How many segments it has; one more than was asked for means "more".</summary>
    public int Count { get; }

    /// <summary>The hash state after the first segments.</summary>
    public ulong StateAfter(int segments) => _states[segments];

    /// <summary>A segment from the left; the one behind the last split off runs to its own end.</summary>
    public ReadOnlySpan<byte> Segment(int position) => Name[_starts[position]..(_starts[position + 1] - 1)];

    /// <summary>Finds where the last segments begin: <c>starts[k]</c> is that of the k-th from the right, <c>starts[0]</c> lies behind the end.</summary>
    public bool TrySplitTail(Span<int> starts)
    {
        starts[0] = Name.Length + 1;
        for (int k = 1; k < starts.Length; k++)
        {
            int end = starts[k - 1] - 1;
            if (end < 0)
            {
                return false;
            }

            starts[k] = Name[..end].LastIndexOf((byte)'/') + 1;
        }

        return true;
    }
}
