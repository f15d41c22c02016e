using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>A cluster program: listens, and hands over what it accepts.</summary>
internal sealed class ProgramFake : IDisposable
{
    private readonly Socket _listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Channel<Socket> _accepted = Channel.CreateUnbounded<Socket>();

    public ProgramFake(IPEndPoint address)
    {
        _listening.Bind(address);
        _listening.Listen(256);
        _ = AcceptAsync();
    }

    public static ProgramFake Of(MeshNodeFake node, int index = 0) => new(node.Own(index));

    /// <summary>The next connection.</summary>
    public async Task<Socket> NextAsync() => await _accepted.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>Sends back whatever comes, with its end.</summary>
    public void Echo() => _ = EchoAllAsync();

    public void Dispose() => _listening.Dispose();

    /// <summary>Connects as another program of this host does.</summary>
    public static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return socket;
    }

    /// <summary>Reads to the end, or until it breaks (null).</summary>
    public static async Task<byte[]?> ReadToEndAsync(Socket socket)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int count = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
                if (count == 0)
                {
                    return all.ToArray();
                }

                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Connects, sends and reads to the end; null where it broke, however early.</summary>
    public static async Task<byte[]?> TryAsync(IPEndPoint address, byte[]? sent = null)
    {
        try
        {
            using Socket socket = await ConnectAsync(address);
            await socket.SendAsync(sent ?? [1], SocketFlags.None);
            return await ReadToEndAsync(socket);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Reads so many bytes.</summary>
    public static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        byte[] all = new byte[count];
        int at = 0;
        while (at < count)
        {
            int got = await socket.ReceiveAsync(all.AsMemory(at), SocketFlags.None).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            if (got == 0)
            {
                throw new EndOfStreamException($"ended after {at} of {count} bytes");
            }

            at += got;
        }

        return all;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listening.AcceptAsync();
                socket.NoDelay = true;
                _accepted.Writer.TryWrite(socket);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task EchoAllAsync()
    {
        await foreach (Socket socket in _accepted.Reader.ReadAllAsync())
        {
            _ = EchoAsync(socket);
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                byte[] buffer = new byte[64 * 1024];
                while (true)
                {
                    int count = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None);
                    if (count == 0)
                    {
                        socket.Shutdown(SocketShutdown.Send);
                        return;
                    }

                    for (int sent = 0; sent < count;)
                    {
                        sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None);
                    }
                }
            }
            catch (SocketException)
            {
                // The other side broke it.
            }
        }
    }
}
