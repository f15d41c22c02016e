using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>A client that sends exactly the bytes it is told to.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _received = "";

    private RawClient(Socket socket) => _socket = socket;

    /// <summary>How the connection ended: null while it lives, <c>end</c> or <c>reset</c>.</summary>
    public string? Ended { get; private set; }

    public Socket Socket => _socket;

    /// <summary>Everything received, as Latin-1.</summary>
    public string Received => _received;

    public static async Task<RawClient> ConnectAsync(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Refused as fast as it was accepted: reading says so.
        }

        return new RawClient(socket);
    }

    public async Task SendAsync(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        try
        {
            for (int sent = 0; sent < bytes.Length;)
            {
                sent += await _socket.SendAsync(bytes.AsMemory(sent));
            }
        }
        catch (SocketException)
        {
            // The gate may close before it has read everything; what it answered counts.
        }
    }

    /// <summary>Receives until a text is there or the connection ends.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        while (!_received.Contains(text, StringComparison.Ordinal) && await ReceiveAsync())
        {
        }

        return _received;
    }

    /// <summary>Receives until the connection ends.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        return _received;
    }

    /// <summary>Reads one response with Content-Length, and forgets it.</summary>
    public async Task<string> ReadResponseAsync()
    {
        await ReadUntilAsync("\r\n\r\n");
        int head = _received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        int at = _received.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        int length = at < 0 || at > head ? 0 : int.Parse(_received.AsSpan(at + 16, _received.IndexOf('\r', at) - at - 16));
        while (_received.Length < head + length && await ReceiveAsync())
        {
        }

        string response = _received[..Math.Min(_received.Length, head + length)];
        _received = _received[response.Length..];
        return response;
    }

    /// <summary>Drops what was received.</summary>
    public void Forget() => _received = "";

    /// <summary>Counts bytes up to the last chunk.</summary>
    public async Task<long> CountUntilChunkedEndAsync()
    {
        long total = 0;
        while (true)
        {
            int count = await _socket.ReceiveAsync(_buffer);
            total += count;
            if (count == 0 || (count >= 5 && _buffer.AsSpan(count - 5, 5).SequenceEqual("0\r\n\r\n"u8)))
            {
                return total;
            }
        }
    }

    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> ReceiveAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        try
        {
            int count = await _socket.ReceiveAsync(_buffer.AsMemory(), limit.Token);
            _received += Encoding.Latin1.GetString(_buffer, 0, count);
            Ended = count == 0 ? "end" : null;
            return count > 0;
        }
        catch (SocketException)
        {
            Ended = "reset";
            return false;
        }
        catch (OperationCanceledException fault)
        {
            throw new TimeoutException($"nothing more came after: {_received}", fault);
        }
    }
}
