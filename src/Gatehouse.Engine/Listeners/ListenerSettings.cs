using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using Gatehouse.Engine.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Listeners;

/// <summary>Whether a client certificate is asked for, in the first handshake only.</summary>
internal enum ClientCertificateMode
{
    /// <summary>Not asked for.</summary>
    None = 0,

    /// <summary>Asked for; without one the client goes on without, a bad one ends the handshake.</summary>
    Optional = 1,

    /// <summary>Without a good one the handshake ends.</summary>
    Required = 2,
}

/// <summary>How one listener runs steps 1 to 3.</summary>
internal sealed record ListenerSettings
{
    /// <summary>The gate's name, or <c>admin</c>.</summary>
    public required string Gate { get; init; }

    /// <summary>Budgets and deadlines.</summary>
    public LimitsConfiguration Limits { get; init; } = new();

    /// <summary>Certificates; null speaks clear text (Unix sockets, loopback gates with <c>tls: false</c>).</summary>
    public ICertificateSource? Certificates { get; init; }

    /// <summary><c>modern</c> (TLS 1.3 only), <c>compatible</c> or <c>fips</c> (1.2 and 1.3).</summary>
    public string TlsProfile { get; init; } = Words.Compatible;

    /// <summary>Versions instead of the profile's, <c>1.2</c> and <c>1.3</c>; empty: the profile's.</summary>
    public ImmutableArray<string> TlsVersions { get; init; } = [];

    /// <summary>Cipher suites instead of the floor's; empty: the floor's. The runtime then makes a context for each connection.</summary>
    public ImmutableArray<string> TlsCiphers { get; init; } = [];

    /// <summary>Protocols offered by ALPN in order of preference; empty: no ALPN.</summary>
    public ImmutableArray<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>Client certificates.</summary>
    public ClientCertificateMode ClientCertificate { get; init; }

    /// <summary>Sources that must send a PROXY protocol header; nobody else's is read.</summary>
    public ImmutableArray<IPNetwork> ProxyProtocolFrom { get; init; } = [];

    /// <summary>Whether the kernel is asked whose process of this host made a connection.</summary>
    public bool AsksLocalUser { get; init; }

    /// <summary>
    /// Takes connections over after step 3, with their clear text as a stream, unless ALPN chose HTTP/2; null: none.
    /// </summary>
    public Func<ConnectionContext, Stream, Task>? TakeStream { get; init; }

    /// <summary>
    /// Whether whoever takes connections over does a handshake of its own: they have a place among the half-open ones until it
    /// calls <see cref="Admission.Admitted.EndHandshake"/>, which it finds among the connection's features.
    /// </summary>
    public bool TakesHandshake { get; init; }

    /// <summary>Whether connections are many and mostly silent: between packets they hold as little as can be.</summary>
    public bool IsSparing { get; init; }

    /// <summary>What HTTP gates offer: HTTP/2, then HTTP/1.1.</summary>
    public static ImmutableArray<SslApplicationProtocol> HttpProtocols { get; } = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
}
