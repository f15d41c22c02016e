using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Connections;

/// <summary>Every accepted connection of this node. Re-decides what runs at each snapshot swap and twice a second.</summary>
internal sealed class ConnectionRegistry : IDisposable
{
    private readonly ConcurrentDictionary<long, GateConnection> _connections = new();
    private readonly SnapshotHolder _snapshots;
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;
    private readonly ILogger<ConnectionRegistry> _logger;
    private long _lastId;

    public ConnectionRegistry(SnapshotHolder snapshots, IAuditTrail trail, TimeProvider time, ILogger<ConnectionRegistry> logger)
    {
        _snapshots = snapshots;
        _trail = trail;
        _time = time;
        _logger = logger;
    }

    /// <summary>Connections now.</summary>
    public int Count => _connections.Count;

    /// <summary>Adds a connection. <paramref name="abort"/> closes its transport at once and never throws.</summary>
    public GateConnection Register(string gate, IPEndPoint source, bool isFiltered, Action<string> abort)
    {
        var connection = new GateConnection(
            Interlocked.Increment(ref _lastId), gate, source, _time.GetUtcNow(), isFiltered, abort);
        _connections[connection.Id] = connection;
        return connection;
    }

    /// <summary>Takes a connection off.</summary>
    public void Unregister(LiveConnection connection) => _connections.TryRemove(connection.Id, out _);

    /// <summary>All connections, oldest first.</summary>
    public ImmutableArray<ConnectionFacts> List() => throw new NotSupportedException();

    /// <summary>Cuts one connection; false when there is none of that number.</summary>
    public bool Kill(long id, string reason) => throw new NotSupportedException();

    /// <summary>Cuts the connections of a user (any realm, or one); how many.</summary>
    public int KillUser(string user, string reason, string? realm = null) => throw new NotSupportedException();

    /// <summary>Cuts the connections of a gate; how many.</summary>
    public int KillGate(string gate, string reason) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
