using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>Packets that a gate writes itself.</summary>
public static class MqttWriter
{
    /// <summary>CONNACK with a code of the version's own kind (<see cref="MqttReasons.ToConnAckCode"/>). A reason string only in 5.0.</summary>
    public static void ConnAck(IBufferWriter<byte> to, MqttVersion version, bool sessionPresent, byte code, string? reason = null)
    {
        ReadOnlySpan<byte> text = ReasonBytes(version, reason);
        int properties = text.IsEmpty ? 0 : 3 + text.Length;
        int extra = version == MqttVersion.V5 ? SizeOfVariable(properties) + properties : 0;
        Span<byte> span = Begin(to, MqttPacketType.ConnAck, 0, 2 + extra, out int at);
        span[at++] = (byte)(sessionPresent && code == 0 ? 1 : 0);
        span[at++] = code;
        to.Advance(at + (version == MqttVersion.V5 ? ReasonProperty(span[at..], text) : 0));
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP; the reason, and a reason string besides, only in 5.0.</summary>
    public static void Ack(IBufferWriter<byte> to, MqttPacketType type, MqttVersion version, ushort packetId, byte reason, string? text = null)
    {
        ReadOnlySpan<byte> bytes = ReasonBytes(version, text);
        bool says = version == MqttVersion.V5 && (reason != 0 || !bytes.IsEmpty);
        int properties = bytes.IsEmpty ? 0 : 3 + bytes.Length;
        byte flags = (byte)(type == MqttPacketType.PubRel ? 2 : 0);
        Span<byte> span = Begin(to, type, flags, (says ? 3 : 2) + (bytes.IsEmpty ? 0 : SizeOfVariable(properties) + properties), out int at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], packetId);
        at += 2;
        if (says)
        {
            span[at++] = reason;
        }

        to.Advance(at + (bytes.IsEmpty ? 0 : ReasonProperty(span[at..], bytes)));
    }

    /// <summary>PUBACK; a reason string only in 5.0.</summary>
    public static void PubAck(IBufferWriter<byte> to, MqttVersion version, ushort packetId, byte reason, string? text = null) =>
        Ack(to, MqttPacketType.PubAck, version, packetId, reason, text);

    /// <summary>PUBREC; a reason string only in 5.0.</summary>
    public static void PubRec(IBufferWriter<byte> to, MqttVersion version, ushort packetId, byte reason, string? text = null) =>
        Ack(to, MqttPacketType.PubRec, version, packetId, reason, text);

    /// <summary>PUBREL.</summary>
    public static void PubRel(IBufferWriter<byte> to, MqttVersion version, ushort packetId, byte reason) =>
        Ack(to, MqttPacketType.PubRel, version, packetId, reason);

    /// <summary>PUBCOMP.</summary>
    public static void PubComp(IBufferWriter<byte> to, MqttVersion version, ushort packetId, byte reason) =>
        Ack(to, MqttPacketType.PubComp, version, packetId, reason);

    /// <summary>SUBACK with a code of the version's own kind for each filter; properties (raw) only in 5.0.</summary>
    public static void SubAck(
        IBufferWriter<byte> to, MqttVersion version, ushort packetId, ReadOnlySpan<byte> codes, ReadOnlySpan<byte> properties = default) =>
        Codes(to, MqttPacketType.SubAck, version, packetId, codes, properties);

    /// <summary>A reason string as raw property, for <see cref="SubAck"/> and <see cref="UnsubAck"/>.</summary>
    public static byte[] ReasonString(string text)
    {
        byte[] property = new byte[3 + Encoding.UTF8.GetByteCount(text)];
        property[0] = (byte)MqttPropertyId.ReasonString;
        Binary(property.AsSpan(1), Encoding.UTF8.GetBytes(text));
        return property;
    }

    /// <summary>UNSUBACK; before 5.0 it has no codes.</summary>
    public static void UnsubAck(
        IBufferWriter<byte> to, MqttVersion version, ushort packetId, ReadOnlySpan<byte> codes, ReadOnlySpan<byte> properties = default) =>
        Codes(to, MqttPacketType.UnsubAck, version, packetId, version == MqttVersion.V5 ? codes : default, properties);

    /// <summary>DISCONNECT; before 5.0 without a reason, and to a client nothing at all, as there is no such packet.</summary>
    public static void Disconnect(IBufferWriter<byte> to, MqttVersion version, MqttSide sender, byte reason, string? text = null)
    {
        if (version != MqttVersion.V5)
        {
            if (sender == MqttSide.Client)
            {
                Begin(to, MqttPacketType.Disconnect, 0, 0, out int head);
                to.Advance(head);
            }

            return;
        }

        ReadOnlySpan<byte> bytes = ReasonBytes(version, text);
        int properties = bytes.IsEmpty ? 0 : 3 + bytes.Length;
        int remaining = bytes.IsEmpty ? (reason == 0 ? 0 : 1) : 1 + SizeOfVariable(properties) + properties;
        Span<byte> span = Begin(to, MqttPacketType.Disconnect, 0, remaining, out int at);
        if (remaining > 0)
        {
            span[at++] = reason;
        }

        to.Advance(at + (bytes.IsEmpty ? 0 : ReasonProperty(span[at..], bytes)));
    }

