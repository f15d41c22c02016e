using System.Runtime.InteropServices;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// What a pattern demands of every name it matches, as far as a hash can see it: the number of segments and the literal
/// parts at fixed places. It may demand less than the pattern does, never more.
/// </summary>
internal sealed class PatternKey
{
    private static readonly PatternKey WholeName = new(true, -1, 0, [], []);

    private PatternKey(bool isWholeName, int exactCount, int minCount, ProbePart[] parts, byte[][] values)
    {
        IsWholeName = isWholeName;
        ExactCount = exactCount;
        MinCount = minCount;
        Parts = parts;
        Values = values;
        Layout = isWholeName ? "=" : $"{exactCount},{minCount}:{string.Join(';', parts.Select(static p => $"{(int)p.Kind}.{p.Position}.{p.Length}"))}";
    }

    /// <summary>Whether the key is the whole name.</summary>
    public bool IsWholeName { get; }

    /// <summary>The number of segments, or -1 where it is open.</summary>
    public int ExactCount { get; }

    /// <summary>The least number of segments.</summary>
    public int MinCount { get; }

    /// <summary>Where the literal parts lie.</summary>
    public ProbePart[] Parts { get; }

    /// <summary>The literal parts themselves.</summary>
    public byte[][] Values { get; }

    /// <summary>Places without values; patterns with the same layout share a probe.</summary>
    public string Layout { get; }

    /// <summary>The key of a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="withEnds">Whether ends of segments are taken too, or whole segments only: fewer layouts, fuller places.</param>
    public static PatternKey Of(ResourcePattern pattern, bool withEnds)
    {
        if (pattern.Kind == PatternKind.Exact)
        {
            return WholeName;
        }

        PatternToken[] tokens = pattern.KeyTokens;
        int firstOpen = Array.FindIndex(tokens, static t => t.Kind is PatternTokenKind.DoubleStar or PatternTokenKind.Below);
        int lastOpen = Array.FindLastIndex(tokens, static t => t.Kind == PatternTokenKind.DoubleStar);
        List<Segment> left = Split(firstOpen < 0 ? tokens : tokens.AsSpan(0, firstOpen));
        int total = left.Count;
        bool isCounted = firstOpen < 0 && total <= Probe.MaxDepth;
        var parts = new List<ProbePart>();
        var values = new List<byte[]>();
        for (int i = 0; i < Math.Min(total, Probe.MaxDepth); i++)
        {
            // The segment in which `**` begins has no end of its own; `/#` begins behind one.
            AddLeft(left[i], i, lastOpen >= 0 && i == total - 1, withEnds, parts, values);
        }

        if (lastOpen >= 0)
        {
            List<Segment> right = Split(tokens.AsSpan(lastOpen + 1));
            for (int i = Math.Max(0, right.Count - Probe.MaxTailDepth); i < right.Count; i++)
            {
                AddRight(right[i], i - right.Count, i == 0, withEnds, parts, values);
            }
        }

        return new PatternKey(false, isCounted ? total : -1, isCounted ? 0 : Math.Min(total, Probe.MaxDepth), [.. parts], [.. values]);
    }

    /// <summary>Where the hashes of this layout begin.</summary>
    public ulong Seed => ResourceHash.Combine(ResourceHash.Start, ResourceHash.Of(MemoryMarshal.AsBytes(Layout.AsSpan())));

    /// <summary>The hash under which a name that the pattern matches is found by the probe of this layout.</summary>
    public ulong HashOf(ResourcePattern pattern)
    {
        ulong seed = Seed;
        if (IsWholeName)
        {
            return ResourceHash.Combine(seed, ResourceHash.Of(pattern.Head));
        }

        ulong state = ResourceHash.Start;
        int leading = 0;
        while (leading < Parts.Length && Parts[leading].Kind == ProbePartKind.Whole && Parts[leading].Position == leading)
        {
            state = ResourceHash.Combine(state, ResourceHash.Of(Values[leading++]));
        }

        state ^= seed;
        for (int i = leading; i < Parts.Length; i++)
        {
            state = ResourceHash.Combine(state, ResourceHash.Of(Values[i]));
        }

        return state;
    }

    private static void AddLeft(Segment segment, int position, bool isOpen, bool withEnds, List<ProbePart> parts, List<byte[]> values)
    {
        if (!isOpen && segment.IsLiteral)
        {
            parts.Add(new ProbePart(ProbePartKind.Whole, position, 0));
            values.Add([.. segment.Head]);
            return;
        }

        if (withEnds && segment.Head.Count > 0)
        {
            parts.Add(new ProbePart(ProbePartKind.Head, position, segment.Head.Count));
            values.Add([.. segment.Head]);
        }

        if (withEnds && !isOpen && segment.Tail.Count > 0)
        {
            parts.Add(new ProbePart(ProbePartKind.Tail, position, segment.Tail.Count));
            values.Add([.. segment.Tail]);
        }
    }

    private static void AddRight(Segment segment, int position, bool isOpen, bool withEnds, List<ProbePart> parts, List<byte[]> values)
    {
        if (!isOpen && segment.IsLiteral)
        {
            parts.Add(new ProbePart(ProbePartKind.Whole, position, 0));
            values.Add([.. segment.Head]);
            return;
        }

        List<byte> tail = segment.IsLiteral ? segment.Head : segment.Tail;
        if (withEnds && tail.Count > 0)
        {
            parts.Add(new ProbePart(ProbePartKind.Tail, position, tail.Count));
            values.Add([.. tail]);
        }
    }

    private static List<Segment> Split(ReadOnlySpan<PatternToken> tokens)
    {
        List<Segment> segments = [new()];
        foreach (PatternToken token in tokens)
        {
            if (token.Kind != PatternTokenKind.Literal)
            {
                segments[^1].IsLiteral = false;
                segments[^1].Tail.Clear();
                continue;
            }

            foreach (byte value in token.Literal!) // literals have bytes
            {
                if (value == (byte)'/')
                {
                    segments.Add(new Segment());
                }
                else
                {
                    (segments[^1].IsLiteral ? segments[^1].Head : segments[^1].Tail).Add(value);
                }
            }
        }

        return segments;
    }

    private sealed class Segment
    {
        public List<byte> Head { get; } = [];

        public List<byte> Tail { get; } = [];

        public bool IsLiteral { get; set; } = true;
    }
}

/// <summary>Where a pattern is looked for: its layout, and the hash under which that layout's probe finds it.</summary>
/// <param name="Layout">The layout.</param>
/// <param name="Hash">The hash.</param>
/// <param name="HasEnds">Whether some part is an end of a segment.</param>
internal sealed record PatternPlace(string Layout, ulong Hash, bool HasEnds)
{
    /// <summary>The place of a pattern.</summary>
    public static PatternPlace Of(ResourcePattern pattern, bool withEnds)
    {
        var key = PatternKey.Of(pattern, withEnds);
        return new PatternPlace(key.Layout, key.HashOf(pattern), Array.Exists(key.Parts, static p => p.Kind != ProbePartKind.Whole));
    }
}
