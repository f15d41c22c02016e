using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Network;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Connections;

/// <summary>
/// Every accepted connection of this node. Re-decides sources and what runs at each snapshot swap and twice a second (for
/// what ends by the clock), and cuts what lost its right. At the same time it looks for clients that have gone.
/// </summary>
internal sealed class ConnectionRegistry : IDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<long, GateConnection> _connections = new();
    private readonly SnapshotHolder _snapshots;
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;
    private readonly ILogger<ConnectionRegistry> _logger;
    private readonly ITimer _timer;
    private long _lastId;
    private int _sweepRequested;
    private volatile bool _disposed;

    public ConnectionRegistry(SnapshotHolder snapshots, IAuditTrail trail, TimeProvider time, ILogger<ConnectionRegistry> logger)
    {
        _snapshots = snapshots;
        _trail = trail;
        _time = time;
        _logger = logger;
        _snapshots.Swapped += OnSwapped;
        _timer = time.CreateTimer(static state => ((ConnectionRegistry)state!).RequestSweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>Connections now.</summary>
    public int Count => _connections.Count;

    /// <summary>
    /// Adds a connection; the caller checks the IP filter again afterwards, so that no swap falls between.
    /// <paramref name="abort"/> closes its transport at once and never throws. With <paramref name="peer"/> the client's going
    /// is noticed twice a second while work runs, too.
    /// </summary>
    public GateConnection Register(string gate, IPEndPoint source, bool isFiltered, Action<string> abort, IPeerWatch? peer = null)
    {
        var connection = new GateConnection(
            Interlocked.Increment(ref _lastId), gate, source, _time.GetUtcNow(), isFiltered, abort, peer, _time);
        _connections[connection.Id] = connection;
        return connection;
    }

    /// <summary>Takes a connection off.</summary>
    public void Unregister(LiveConnection connection) => _connections.TryRemove(connection.Id, out _);

    /// <summary>All connections, oldest first.</summary>
    public ImmutableArray<ConnectionFacts> List()
    {
        List<ILiveWork> works = [];
        ImmutableArray<ConnectionFacts>.Builder list = ImmutableArray.CreateBuilder<ConnectionFacts>(_connections.Count);
        foreach (GateConnection connection in _connections.Values.OrderBy(static c => c.Id))
        {
            works.Clear();
            connection.CopyWork(works);
            Principal? principal = connection.Principal;
            list.Add(new ConnectionFacts(
                connection.Id,
                connection.Gate,
                connection.Source,
                principal?.Name,
                principal?.Realm,
                connection.Since,
                [.. works.Select(Describe)]));
        }

        return list.ToImmutable();
    }

    /// <summary>How many connections each gate has now, by name; gates without any are not in it.</summary>
    public SortedDictionary<string, int> CountByGate()
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach ((_, GateConnection connection) in _connections)
        {
            counts[connection.Gate] = counts.GetValueOrDefault(connection.Gate) + 1;
        }

        return counts;
    }

    /// <summary>Cuts one connection; false when there is none of that number.</summary>
    public bool Kill(long id, string reason)
    {
        if (!_connections.TryGetValue(id, out GateConnection? connection))
        {
            return false;
        }

        Cut(connection, reason);
        return true;
    }

    /// <summary>Cuts the connections of a user (of any realm, or of one); how many.</summary>
    public int KillUser(string user, string reason, string? realm = null) =>
        KillWhere(c => c.Principal is { } p && p.Name == user && (realm is null || p.Realm == realm), reason);

    /// <summary>Cuts the connections of a gate; how many.</summary>
    public int KillGate(string gate, string reason) => KillWhere(c => c.Gate == gate, reason);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _snapshots.Swapped -= OnSwapped;
        _timer.Dispose();
    }

    private void OnSwapped(SecuritySnapshot snapshot) => RequestSweep();

    // Never on the thread that swapped or on the timer's: one sweep at a time, and a request during a sweep makes another.
    private void RequestSweep()
    {
        if (!_disposed && Interlocked.Increment(ref _sweepRequested) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static registry => registry.SweepUntilQuiet(), this, preferLocal: false);
        }
    }

    private void SweepUntilQuiet()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _sweepRequested);
            try
            {
                Sweep();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The next sweep must come whatever happened in this one.
                Log.SweepFailed(_logger, fault);
            }
        }
        while (Interlocked.CompareExchange(ref _sweepRequested, 0, seen) != seen);
    }

    private void Sweep()
    {
        List<ILiveWork> works = [];
        foreach ((_, GateConnection connection) in _connections)
        {
            // Read for each connection: a swap during the sweep counts from here on.
            SecuritySnapshot snapshot = _snapshots.Current;
            if (connection.IsFiltered && !IsSourceAllowed(connection, snapshot))
            {
                CutSoon(connection, null, CutReasons.AddressDenied);
                continue;
            }

            if (!IsStanding(connection))
            {
                CutSoon(connection, null, CutReasons.CertificateLost);
                continue;
            }

            works.Clear();
            connection.CopyWork(works);
            if (works.Count > 0)
            {
                connection.Peer?.Look();
            }

            foreach (ILiveWork work in works)
            {
                if (!IsStillAllowed(work, snapshot))
                {
                    CutSoon(connection, work, CutReasons.RightLost);
                }
            }
        }
    }

    private bool IsSourceAllowed(GateConnection connection, SecuritySnapshot snapshot)
    {
        AddressVerdict verdict = snapshot.Decide(connection.Gate, connection.Source.Address);
        if (verdict.IsAllowed || verdict.Doubt != NameDoubt.MayBeDenied)
        {
            connection.DoubtedSince = null;
            return verdict.IsAllowed;
        }

        // A deny rule by name has just come and is not resolved: who was let in has not to go for that, unless it stays so.
        DateTimeOffset now = _time.GetUtcNow();
        connection.DoubtedSince ??= now;
        return now - connection.DoubtedSince < Doubt;
    }

    private bool IsStanding(GateConnection connection)
    {
        try
        {
            return connection.Standing?.Invoke(_time.GetUtcNow()) ?? true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Errors close, as below.
            Log.DecisionFailed(_logger, fault);
            return false;
        }
    }

    private bool IsStillAllowed(ILiveWork work, SecuritySnapshot snapshot)
    {
        try
        {
            return work.IsStillAllowed(snapshot, _time.GetUtcNow());
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Errors close: what cannot be decided is not allowed.
            Log.DecisionFailed(_logger, fault);
            return false;
        }
    }

    // A cut runs foreign code (cancellation callbacks); each has its own thread so that a slow one delays no other.
    private void CutSoon(GateConnection connection, ILiveWork? work, string reason) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static cut => cut.Registry.CutNow(cut.Connection, cut.Work, cut.Reason),
            new PendingCut(this, connection, work, reason),
            preferLocal: false);

    private void CutNow(GateConnection connection, ILiveWork? work, string reason)
    {
        if (work is null)
        {
            Cut(connection, reason);
            return;
        }

        // One stream of a connection lost its right; the others go on.
        if (!connection.TryTake(work))
        {
            return;
        }

        try
        {
            work.Cut(reason);
            Audit(connection, Describe(work), reason);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.CutFailed(_logger, connection.Id, fault);
            Cut(connection, reason);
        }
    }

    private void Cut(GateConnection connection, string reason)
    {
        if (connection.CutReason is not null)
        {
            return;
        }

        connection.Cut(reason);
        Audit(connection, null, reason);
        Log.ConnectionCut(_logger, connection.Id, connection.Gate, reason);
    }

    private void Audit(GateConnection connection, string? work, string reason) =>
        _trail.Write(new AuditEvent
        {
            Action = AuditAction.ConnectionCut,
            Outcome = AuditOutcome.Success,
            Time = _time.GetUtcNow(),
            ConnectionId = connection.Id,
            Source = connection.Source,
            Gate = connection.Gate,
            User = connection.Principal?.Name,
            Realm = connection.Principal?.Realm,
            Generation = _snapshots.Current.Generation,
            Reason = reason,
            Message = work,
        });

    private int KillWhere(Func<GateConnection, bool> isMeant, string reason)
    {
        int count = 0;
        foreach ((_, GateConnection connection) in _connections)
        {
            if (isMeant(connection))
            {
                Cut(connection, reason);
                count++;
            }
        }

        return count;
    }

    private static string Describe(ILiveWork work)
    {
        try
        {
            return work.Describe();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A list for people must not fail on one of its lines.
            return "(unknown)";
        }
    }

    private sealed record PendingCut(ConnectionRegistry Registry, GateConnection Connection, ILiveWork? Work, string Reason);
}

/// <summary>Why connections and work are cut; frozen words of the audit trail (<c>gatehouse.reason</c>).</summary>
internal static class CutReasons
{
    /// <summary>The IP filter no longer lets the source in.</summary>
    public const string AddressDenied = "address_denied";

    /// <summary>The client certificate has ended, or its authorities are no longer those of the gate.</summary>
    public const string CertificateLost = "certificate_lost";

    /// <summary>Principal or operation is no longer allowed.</summary>
    public const string RightLost = "right_lost";

    /// <summary>An administrator cut it.</summary>
    public const string Killed = "killed";

    /// <summary>The gate was closed.</summary>
    public const string GateClosed = "gate_closed";

    /// <summary>The node stops.</summary>
    public const string Stopping = "stopping";
}
