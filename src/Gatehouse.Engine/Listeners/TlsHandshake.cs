using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;

namespace Gatehouse.Engine.Listeners;

/// <summary>The server side of TLS for one listener: options in force, cached as long as the certificates stay.</summary>
internal sealed class TlsHandshake(ListenerSettings settings, ICertificateSource certificates, Func<string, bool> isRevoked)
{
    private readonly List<SslApplicationProtocol>? _protocols =
        settings.ApplicationProtocols.IsDefaultOrEmpty ? null : [.. settings.ApplicationProtocols];

    private readonly SslProtocols _versions = Versions(settings);
    private readonly CipherSuitesPolicy? _suites = Suites(settings);
    private volatile CachedOptions? _cached;

    /// <summary>Runs the handshake; throws what <see cref="SslStream"/> throws, <paramref name="attempt"/> then says more.</summary>
    public async Task<Secured> RunAsync(SslStream tls, Attempt attempt, CancellationToken deadline)
    {
        await tls.AuthenticateAsServerAsync(
            static (_, hello, state, _) => new ValueTask<SslServerAuthenticationOptions>(((Attempt)state!).Select(hello)),
            attempt,
            deadline);
        return new Secured(
            attempt.ServerName,
            tls.SslProtocol,
            tls.NegotiatedCipherSuite,
            tls.NegotiatedApplicationProtocol,
            tls.RemoteCertificate as X509Certificate2);
    }

    /// <summary>Begins an attempt.</summary>
    public Attempt Begin() => new(this);

    private SslServerAuthenticationOptions Select(Attempt attempt, string? serverName)
    {
        SslStreamCertificateContext context = certificates.Get(serverName);
        if (settings.ClientCertificate != ClientCertificateMode.None)
        {
            ClientAuthorities authorities = certificates.ClientAuthorities;
            attempt.Check = new ClientCertificateCheck(settings.ClientCertificate, authorities, isRevoked);
            SslServerAuthenticationOptions asking = MakeOptions(context);
            asking.ClientCertificateRequired = true;
            asking.CertificateChainPolicy = ClientCertificateCheck.MakePolicy(authorities);
            asking.RemoteCertificateValidationCallback = attempt.Check.Validate;
            return asking;
        }

        CachedOptions? cached = _cached;
        if (cached is null || !ReferenceEquals(cached.Context, context))
        {
            cached = new CachedOptions(context, MakeOptions(context));
            _cached = cached;
        }

        return cached.Options;
    }

    private static SslProtocols Versions(ListenerSettings settings) =>
        settings.TlsVersions.IsEmpty
            ? settings.TlsProfile == Words.Modern ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13
            : settings.TlsVersions.Aggregate(SslProtocols.None, static (all, one) => all | (one == "1.3" ? SslProtocols.Tls13 : SslProtocols.Tls12));

    // OpenSSL under Linux only, which is all this product runs on.
    [System.Runtime.Versioning.UnsupportedOSPlatformGuard("windows")]
    private static CipherSuitesPolicy? Suites(ListenerSettings settings) =>
        settings.TlsCiphers.IsEmpty || OperatingSystem.IsWindows() ? null : new CipherSuitesPolicy(settings.TlsCiphers.Select(TlsSuites.Parse));

    // No change of AllowTlsResume, and a CipherSuitesPolicy only where the gate asks for one: either makes the runtime build
    // an SSL_CTX per connection.
    private SslServerAuthenticationOptions MakeOptions(SslStreamCertificateContext context) => new()
    {
        ServerCertificateContext = context,
        EnabledSslProtocols = _versions,
        CipherSuitesPolicy = _suites,
        ApplicationProtocols = _protocols,
        AllowRenegotiation = false,
        ClientCertificateRequired = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
    };

    /// <summary>One handshake.</summary>
    internal sealed class Attempt(TlsHandshake owner)
    {
        /// <summary>The name the client sent, or null.</summary>
        public string? ServerName { get; private set; }

        /// <summary>The check of its certificate where one was asked for.</summary>
        public ClientCertificateCheck? Check { get; set; }

        /// <summary>Chooses the options by the client's hello.</summary>
        public SslServerAuthenticationOptions Select(SslClientHelloInfo hello)
        {
            ServerName = string.IsNullOrEmpty(hello.ServerName) ? null : hello.ServerName;
            return owner.Select(this, ServerName);
        }
    }

    private sealed record CachedOptions(SslStreamCertificateContext Context, SslServerAuthenticationOptions Options);
}
