using System.Collections.Immutable;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Issuing;

/// <summary>Everything of this room on a running node.</summary>
internal sealed class NodeCertificates : IDisposable
{
    public NodeCertificates(
        NodeTrust trust, SnapshotHolder snapshots, IStateChanges changes, IStateStore store, string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        Desk = new CertificateDesk(trust, changes, time);
        Authorities = new AuthorityDesk(trust, changes, time);
        Lists = new RevocationListKeeper(trust, snapshots, store, dataDirectory, time, loggers.CreateLogger<RevocationListKeeper>());
        Alarms = new CertificateAlarms(trust, snapshots, () => Files, time, loggers.CreateLogger<CertificateAlarms>());
    }

    /// <summary>Issues and renews.</summary>
    public CertificateDesk Desk { get; }

    /// <summary>Authorities.</summary>
    public AuthorityDesk Authorities { get; }

    /// <summary>Revocation lists.</summary>
    public RevocationListKeeper Lists { get; }

    /// <summary>What ends soon.</summary>
    public CertificateAlarms Alarms { get; }

    /// <summary>Files of the configuration in force; set with each.</summary>
    public ImmutableArray<CertificateInFile> Files
    {
        get => _files;
        set => ImmutableInterlocked.InterlockedExchange(ref _files, value);
    }

    private ImmutableArray<CertificateInFile> _files = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Alarms.Dispose();
        Lists.Dispose();
    }
}
