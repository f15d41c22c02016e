using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Probes;

/// <summary>What is offered in a TLS handshake.</summary>
/// <param name="ServerName">The name to ask for, or null.</param>
/// <param name="Protocols">Versions; none: those of this system.</param>
public sealed record TlsAsk(string? ServerName = null, SslProtocols Protocols = SslProtocols.None)
{
    /// <summary>Cipher suites; empty: those of this system.</summary>
    public ImmutableArray<TlsCipherSuite> Suites { get; init; } = [];

    /// <summary>What this system would offer to anybody.</summary>
    public static TlsAsk Any { get; } = new();

    /// <summary>TLS 1.2 with suites alone that RFC 9325, section 4 advises against: key exchange by RSA, and CBC.</summary>
    public static TlsAsk WeakSuites { get; } = new(null, SslProtocols.Tls12)
    {
        Suites =
        [
            TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        ],
    };
}

/// <summary>How a port took a TLS handshake.</summary>
public enum TlsVerdict
{
    /// <summary>Nobody answered.</summary>
    NoAnswer = 0,

    /// <summary>It was made.</summary>
    Tls = 1,

    /// <summary>The other side speaks something else.</summary>
    NotTls = 2,

    /// <summary>The other side speaks TLS, and not with us: it wants a certificate, a name or another version.</summary>
    Refused = 3,

    /// <summary>The other side closed the connection without a word.</summary>
    Closed = 4,
}

/// <summary>What a TLS handshake gave.</summary>
/// <param name="Verdict">How it went.</param>
/// <param name="Protocol">The version that was agreed on.</param>
/// <param name="Certificate">The server's certificate.</param>
public sealed record TlsAnswer(TlsVerdict Verdict, SslProtocols Protocol, X509Certificate2? Certificate)
{
    /// <summary>Nobody answered.</summary>
    public static TlsAnswer NoAnswer { get; } = new(TlsVerdict.NoAnswer, SslProtocols.None, null);

    /// <summary>Whether the server asked for a certificate of ours.</summary>
    public bool AsksCertificate { get; init; }

    /// <summary>
    /// Whether the server, which asked for a certificate, closed the connection without one. In TLS 1.3 it says so behind the handshake
    /// (RFC 8446, section 4.4.2.4).
    /// </summary>
    public bool Refuses { get; init; }

    /// <summary>The suite that was agreed on.</summary>
    public TlsCipherSuite Suite { get; init; }

    /// <summary>Whether the port speaks TLS, with us or not.</summary>
    public bool SpeaksTls => Verdict is TlsVerdict.Tls or TlsVerdict.Refused;
}
