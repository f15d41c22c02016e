using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.WebSockets;

namespace Gatehouse.Engine.Gates.Probes;

/// <summary>
/// <c>gatehouse gate test</c> of an MQTT gate: one CONNECT of 3.1.1 with a clean session and no client id, as the gate itself, and
/// what the broker says to it. It leaves nothing behind at the broker, and is bounded in time and bytes.
/// </summary>
internal static class MqttProbe
{
    private const int MaxHead = 16 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly byte[] Disconnect = [0xE0, 0];

    /// <summary>Asks a broker on a connection that the caller closes.</summary>
    public static async Task<GateCheck> RunAsync(GateModel model, UpstreamConnection connection, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using CancellationTokenRegistration stop = limit.Token.UnsafeRegister(static state => ((UpstreamConnection)state!).Abort(), connection);
        try
        {
            bool isWebSocket = model.Upstream.Address.IsWebSocket;
            if (isWebSocket && await OpenWebSocketAsync(model.Upstream, connection) is { } wrong)
            {
                return Check(false, wrong);
            }

            byte[] connect = Connect(model.Upstream.Identity);
            await connection.SendAsync(isWebSocket ? Framed(connect) : connect);
            Array.Clear(connect);
            int? code = await ReadCodeAsync(connection, isWebSocket);
            if (code is null)
            {
                return Check(false, "it does not answer a CONNECT with a CONNACK: no MQTT broker, or one that waits for a PROXY header (`proxy_protocol`)");
            }

            if (code == 0)
            {
                await connection.SendAsync(isWebSocket ? Framed(Disconnect) : Disconnect);
            }

            return Judge(model, code.Value);
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            return Check(false, limit.IsCancellationRequested
                ? "no CONNACK within 5 s: no MQTT broker, or one that waits for a PROXY header (`proxy_protocol`)"
                : "it closes the connection instead of answering a CONNECT");
        }
    }

    private static GateCheck Judge(GateModel model, int code)
    {
        string credentials = model.Configuration.Mqtt?.Credentials ?? Words.NoCredentials;
        return code switch
        {
            0 => Check(true, "answers CONNECT: accepted"),
            4 or 5 when credentials != Words.NoCredentials => Check(true, "answers CONNECT: wants a user's own name, which the gate tells it (`credentials`)"),
            4 or 5 when model.Upstream.Identity?.User is not null => Check(false, "refuses `upstream_user` (CONNACK " + Number(code) + ")"),
            4 or 5 => Check(false, "refuses a CONNECT without a name (CONNACK " + Number(code) + "): set `upstream_user`, or `credentials` of `mqtt`"),
            _ => Check(false, "refuses a CONNECT (CONNACK " + Number(code) + ")"),
        };
    }

    /// <summary>CONNECT of 3.1.1, section 3.1: clean session, keep alive 10 s, empty client id, and the gate's own name where it has one.</summary>
    private static byte[] Connect(UpstreamIdentity? identity)
    {
        using var body = new MemoryStream();
        bool hasUser = identity?.User is not null;
        body.Write([0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, (byte)(hasUser ? 0xC2 : 0x02), 0, 10, 0, 0]);
        if (hasUser)
        {
            Put(body, Encoding.UTF8.GetBytes(identity!.User!));
            Put(body, identity.Password.Span);
        }

        using var packet = new MemoryStream();
        packet.WriteByte(0x10);
        for (int rest = (int)body.Length; ; rest >>= 7)
        {
            packet.WriteByte((byte)(rest < 0x80 ? rest : rest | 0x80));
            if (rest < 0x80)
            {
                break;
            }
        }

        body.WriteTo(packet);
        Array.Clear(body.GetBuffer());
        byte[] bytes = packet.ToArray();
        Array.Clear(packet.GetBuffer());
        return bytes;
    }

    private static void Put(MemoryStream to, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)value.Length);
        to.Write(length);
        to.Write(value);
    }

    /// <summary>The code of a CONNACK (section 3.2), or null for anything else.</summary>
    private static async Task<int?> ReadCodeAsync(UpstreamConnection connection, bool isWebSocket)
    {
        while (true)
        {
            ReadOnlySpan<byte> received = connection.Received;
            ReadOnlySpan<byte> expected = isWebSocket ? [0x82, 4, 0x20, 2] : [0x20, 2];
            int there = Math.Min(received.Length, expected.Length);
            if (!received[..there].SequenceEqual(expected[..there]))
            {
                return null;
            }

            if (received.Length >= expected.Length + 2)
            {
                return received[expected.Length + 1];
            }

            if (await connection.ReceiveMoreAsync() == 0)
            {
                throw new IOException("closed");
            }
        }
    }

    /// <summary>A binary message of RFC 6455, section 5.2, from a client: masked, with zeros, as nothing here is hidden from anybody.</summary>
    private static byte[] Framed(byte[] payload)
    {
        byte[] length = payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : [0xFE, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [0x82, .. length, 0, 0, 0, 0, .. payload];
    }

    private static async Task<string?> OpenWebSocketAsync(UpstreamOptions options, UpstreamConnection connection)
    {
        string key = WebSocketKey.Make(RandomNumberGenerator.GetBytes(16));
        await connection.SendAsync(Encoding.ASCII.GetBytes(
            $"GET {options.Address.Path} HTTP/1.1\r\nHost: {Encoding.ASCII.GetString(options.Authority)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"));
        ResponseHead head = new();
        while (await connection.ReceiveMoreAsync() > 0)
        {
            switch (ResponseHeadParser.TryParse(connection.Received, head, MaxHead, requestWasHead: false, out int consumed))
            {
                case ParseStatus.Done:
                    connection.Consume(consumed);
                    return WebSocketResponse.Check(head, key, "mqtt");
                case ParseStatus.Bad:
                    return $"its answer is no HTTP ({ResponseErrors.Word(head.Error)})";
                default:
                    break;
            }
        }

        return "it closed instead of opening a WebSocket";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static GateCheck Check(bool passed, string detail) => new() { Name = "broker", Passed = passed, Detail = detail };
}
