using System.Net;
using System.Net.Sockets;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Tests.Swarm;

/// <summary>
/// A member of a private network that echoes: as go-libp2p does, with nonce and header at once, or as js-libp2p does, with the
/// nonce alone and the header once the caller's was read.
/// </summary>
internal sealed class FakeMember : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Socket, Task> _serve;
    private readonly List<Socket> _sockets = [];
    private readonly Task _accepting;
    private long _received;

    private FakeMember(Func<FakeMember, Socket, Task> serve)
    {
        _serve = socket => serve(this, socket);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Connections so far.</summary>
    public int Connections
    {
        get
        {
            lock (_sockets)
            {
                return _sockets.Count;
            }
        }
    }

    /// <summary>Bytes received on all of them, as long as the member listens to a header.</summary>
    public long Received => Volatile.Read(ref _received);

    public static FakeMember GoLike(SwarmKey key) => new((member, socket) => member.EchoAsync(socket, key, isFirst: true));

    public static FakeMember JsLike(SwarmKey key) => new((member, socket) => member.EchoAsync(socket, key, isFirst: false));

    /// <summary>Sends these bytes, then reads.</summary>
    public static FakeMember Saying(byte[] bytes) => new(async (member, socket) =>
    {
        await socket.SendAsync(bytes);
        byte[] buffer = new byte[1024];
        for (int read = 1; read > 0;)
        {
            read = await socket.ReceiveAsync(buffer);
            Interlocked.Add(ref member._received, read);
        }
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        lock (_sockets)
        {
            _sockets.ForEach(static s => s.Dispose());
        }
    }

    private async Task EchoAsync(Socket socket, SwarmKey key, bool isFirst)
    {
        using var end = new PnetEnd(socket, key);
        await end.SendNonceAsync();
        if (isFirst)
        {
            await end.SendAsync(PnetHeader.Header.ToArray());
        }

        byte[] header = await end.ReadAsync(PnetHeader.HeaderSize);
        Interlocked.Add(ref _received, end.Raw.Count);
        if (!header.AsSpan().SequenceEqual(PnetHeader.Header))
        {
            return;
        }

        if (!isFirst)
        {
            await end.SendAsync(PnetHeader.Header.ToArray());
        }

        await PumpAsync(end);
        socket.Shutdown(SocketShutdown.Send);
    }

    // Reads and echoes whatever comes in, and says goodbye at the caller's end.
    private static async Task PumpAsync(PnetEnd end)
    {
        while (await end.ReadAsync(1) is { Length: 1 } one)
        {
            int more = end.Socket.Available;
            byte[] rest = more > 0 ? await end.ReadAsync(more) : [];
            await end.SendAsync((byte[])[.. one, .. rest]);
        }

        await end.SendAsync("bye"u8.ToArray());
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                return;
            }

            lock (_sockets)
            {
                _sockets.Add(socket);
            }

            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await _serve(socket);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end went.
        }
        finally
        {
            socket.Dispose();
        }
    }
}
