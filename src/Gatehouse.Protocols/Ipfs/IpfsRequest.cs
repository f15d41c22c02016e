namespace Gatehouse.Protocols.Ipfs;

/// <summary>What a request does to pins.</summary>
public enum IpfsEffect : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It reads the pins that it names.</summary>
    Read,

    /// <summary>It reads all pins.</summary>
    List,

    /// <summary>It makes, or overwrites, the pin that it names.</summary>
    Pin,

    /// <summary>It makes a pin that only the answer names.</summary>
    PinPath,

    /// <summary>It removes the pins that it names.</summary>
    Unpin,

    /// <summary>It removes a pin that only the upstream can name.</summary>
    UnpinPath,

    /// <summary>It makes a pin and removes another.</summary>
    Replace,

    /// <summary>It brings content; its roots are in the answer.</summary>
    Add,
}

/// <summary>What an operation's resources are to the pins' owners.</summary>
public enum IpfsScope : byte
{
    /// <summary>It is not about pins.</summary>
    None = 0,

    /// <summary>Pins that are there.</summary>
    Pin,

    /// <summary>A pin that comes about, or is overwritten.</summary>
    NewPin,

    /// <summary>All pins; the answer can be narrowed.</summary>
    List,

    /// <summary>Pins that only the answer names, and that come about.</summary>
    Content,

    /// <summary>A pin that is there and that only the upstream can name.</summary>
    Unresolved,
}

/// <summary>A request to IPFS Cluster, its pinning service, its proxy or Kubo, read.</summary>
public sealed class IpfsRequest
{
    internal IpfsRequest(IpfsEffect effect, IReadOnlyList<Cid> pins, Cid? replaced, IpfsOptions options, IReadOnlyList<IpfsScope> scopes)
    {
        Effect = effect;
        Pins = pins;
        Replaced = replaced;
        Options = options;
        Scopes = scopes;
    }

    /// <summary>What it does to pins.</summary>
    public IpfsEffect Effect { get; }

    /// <summary>The pins that it names, as written; of <see cref="IpfsEffect.Replace"/> the new one.</summary>
    public IReadOnlyList<Cid> Pins { get; }

    /// <summary>Of <see cref="IpfsEffect.Replace"/> the old one; null where it stays.</summary>
    public Cid? Replaced { get; }

    /// <summary>Its options.</summary>
    public IpfsOptions Options { get; }

    /// <summary>One for each operation, in the same order.</summary>
    public IReadOnlyList<IpfsScope> Scopes { get; }
}
