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
    /// <summary>How often files are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

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
    private ImmutableArray<(RevocationList List, X509Certificate2 Authority)> _lists = [];
    private int _epoch;

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

    /// <summary>The newest list of an authority; null when there is none.</summary>
    public RevocationList? Of(X509Certificate2 authority)
    {
        RevocationList? newest = null;
        foreach ((RevocationList list, X509Certificate2 maker) in _lists)
        {
            if (IsSame(maker, authority) && (newest is null || list.ThisUpdate > newest.ThisUpdate))
            {
                newest = list;
            }
        }

        return newest;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    // By name and key, as section 6.3.3 of RFC 5280 has it: a renewed authority's lists are those of the old one.
    private static bool IsSame(X509Certificate2 one, X509Certificate2 other) =>
        one.SubjectName.RawData.AsSpan().SequenceEqual(other.SubjectName.RawData)
        && one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(other.PublicKey.ExportSubjectPublicKeyInfo());

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
            Log.ListUnreadable(_logger, _realm, source.Name, fault.GetType().Name);
            return false;
        }

        if (bytes is null)
        {
            return false;
        }

        ImmutableArray<(RevocationList List, X509Certificate2 Authority)> found = [.. RevocationText.Parse(bytes).Select(Bind).OfType<(RevocationList, X509Certificate2)>()];
        if (found.IsEmpty)
        {
            Log.ListRefused(_logger, _realm, source.Name, "not understood, from the future, or not signed by an authority of this realm");
            return false;
        }

        // An older list put in place of a newer one would give back what was revoked in between.
        if (source.Lists.Any(old => !found.Any(now => IsSame(now.Authority, old.Authority) && now.List.ThisUpdate >= old.List.ThisUpdate)))
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
    private (RevocationList List, X509Certificate2 Authority)? Bind(RevocationList list)
    {
        if (list.ThisUpdate > _time.GetUtcNow() + Ahead)
        {
            return null;
        }

        X509Certificate2? maker = _authorities.FirstOrDefault(list.IsOf);
        return maker is null ? null : (list, maker);
    }

    private sealed class Source(string text)
    {
        private (DateTime Written, long Length)? _seen;

        public bool IsFile { get; } = !RevocationText.IsPem(text);

        public string Name => IsFile ? text : "of the settings";

        public ImmutableArray<(RevocationList List, X509Certificate2 Authority)> Lists { get; set; } = [];

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
