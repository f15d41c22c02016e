using System.Security.Cryptography.X509Certificates;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>How a client of a test connects and what it says in its handshake.</summary>
public sealed record ThinClientOptions
{
    public string Host { get; init; } = "127.0.0.1";

    public required int Port { get; init; }

    /// <summary>Whether TLS begins with the first byte.</summary>
    public bool Tls { get; init; }

    /// <summary>The authority that the server's certificate must chain to (PEM); null takes any certificate.</summary>
    public string? CaFile { get; init; }

    /// <summary>The name to ask for; null is the host.</summary>
    public string? ServerName { get; init; }

    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The user of <c>authn-identity</c>; null sends no authentication at all.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    public FeatureSet Features { get; init; } = FeatureSet.ClientHead;

    /// <summary>The mask byte for byte in place of <see cref="Features"/>.</summary>
    public byte[]? FeatureBytes { get; init; }

    /// <summary>Handshake extensions before those of the user.</summary>
    public IReadOnlyList<(string Key, string Value)> ExtensionsBefore { get; init; } = [];

    /// <summary>Handshake extensions after those of the user: of duplicates the later wins.</summary>
    public IReadOnlyList<(string Key, string Value)> Extensions { get; init; } = [];

    /// <summary>The number of extensions to say; null is the truth.</summary>
    public int? ExtensionCount { get; init; }

    public (int Major, int Minor, int Patch) Version { get; init; } = (3, 0, 0);

    /// <summary>2 is the general client.</summary>
    public int ClientCode { get; init; } = 2;

    /// <summary>The longer forms and the further operands that the real clients in .NET choose.</summary>
    public bool WideStrings { get; init; }

    /// <summary>The payload of the handshake byte for byte in place of all that is said above.</summary>
    public byte[]? Handshake { get; init; }

    /// <summary>How long anything may take that is awaited.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The handshake's payload.</summary>
    public byte[] BuildHandshake()
    {
        if (Handshake is not null)
        {
            return Handshake;
        }

        List<(string Key, string Value)> pairs = [.. ExtensionsBefore];
        if (User is not null)
        {
            pairs.AddRange([("authn-type", "basic"), ("authn-identity", User), ("authn-secret", Password ?? "")]);
        }

        pairs.AddRange(Extensions);
        PackWriter writer = new PackWriter(WideStrings).Int(Version.Major).Int(Version.Minor).Int(Version.Patch).Int(ClientCode)
            .Bin(FeatureBytes ?? Features.ToBytes()).Int(ExtensionCount ?? pairs.Count);
        foreach ((string key, string value) in pairs)
        {
            writer.Text(key).Text(value);
        }

        return writer.ToArray();
    }
}
