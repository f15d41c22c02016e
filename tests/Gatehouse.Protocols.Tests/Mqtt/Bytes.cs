using System.Text;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Protocols.Tests.Mqtt;

/// <summary>Bytes of packets, written here by hand so that the writer under test is not its own judge.</summary>
internal static class Bytes
{
    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>A text with its length.</summary>
    public static byte[] S(string text) => S(Encoding.UTF8.GetBytes(text));

    public static byte[] S(byte[] bytes) => [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    /// <summary>Properties with their length.</summary>
    public static byte[] P(params byte[][] properties)
    {
        byte[] all = [.. properties.SelectMany(static p => p)];
        return [.. V(all.Length), .. all];
    }

    public static byte[] V(int value)
    {
        var bytes = new List<byte>();
        do
        {
            int low = value & 0x7f;
            value >>= 7;
            bytes.Add((byte)(value > 0 ? low | 0x80 : low));
        }
        while (value > 0);
        return [.. bytes];
    }

    public static byte[] Packet(byte first, params byte[][] parts)
    {
        byte[] body = [.. parts.SelectMany(static p => p)];
        return [first, .. V(body.Length), .. body];
    }

    /// <summary>Reads one packet whole, frame and body, and says what was wrong with it.</summary>
    public static MqttError Read(byte[] packet, MqttVersion version, MqttSide sender = MqttSide.Client)
    {
        MqttFraming framing = MqttFrame.TryRead(packet, sender, version, MqttFrame.MaxLength, out MqttFrame frame, out MqttError error);
        if (framing != MqttFraming.Complete)
        {
            return framing == MqttFraming.NeedMore ? throw new InvalidOperationException("the packet is not whole") : error;
        }

        ReadOnlySpan<byte> body = packet.AsSpan(frame.HeaderLength, frame.Length);
        _ = frame.Type switch
        {
            MqttPacketType.Connect => MqttConnect.TryParse(body, out _, out error, out _),
            MqttPacketType.ConnAck => MqttConnAck.TryParse(body, version, out _, out error),
            MqttPacketType.Publish => MqttPublish.TryParse(frame, body, version, sender, out _, out error),
            MqttPacketType.Subscribe => MqttSubscribe.TryParse(body, version, out _, out error),
            MqttPacketType.SubAck => MqttSubAck.TryParse(body, version, out _, out error),
            MqttPacketType.Unsubscribe => MqttUnsubscribe.TryParse(body, version, out _, out error),
            MqttPacketType.UnsubAck => MqttUnsubAck.TryParse(body, version, out _, out error),
            MqttPacketType.Disconnect => MqttDisconnect.TryParse(body, version, sender, out _, out error),
            MqttPacketType.Auth => MqttAuth.TryParse(body, version, sender, out _, out error),
            MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp =>
                MqttAck.TryParse(frame, body, version, sender, out _, out error),
            _ => true,
        };
        return error;
    }

    /// <summary>A PUBLISH as it is on the wire.</summary>
    public static byte[] Publish(string topic, byte flags = 0, byte[]? properties = null, int id = 1, string payload = "x") =>
        Packet((byte)(0x30 | flags), S(topic), (flags & 6) != 0 ? [(byte)(id >> 8), (byte)id] : [], properties ?? [], Encoding.UTF8.GetBytes(payload));
}
