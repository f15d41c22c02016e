using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>A client of HTTP/2 that writes whatever frames it is told to (RFC 9113 section 4.1) and reads what comes back.</summary>
internal sealed class Http2RawClient : IAsyncDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    private const byte GoAway = 7;

    private readonly TcpClient _tcp = new();
    private readonly SslStream _tls;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;

    private Http2RawClient(int port)
    {
        _tcp.Connect("127.0.0.1", port);
        _tls = new SslStream(_tcp.GetStream(), false, static (_, _, _, _) => true);
    }

    /// <summary>Completes when the server has closed, or reset.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The error code of the server's GOAWAY; null without.</summary>
    public uint? GoAwayCode { get; private set; }

    /// <summary>Connects and says hello; settings are exchanged. A client that reads nothing leaves <paramref name="reads"/> out.</summary>
    public static async Task<Http2RawClient> ConnectAsync(int port, bool reads = true)
    {
        Http2RawClient client = new(port);
        await client._tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        });
        await client._tls.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await client._tls.WriteAsync(Frame(Settings, 0, 0, []));
        await client._tls.WriteAsync(Frame(Settings, 1, 0, []));
        client._reading = reads ? client.ReadAsync() : Task.CompletedTask;
        return client;
    }

    /// <summary>A frame's bytes.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>The head of a request in HPACK (RFC 7541), nothing indexed.</summary>
    public static byte[] Request(string user, string path)
    {
        List<byte> block = [0x82, 0x87];
        Literal(block, 0x04, path);
        Literal(block, 0x01, "localhost");
        block.AddRange([0x0f, 23 - 15]);
        Text(block, GateHarness.Basic(user));
        return [.. block];
    }

    /// <summary>Writes; false when the server has gone.</summary>
    public async Task<bool> TryWriteAsync(ReadOnlyMemory<byte> bytes, TimeSpan limit)
    {
        try
        {
            await _tls.WriteAsync(bytes).AsTask().WaitAsync(limit);
            return true;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            _ended.TrySetResult();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _tcp.Close();
        await _reading;
        await _tls.DisposeAsync();
        _tcp.Dispose();
    }

    private static void Literal(List<byte> block, byte name, string value)
    {
        block.Add(name);
        Text(block, value);
    }

    private static void Text(List<byte> block, string value)
    {
        block.Add((byte)value.Length); // below 127: one byte, no Huffman code
        block.AddRange(Encoding.ASCII.GetBytes(value));
    }

    private async Task ReadAsync()
    {
        byte[] head = new byte[9];
        try
        {
            while (true)
            {
                await _tls.ReadExactlyAsync(head);
                byte[] payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >>> 8];
                await _tls.ReadExactlyAsync(payload);
                if (head[3] == GoAway)
                {
                    GoAwayCode = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4));
                }
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            _ended.TrySetResult();
        }
    }
}
