using System.Collections.Frozen;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>That one CID of a cluster is one owner's. Immutable.</summary>
internal sealed record PinOwnership
{
    // Objects, references and places in tables, besides the text.
    private const int Fixed = 600;

    /// <summary>The cluster; empty where the record is damaged.</summary>
    public required string Cluster { get; init; }

    /// <summary>The CID as the gate writes it; empty where the record is damaged.</summary>
    public required string Cid { get; init; }

    /// <summary>Whose it is; <see cref="PinOwner.None"/> where the record is damaged.</summary>
    public required PinOwner Owner { get; init; }

    /// <summary>The pinning service's id of it: 128 random bits, 32 hexadecimal digits.</summary>
    public required string RequestId { get; init; }

    /// <summary>The label that this owner gave it.</summary>
    public string Name { get; init; } = "";

    /// <summary>This owner's metadata.</summary>
    public IReadOnlyDictionary<string, string> Meta { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>When it became this owner's, UTC, to the millisecond.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>How far it is.</summary>
    public PinState State { get; init; }

    /// <summary>Whether the upstream's answer is not known.</summary>
    public bool IsPending => State is PinState.Adding or PinState.Leaving;

    /// <summary>Memory that it takes, about.</summary>
    public long Size => Fixed + (2L * (Cid.Length + Name.Length + Meta.Sum(static pair => pair.Key.Length + pair.Value.Length + 40)));

    /// <summary>Whether name and metadata are these.</summary>
    public bool Says(string name, IReadOnlyDictionary<string, string> meta) =>
        Name == name && Meta.Count == meta.Count && meta.All(pair => Meta.TryGetValue(pair.Key, out string? value) && value == pair.Value);
}

/// <summary>How far an ownership is. Stored by number.</summary>
internal enum PinState : byte
{
    /// <summary>The upstream took it.</summary>
    Owned = 0,

    /// <summary>The upstream was, or is about to be, asked to pin it.</summary>
    Adding = 1,

    /// <summary>The last owner leaves: the upstream was, or is about to be, asked to unpin it.</summary>
    Leaving = 2,

    /// <summary>Its record cannot be read: it is somebody's, and nobody knows whose.</summary>
    Damaged = 3,
}
