using System.Security.Cryptography;
using System.Text;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Doctor.Probes.Mqtt;

/// <summary>A CONNECT of MQTT 3.1.1 without user and password, with a clean session: a broker that lets it in lets everybody in, and keeps nothing of it.</summary>
internal static class AnonymousConnect
{
    private const byte Level = 4;
    private const byte CleanSession = 2;
    private const byte KeepAlive = 5;

    /// <summary>Takes leave, so that the broker sees an orderly end.</summary>
    public static ReadOnlyMemory<byte> Disconnect { get; } = new byte[] { 0xe0, 0 };

    /// <summary>The packet, under a client id that nobody else has.</summary>
    public static byte[] Packet()
    {
        byte[] id = Encoding.ASCII.GetBytes($"ghdoctor{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(7))}");
        byte[] body = [0, 4, .. "MQTT"u8, Level, CleanSession, 0, KeepAlive, 0, (byte)id.Length, .. id];
        return [0x10, (byte)body.Length, .. body];
    }

    /// <summary>Whether it let us in; null where it is no answer of MQTT.</summary>
    public static bool? IsAccepted(ReadOnlySpan<byte> bytes) =>
        bytes is [0x20, 2, _, _, ..] && MqttConnAck.TryParse(bytes.Slice(2, 2), MqttVersion.V311, out MqttConnAck ack, out _) ? ack.Code == 0 : null;

    /// <summary>Whether the answer is whole.</summary>
    public static bool IsWhole(ReadOnlyMemory<byte> bytes) => bytes.Length >= 4 || bytes.Span is not [0x20, ..];

    /// <summary>Asks: null where it is no broker, or does not answer.</summary>
    public static async Task<bool?> AskAsync(ProbeConnection connection, CancellationToken cancellation)
    {
        ProbeAnswer answer = await connection.ExchangeAsync(Packet(), IsWhole, cancellation);
        bool? isAccepted = IsAccepted(answer.Bytes);
        if (isAccepted == true)
        {
            await connection.SayAsync(Disconnect, cancellation);
        }

        return isAccepted;
    }
}
