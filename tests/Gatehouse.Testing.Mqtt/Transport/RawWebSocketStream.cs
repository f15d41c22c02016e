using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Testing.Mqtt.Transport;

/// <summary>
/// The client's side of RFC 6455 by hand: each write is one binary frame, tests send other frames with <see cref="SendFrameAsync"/>.
/// Reading gives the payload of data frames and answers no ping.
/// </summary>
public sealed class RawWebSocketStream : Stream
{
    private readonly Stream _inner;
    private int _left;

    private RawWebSocketStream(Stream inner, string answer)
    {
        _inner = inner;
        Answer = answer;
    }

    /// <summary>The head of the server's answer.</summary>
    public string Answer { get; }

    /// <summary>The status code of the close frame that the server sent.</summary>
    public int? CloseCode { get; private set; }

    /// <summary>Whether the server speaks a frame of another kind than binary: 1 text.</summary>
    public bool HasOtherFrames { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal static async Task<RawWebSocketStream> OpenAsync(Stream inner, int port, WebSocketRequest request)
    {
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        string subprotocol = request.Subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {request.Subprotocol}\r\n";
        string more = string.Concat(request.Headers.Select(static h => h + "\r\n"));
        string head = $"GET {request.Path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{subprotocol}{more}\r\n";
        await inner.WriteAsync(Encoding.ASCII.GetBytes(head));
        await inner.FlushAsync();
        string answer = await ReadHeadAsync(inner);
        if (!answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
        {
            throw new WebSocketRefusedException(answer);
        }

        return new RawWebSocketStream(inner, answer);
    }

    /// <summary>One masked frame: opcode 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong.</summary>
    public async Task SendFrameAsync(int opcode, byte[] payload, bool isFinal = true, bool isMasked = true)
    {
        var frame = new List<byte> { (byte)((isFinal ? 0x80 : 0) | opcode) };
        int mask = isMasked ? 0x80 : 0;
        if (payload.Length < 126)
        {
            frame.Add((byte)(mask | payload.Length));
        }
        else if (payload.Length < 65_536)
        {
            frame.AddRange([(byte)(mask | 126), (byte)(payload.Length >> 8), (byte)payload.Length]);
        }
        else
        {
            byte[] length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            frame.Add((byte)(mask | 127));
            frame.AddRange(length);
        }

        byte[] key = isMasked ? RandomNumberGenerator.GetBytes(4) : [];
        frame.AddRange(key);
        frame.AddRange(isMasked ? payload.Select((b, i) => (byte)(b ^ key[i % 4])) : payload);
        await _inner.WriteAsync(frame.ToArray());
        await _inner.FlushAsync();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await SendFrameAsync(2, buffer.ToArray());

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_left == 0)
        {
            if (!await NextFrameAsync(cancellationToken))
            {
                return 0;
            }
        }

        int count = await _inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= count;
        return count;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _inner.Dispose();
        base.Dispose(disposing);
    }

    private static async Task<string> ReadHeadAsync(Stream inner)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await inner.ReadAsync(one, limit.Token) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>Reads the head of the next data frame; false at the end.</summary>
    private async Task<bool> NextFrameAsync(CancellationToken cancel)
    {
        byte[] head = new byte[8];
        if (await _inner.ReadAtLeastAsync(head.AsMemory(0, 2), 2, throwOnEndOfStream: false, cancel) < 2)
        {
            return false;
        }

        int opcode = head[0] & 15;
        long length = head[1] & 0x7f;
        if (length == 126)
        {
            await _inner.ReadExactlyAsync(head.AsMemory(0, 2), cancel);
            length = BinaryPrimitives.ReadUInt16BigEndian(head);
        }
        else if (length == 127)
        {
            await _inner.ReadExactlyAsync(head.AsMemory(0, 8), cancel);
            length = BinaryPrimitives.ReadInt64BigEndian(head);
        }

        if (opcode is 0 or 2)
        {
            _left = checked((int)length);
            return true;
        }

        byte[] control = new byte[length];
        await _inner.ReadExactlyAsync(control, cancel);
        HasOtherFrames |= opcode == 1;
        CloseCode = opcode == 8 ? control.Length > 1 ? BinaryPrimitives.ReadUInt16BigEndian(control) : 1005 : CloseCode;
        return opcode != 8;
    }
}

/// <summary>The server answered something else than 101.</summary>
public sealed class WebSocketRefusedException(string answer) : Exception(answer.Split('\r')[0])
{
    /// <summary>The head of its answer, empty when it closed.</summary>
    public string Answer { get; } = answer;
}
