using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Connections;

/// <summary>What the TLS handshake established (step 3). Only the TLS middleware makes one.</summary>
internal sealed class Secured
{
    internal Secured(
        string? serverName,
        SslProtocols protocol,
        TlsCipherSuite cipherSuite,
        SslApplicationProtocol applicationProtocol,
        X509Certificate2? clientCertificate)
    {
        ServerName = serverName;
        Protocol = protocol;
        CipherSuite = cipherSuite;
        ApplicationProtocol = applicationProtocol;
        ClientCertificate = clientCertificate;
    }

    /// <summary>The name the client asked for, or null.</summary>
    public string? ServerName { get; }

    /// <summary>TLS 1.2 or 1.3.</summary>
    public SslProtocols Protocol { get; }

    /// <summary>The suite in use.</summary>
    public TlsCipherSuite CipherSuite { get; }

    /// <summary>What ALPN agreed on; empty without ALPN.</summary>
    public SslApplicationProtocol ApplicationProtocol { get; }

    /// <summary>The client's certificate, chain verified, or null.</summary>
    public X509Certificate2? ClientCertificate { get; }
}
