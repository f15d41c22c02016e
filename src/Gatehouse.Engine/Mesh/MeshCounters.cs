using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gatehouse.Engine.Mesh;

/// <summary>What the mesh did since its start. Thread-safe.</summary>
internal sealed class MeshCounters
{
    private readonly ConcurrentDictionary<string, long> _refused = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Peer, string Service, bool IsOutgoing), MeshLane> _lanes = new();
    private long _open;
    private long _made;
    private long _taken;
    private long _reused;

    /// <summary>Connections carried now.</summary>
    public long Open => Volatile.Read(ref _open);

    /// <summary>A connection begins to be carried; its bytes are counted in what comes back. Peer and service are known and trusted here.</summary>
    public MeshLane Begin(string peer, string service, bool isOutgoing)
    {
        Interlocked.Increment(ref _open);
        MeshLane lane = _lanes.GetOrAdd((peer, service, isOutgoing), static _ => new MeshLane());
        lane.Begin();
        return lane;
    }

    /// <summary>It has ended.</summary>
    public void End(MeshLane lane)
    {
        Interlocked.Decrement(ref _open);
        lane.End();
    }

    /// <summary>Connections carried to or from a peer now.</summary>
    public int Count(string peer, bool isOutgoing) => (int)_lanes
        .Where(one => one.Key.IsOutgoing == isOutgoing && string.Equals(one.Key.Peer, peer, StringComparison.Ordinal))
        .Sum(static one => one.Value.Open);

    /// <summary>A tunnel stands.</summary>
    public void AddTunnel(bool isOutgoing) => Interlocked.Increment(ref isOutgoing ? ref _made : ref _taken);

    /// <summary>A connection is carried by a tunnel that stood already.</summary>
    public void AddReused() => Interlocked.Increment(ref _reused);

    /// <summary>Something was refused; frozen words.</summary>
    public void Refuse(string reason) => _refused.AddOrUpdate(reason, 1, static (_, count) => count + 1);

    /// <summary>All of it at one moment.</summary>
    public MeshCounts Read() => new()
    {
        Open = Open,
        Made = Volatile.Read(ref _made),
        Taken = Volatile.Read(ref _taken),
        Reused = Volatile.Read(ref _reused),
        Lanes =
        [
            .. _lanes.Select(static one => new MeshLaneCounts(
                    one.Key.Peer, one.Key.Service, one.Key.IsOutgoing, one.Value.Open, one.Value.Carried, one.Value.Sent, one.Value.Received))
                .OrderBy(static one => one.Service, StringComparer.Ordinal).ThenBy(static one => one.Peer, StringComparer.Ordinal)
                .ThenBy(static one => one.IsOutgoing),
        ],
        Refused = _refused.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}

/// <summary>Connections of one service to or from one peer. Thread-safe.</summary>
internal sealed class MeshLane
{
    private long _open;
    private long _carried;
    private long _sent;
    private long _received;

    /// <summary>Carried now.</summary>
    public long Open => Volatile.Read(ref _open);

    /// <summary>Begun to be carried.</summary>
    public long Carried => Volatile.Read(ref _carried);

    /// <summary>Bytes of programs sent to the peer.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes of programs received from the peer.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Bytes of a program went to the peer.</summary>
    public void AddSent(int count) => Interlocked.Add(ref _sent, count);

    /// <summary>Bytes came from the peer.</summary>
    public void AddReceived(int count) => Interlocked.Add(ref _received, count);

    /// <summary>One begins.</summary>
    internal void Begin()
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _carried);
    }

    /// <summary>One ended.</summary>
    internal void End() => Interlocked.Decrement(ref _open);
}
