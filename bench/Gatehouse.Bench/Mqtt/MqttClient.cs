using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Bench.Mqtt;

/// <summary>
/// A client over TLS that writes packets by hand. What is queued while a write is under way goes out with the next one.
/// </summary>
internal sealed class MqttClient : IDisposable
{
    private readonly SslStream _stream;
    private readonly MqttLogin _login;
    private readonly Lock _gate = new();
    private byte[] _queued = new byte[16 * 1024];
    private byte[] _leaving = new byte[16 * 1024];
    private byte[] _received = [];
    private int _count;
    private int _end;
    private bool _isWriting;
    private long _writes;

    private MqttClient(SslStream stream, MqttLogin login)
    {
        _stream = stream;
        _login = login;
    }

    /// <summary>Writes so far.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>Connects from one of some loopback addresses, shakes hands in full, sends CONNECT and waits for CONNACK.</summary>
    public static async Task<MqttClient> ConnectAsync(MqttLogin login, int port, string clientId, int source)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (source % 40))]), 0));
            await socket.ConnectAsync(IPAddress.Loopback, port);
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                AllowTlsResume = false,
                EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls13,
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            });
            var client = new MqttClient(stream, login);
            await stream.WriteAsync(client.Connect(clientId));
            byte[] answer = new byte[256];
            int got = 0;
            while (got < 2 || got < answer[1] + 2)
            {
                int count = await stream.ReadAsync(answer.AsMemory(got));
                got = count == 0 ? throw new IOException("closed before CONNACK") : got + count;
            }

            return answer[0] == 0x20 && answer[3] == 0 ? client : throw new IOException($"CONNACK says {answer[3]}");
        }
        catch
        {
            // Whatever it was: the socket is of no use.
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Subscribes a filter and waits for the answer.</summary>
    public async Task SubscribeAsync(string filter, int qos)
    {
        int length = 2 + (_login.Level == 5 ? 1 : 0) + 2 + filter.Length + 1;
        byte[] packet = new byte[2 + length];
        packet[0] = 0x82;
        packet[1] = (byte)length;
        packet[3] = 1;
        int at = _login.Level == 5 ? 5 : 4;
        at = Text(packet, at, filter);
        packet[at] = (byte)qos;
        await _stream.WriteAsync(packet);
        byte[] answer = new byte[64];
        int got = await _stream.ReadAsync(answer);
        if (got < 5 || answer[0] != 0x90 || answer[got - 1] != qos)
        {
            throw new IOException($"SUBACK says {(got == 0 ? "nothing" : answer[got - 1])}");
        }
    }

    /// <summary>Queues the bytes of a packet; <see cref="Flush"/> sends.</summary>
    public void Queue(ReadOnlySpan<byte> packet)
    {
        lock (_gate)
        {
            if (_count + packet.Length > _queued.Length)
            {
                Array.Resize(ref _queued, _queued.Length * 2);
            }

            packet.CopyTo(_queued.AsSpan(_count));
            _count += packet.Length;
        }
    }

    /// <summary>Sends what is queued, now or behind the write that is under way.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_isWriting || _count == 0)
            {
                return;
            }

            _isWriting = true;
        }

        _ = WriteQueuedAsync();
    }

    /// <summary>Reads until the connection ends, and hands out each packet; then says that the bytes of a read are through.</summary>
    public async Task ReadAsync(Action<ReadOnlySpan<byte>> take, Action through)
    {
        _received = new byte[32 * 1024];
        try
        {
            while (true)
            {
                int count = await _stream.ReadAsync(_received.AsMemory(_end));
                if (count == 0)
                {
                    return;
                }

                _end += count;
                int at = 0;
                while (Length(_received.AsSpan(at, _end - at)) is > 0 and int length && at + length <= _end)
                {
                    take(_received.AsSpan(at, length));
                    at += length;
                }

                _received.AsSpan(at, _end - at).CopyTo(_received);
                _end -= at;
                through();
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed from one of the two sides; the figures show whether it was too early.
        }
    }

    /// <summary>Leaves in order.</summary>
    public async Task LeaveAsync()
    {
        await _stream.WriteAsync(new byte[] { 0xE0, 0 });
        await _stream.DisposeAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private async Task WriteQueuedAsync()
    {
        try
        {
            while (true)
            {
                int count;
                lock (_gate)
                {
                    if (_count == 0)
                    {
                        _isWriting = false;
                        return;
                    }

                    (_queued, _leaving, count, _count) = (_leaving, _queued, _count, 0);
                }

                Interlocked.Increment(ref _writes);
                await _stream.WriteAsync(_leaving.AsMemory(0, count));
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // As for reads.
        }
    }

    private byte[] Connect(string clientId)
    {
        int properties = _login.Level == 5 ? 1 : 0;
        int length = 10 + properties + 2 + clientId.Length + 2 + _login.User.Length + 2 + _login.Password.Length;
        byte[] packet = new byte[2 + length];
        packet[0] = 0x10;
        packet[1] = (byte)length;
        int at = Text(packet, 2, "MQTT");
        packet[at++] = _login.Level;
        packet[at++] = 0xC2;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(at), 3600);
        at = Text(packet, at + 2 + properties, clientId);
        at = Text(packet, at, _login.User);
        Text(packet, at, _login.Password);
        return packet;
    }

    private static int Text(byte[] packet, int at, string text)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(at), (ushort)text.Length);
        return at + 2 + Encoding.ASCII.GetBytes(text, packet.AsSpan(at + 2));
    }

    /// <summary>Length of the packet that begins here, 0 when that cannot be seen yet.</summary>
    private static int Length(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[1] >= 0x80 && bytes.Length < 3)
        {
            return 0;
        }

        return bytes[1] < 0x80 ? 2 + bytes[1] : 3 + (bytes[1] & 0x7F) + (bytes[2] << 7);
    }
}
