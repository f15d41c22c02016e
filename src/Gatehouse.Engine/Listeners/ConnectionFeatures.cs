using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gatehouse.Engine.Listeners;

/// <summary>What steps 1 to 3 established, for the gates.</summary>
internal sealed class GateConnectionFeature(LiveConnection connection, Secured? secured) : IGateConnectionFeature
{
    public LiveConnection Connection => connection;

    public string? ServerName => secured?.ServerName;

    public bool IsSecured => secured is not null;

    public X509Certificate2? ClientCertificate => secured?.ClientCertificate;

    public Secured? Secured => secured;
}

/// <summary>The peer of a Unix socket.</summary>
internal sealed class PeerCredentialFeature(PeerCredentials peer) : IPeerCredentialFeature
{
    public PeerCredentials Peer => peer;
}

/// <summary>The handshake's facts as Kestrel's HTTP server reads them: scheme, ALPN, version.</summary>
internal sealed class TlsFeatures(Secured secured) : ITlsHandshakeFeature, ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    private X509Certificate2? _clientCertificate = secured.ClientCertificate;

    public SslProtocols Protocol => secured.Protocol;

    public TlsCipherSuite? NegotiatedCipherSuite => secured.CipherSuite;

    public string HostName => secured.ServerName ?? "";

    public ReadOnlyMemory<byte> ApplicationProtocol => secured.ApplicationProtocol.Protocol;

    public X509Certificate2? ClientCertificate
    {
        get => _clientCertificate;
        set => _clientCertificate = value;
    }

    /// <summary>Never asks later: a client certificate comes in the first handshake or not at all.</summary>
    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(_clientCertificate);

#pragma warning disable SYSLIB0058 // The interface still asks for these; the suite says it all.
    public CipherAlgorithmType CipherAlgorithm => CipherAlgorithmType.None;

    public int CipherStrength => 0;

    public HashAlgorithmType HashAlgorithm => HashAlgorithmType.None;

    public int HashStrength => 0;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => ExchangeAlgorithmType.None;

    public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058
}
