namespace Gatehouse.Testing.Ipfs.State;

/// <summary>The peers of the stand-in cluster and what a peer id looks like.</summary>
public static class Peers
{
    /// <summary>The peer that answers.</summary>
    public const string First = "12D3KooWBVWhRvNdyRGVqzdBSgHRtJ6DQyrmtXhdbBLdTLxnGqrB";

    /// <summary>The other peer.</summary>
    public const string Second = "12D3KooWHxPAxoJmpTUpVFxFYZk1ZvAmJVBu4hXuBsahLWDkHGDx";

    /// <summary>The Kubo node of the first peer.</summary>
    public const string Kubo = "12D3KooWQmPGMYdgkzYHkBzJqKNi8jaAA3mk4bf5pmMSQuJhbtrn";

    /// <summary>The peers of the cluster.</summary>
    public static IReadOnlyList<string> All { get; } = [First, Second];

    /// <summary>Whether this is the text of a peer id: base58 of an Ed25519 or RSA key's hash, or a CID of codec libp2p-key.</summary>
    public static bool IsPeerId(string text) =>
        (text.StartsWith("12D3KooW", StringComparison.Ordinal) && text.Length == 52 && text.All(char.IsAsciiLetterOrDigit))
        || ((text.StartsWith("Qm", StringComparison.Ordinal) || text.StartsWith('b') || text.StartsWith('k')) && Cids.Canonical(text) is not null);

    /// <summary>Whether this is a multiaddress that ends in /p2p/PEER.</summary>
    public static bool IsOrigin(string text)
    {
        int at = text.LastIndexOf("/p2p/", StringComparison.Ordinal);
        return text.StartsWith('/') && at >= 0 && IsPeerId(text[(at + 5)..]);
    }
}
