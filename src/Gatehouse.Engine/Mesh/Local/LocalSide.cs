using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh.Tunnels;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Mesh.Local;

/// <summary>
/// The side of this host's programs: the peers' addresses, where their programs seem to be, and the carrying of what connects
/// there.
/// </summary>
internal sealed class LocalSide(MeshContext context, TunnelDialer dialer) : IAsyncDisposable
{
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly ConcurrentDictionary<LocalOffer, LocalListener> _listeners = new();
    private readonly ConcurrentDictionary<string, TunnelPool> _pools = new(StringComparer.Ordinal);
    private int _open;
    private volatile bool _isStopped;

    /// <summary>Connections of this host's programs now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Listeners of now, by service and peer.</summary>
    public ImmutableArray<LocalListener> Listeners => [.. _listeners.Values];

    /// <summary>The tunnels to a peer.</summary>
    public TunnelPool PoolOf(string peer) => _pools.GetOrAdd(peer, static (name, self) => new TunnelPool(self.Context, self.Dialer, name), (Context: context, Dialer: dialer));

    /// <summary>Opens and closes what the newest settings and view want; whatever stays the same is not touched.</summary>
    public async Task UpdateAsync()
    {
        await _changing.WaitAsync();
        try
        {
            HashSet<LocalOffer> wanted = _isStopped ? [] : Wanted();
            foreach ((LocalOffer offer, LocalListener listener) in _listeners)
            {
                if (!wanted.Contains(offer))
                {
                    _listeners.TryRemove(offer, out _);
                    await listener.DisposeAsync();
                }
            }

            foreach (LocalOffer offer in wanted)
            {
                if (!_listeners.ContainsKey(offer))
                {
                    _listeners[offer] = new LocalListener(context, offer, TakeAsync);
                }
            }
        }
        finally
        {
            _changing.Release();
        }

        await TrimAsync();
    }

    /// <summary>Closes tunnels that wait for too long or are of no more use.</summary>
    public async Task TrimAsync()
    {
        foreach ((string peer, TunnelPool pool) in _pools)
        {
            bool isGone = context.State.Current.Find(peer) is null;
            if (isGone)
            {
                _pools.TryRemove(peer, out _);
            }

            await pool.TrimAsync(isGone);
        }
    }

    /// <summary>Takes nothing new.</summary>
    public Task StopAsync()
    {
        _isStopped = true;
        return UpdateAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach ((_, TunnelPool pool) in _pools)
        {
            await pool.TrimAsync(isAll: true);
        }

        _changing.Dispose();
    }

    private HashSet<LocalOffer> Wanted()
    {
        MeshView view = context.State.Current;
        HashSet<LocalOffer> wanted = [];
        HashSet<IPEndPoint> taken = [];
        foreach (MeshServiceModel service in context.Settings.Services)
        {
            foreach (MeshPeer peer in view.Peers)
            {
                ImmutableArray<int> ports = service.PortsOf(peer.Name);
                for (int i = 0; i < ports.Length && i < service.OwnPorts.Length; i++)
                {
                    var address = new IPEndPoint(service.Separation == MeshSeparation.Address ? peer.PeerAddress : IPAddress.Loopback, ports[i]);
                    if (taken.Add(address))
                    {
                        wanted.Add(new LocalOffer(service.Name, peer.Name, i, address));
                    }
                }
            }
        }

        return wanted;
    }

