using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Membership;

/// <summary>Somebody who gets nothing any more, whatever their roles say. It can only take away.</summary>
public sealed record DenialDocument
{
    /// <summary>One of <see cref="DenialKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who: <c>realm/name</c>, the id of an API key, the SHA-256 of a public key (64 lower-case hex digits), or a node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Why, in one line.</summary>
    public required string Reason { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who did it, <c>realm/name</c>.</summary>
    public required string By { get; init; }

    /// <summary>The node at which it was done.</summary>
    public required string Node { get; init; }

    /// <summary>That node's signature (ECDSA P-256 over SHA-256, 64 bytes r and s): it travels between nodes without the store.</summary>
    public byte[] Signature { get; init; } = [];

    /// <summary>What it stands under: kind and name.</summary>
    public static string KeyOf(string kind, string name) => kind + ":" + name;

    /// <summary>What is signed: every field with its length before it.</summary>
    public byte[] Signed(string clusterId)
    {
        using var bytes = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string field in new[]
        {
            "gatehouse/denial/v1", clusterId, Kind, Name, Reason, By, Node, Time.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture),
        })
        {
            byte[] text = Encoding.UTF8.GetBytes(field);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
            bytes.Write(length);
            bytes.Write(text);
        }

        return bytes.ToArray();
    }
}

/// <summary>What can be denied.</summary>
public static class DenialKinds
{
    /// <summary>A principal, <c>realm/name</c>.</summary>
    public const string User = "user";

    /// <summary>An API key, by its id.</summary>
    public const string ApiKey = "api-key";

    /// <summary>A public key in whatever certificate, by its SHA-256.</summary>
    public const string Certificate = "certificate";

    /// <summary>A node.</summary>
    public const string Node = "node";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } = [User, ApiKey, Certificate, Node];
}

/// <summary>Who is denied at one moment. Immutable; asking costs nothing while it is empty.</summary>
public sealed class DenialSet
{
    private readonly FrozenSet<(string Realm, string Name)> _users;
    private readonly FrozenSet<string> _apiKeys;
    private readonly FrozenSet<string> _certificates;

    private DenialSet(IEnumerable<DenialDocument> denials)
    {
        ILookup<string, string> byKind = denials.ToLookup(static d => d.Kind, static d => d.Name, StringComparer.Ordinal);
        _users = byKind[DenialKinds.User].Select(Split).ToFrozenSet();
        _apiKeys = byKind[DenialKinds.ApiKey].ToFrozenSet(StringComparer.Ordinal);
        _certificates = byKind[DenialKinds.Certificate].ToFrozenSet(StringComparer.Ordinal);
        Nodes = byKind[DenialKinds.Node].ToFrozenSet(StringComparer.Ordinal);
        IsEmpty = _users.Count + _apiKeys.Count + _certificates.Count + Nodes.Count == 0;
    }

    /// <summary>Nobody.</summary>
    public static DenialSet Empty { get; } = new([]);

    /// <summary>Whether nobody is denied.</summary>
    public bool IsEmpty { get; }

    /// <summary>Public keys that are denied, by their hashes.</summary>
    public IReadOnlySet<string> Certificates => _certificates;

    /// <summary>Names of nodes that are denied.</summary>
    public IReadOnlySet<string> Nodes { get; }

    /// <summary>Puts together what the cluster state says and what only this node knows yet.</summary>
    public static DenialSet Of(IEnumerable<DenialDocument> cluster, IEnumerable<DenialDocument> local)
    {
        var made = new DenialSet(cluster.Concat(local));
        return made.IsEmpty ? Empty : made;
    }

    /// <summary>Whether a principal is denied.</summary>
    public bool HasUser(string realm, string name) => _users.Contains((realm, name));

    /// <summary>Whether an API key is denied.</summary>
    public bool HasApiKey(string id) => _apiKeys.Contains(id);

    /// <summary>Whether a public key is denied.</summary>
    public bool HasCertificate(string keyHash) => _certificates.Contains(keyHash);

    private static (string Realm, string Name) Split(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", name) : (name[..slash], name[(slash + 1)..]);
    }
}