    /// <summary>PINGREQ.</summary>
    public static void PingReq(IBufferWriter<byte> to)
    {
        Begin(to, MqttPacketType.PingReq, 0, 0, out int at);
        to.Advance(at);
    }

    /// <summary>PINGRESP.</summary>
    public static void PingResp(IBufferWriter<byte> to)
    {
        Begin(to, MqttPacketType.PingResp, 0, 0, out int at);
        to.Advance(at);
    }

    /// <summary>SUBSCRIBE of filters with their option bytes; no properties.</summary>
    public static void Subscribe(
        IBufferWriter<byte> to, MqttVersion version, ushort packetId, IReadOnlyList<(ReadOnlyMemory<byte> Filter, byte Options)> entries)
    {
        int prefix = version == MqttVersion.V5 ? 3 : 2;
        Span<byte> span = Begin(to, MqttPacketType.Subscribe, 2, checked(prefix + entries.Sum(static e => 3 + e.Filter.Length)), out int at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], packetId);
        span[at + prefix - 1] = version == MqttVersion.V5 ? (byte)0 : span[at + 1];
        at += prefix;
        foreach ((ReadOnlyMemory<byte> filter, byte options) in entries)
        {
            at += Binary(span[at..], filter.Span);
            span[at++] = options;
        }

        to.Advance(at);
    }

    /// <summary>UNSUBSCRIBE of filters; no properties.</summary>
    public static void Unsubscribe(IBufferWriter<byte> to, MqttVersion version, ushort packetId, IReadOnlyList<ReadOnlyMemory<byte>> filters)
    {
        int prefix = version == MqttVersion.V5 ? 3 : 2;
        Span<byte> span = Begin(to, MqttPacketType.Unsubscribe, 2, checked(prefix + filters.Sum(static f => 2 + f.Length)), out int at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], packetId);
        span[at + prefix - 1] = version == MqttVersion.V5 ? (byte)0 : span[at + 1];
        at += prefix;
        foreach (ReadOnlyMemory<byte> filter in filters)
        {
            at += Binary(span[at..], filter.Span);
        }

        to.Advance(at);
    }

    /// <summary>Bytes of a variable byte integer, 1 to 4.</summary>
    internal static int SizeOfVariable(int value) => value switch { < 0x80 => 1, < 0x4000 => 2, < 0x20_0000 => 3, _ => 4 };

    /// <summary>Writes a variable byte integer.</summary>
    internal static int Variable(Span<byte> to, int value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        to[at] = (byte)value;
        return at + 1;
    }

    /// <summary>Writes a length of two bytes, and the bytes.</summary>
    internal static int Binary(Span<byte> to, ReadOnlySpan<byte> value)
    {
        if (value.Length > ushort.MaxValue)
        {
            throw new ArgumentException("longer than 65,535 bytes", nameof(value));
        }

        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)value.Length);
        value.CopyTo(to[2..]);
        return 2 + value.Length;
    }

    /// <summary>Gets room for a packet and writes its header.</summary>
    internal static Span<byte> Begin(IBufferWriter<byte> to, MqttPacketType type, byte flags, int remaining, out int at)
    {
        if (remaining is < 0 or > MqttFrame.MaxLength)
        {
            throw new ArgumentException("longer than a packet can be", nameof(remaining));
        }

        int total = 1 + SizeOfVariable(remaining) + remaining;
        Span<byte> span = to.GetSpan(total)[..total];
        span[0] = (byte)(((int)type << 4) | flags);
        at = 1 + Variable(span[1..], remaining);
        return span;
    }

    private static void Codes(
        IBufferWriter<byte> to, MqttPacketType type, MqttVersion version, ushort packetId, ReadOnlySpan<byte> codes, ReadOnlySpan<byte> properties)
    {
        int extra = version == MqttVersion.V5 ? SizeOfVariable(properties.Length) + properties.Length : 0;
        Span<byte> span = Begin(to, type, 0, 2 + extra + codes.Length, out int at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], packetId);
        at += 2;
        if (version == MqttVersion.V5)
        {
            at += Variable(span[at..], properties.Length);
            properties.CopyTo(span[at..]);
            at += properties.Length;
        }

        codes.CopyTo(span[at..]);
        to.Advance(at + codes.Length);
    }

    private static ReadOnlySpan<byte> ReasonBytes(MqttVersion version, string? reason) =>
        version == MqttVersion.V5 && !string.IsNullOrEmpty(reason) ? Encoding.UTF8.GetBytes(reason) : default;

    private static int ReasonProperty(Span<byte> to, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            to[0] = 0;
            return 1;
        }

        int at = Variable(to, 3 + text.Length);
        to[at++] = (byte)MqttPropertyId.ReasonString;
        return at + Binary(to[at..], text);
    }
}
