using System.Net;

namespace Gatehouse.Protocols.ProxyProtocol;

/// <summary>What a PROXY protocol header tells of a client's connection.</summary>
public sealed record ProxyHeaderFacts
{
    /// <summary>The client's address.</summary>
    public required IPEndPoint Source { get; init; }

    /// <summary>The address that it dialled.</summary>
    public required IPEndPoint Destination { get; init; }

    /// <summary>Its TLS version as OpenSSL names it, such as <c>TLSv1.3</c>; null: it came without TLS.</summary>
    public string? TlsVersion { get; init; }

    /// <summary>The common name in its certificate, which must be a verified one; null: there is none. Only with TLS.</summary>
    public string? CommonName { get; init; }

    /// <summary>Whether it showed a certificate that was verified. Only with TLS.</summary>
    public bool HasCertificate { get; init; }

    /// <summary>The server name it asked for (SNI); null: none.</summary>
    public string? ServerName { get; init; }
}
