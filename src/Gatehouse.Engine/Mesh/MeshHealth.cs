using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Mesh.Local;
using Gatehouse.Engine.Mesh.Tunnels;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Mesh;

/// <summary>Asks each peer every few seconds, and answers what people ask of the mesh.</summary>
internal sealed class MeshHealth(MeshContext context, LocalSide local, TunnelDialer dialer) : IMeshControl
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);
    private readonly NoticePost _post = new(context);

    /// <summary>Where the mesh listens; null while it does not.</summary>
    public IPEndPoint? Listening { get; set; }

    /// <summary>Asks until it is cancelled; never throws.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await Task.WhenAll(context.State.Current.Peers.Select(AskAsync));
                await local.TrimAsync();
                foreach ((string name, _) in _seen)
                {
                    if (context.State.Current.Find(name) is null)
                    {
                        _seen.TryRemove(name, out _);
                    }
                }

                await Task.Delay(context.Settings.HealthEvery, context.Time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    /// <summary>Asks every peer now: there is something to tell. Does not wait, never throws.</summary>
    public void Hurry() => _ = Task.WhenAll(context.State.Current.Peers.Select(AskAsync));

    /// <inheritdoc/>
    public MeshFacts Facts()
    {
        MeshView view = context.State.Current;
        ImmutableArray<LocalListener> listeners = local.Listeners;
        return new MeshFacts(
            Listening,
            [.. view.Peers.OrderBy(static peer => peer.Name, StringComparer.Ordinal).Select(peer => Describe(view, peer))],
            [.. context.Settings.Services.Select(service => new MeshServiceFacts(
                service.Name,
                service.Kind,
                [.. listeners.Where(one => one.Offer.Service == service.Name)
                    .OrderBy(static one => one.Offer.Peer, StringComparer.Ordinal).ThenBy(static one => one.Offer.Index)
                    .Select(static one => new MeshAddressFacts(one.Offer.Peer, one.Offer.Address, one.IsListening, one.Problem))]))],
            context.Counters.Read());
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<MeshPing>?> PingAsync(string peer, int count, CancellationToken cancellation)
    {
        if (context.State.Current.Find(peer) is null)
        {
            return null;
        }

        ImmutableArray<MeshPing>.Builder answers = ImmutableArray.CreateBuilder<MeshPing>(count);
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            answers.Add(await PingOnceAsync(peer));
        }

        return answers.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<MeshReach>> NetcheckAsync(CancellationToken cancellation)
    {
        MeshReach[] reached = await Task.WhenAll(context.State.Current.Peers
            .SelectMany(static peer => peer.Addresses.Select(address => (peer, address)))
            .Select(pair => ReachAsync(pair.peer, pair.address))).WaitAsync(cancellation);
        return [.. reached.OrderBy(static one => one.Peer, StringComparer.Ordinal)];
    }

    private async Task AskAsync(MeshPeer peer)
    {
        try
        {
            await PingOnceAsync(peer.Name);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The next question must come whatever became of this one.
            Log.ConnectionFailed(context.Logger, fault);
        }
    }

    private async Task<MeshPing> PingOnceAsync(string peer)
    {
        TunnelPool pool = local.PoolOf(peer);
        MeshFailure failure = TunnelDialer.Fail(MeshReasons.Unreachable, MeshProblems.PeerUnreachable, $"`{peer}` does not answer");
        string? address = null;
        for (int attempt = 0; attempt < 2; attempt++)
        {
            long began = context.Time.GetTimestamp();
            TunnelDial dial = await pool.RentAsync(isFresh: attempt == 1);
            address = dial.Address ?? address;
            if (dial.Tunnel is not { } tunnel)
            {
                failure = dial.Failure ?? failure;
                break;
            }

            TimeSpan setup = dial.Connect is null ? TimeSpan.Zero : context.Time.GetElapsedTime(began);
            if (await tunnel.PingAsync(AnswerLimit) is { } took)
            {
                Note(peer, tunnel.Address, tunnel.Version, took, tunnel.Skew);
                if (context.State.Current.Find(peer) is not { } facts || await _post.TellAsync(facts, tunnel, AnswerLimit))
                {
                    pool.Return(tunnel);
                }

                return new MeshPing(tunnel.Address, took, setup, null);
            }
        }

        Note(peer, failure.Problem);
        return new MeshPing(address, null, TimeSpan.Zero, failure.Problem);
    }

    private async Task<MeshReach> ReachAsync(MeshPeer peer, string address)
    {
        long began = context.Time.GetTimestamp();
        TunnelDial dial = await dialer.DialAsync(peer, address);
        if (dial.Tunnel is not { } tunnel)
        {
            return new MeshReach(peer.Name, address, dial.Connect, null, null, null, dial.Failure?.Problem);
        }

        TimeSpan total = context.Time.GetElapsedTime(began);
        IPEndPoint? seen = context.State.Current.IsTrustedForAny(peer.Name) ? await tunnel.NetcheckAsync(AnswerLimit) : null;
        TimeSpan skew = tunnel.Skew;
        await tunnel.CloseIdleAsync();
        return new MeshReach(peer.Name, address, dial.Connect, total, skew, seen?.Address, null);
    }

    private void Note(string peer, string address, string version, TimeSpan took, TimeSpan skew)
    {
        _seen.TryGetValue(peer, out Seen? before);
        if (before?.Failure is not null || before?.Address != address)
        {
            Log.PeerUp(context.Logger, peer, address, version);
        }

        _seen[peer] = new Seen(address, version, took, skew, context.Time.GetUtcNow(), null);
    }

    private void Note(string peer, Problem failure)
    {
        _seen.TryGetValue(peer, out Seen? before);
        if (before?.Failure?.Id != failure.Id)
        {
            Log.PeerDown(context.Logger, peer, failure);
        }

        _seen[peer] = (before ?? new Seen(null, null, null, null, null, null)) with { Failure = failure, RoundTrip = null, Skew = null };
    }

    private MeshPeerFacts Describe(MeshView view, MeshPeer peer)
    {
        _seen.TryGetValue(peer.Name, out Seen? seen);
        MeshPeerState state = seen is null ? MeshPeerState.Unknown : seen.Failure is null ? MeshPeerState.Up : MeshPeerState.Down;
        return new MeshPeerFacts
        {
            Name = peer.Name,
            Id = peer.Id,
            PeerAddress = peer.PeerAddress,
            Addresses = peer.Addresses,
            State = state,
            Address = seen?.Address,
            Version = seen?.Version,
            RoundTrip = seen?.RoundTrip,
            Skew = seen?.Skew,
            LastSeen = seen?.LastSeen,
            Failure = seen?.Failure,
            Services = [.. context.Settings.Services.Select(static service => service.Name).Where(name => view.IsTrusted(name, peer.Name))],
            Outgoing = context.Counters.Count(peer.Name, isOutgoing: true),
            Incoming = context.Counters.Count(peer.Name, isOutgoing: false),
        };
    }

    private sealed record Seen(string? Address, string? Version, TimeSpan? RoundTrip, TimeSpan? Skew, DateTimeOffset? LastSeen, Problem? Failure);
}
