namespace Gatehouse.Protocols.Mqtt;

/// <summary>A PUBACK, PUBREC, PUBREL or PUBCOMP, sections 3.4 to 3.7. Valid as long as the packet's bytes are.</summary>
public ref struct MqttAck
{
    /// <summary>Which of them.</summary>
    public MqttPacketType Type { get; private set; }

    /// <summary>The packet id.</summary>
    public ushort PacketId { get; private set; }

    /// <summary>The reason code; 0 before 5.0.</summary>
    public byte Reason { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>Reads one of the four.</summary>
    public static bool TryParse(
        scoped in MqttFrame frame, ReadOnlySpan<byte> body, MqttVersion version, MqttSide sender, out MqttAck ack, out MqttError error)
    {
        ack = default;
        error = MqttError.Malformed;
        var reader = new MqttReader(body);
        if (!reader.TryUInt16(out ushort id) || (version != MqttVersion.V5 && !reader.IsAtEnd))
        {
            return false;
        }

        if (id == 0)
        {
            error = MqttError.ProtocolError;
            return false;
        }

        error = MqttFields.ReadReasonAndProperties(ref reader, frame.Type, sender, out byte reason, out ReadOnlySpan<byte> properties);
        if (error != MqttError.None)
        {
            return false;
        }

        ack.Type = frame.Type;
        ack.PacketId = id;
        ack.Reason = reason;
        ack.Properties = new MqttProperties(properties);
        return true;
    }
}

/// <summary>A SUBACK, section 3.9. Valid as long as the packet's bytes are.</summary>
public ref struct MqttSubAck
{
    /// <summary>The packet id.</summary>
    public ushort PacketId { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>One code for each filter; empty only in 3.1.</summary>
    public ReadOnlySpan<byte> Codes { get; private set; }

    /// <summary>Reads a SUBACK of a server.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttVersion version, out MqttSubAck ack, out MqttError error)
    {
        ack = default;
        var reader = new MqttReader(body);
        error = MqttFields.ReadIdAndProperties(
            ref reader, MqttPacketType.SubAck, version, MqttSide.Server, out ushort id, out ReadOnlySpan<byte> properties, out _);
        if (error != MqttError.None)
        {
            return false;
        }

        ReadOnlySpan<byte> codes = reader.Rest;
        error = codes.IsEmpty && version != MqttVersion.V31 ? MqttError.Malformed : MqttError.None;
        foreach (byte code in codes)
        {
            // 0x80 has no place in 3.1, and yet EMQX sends it there.
            bool good = code <= 2 || code == 0x80 || (code > 0x80 && version == MqttVersion.V5);
            error = good ? error : MqttError.ProtocolError;
        }

        ack.PacketId = id;
        ack.Properties = new MqttProperties(properties);
        ack.Codes = codes;
        return error == MqttError.None;
    }
}

/// <summary>An UNSUBACK, section 3.11. Valid as long as the packet's bytes are.</summary>
public ref struct MqttUnsubAck
{
    /// <summary>The packet id.</summary>
    public ushort PacketId { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>One code for each filter; none before 5.0.</summary>
    public ReadOnlySpan<byte> Codes { get; private set; }

    /// <summary>Reads an UNSUBACK of a server.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttVersion version, out MqttUnsubAck ack, out MqttError error)
    {
        ack = default;
        var reader = new MqttReader(body);
        error = MqttFields.ReadIdAndProperties(
            ref reader, MqttPacketType.UnsubAck, version, MqttSide.Server, out ushort id, out ReadOnlySpan<byte> properties, out _);
        if (error != MqttError.None)
        {
            return false;
        }

        ReadOnlySpan<byte> codes = reader.Rest;
        error = codes.IsEmpty == (version == MqttVersion.V5) ? MqttError.Malformed : MqttError.None;
        foreach (byte code in codes)
        {
            error = code is 0 or 0x11 or >= 0x80 || error != MqttError.None ? error : MqttError.ProtocolError;
        }

        ack.PacketId = id;
        ack.Properties = new MqttProperties(properties);
        ack.Codes = codes;
        return error == MqttError.None;
    }
}
