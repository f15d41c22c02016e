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

    /// <summary>The CAs a client certificate must chain to; the same object until they change. Empty refuses every client certificate.</summary>
    X509Certificate2Collection ClientAuthorities { get; }
}
