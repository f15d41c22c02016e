using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Testing.Upstreams;

/// <summary>
/// A raw TCP server that does exactly what its script says and remembers every byte it got, so that a test can say "nothing
/// was forwarded". It knows no HTTP.
/// </summary>
public sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<UpstreamPeer, Task> _script;
    private readonly ConcurrentBag<UpstreamPeer> _peers = [];
    private readonly Task _accepting;

    private ScriptedUpstream(Socket listener, Func<UpstreamPeer, Task> script)
    {
        _listener = listener;
        _script = script;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens on loopback.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Connections accepted so far.</summary>
    public int Connections => _peers.Count;

    /// <summary>Everything received on all connections, as Latin-1.</summary>
    public string Received => string.Concat(_peers.Select(static p => p.Received));

    /// <summary>Starts one on a free loopback port; the script runs once a connection.</summary>
    public static ScriptedUpstream Start(Func<UpstreamPeer, Task> script)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(64);
        return new ScriptedUpstream(listener, script);
    }

    /// <summary>Starts one on a Unix socket.</summary>
    public static ScriptedUpstream StartUnix(string path, Func<UpstreamPeer, Task> script)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(64);
        return new ScriptedUpstream(listener, script);
    }

    /// <summary>One that answers every request head with the same bytes; the body must be empty.</summary>
    public static ScriptedUpstream Answering(string response) => Start(async peer =>
    {
        while (await peer.ReadHeadAsync() is not null)
        {
            await peer.SendAsync(response);
        }
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (UpstreamPeer peer in _peers)
        {
            peer.Close();
        }
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

            UpstreamPeer peer = new(socket);
            _peers.Add(peer);
            _ = RunAsync(peer);
        }
    }

    private async Task RunAsync(UpstreamPeer peer)
    {
        try
        {
            await _script(peer);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // The other end went: scripts need not care.
        }
        finally
        {
            peer.Close();
        }
    }
}

/// <summary>One accepted connection in the hands of a script.</summary>
public sealed class UpstreamPeer(Socket socket)
{
    private readonly Lock _lock = new();
    private readonly MemoryStream _received = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _used;

    /// <summary>Everything received, as Latin-1.</summary>
    public string Received
    {
        get
        {
            lock (_lock)
            {
                return Encoding.Latin1.GetString(_received.GetBuffer(), 0, (int)_received.Length);
            }
        }
    }

    /// <summary>Bytes received.</summary>
    public long ReceivedBytes
    {
        get
        {
            lock (_lock)
            {
                return _received.Length;
            }
        }
    }

    /// <summary>Bytes received behind what was read, such as the begin of a body.</summary>
    public long Unread => ReceivedBytes - _used;

    /// <summary>Reads up to and with an empty line; null at the end of the connection.</summary>
    public async Task<string?> ReadHeadAsync()
    {
        while (true)
        {
            string rest = Received[_used..];
            int end = rest.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _used += end + 4;
                return rest[..(end + 4)];
            }

            if (!await ReceiveAsync())
            {
                return null;
            }
        }
    }

    /// <summary>Reads so many bytes; fewer at the end of the connection.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (Received.Length - _used < count && await ReceiveAsync())
        {
        }

        string read = Received.Substring(_used, Math.Min(count, Received.Length - _used));
        _used += read.Length;
        return read;
    }

    /// <summary>Reads until what was read ends with a text; what there was at the end of the connection otherwise.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        int start = _used;
        while (!Received.AsSpan(start).Contains(end, StringComparison.Ordinal) && await ReceiveAsync())
        {
        }

        _used = (int)ReceivedBytes;
        return Received[start..];
    }

    /// <summary>Receives once without looking; false at the end of the connection.</summary>
    public async Task<bool> ReceiveAsync()
    {
        int count = await socket.ReceiveAsync(_buffer);
        lock (_lock)
        {
            _received.Write(_buffer, 0, count);
        }

        return count > 0;
    }

    /// <summary>Receives and drops; the number of bytes, 0 at the end. For bulk.</summary>
    public async Task<int> DrainAsync() => await socket.ReceiveAsync(_buffer);

    /// <summary>Sends text as Latin-1.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Says that nothing more comes.</summary>
    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Closes.</summary>
    public void Close() => socket.Dispose();
}
