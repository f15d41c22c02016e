using System.Net.Sockets;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>The called side of one proven tunnel: answers pings and carries one stream after another to this node's programs.</summary>
internal sealed class TunnelServer(MeshContext context, Tunnel tunnel, LiveConnection live)
{
    // Idle, at work, or told to stop: whoever changes it from idle may write.
    private const int Idle = 0;
    private const int Working = 1;
    private const int Stopped = 2;

    private int _state;

    /// <summary>Whether a stream is carried.</summary>
    public bool IsCarrying => tunnel.Service is not null;

    /// <summary>Runs to the tunnel's end.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            Frame frame = await tunnel.Reader.NextAsync();
            if (Interlocked.CompareExchange(ref _state, Working, Idle) != Idle)
            {
                return;
            }

            if (!await AnswerAsync(frame))
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _state, Idle, Working) != Working)
            {
                return;
            }
        }
    }

    /// <summary>No new stream; an idle tunnel ends now, with notice. Never throws.</summary>
    public async Task DrainAsync()
    {
        if (Interlocked.Exchange(ref _state, Stopped) != Idle)
        {
            return;
        }

        try
        {
            await tunnel.WriteAsync(MeshFrameType.Drain);
            await tunnel.Tls.ShutdownAsync();
            await tunnel.Tls.FlushAsync();
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            // It has ended by itself.
        }

        tunnel.Abort(MeshReasons.Draining);
    }

    private async ValueTask<bool> AnswerAsync(Frame frame)
    {
        switch (frame.Type)
        {
            case MeshFrameType.Open:
                return await OpenAsync();
            case MeshFrameType.Ping:
                return await PongAsync();
            case MeshFrameType.Netcheck when context.State.Current.IsTrustedForAny(tunnel.Peer.Name):
                await tunnel.WriteAsync(tunnel.Scratch.AsMemory(0, MeshSeen.Write(tunnel.Scratch, tunnel.Remote)));
                return true;
            case MeshFrameType.Netcheck:
                context.Refuse(tunnel.Remote, MeshReasons.Untrusted, $"{tunnel.Peer.Name}: netcheck", live.Id);
                return false;
            case MeshFrameType.Notice when context.Notices is { } notices:
                await notices.TakeAsync(tunnel.Peer.Name, await tunnel.Reader.AllAsync());
                await tunnel.WriteAsync(MeshFrameType.Noticed);
                return true;
            case MeshFrameType.None when frame.IsEnd:
                return false;
            default:
                context.Refuse(tunnel.Remote, MeshReasons.Protocol, tunnel.Peer.Name, live.Id);
                return false;
        }
    }

    private async ValueTask<bool> PongAsync()
    {
        if (!MeshPingFrame.TryRead((await tunnel.Reader.AllAsync()).Span, out ulong token, out _))
        {
            return false;
        }

        await tunnel.WriteAsync(tunnel.Scratch.AsMemory(0, MeshPingFrame.Write(tunnel.Scratch, MeshFrameType.Pong, token, context.Now)));
        return true;
    }

    // False: the tunnel is of no more use.
    private async ValueTask<bool> OpenAsync()
    {
        ulong number = tunnel.Number++;
        if (!MeshOpen.TryRead((await tunnel.Reader.AllAsync()).Span, number, tunnel.Proof, out string name, out int index, out bool isProven))
        {
            context.Refuse(tunnel.Remote, MeshReasons.Protocol, tunnel.Peer.Name, live.Id);
            return false;
        }

        if (!isProven)
        {
            await RefuseAsync(number, MeshStatus.Unproven, MeshReasons.ProofFailed, name, null);
            return false;
        }

        // The service is set before the view is looked at, so that no change falls between.
        tunnel.Service = name;
        MeshView view = context.State.Current;
        try
        {
            return await OpenAsync(number, name, index, view);
        }
        finally
        {
            tunnel.Service = null;
        }
    }

    private async ValueTask<bool> OpenAsync(ulong number, string name, int index, MeshView view)
    {
        string peer = tunnel.Peer.Name;
        if (!view.IsTrusted(name, peer))
        {
            await RefuseAsync(number, MeshStatus.Untrusted, MeshReasons.Untrusted, name, null);
            return true;
        }

        if (tunnel.WhyNotAnew(view) is not null || view.Find(peer) is not { } facts)
        {
            // The caller comes again, with what is accepted now.
            return false;
        }

        if (context.FindService(name) is not { } service || (uint)index >= (uint)service.OwnPorts.Length)
        {
            await RefuseAsync(number, MeshStatus.UnknownService, MeshReasons.UnknownService, name, $"port index {index}");
            return true;
        }

        ProgramDial dial = await OwnProgram.DialAsync(context, service, index, view, facts);
        if (dial.Socket is not { } program)
        {
            string reason = dial.Status == MeshStatus.WrongOwner ? MeshReasons.WrongOwner : MeshReasons.NoListener;
            await RefuseAsync(number, dial.Status, reason, name, dial.Detail);
            return true;
        }

        return await CarryAsync(number, name, program);
    }

    private async ValueTask<bool> CarryAsync(ulong number, string service, Socket program)
    {
        var records = new MeshRecords(
            context, live.Id, tunnel.Remote, tunnel.Peer.Name, MeshRecords.NodeRealm, context.State.Current.Node, service);

        // 8. audit: the record's place comes before the first byte
        AuditSlot slot = await records.ReserveAsync();
        if (!slot.IsValid)
        {
            SocketTuning.Reset(program);
            await RefuseAsync(number, MeshStatus.Failed, MeshReasons.Failed, service, "the audit trail takes no records");
            return true;
        }

        // 7. forward
        var work = new CarriedWork(tunnel, $"{service} from {tunnel.Peer.Name}");
        MeshLane lane = context.Counters.Begin(tunnel.Peer.Name, service, isOutgoing: false);
        var carrier = new Carrier(tunnel, program, lane);
        CarryEnd end = CarryEnd.TunnelLost;
        live.Add(work);
        try
        {
            await AnswerAsync(number, MeshStatus.Open);
            end = await carrier.RunAsync();
        }
        finally
        {
            SocketTuning.Reset(program);
            live.Remove(work);
            context.Counters.End(lane);
            records.Ended(slot, carrier, end, work.Reason);
        }

        return end == CarryEnd.Orderly;
    }

    private async ValueTask RefuseAsync(ulong number, MeshStatus status, string reason, string service, string? detail)
    {
        string text = detail is null ? $"{tunnel.Peer.Name}: {service}" : $"{tunnel.Peer.Name}: {service}: {detail}";
        context.Refuse(tunnel.Remote, reason, text, live.Id);
        await AnswerAsync(number, status);
    }

    private ValueTask AnswerAsync(ulong number, MeshStatus status) =>
        tunnel.WriteAsync(tunnel.Scratch.AsMemory(0, MeshOpened.Write(tunnel.Scratch, number, status, tunnel.Proof)));
}

/// <summary>A carried connection as the registry sees it. What may go on is decided by the mesh's own look at its tunnels.</summary>
internal sealed class CarriedWork(Tunnel tunnel, string text) : ILiveWork
{
    private string? _reason;

    /// <summary>Why it was cut, or null.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now) => true;

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, null);
        tunnel.Abort(reason);
    }

    /// <inheritdoc/>
    public string Describe() => text;
}
