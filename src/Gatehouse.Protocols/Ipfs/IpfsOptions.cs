namespace Gatehouse.Protocols.Ipfs;

/// <summary>The options of a pin or an addition, as far as somebody asks for them; what is not set is the upstream's default.</summary>
public sealed record IpfsOptions
{
    /// <summary>No options.</summary>
    public static IpfsOptions None { get; } = new();

    /// <summary>The pin's label, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Whether only the content's first block is pinned.</summary>
    public bool IsDirect { get; init; }

    /// <summary>Whether how many peers hold it is said.</summary>
    public bool HasReplication { get; init; }

    /// <summary>Whether the peers that hold it are said.</summary>
    public bool HasAllocations { get; init; }

    /// <summary>Whether it ends by itself.</summary>
    public bool Expires { get; init; }

    /// <summary>The pin whose options and peers it takes over, or null.</summary>
    public Cid? Update { get; init; }

    /// <summary>Whether peers to connect to are said.</summary>
    public bool HasOrigins { get; init; }

    /// <summary>Whether it is cut into shards.</summary>
    public bool IsSharded { get; init; }

    /// <summary>Keys of its metadata.</summary>
    public IReadOnlyList<string> MetadataKeys { get; init; } = [];

    /// <summary>Of an addition: whether objects are answered while it comes; null where nothing is said (the upstream's default is yes).</summary>
    public bool? StreamsAnswer { get; init; }

    /// <summary>Of an addition: nothing is pinned.</summary>
    public bool IsNotPinned { get; init; }

    /// <summary>Only this peer.</summary>
    public bool IsLocal { get; init; }
}
