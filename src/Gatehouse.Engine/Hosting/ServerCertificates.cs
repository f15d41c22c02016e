using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Listeners;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>Gatehouse's own server certificate, renewed at two thirds of its life and swapped without touching a connection.</summary>
internal sealed class ServerCertificates : ICertificateSource, IDisposable
{
    private readonly NodeTrust _trust;
    private readonly IReadOnlyCollection<string> _names;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile IssuedCertificate _shown;
    private volatile SslStreamCertificateContext _current;
    private volatile ClientAuthorities _clientAuthorities;

    public ServerCertificates(NodeTrust trust, IReadOnlyCollection<string> names, TimeProvider time, ILogger<ServerCertificates> logger)
    {
        _trust = trust;
        _names = names;
        _time = time;
        _logger = logger;
        _clientAuthorities = AuthoritiesOf(trust.View);
        _shown = trust.Server;
        _current = Context(_shown);
        RenewIfDue();
        trust.Changed += Follow;
        _timer = time.CreateTimer(_ => RenewIfDue(), null, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    }

    /// <inheritdoc/>
    public ClientAuthorities ClientAuthorities => _clientAuthorities;

    /// <summary>When the certificate in use ends.</summary>
    public DateTimeOffset Expires => new(_trust.Server.Certificate.NotAfter);

    /// <inheritdoc/>
    public SslStreamCertificateContext Get(string? serverName) => _current;

    /// <inheritdoc/>
    public void Dispose()
    {
        _trust.Changed -= Follow;
        _timer.Dispose();
    }

    internal static SslStreamCertificateContext Context(X509Certificate2 leaf, IEnumerable<X509Certificate2> chain) =>
        SslStreamCertificateContext.Create(leaf, [.. chain], offline: true);

    private static SslStreamCertificateContext Context(IssuedCertificate issued) => Context(issued.Certificate, issued.Chain);

    private static ClientAuthorities AuthoritiesOf(TrustView view) => new(
        [.. view.Authorities.Select(static a => a.Users)], [.. view.Authorities.SelectMany(static a => a.Chain.Prepend(a.Root))]);

    // Another certificate, or other authorities: from the next handshake on. What did not change stays the same object.
    private void Follow()
    {
        IssuedCertificate server = _trust.Server;
        if (!ReferenceEquals(server, _shown))
        {
            _shown = server;
            _current = Context(server);
        }

        ClientAuthorities next = AuthoritiesOf(_trust.View);
        if (!next.Anchors.Select(static c => c.Thumbprint).SequenceEqual(_clientAuthorities.Anchors.Select(static c => c.Thumbprint)))
        {
            _clientAuthorities = next;
        }
    }

    private void RenewIfDue()
    {
        // A node without the CA's keys asks an issuer instead.
        DateTimeOffset now = _time.GetUtcNow();
        if (!_trust.IsIssuer || !_trust.IsLeafDue(LeafKind.Server, _names, now))
        {
            return;
        }

        try
        {
            _trust.RenewServerCertificate(_names, now);
            Follow();
            Log.CertificateRenewed(_logger, Expires);
        }
        catch (Exception fault) when (fault is ProblemException or CryptographicException or IOException)
        {
            // The old one stays in use, and the next hour tries again.
            Log.CertificateNotRenewed(_logger, Expires, fault);
        }
    }
}

/// <summary>An operator's own certificate, read again when its file changes; a broken one never replaces a good one.</summary>
internal sealed class FileCertificates : ICertificateSource, IDisposable
{
    // With the sweep of live connections, whose authority is gone is cut within a second.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly GateConfiguration _gate;
    private readonly ICertificateSource _own;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile SslStreamCertificateContext? _current;
    private volatile ClientAuthorities? _clientAuthorities;
    private DateTime _stamp;

    /// <summary>Reads the files that the gate names; what it does not name comes from <paramref name="own"/>.</summary>
    public FileCertificates(GateConfiguration gate, ICertificateSource own, TimeProvider time, ILogger<FileCertificates> logger)
    {
        _gate = gate;
        _own = own;
        _logger = logger;
        _stamp = Stamp();
        Load();
        _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public ClientAuthorities ClientAuthorities => _clientAuthorities ?? _own.ClientAuthorities;

    /// <inheritdoc/>
    public SslStreamCertificateContext Get(string? serverName) => _current ?? _own.Get(serverName);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        DateTime stamp = Stamp();
        if (stamp == _stamp)
        {
            return;
        }

        _stamp = stamp;
        try
        {
            Load();
            Log.CertificateFileLoaded(_logger, _gate.Name);
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ProblemException)
        {
            Log.CertificateFileBroken(_logger, _gate.Name, fault);
        }
    }

    private void Load()
    {
        if (_gate.CertificateFile is not null && _gate.KeyFile is not null)
        {
            SecretFile.Check(_gate.KeyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(_gate.CertificateFile);
            X509Certificate2 leaf = X509Certificate2.CreateFromPemFile(_gate.CertificateFile, _gate.KeyFile);
            _current = ServerCertificates.Context(leaf, chain.Skip(1));
        }

        if (_gate.ClientCaFile is not null)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(_gate.ClientCaFile);
            _clientAuthorities = new ClientAuthorities(authorities, []);
        }
    }

    private DateTime Stamp() =>
        new[] { _gate.CertificateFile, _gate.KeyFile, _gate.ClientCaFile }.OfType<string>().Select(File.GetLastWriteTimeUtc).DefaultIfEmpty().Max();
}