    private async Task TakeAsync(LocalOffer offer, Socket socket)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > context.Settings.Limits.Connections)
            {
                Refuse(socket, offer, TunnelDialer.Fail(MeshReasons.Busy, MeshProblems.Busy, "this node carries as many connections as it may"));
                return;
            }

            await ConnectAsync(offer, socket);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours closes the connection and nothing else; a program that was gone at once is none.
            if (fault is not (SocketException or ObjectDisposedException or IOException))
            {
                Log.ConnectionFailed(context.Logger, fault);
            }
        }
        finally
        {
            SocketTuning.Reset(socket);
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task ConnectAsync(LocalOffer offer, Socket socket)
    {
        var own = (IPEndPoint)socket.LocalEndPoint!; // connected
        var source = (IPEndPoint)socket.RemoteEndPoint!; // connected
        socket.NoDelay = true;
        if (context.FindService(offer.Service) is not { } service)
        {
            return;
        }

        // Whose process is it? Loopback is no identity.
        SocketOwner? owner = await SocketOwners.FindPeerAsync(own, source);
        if (!service.AllowUsers.IsAny && (owner is null || !service.AllowUsers.Allows(owner.UserId)))
        {
            Refuse(socket, offer, TunnelDialer.Fail(
                MeshReasons.LocalUser, MeshProblems.LocalUserRefused, $"user `{owner?.UserName ?? "unknown"}` may not use `{offer.Service}` of `{offer.Peer}`"));
            return;
        }

        if (!context.State.Current.IsTrusted(offer.Service, offer.Peer))
        {
            Refuse(socket, offer, TunnelDialer.Fail(
                MeshReasons.Untrusted, MeshProblems.PeerUntrusted, $"`{offer.Peer}` is not trusted for `{offer.Service}` on this node"));
            return;
        }

        SocketKeepAlive.Set(socket);
        await CarryAsync(offer, socket, source, owner?.UserName ?? "unknown");
    }

    private async Task CarryAsync(LocalOffer offer, Socket socket, IPEndPoint source, string user)
    {
        var cut = new StreamCut(socket);
        GateConnection live = context.Registry.Register(MeshContext.Gate, source, isFiltered: false, cut.Abort);
        live.Principal = new Gatehouse.Identity.Principal(user, MeshRecords.LocalRealm);
        live.Add(cut);
        cut.Text = $"{offer.Service} to {offer.Peer}";
        try
        {
            (CallerTunnel? tunnel, MeshFailure? failure) = await OpenAsync(offer, reason => context.Registry.Kill(live.Id, reason));
            if (tunnel is null)
            {
                Refuse(socket, offer, failure!, live.Id); // one of the two is there
                return;
            }

            await CarryAsync(offer, socket, new MeshRecords(context, live.Id, source, user, MeshRecords.LocalRealm, offer.Peer, offer.Service), tunnel, cut);
        }
        finally
        {
            live.Remove(cut);
            context.Registry.Unregister(live);
        }
    }

    private async Task CarryAsync(LocalOffer offer, Socket socket, MeshRecords records, CallerTunnel tunnel, StreamCut cut)
    {
        // 8. audit: the record's place comes before the first byte
        AuditSlot slot = await records.ReserveAsync();
        if (!slot.IsValid)
        {
            tunnel.Close(MeshReasons.Failed);
            return;
        }

        // 7. forward
        MeshLane lane = context.Counters.Begin(offer.Peer, offer.Service, isOutgoing: true);
        Carrier carrier = tunnel.Carry(socket, lane);
        CarryEnd end = CarryEnd.TunnelLost;
        try
        {
            end = await tunnel.CarryAsync(carrier);
            if (end == CarryEnd.Orderly)
            {
                PoolOf(offer.Peer).Return(tunnel);
            }
        }
        finally
        {
            context.Counters.End(lane);
            records.Ended(slot, carrier, end, cut.Reason);
        }
    }

    // A tunnel that waited may have died in silence: then one is made anew, nothing was sent yet.
    private async Task<(CallerTunnel? Tunnel, MeshFailure? Failure)> OpenAsync(LocalOffer offer, Action<string> cut)
    {
        TunnelPool pool = PoolOf(offer.Peer);
        MeshFailure? failure = null;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            TunnelDial dial = await pool.RentAsync(isFresh: attempt == 2);
            if (dial.Tunnel is not { } tunnel)
            {
                return (null, dial.Failure);
            }

            bool isReused = dial.Connect is null;
            failure = await tunnel.OpenAsync(offer.Service, offer.Index, cut);
            if (failure is null)
            {
                if (isReused)
                {
                    context.Counters.AddReused();
                }

                return (tunnel, null);
            }

            if (failure.Reason != MeshReasons.Unreachable)
            {
                pool.Return(tunnel);
                return (null, failure);
            }
        }

        return (null, failure);
    }

    private void Refuse(Socket socket, LocalOffer offer, MeshFailure failure, long connection = 0)
    {
        IPEndPoint source = socket.RemoteEndPoint as IPEndPoint ?? offer.Address;
        Log.LocalRefused(context.Logger, source, offer.Service, offer.Peer, failure.Problem);
        context.Refuse(source, failure.Reason, failure.Problem.Text, connection);
    }

    /// <summary>A program's connection as the registry sees it. What may go on is decided by the mesh's own look at its tunnels.</summary>
    private sealed class StreamCut(Socket socket) : ILiveWork
    {
        private string? _reason;

        public string Text { get; set; } = "";

        public string? Reason => Volatile.Read(ref _reason);

        public bool IsStillAllowed(Snapshots.SecuritySnapshot snapshot, DateTimeOffset now) => true;

        public void Cut(string reason) => Abort(reason);

        public void Abort(string reason)
        {
            Interlocked.CompareExchange(ref _reason, reason, null);
            SocketTuning.Reset(socket);
        }

        public string Describe() => Text;
    }
}
