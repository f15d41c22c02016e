using Gatehouse.Policy.Indices;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>What a name stands for in the cluster.</summary>
internal enum NameKind : byte
{
    /// <summary>An index.</summary>
    Index,

    /// <summary>An alias of one or more indices.</summary>
    Alias,

    /// <summary>A data stream.</summary>
    Stream,
}

/// <summary>One name of the cluster.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Others">An index: its aliases. An alias: its indices. A stream: its backing indices, those for failures among them.</param>
/// <param name="Stream">The stream that an index belongs to, or null.</param>
internal sealed record KnownName(string Name, NameKind Kind, IReadOnlyList<string> Others, string? Stream = null);

/// <summary>Every index, alias and data stream of a cluster as of one moment, in the upstream's order. Immutable.</summary>
internal sealed class KnownNames
{
    private readonly Dictionary<string, KnownName> _byName;
    private readonly Dictionary<string, KnownName>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    /// <summary>Takes them over; the first of two with one name counts, which no cluster has.</summary>
    public KnownNames(IReadOnlyList<KnownName> all)
    {
        All = all;
        _byName = new Dictionary<string, KnownName>(all.Count, StringComparer.Ordinal);
        foreach (KnownName name in all)
        {
            _byName.TryAdd(name.Name, name);
        }

        _lookup = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// The same as narrowing takes them. An index that is called like a stream's and is none of it is left out: the stream's grant
    /// would count for it.
    /// </summary>
    public IndexNames ForNarrowing => field ??= Convert();

    /// <summary>No names at all: whatever is asked for is missing.</summary>
    public static KnownNames None { get; } = new([]);

    /// <summary>
    /// No names, of an upstream that has no way to say them: nobody can tell what is missing there. Nothing is confirmed by them either.
    /// </summary>
    public static KnownNames Untold { get; } = new([]);

    /// <summary>Whether a document that is written to a name would make it, as far as anybody can tell.</summary>
    public bool IsMissing(string name) => !ReferenceEquals(this, Untold) && Find(name) is null;

    /// <summary>All of them.</summary>
    public IReadOnlyList<KnownName> All { get; }

    /// <summary>What a name stands for, or null where there is none of it.</summary>
    public KnownName? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The same by the characters alone.</summary>
    public KnownName? Find(ReadOnlySpan<char> name) => _lookup.TryGetValue(name, out KnownName? found) ? found : null;

    /// <summary>Whether an index is one of a stream's; an index that is only called so is not.</summary>
    public bool IsBacking(string index, string stream) =>
        Find(index) is { Kind: NameKind.Index } known && known.Stream == stream
        && Find(stream) is { Kind: NameKind.Stream } of && of.Others.Contains(index, StringComparer.Ordinal);

    /// <summary>Whether a name is of the form that backing indices have, and none of that stream.</summary>
    public bool IsPretender(string name) =>
        BackingNames.StreamOf(name) is { } stream && !IsBacking(BackingNames.WithoutSelector(name), stream);

    private IndexNames Convert()
    {
        List<ResolvedIndex> indices = [];
        List<ResolvedAlias> aliases = [];
        List<ResolvedStream> streams = [];
        foreach (KnownName name in All)
        {
            switch (name.Kind)
            {
                case NameKind.Alias:
                    aliases.Add(new ResolvedAlias(name.Name, name.Others));
                    break;
                case NameKind.Stream:
                    streams.Add(new ResolvedStream(name.Name, name.Others));
                    break;
                case NameKind.Index when !IsPretender(name.Name):
                    indices.Add(new ResolvedIndex(name.Name, name.Others, name.Stream));
                    break;
            }
        }

        return new IndexNames(indices, aliases, streams);
    }
}
