using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// The certificates of a listener in force now. Asked at every handshake, so a swap takes effect on the next one and
/// touches no live connection. Thread-safe, never blocks.
/// </summary>
internal interface ICertificateSource
{
    /// <summary>The server certificate for the name the client sent. Gives the same object until the certificate changes (TLS resumption hangs on it).</summary>
    SslStreamCertificateContext Get(string? serverName);

    /// <summary>Whose client certificates are good; the same object until that changes.</summary>
    ClientAuthorities ClientAuthorities { get; }
}

/// <summary>Whose client certificates a listener takes. A chain must be valid and pass through one of the anchors.</summary>
/// <param name="Anchors">
/// CAs of which one must stand above the leaf: the cluster's <c>users</c> intermediate, or roots of the operator's own.
/// Empty refuses every client certificate.
/// </param>
/// <param name="Supporting">What completes the chain of an anchor that is no root: the cluster's root. Not trusted by itself.</param>
internal sealed record ClientAuthorities(X509Certificate2Collection Anchors, X509Certificate2Collection Supporting)
{
    /// <summary>Nobody's.</summary>
    public static ClientAuthorities None { get; } = new([], []);
}
