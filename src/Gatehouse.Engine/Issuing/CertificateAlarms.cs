using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Issuing;

/// <summary>A certificate in a file that somebody else renews.</summary>
/// <param name="What">For people: <c>certificate of gate web</c>.</param>
/// <param name="Path">The file.</param>
internal readonly record struct CertificateInFile(string What, string Path);

/// <summary>Says in status, log and metrics which certificates end soon: 30, 14, 7 and 1 day before, and when they have.</summary>
internal sealed class CertificateAlarms : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(1);
    private readonly NodeTrust _trust;
    private readonly SnapshotHolder _snapshots;
    private readonly Func<IEnumerable<CertificateInFile>> _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HashSet<(string What, int Level)> _told = [];
    private readonly Lock _telling = new();
    private readonly ITimer _timer;
    private ImmutableArray<CertificateWarning> _warnings = [];

    public CertificateAlarms(
        NodeTrust trust, SnapshotHolder snapshots, Func<IEnumerable<CertificateInFile>> files, TimeProvider time, ILogger<CertificateAlarms> logger)
    {
        _trust = trust;
        _snapshots = snapshots;
        _files = files;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => Look(), null, FirstLook, Interval);
    }

    /// <summary>What needs a person, the most urgent first.</summary>
    public IEnumerable<Problem> Problems => Warnings.Select(static warning => warning.Level == 0
        ? CertificateProblems.Ended.Because($"{warning.What} has expired on {warning.NotAfter:yyyy-MM-dd}")
        : CertificateProblems.EndsSoon.Because($"{warning.What} ends in {warning.DaysLeft} days, on {warning.NotAfter:yyyy-MM-dd}"));

    /// <summary>As of the last look.</summary>
    public ImmutableArray<CertificateWarning> Warnings => _warnings;

    /// <summary>Looks now.</summary>
    public void Look()
    {
        lock (_telling)
        {
            ImmutableArray<CertificateWarning> found = CertificateWatch.Look(Watched(_trust, _snapshots.Current.Document, _files()), _time.GetUtcNow());
            foreach (CertificateWarning warning in found.Where(warning => _told.Add((warning.What, warning.Level))))
            {
                if (warning.Level == 0)
                {
                    Log.Ended(_logger, warning.What, warning.NotAfter);
                }
                else
                {
                    Log.EndsSoon(_logger, warning.What, warning.DaysLeft, warning.NotAfter);
                }
            }

            _warnings = found;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>All that is watched on a node.</summary>
    internal static IEnumerable<WatchedCertificate> Watched(NodeTrust trust, ClusterDocument document, IEnumerable<CertificateInFile> files)
    {
        yield return Own("the server certificate of this node", trust.Server);
        yield return Own("the mesh certificate of this node", trust.Mesh);
        foreach (TrustedAuthority authority in trust.View.Authorities.Where(static one => one.Phase != TrustPhase.Old))
        {
            foreach ((string name, X509Certificate2 certificate) in new[] { ("root", authority.Root), ("intermediate `nodes`", authority.Nodes), ("intermediate `users`", authority.Users) })
            {
                yield return new WatchedCertificate($"{name} of authority {authority.Id}", new DateTimeOffset(certificate.NotAfter.ToUniversalTime()), false);
            }
        }

        foreach (CertificateInFile file in files)
        {
            if (EndOf(file.Path) is { } end)
            {
                yield return new WatchedCertificate($"{file.What} ({file.Path})", end, false);
            }
        }

        // One that was issued again is not missed when it ends.
        foreach (CertificateDocument last in document.Certificates.Values
            .Where(one => !document.Revocations.ContainsKey(one.KeyHash) && one.Node is null)
            .GroupBy(static one => (one.Profile, one.Subject, string.Join(',', one.Names)))
            .Select(static group => group.MaxBy(static one => one.NotAfter)!)) // a group has one at least
        {
            string whose = last.Subject.Length > 0 ? last.Subject : last.Names.FirstOrDefault() ?? "nobody";
            yield return new WatchedCertificate($"certificate {last.Serial} (profile {last.Profile}, {whose})", last.NotAfter, false);
        }
    }

    private static WatchedCertificate Own(string what, IssuedCertificate issued)
    {
        var end = new DateTimeOffset(issued.Certificate.NotAfter.ToUniversalTime());

        // Due at two thirds; a third of what is left then may pass before somebody has to know.
        return new WatchedCertificate(what, end, RenewsItself: true) { OverdueFrom = issued.RenewFrom + ((end - issued.RenewFrom) / 3) };
    }

    private static DateTimeOffset? EndOf(string path)
    {
        try
        {
            return new FileInfo(path).Length > CertificateReader.MaxBytes
                ? null
                : new DateTimeOffset(CertificateReader.Read(File.ReadAllBytes(path), null).Certificates.Min(static one => one.NotAfter.ToUniversalTime()));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ProblemException)
        {
            // Whoever uses the file says what is wrong with it.
            return null;
        }
    }
}
