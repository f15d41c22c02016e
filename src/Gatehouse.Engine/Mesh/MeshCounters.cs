using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Mesh;

/// <summary>What the mesh did since its start. Thread-safe.</summary>
internal sealed class MeshCounters
{
    private readonly ConcurrentDictionary<string, long> _refused = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Peer, bool IsOutgoing), int> _byPeer = [];
    private long _open;
    private long _carried;
    private long _tunnels;
    private long _reused;
    private long _sent;
    private long _received;

    /// <summary>Connections carried now.</summary>
    public long Open => Volatile.Read(ref _open);

    /// <summary>TLS connections made or taken.</summary>
    public long Tunnels => Volatile.Read(ref _tunnels);

    /// <summary>A connection begins to be carried.</summary>
    public void Begin(string peer, bool isOutgoing)
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _carried);
        lock (_lock)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_byPeer, (peer, isOutgoing), out _)++;
        }
    }

    /// <summary>It has ended.</summary>
    public void End(string peer, bool isOutgoing)
    {
        Interlocked.Decrement(ref _open);
        lock (_lock)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_byPeer, (peer, isOutgoing), out _);
            if (--count <= 0)
            {
                _byPeer.Remove((peer, isOutgoing));
            }
        }
    }

    /// <summary>Connections carried to or from a peer now.</summary>
    public int Count(string peer, bool isOutgoing)
    {
        lock (_lock)
        {
            return _byPeer.GetValueOrDefault((peer, isOutgoing));
        }
    }

    /// <summary>A tunnel stands.</summary>
    public void AddTunnel() => Interlocked.Increment(ref _tunnels);

    /// <summary>A connection is carried by a tunnel that stood already.</summary>
    public void AddReused() => Interlocked.Increment(ref _reused);

    /// <summary>Bytes of a program went to a peer.</summary>
    public void AddSent(int count) => Interlocked.Add(ref _sent, count);

    /// <summary>Bytes came from a peer.</summary>
    public void AddReceived(int count) => Interlocked.Add(ref _received, count);

    /// <summary>Something was refused; frozen words.</summary>
    public void Refuse(string reason) => _refused.AddOrUpdate(reason, 1, static (_, count) => count + 1);

    /// <summary>All of it at one moment.</summary>
    public MeshCounts Read() => new(
        Open,
        Volatile.Read(ref _carried),
        Tunnels,
        Volatile.Read(ref _reused),
        Volatile.Read(ref _sent),
        Volatile.Read(ref _received),
        _refused.ToImmutableSortedDictionary(StringComparer.Ordinal));
}
