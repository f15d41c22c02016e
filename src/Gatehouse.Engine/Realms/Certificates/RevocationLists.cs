using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Certificates;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Realms.Certificates;

/// <summary>
/// The revocation lists of a realm: written in its settings, or in files that are read anew when they change, on a timer's
/// thread. A broken or older file never replaces a good list; the good one counts until its next update.
/// </summary>
internal sealed class RevocationLists : IDisposable
{
    /// <summary>How often files are looked at: with the sweep of live connections, who is revoked is cut within a second.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Largest file in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);
    private readonly string _realm;
    private readonly X509Certificate2Collection _authorities;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Source[] _sources;
    private readonly Lock _reading = new();
    private readonly Task _first;
    private readonly ITimer? _timer;
    private ImmutableArray<(RevocationList List, AuthorityKey Authority)> _lists = [];
    private int _epoch;
    private bool _isClosed;

    public RevocationLists(string realm, ImmutableArray<string> sources, X509Certificate2Collection authorities, TimeProvider time, ILogger logger)
    {
        _realm = realm;
        _authorities = authorities;
        _time = time;
        _logger = logger;
        _sources = [.. sources.Select(static text => new Source(text))];
        _first = _sources.Length == 0 ? Task.CompletedTask : Task.Run(Refresh);
        _timer = Array.Exists(_sources, static s => s.IsFile) ? time.CreateTimer(_ => Refresh(), null, Interval, Interval) : null;
    }

    /// <summary>Whether a list is required of each issuer.</summary>
    public bool AreRequired => _sources.Length > 0;

    /// <summary>Counts up when a list becomes another.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Ends when all files were read once.</summary>
    public Task ReadyAsync(CancellationToken cancellation) => _first.WaitAsync(cancellation);

    /// <summary>
    /// Judges a path from the leaf up; the reason when it is not good, else null and until when the lists say so. With lists in
    /// the settings there must be one of the leaf's issuer. Those above it are the operator's own choice; a list that names one
    /// of them counts all the same.
    /// </summary>
    public string? Judge(ImmutableArray<CertificateLink> path, DateTimeOffset now, out DateTimeOffset until)
    {
        until = DateTimeOffset.MaxValue;
        for (int i = 0; AreRequired && i < path.Length; i++)
        {
            RevocationList? list = Of(path[i].Issuer);
            if (list is null)
            {
                if (i == 0)
                {
                    return CertificateReasons.CrlMissing;
                }

                continue;
            }

            if (list.Names(path[i].Serial))
            {
                return CertificateReasons.Revoked;
            }

            if (list.NextUpdate <= now)
            {
                return CertificateReasons.CrlStale;
            }

            until = list.NextUpdate < until ? list.NextUpdate : until;
        }

        return null;
    }

    /// <summary>Whether nobody reads the lists any more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <inheritdoc/>
    public void Dispose()
    {
        Volatile.Write(ref _isClosed, true);
        _timer?.Dispose();
    }

    private RevocationList? Of(AuthorityKey authority)
    {
        RevocationList? newest = null;
        foreach ((RevocationList list, AuthorityKey maker) in _lists)
        {
            if (maker.Equals(authority) && (newest is null || list.ThisUpdate > newest.ThisUpdate))
            {
                newest = list;
            }
        }

        return newest;
    }

    private void Refresh()
    {
        lock (_reading)
        {
            bool changed = false;
            foreach (Source source in _sources)
            {
                changed |= Refresh(source);
            }

            if (changed)
            {
                ImmutableInterlocked.InterlockedExchange(ref _lists, [.. _sources.SelectMany(static s => s.Lists)]);
                Interlocked.Increment(ref _epoch);
            }
        }
    }

    private bool Refresh(Source source)
    {
        byte[]? bytes;
        try
        {
            bytes = source.ReadIfChanged();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Looked at four times a second, told once.
            if (source.Fault != fault.GetType().Name)
            {
                source.Fault = fault.GetType().Name;
                Log.ListUnreadable(_logger, _realm, source.Name, source.Fault);
            }

            return false;
        }

        source.Fault = null;
        if (bytes is null)
        {
            return false;
        }

        ImmutableArray<(RevocationList List, AuthorityKey Authority)> found = [.. RevocationText.Parse(bytes).Select(Bind).OfType<(RevocationList, AuthorityKey)>()];
        if (found.IsEmpty)
        {
            Log.ListRefused(_logger, _realm, source.Name, "not understood, from the future, or not signed by an authority of this realm");
            return false;
        }

        // An older list put in place of a newer one would give back what was revoked in between.
        if (source.Lists.Any(old => !found.Any(now => now.Authority.Equals(old.Authority) && now.List.ThisUpdate >= old.List.ThisUpdate)))
        {
            Log.ListRefused(_logger, _realm, source.Name, "older than the one in force, or without one of its issuers");
            return false;
        }

        source.Lists = found;
        foreach ((RevocationList list, _) in found)
        {
            Log.ListRead(_logger, _realm, source.Name, list.Count, list.NextUpdate);
        }

        return true;
    }

    // Two authorities may have one name: the signature says whose list it is.
    private (RevocationList List, AuthorityKey Authority)? Bind(RevocationList list)
    {
        if (list.ThisUpdate > _time.GetUtcNow() + Ahead)
        {
            return null;
        }

        X509Certificate2? maker = _authorities.FirstOrDefault(list.IsOf);
        return maker is null ? null : (list, AuthorityKey.Of(maker));
    }

    private sealed class Source(string text)
    {
        private (DateTime Written, long Length)? _seen;

        public bool IsFile { get; } = !RevocationText.IsPem(text);

        public string Name => IsFile ? text : "of the settings";

        public ImmutableArray<(RevocationList List, AuthorityKey Authority)> Lists { get; set; } = [];

        // What was told of last; null while it can be read.
        public string? Fault { get; set; }

        // Null when it is as it was.
        public byte[]? ReadIfChanged()
        {
            if (!IsFile)
            {
                bool first = _seen is null;
                _seen = default((DateTime, long));
                return first ? Encoding.ASCII.GetBytes(text) : null;
            }

            var file = new FileInfo(text);
            (DateTime Written, long Length) now = (file.LastWriteTimeUtc, file.Length);
            if (_seen == now)
            {
                return null;
            }

            // Devices and pipes have no length; opening one could wait for ever.
            if (now.Length is 0 or > MaxBytes)
            {
                throw new IOException("empty, too large, or no file");
            }

            byte[] bytes = File.ReadAllBytes(text);
            _seen = now;
            return bytes;
        }
    }
}
