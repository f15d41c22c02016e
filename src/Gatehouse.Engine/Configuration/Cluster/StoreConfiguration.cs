using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Gatehouse.Engine.Configuration.Cluster;

/// <summary>Where the cluster's state lives.</summary>
internal sealed record StoreConfiguration
{
    /// <summary>The embedded store.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>The store of more than one node.</summary>
    public const string Etcd = "etcd";

    /// <summary>The kinds.</summary>
    public static ImmutableArray<string> Kinds { get; } = [Sqlite, Etcd];

    /// <summary><c>sqlite</c> or <c>etcd</c>.</summary>
    public string Kind { get; init; } = Sqlite;

    /// <summary>etcd's client URLs, <c>https://10.0.0.1:2379</c>.</summary>
    public ImmutableArray<string> Endpoints { get; init; } = [];

    /// <summary>What every key of the state begins with.</summary>
    public string Prefix { get; init; } = "gatehouse";

    /// <summary>PEM file of the authorities that etcd's certificates must chain to.</summary>
    public string? Ca { get; init; }

    /// <summary>PEM chain of the client certificate, without a common name; or null.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its key, PEM.</summary>
    public string? Key { get; init; }

    /// <summary>User at etcd; or null.</summary>
    public string? User { get; init; }

    /// <summary>Where its password is.</summary>
    public SecretReference? Password { get; init; }

    /// <summary>Whether nodes compact etcd's history to an hour.</summary>
    public bool Compaction { get; init; } = true;

    /// <summary>How long a node goes on deciding without its store.</summary>
    public TimeSpan MaxStale { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Whether it is etcd.</summary>
    public bool IsEtcd => Kind == Etcd;

    /// <summary>Reads a client URL: scheme, host and port (2379 where there is none), nothing else.</summary>
    public static bool TryParseEndpoint(string text, [NotNullWhen(true)] out Uri? endpoint)
    {
        endpoint = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("http" or "https") || parsed.Host.Length == 0
            || parsed.UserInfo.Length > 0 || parsed.PathAndQuery != "/" || parsed.Fragment.Length > 0)
        {
            return false;
        }

        string authority = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        bool hasPort = authority.LastIndexOf(':') > authority.LastIndexOf(']');
        endpoint = hasPort ? parsed : new UriBuilder(parsed) { Port = 2379 }.Uri;
        return true;
    }

    /// <summary>Whether an endpoint is of this host, by address.</summary>
    public static bool IsLoopback(Uri endpoint) => IPAddress.TryParse(endpoint.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address);

    /// <summary>Whether it can begin every key: 1 to 128 letters, digits and <c>. _ - /</c>, the slash inside only.</summary>
    public static bool IsPrefix(string text) =>
        text.Length is > 0 and <= 128 && text[0] != '/' && text[^1] != '/' && !text.Contains("//", StringComparison.Ordinal)
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/');
}
