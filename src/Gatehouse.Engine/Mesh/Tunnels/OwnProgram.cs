using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Connections;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>What came of dialling this node's own program.</summary>
/// <param name="Socket">The connection, or null.</param>
/// <param name="Status">As the caller is told.</param>
/// <param name="Detail">More, for this node's record.</param>
internal readonly record struct ProgramDial(Socket? Socket, MeshStatus Status, string? Detail);

/// <summary>Dials the cluster program of this host; whoever listens there must be of the right user.</summary>
internal static class OwnProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Dials a port of a service for a peer, whose address is the connection's source.</summary>
    public static async Task<ProgramDial> DialAsync(MeshContext context, MeshServiceModel service, int index, MeshView view, MeshPeer peer)
    {
        bool isByAddress = service.Separation == MeshSeparation.Address;
        IPAddress address = service.Target ?? (isByAddress ? view.OwnAddress : IPAddress.Loopback);
        var target = new IPEndPoint(address, service.OwnPorts[index]);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // Programs see the peer's own address, as they would without the mesh.
            if (isByAddress && IPAddress.IsLoopback(address) && address.AddressFamily == peer.PeerAddress.AddressFamily)
            {
                SocketTuning.ForBoundCaller(socket);
                socket.Bind(new IPEndPoint(peer.PeerAddress, 0));
            }

            using CancellationTokenSource limit = new(Limit, context.Time);
            await socket.ConnectAsync(target, limit.Token);

            // Whoever holds the port gets not one byte before its owner is known (loopback is no identity).
            OwnerCheck check = await context.Environment.Owners.CheckListenerAsync(target, service.RunAs);
            if (check.Status != OwnerStatus.Allowed)
            {
                SocketTuning.Reset(socket);
                return check.Status == OwnerStatus.NoListener
                    ? new ProgramDial(null, MeshStatus.NoListener, $"nobody listens at {target}")
                    : new ProgramDial(null, MeshStatus.WrongOwner, $"{target} belongs to user `{check.Owner?.UserName ?? "unknown"}`");
            }

            SocketKeepAlive.Set(socket);
            return new ProgramDial(socket, MeshStatus.Open, null);
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            return new ProgramDial(null, MeshStatus.NoListener, $"{target}: {(fault is SocketException ? fault.Message : "no answer")}");
        }
    }
}
