using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>TLS 1.3 between nodes, both proving themselves. The certificate's context is the view's own, so that handshakes are resumed.</summary>
internal static class TunnelTls
{
    /// <summary>The calling side.</summary>
    public static SslClientAuthenticationOptions ForCalling(MeshView view, MeshPeer peer, PeerCheck check, DateTimeOffset now) => new()
    {
        // Sessions are kept by this name; it says nothing but the node's id.
        TargetHost = $"{peer.Id}.mesh.gatehouse",
        ClientCertificateContext = view.Certificate,
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = PeerCheck.MakePolicy(view, now),
        RemoteCertificateValidationCallback = check.Validate,
        AllowRenegotiation = false,
    };

    /// <summary>The called side.</summary>
    public static SslServerAuthenticationOptions ForCalled(MeshView view, PeerCheck check, DateTimeOffset now) => new()
    {
        ServerCertificateContext = view.Certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = PeerCheck.MakePolicy(view, now),
        RemoteCertificateValidationCallback = check.Validate,
        AllowRenegotiation = false,
    };

    /// <summary>SHA-256 of this node's own certificate (DER).</summary>
    public static byte[] OwnHash(MeshView view) => SHA256.HashData(view.Certificate.TargetCertificate.RawData);
}
