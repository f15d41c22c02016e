using System.Buffers;
using System.Net.Sockets;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>How a carried connection ended.</summary>
internal enum CarryEnd
{
    /// <summary>Both programs ended their side: the tunnel can carry the next.</summary>
    Orderly = 0,

    /// <summary>The program of this host broke its connection.</summary>
    LocalReset = 1,

    /// <summary>The other node's program did, or the way to it.</summary>
    PeerReset = 2,

    /// <summary>The tunnel broke, or was cut.</summary>
    TunnelLost = 3,
}

/// <summary>
/// Carries bytes between a program's socket and a tunnel, both ways, until both ended: no reading ahead of writing, ends and
/// resets handed on as they are.
/// </summary>
internal sealed class Carrier(Tunnel tunnel, Socket program, MeshLane lane)
{
    private const int SmallLength = 2048;

    // With its header and TLS's additions it fills four records and one send of 64 KiB.
    private const int LargeLength = 65_000;
    private const int SmallReads = 16;

    private long _sent;
    private long _received;
    private int _end;
    private int _isBroken;
    private int _uploadEnded;

    /// <summary>Bytes from the program to the peer.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes from the peer to the program.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Runs to the end; the socket is closed then, the tunnel only where it is of no more use.</summary>
    public async Task<CarryEnd> RunAsync()
    {
        Task upload = UploadAsync();
        await DownloadAsync();
        await upload;
        var end = (CarryEnd)Volatile.Read(ref _end);
        if (end == CarryEnd.Orderly)
        {
            program.Dispose();
        }
        else
        {
            SocketTuning.Reset(program);
            tunnel.Abort(MeshReasons.Failed);
        }

        return end;
    }

    private async Task UploadAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SmallLength);
        try
        {
            int smallReads = 0;
            while (true)
            {
                int count = await program.ReceiveAsync(buffer.AsMemory(MeshFrame.HeaderSize, Room(buffer)), SocketFlags.None);
                if (count == 0)
                {
                    await tunnel.WriteAsync(MeshFrameType.End);
                    return;
                }

                MeshFrame.WriteHeader(buffer, MeshFrameType.Data, count);
                await tunnel.WriteAsync(buffer.AsMemory(0, MeshFrame.HeaderSize + count));
                Interlocked.Add(ref _sent, count);
                lane.AddSent(count);
                smallReads = count <= SmallLength ? smallReads + 1 : 0;
                buffer = Resized(buffer, count == Room(buffer), smallReads >= SmallReads);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            Break(CarryEnd.LocalReset);
            await TellAsync();
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            Break(CarryEnd.TunnelLost);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Volatile.Write(ref _uploadEnded, 1);
        }
    }

    private async Task DownloadAsync()
    {
        try
        {
            while (true)
            {
                Frame frame = await tunnel.Reader.NextAsync();
                if (frame.Type != MeshFrameType.Data)
                {
                    EndDownload(frame);
                    return;
                }

                await DeliverAsync();
            }
        }
        catch (SocketException)
        {
            Break(CarryEnd.LocalReset);
        }
        catch (ObjectDisposedException)
        {
            Break(CarryEnd.LocalReset);
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            Break(CarryEnd.TunnelLost);
        }
    }

    private async ValueTask DeliverAsync()
    {
        while (true)
        {
            ReadOnlyMemory<byte> some = await tunnel.Reader.SomeAsync();
            if (some.IsEmpty)
            {
                return;
            }

            Interlocked.Add(ref _received, some.Length);
            lane.AddReceived(some.Length);
            while (!some.IsEmpty)
            {
                some = some[await program.SendAsync(some, SocketFlags.None)..];
            }
        }
    }

    private void EndDownload(Frame frame)
    {
        switch (frame.Type)
        {
            case MeshFrameType.End:
                try
                {
                    program.Shutdown(SocketShutdown.Send);
                }
                catch (SocketException)
                {
                    // The program is gone; its own flow sees how.
                }

                return;
            case MeshFrameType.Reset:
                Break(CarryEnd.PeerReset);
                return;
            default:
                Break(CarryEnd.TunnelLost);
                return;
        }
    }

    // The first to break says how; the program's socket falls, which ends the other flow. Where that one waits for the tunnel
    // instead, or has ended, so does the tunnel.
    private void Break(CarryEnd how)
    {
        Interlocked.CompareExchange(ref _end, (int)how, (int)CarryEnd.Orderly);
        if (Interlocked.Exchange(ref _isBroken, 1) != 0)
        {
            return;
        }

        SocketTuning.Reset(program);
        if (how != CarryEnd.LocalReset || Volatile.Read(ref _uploadEnded) != 0)
        {
            tunnel.Abort(MeshReasons.Failed);
        }
    }

    // The peer's program is told as this one did it: broken, not ended. Then nothing more comes of this tunnel.
    private async Task TellAsync()
    {
        try
        {
            await tunnel.WriteAsync(MeshFrameType.Reset);
            await tunnel.Tls.ShutdownAsync();
            await tunnel.Tls.FlushAsync();
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            // It is told by the tunnel's end.
        }
        finally
        {
            tunnel.Abort(MeshReasons.Failed);
        }
    }

    private static int Room(byte[] buffer) => Math.Min(buffer.Length, LargeLength) - MeshFrame.HeaderSize;

    private static byte[] Resized(byte[] buffer, bool isFull, bool isIdle)
    {
        bool isLarge = buffer.Length >= LargeLength;
        if ((isFull && !isLarge) || (isIdle && isLarge))
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return ArrayPool<byte>.Shared.Rent(isLarge ? SmallLength : LargeLength);
        }

        return buffer;
    }
}
