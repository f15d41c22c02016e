using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>One of the three doors of a node, with its TLS settings.</summary>
/// <param name="Section">Where its settings are.</param>
/// <param name="Words">What it is called in findings.</param>
/// <param name="DefaultPort">Its port where nothing sets one.</param>
internal sealed record IgniteChannel(string Section, string Words, int DefaultPort)
{
    /// <summary>For thin clients.</summary>
    public static IgniteChannel Client { get; } = new("clientConnector", "the client connector", 10800);

    /// <summary>REST.</summary>
    public static IgniteChannel Rest { get; } = new("rest", "REST", 10300);

    /// <summary>For other nodes.</summary>
    public static IgniteChannel Network { get; } = new("network", "the network between nodes", 3344);

    /// <summary>All three.</summary>
    public static ImmutableArray<IgniteChannel> All { get; } = [Client, Rest, Network];

    /// <summary>Whether TLS is on; null where that cannot be told.</summary>
    public bool? IsTls(IgniteFile file) => file.Flag(Tls("enabled"));

    /// <summary>The path of a TLS setting.</summary>
    public string Tls(string key) => $"{Section}.ssl.{key}";

    /// <summary>The path of a setting.</summary>
    public string Key(string key) => $"{Section}.{key}";

    /// <summary>What a client's certificate is: <c>none</c>, <c>optional</c>, <c>require</c>, or null where that cannot be told.</summary>
    public string? ClientAuth(IgniteFile file) => file.Text(Tls("clientAuth"), "none")?.ToLowerInvariant();

    /// <summary>The setting of its port.</summary>
    public Setting Port(IgniteFile file) => file.At(Key("port"));

    /// <summary>The plain port's number; null where that cannot be told.</summary>
    public long? PortOf(IgniteFile file) => IgniteFile.NumberOf(Port(file), DefaultPort);
}
