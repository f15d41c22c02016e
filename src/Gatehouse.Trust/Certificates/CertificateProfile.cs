using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gatehouse.Trust.Certificates;

/// <summary>What certificates of one purpose look like.</summary>
public sealed record CertificateProfile
{
    /// <summary>For a node in the mesh.</summary>
    public const string Node = "node";

    /// <summary>For any server.</summary>
    public const string Server = "server";

    /// <summary>For a user or program that logs in with it.</summary>
    public const string Client = "client";

    /// <summary>For Erlang distribution and gen_rpc over TLS.</summary>
    public const string Erlang = "erlang";

    /// <summary>For Ignite's key stores.</summary>
    public const string Ignite = "ignite";

    /// <summary>For Elasticsearch and OpenSearch, transport and HTTP.</summary>
    public const string Elasticsearch = "elasticsearch";

    /// <summary>For the TLS of IPFS Cluster's APIs.</summary>
    public const string Ipfs = "ipfs";

    private const int Days = 90;

    // Loaded once at start, so that each renewal is a restart of somebody's database.
    private const int DaysOfOneLoad = 365;

    private static readonly ImmutableArray<KeyKind> Any = [KeyKind.EcdsaP256, KeyKind.EcdsaP384, KeyKind.Rsa2048, KeyKind.Rsa3072, KeyKind.Rsa4096];

    private static readonly FrozenDictionary<string, CertificateProfile> ByName = new CertificateProfile[]
    {
        new() { Name = Node, IsServer = true, IsClient = true, Keys = [KeyKind.EcdsaP256, KeyKind.EcdsaP384] },
        new() { Name = Server, IsServer = true },
        new() { Name = Client, IsClient = true },

        // Erlang's client looks for the host part of a node's name among the DNS names, even where it is an address.
        new() { Name = Erlang, IsServer = true, IsClient = true, HasAddressesAsDns = true, DefaultDays = DaysOfOneLoad },
        new() { Name = Ignite, IsServer = true, IsClient = true, DefaultDays = DaysOfOneLoad, IsPkcs12 = true },
        new() { Name = Elasticsearch, IsServer = true, IsClient = true, DefaultDays = DaysOfOneLoad },

        // With an ECDSA key IPFS Cluster could be reached with TLS 1.3 only: its list of older suites has none for it.
        new() { Name = Ipfs, IsServer = true, DefaultDays = DaysOfOneLoad, Keys = [KeyKind.Rsa3072, KeyKind.Rsa2048, KeyKind.Rsa4096] },
    }.ToFrozenDictionary(static profile => profile.Name, StringComparer.Ordinal);

    /// <summary>Its word.</summary>
    public required string Name { get; init; }

    /// <summary>Whether servers show it (EKU 1.3.6.1.5.5.7.3.1).</summary>
    public bool IsServer { get; private init; }

    /// <summary>Whether clients show it (EKU 1.3.6.1.5.5.7.3.2).</summary>
    public bool IsClient { get; private init; }

    /// <summary>Whether the intermediate <c>users</c> signs it, else <c>nodes</c>.</summary>
    public bool IsOfUsers => Name == Client;

    /// <summary>Whether addresses stand among its DNS names too.</summary>
    public bool HasAddressesAsDns { get; private init; }

    /// <summary>How long it is good when nobody says otherwise.</summary>
    public int DefaultDays { get; private init; } = Days;

    /// <summary>Whether programs load it once, at their start: it must be renewed by hand, and they be restarted.</summary>
    public bool IsLoadedOnce => DefaultDays == DaysOfOneLoad;

    /// <summary>Whether it is handed out as PKCS#12 when nobody says otherwise.</summary>
    public bool IsPkcs12 { get; private init; }

    /// <summary>Keys it may have, the usual one first.</summary>
    public ImmutableArray<KeyKind> Keys { get; private init; } = Any;

    /// <summary>All profiles by name.</summary>
    public static IEnumerable<CertificateProfile> All => ByName.Values.OrderBy(static profile => profile.Name, StringComparer.Ordinal);

    /// <summary>All words, for help and hints.</summary>
    public static string Words { get; } = string.Join(", ", All.Select(static profile => profile.Name));

    /// <summary>The profile of a word, or null.</summary>
    public static CertificateProfile? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether a public key is of a kind that it may have.</summary>
    public bool Takes(PublicKeyFacts key) => Keys.Any(kind => KeyKinds.WordOf(kind) == key.Description) || (Keys.Length == Any.Length && !key.IsWeak);
}
