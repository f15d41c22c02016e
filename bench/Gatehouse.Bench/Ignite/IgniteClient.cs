using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Bench.Ignite;

/// <summary>
/// A client that repeats one request, so many under way. As many answers as a read brings, so many requests the next write takes.
/// </summary>
internal sealed class IgniteClient : IDisposable
{
    // From here on the number of a request takes the same five bytes, four of them behind the first.
    private const uint FirstId = 1_000_000;

    // Length (4), opcode (1), and the first byte of the request's number.
    private const int IdAt = 6;

    private readonly Stream _stream;
    private readonly byte[] _received = new byte[64 * 1024];
    private int _end;
    private long _answered;

    private IgniteClient(Stream stream) => _stream = stream;

    /// <summary>Answers so far.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>What they took.</summary>
    public LatencyCounts Latencies { get; } = new();

    /// <summary>What ended it too early, null for nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>Connects, logs in with the features of a .NET client of 3.2, and waits to be let in.</summary>
    public static async Task<IgniteClient> ConnectAsync(int port, bool isTls, string user, string password)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (isTls)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                });
                stream = tls;
            }

            var client = new IgniteClient(stream);
            await client.EnterAsync(user, password);
            return client;
        }
        catch
        {
            // Whatever it was: the socket is of no use.
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends requests until it is disposed of.</summary>
    public async Task RunAsync(string kind, int window)
    {
        byte[] request = Request(kind);
        byte[] batch = new byte[request.Length * window];
        long[] began = new long[window];
        uint next = FirstId;
        try
        {
            int free = window;
            while (true)
            {
                for (int i = 0; i < free; i++, next++)
                {
                    Span<byte> place = batch.AsSpan(i * request.Length);
                    request.CopyTo(place);
                    BinaryPrimitives.WriteUInt32BigEndian(place[IdAt..], next);
                    began[next % window] = Stopwatch.GetTimestamp();
                }

                await _stream.WriteAsync(batch.AsMemory(0, free * request.Length));
                free = 0;
                while (free == 0)
                {
                    int count = await _stream.ReadAsync(_received.AsMemory(_end));
                    if (count == 0)
                    {
                        Fault ??= "closed";
                        return;
                    }

                    _end += count;
                    free = TakeAnswers(began);
                }
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed from one of the two sides.
            Fault ??= fault.GetType().Name;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private int TakeAnswers(long[] began)
    {
        int at = 0;
        int taken = 0;
        long now = Stopwatch.GetTimestamp();
        while (IgniteFrame.TryRead(_received.AsSpan(at, _end - at), withMagic: false, _received.Length, out IgniteFrame frame, out _) == IgniteFraming.Complete)
        {
            ReadOnlySpan<byte> payload = _received.AsSpan(at + frame.HeaderLength, frame.Length);
            if (!IgniteResponse.TryParse(payload, out IgniteResponse response, out _) || response.IsError)
            {
                throw new IOException(Fault = $"refused: {Encoding.ASCII.GetString(payload).Replace('\n', ' ')}");
            }

            Latencies.Add(Stopwatch.GetElapsedTime(began[response.RequestId % began.Length], now));
            at += (int)frame.TotalLength;
            taken++;
        }

        _received.AsSpan(at, _end - at).CopyTo(_received);
        _end -= at;
        Interlocked.Add(ref _answered, taken);
        return taken;
    }

    private async Task EnterAsync(string user, string password)
    {
        var hello = new ArrayBufferWriter<byte>(256);
        IgniteHandshake.Write(hello, IgniteHandshake.GeneralClient, IgniteFeatureMask.Read([0x3b, 0x42, 0x05]), user, Encoding.UTF8.GetBytes(password));
        await _stream.WriteAsync(hello.WrittenMemory);
        IgniteFrame frame;
        while (IgniteFrame.TryRead(_received.AsSpan(0, _end), withMagic: true, _received.Length, out frame, out _) != IgniteFraming.Complete)
        {
            int count = await _stream.ReadAsync(_received.AsMemory(_end));
            _end = count == 0 ? throw new IOException("closed in the handshake") : _end + count;
        }

        if (!IgniteHandshakeAnswer.TryParse(_received.AsSpan(frame.HeaderLength, frame.Length), out IgniteHandshakeAnswer? answer, out _) || answer!.Failure is not null)
        {
            throw new IOException("refused in the handshake");
        }

        _end = 0;
    }

    /// <summary>A request with a number to be written over.</summary>
    private static byte[] Request(string kind)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        var frame = new IgniteFrameWriter(bytes, 400, withMagic: false);
        ref MessagePackWriter values = ref frame.Values;
        values.Number(kind switch { "get" => IgniteOpcodes.TupleGet, "upsert" => IgniteOpcodes.TupleUpsert, _ => IgniteOpcodes.SqlExec });
        values.Number(FirstId);
        if (kind == "sql")
        {
            Statement(ref values);
        }
        else
        {
            values.Number(IgniteNode.Table);
            values.Nil(); // no transaction
            values.Number(1); // the schema's version
            values.Raw([0xd4, MessagePackWriter.BitSetType, 0]);
            values.Binary(kind == "get" ? Key() : [0, 8, 97, .. new byte[97]]);
        }

        frame.End(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static void Statement(ref MessagePackWriter values)
    {
        // Transaction, schema, page size, two timeouts, time zone.
        for (int i = 0; i < 6; i++)
        {
            values.Nil();
        }

        values.Number(0);
        values.Binary([]);
        values.Text("SELECT * FROM ORDERS WHERE ID = ?"u8);
        values.Number(1);
        byte[] argument = [0, 1, 1, 9, 6, 0x80, .. new byte[7]]; // type, scale, value
        values.Binary(argument);
        values.Number(1);
        values.Raw([0xc3]); // where rows are is wanted
    }

    private static byte[] Key() => [0, 8, 1, 0, 0, 0, 0, 0, 0, 0];
}
