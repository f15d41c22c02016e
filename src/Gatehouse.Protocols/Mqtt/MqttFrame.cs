namespace Gatehouse.Protocols.Mqtt;

/// <summary>A fixed header, section 2.1. Flags are the low four bits of the first byte, lengths in bytes.</summary>
/// <param name="Type">The type.</param>
/// <param name="Flags">The flags, checked for the type.</param>
/// <param name="HeaderLength">Length of the fixed header: 2 to 5, or 0 while it is not whole.</param>
/// <param name="Length">Remaining length: what follows the fixed header.</param>
public readonly record struct MqttFrame(MqttPacketType Type, byte Flags, int HeaderLength, int Length)
{
    /// <summary>Longest remaining length there is.</summary>
    public const int MaxLength = 268_435_455;

    /// <summary>The whole packet.</summary>
    public int TotalLength => HeaderLength + Length;

    /// <summary>PUBLISH: the quality of service.</summary>
    public byte Qos => (byte)((Flags >> 1) & 3);

    /// <summary>
    /// Reads the fixed header. What is wrong is refused at the first byte that shows it; a length above the limit by the
    /// header alone. With <see cref="MqttFraming.NeedMore"/> the frame is there as soon as its header is whole.
    /// </summary>
    /// <param name="buffer">Bytes from the beginning of a packet; more may follow it.</param>
    /// <param name="sender">Who sent them.</param>
    /// <param name="version">The connection's version; <see cref="MqttVersion.None"/> before CONNECT, which then must come.</param>
    /// <param name="maxTotal">Longest packet taken, header included.</param>
    /// <param name="frame">The header.</param>
    /// <param name="error">Why it was refused.</param>
    public static MqttFraming TryRead(
        ReadOnlySpan<byte> buffer, MqttSide sender, MqttVersion version, int maxTotal, out MqttFrame frame, out MqttError error)
    {
        frame = default;
        error = MqttError.None;
        if (buffer.IsEmpty)
        {
            return MqttFraming.NeedMore;
        }

        var type = (MqttPacketType)(buffer[0] >> 4);
        byte flags = (byte)(buffer[0] & 0x0f);
        error = CheckFirst(type, flags, sender, version);
        if (error != MqttError.None)
        {
            return MqttFraming.Refused;
        }

        int length = 0;
        for (int i = 1; i <= 4; i++)
        {
            if (i == buffer.Length)
            {
                return MqttFraming.NeedMore;
            }

            byte b = buffer[i];
            length |= (b & 0x7f) << (7 * (i - 1));
            if (b < 0x80)
            {
                // Section 1.5.5 of 5.0: the minimum number of bytes. Held for all versions: one packet has one form.
                error = b == 0 && i > 1 ? MqttError.Malformed : CheckLength(type, flags, version, length);
                error = error == MqttError.None && length > maxTotal - i - 1 ? MqttError.PacketTooLarge : error;
                if (error != MqttError.None)
                {
                    return MqttFraming.Refused;
                }

                frame = new MqttFrame(type, flags, i + 1, length);
                return buffer.Length >= frame.TotalLength ? MqttFraming.Complete : MqttFraming.NeedMore;
            }
        }

        error = MqttError.Malformed;
        return MqttFraming.Refused;
    }

    private static MqttError CheckFirst(MqttPacketType type, byte flags, MqttSide sender, MqttVersion version)
    {
        const int fromClient = 0b1101_0101_1111_1010;
        const int fromServer = 0b1110_1010_1111_1100;
        int allowed = sender == MqttSide.Client ? fromClient : fromServer;
        if (version == MqttVersion.None)
        {
            allowed &= 1 << (int)MqttPacketType.Connect; // and nothing at all from a server
        }
        else if (version != MqttVersion.V5)
        {
            allowed &= sender == MqttSide.Client ? 0x7fff : 0x3fff; // AUTH, and DISCONNECT from the server, came with 5.0
        }

        if ((allowed & (1 << (int)type)) == 0)
        {
            return MqttError.ProtocolError;
        }

        bool good = type switch
        {
            // QoS 3 is none, and a QoS 0 message is never sent twice (section 3.3.1). A broker that passes on its publisher's
            // DUP does no harm, and the connection of a subscriber would end for it.
            MqttPacketType.Publish => (flags & 6) != 6 && ((flags & 0x0e) != 8 || sender == MqttSide.Server),

            // Section 2.1.3. In 3.1 these bits were QoS and DUP, which mosquitto does not look at: DUP and QoS 0 or 1 are taken.
            MqttPacketType.PubRel or MqttPacketType.Subscribe or MqttPacketType.Unsubscribe =>
                flags == 2 || (version == MqttVersion.V31 && (flags & 5) == 0),
            _ => flags == 0,
        };
        return good ? MqttError.None : MqttError.Malformed;
    }

    // What the type alone says of the length; the rest shows in the body.
    private static MqttError CheckLength(MqttPacketType type, byte flags, MqttVersion version, int length)
    {
        bool is5 = version == MqttVersion.V5;
        bool good = type switch
        {
            MqttPacketType.Connect => length >= 12,
            MqttPacketType.Publish => length >= 2 + ((flags & 6) != 0 ? 2 : 0) + (is5 ? 1 : 0),
            MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp =>
                is5 ? length >= 2 : length == 2,
            MqttPacketType.ConnAck => is5 ? length >= 2 : length == 2,
            MqttPacketType.UnsubAck => is5 ? length >= 4 : length == 2,
            MqttPacketType.Subscribe or MqttPacketType.Unsubscribe or MqttPacketType.SubAck => length >= (is5 ? 3 : 2),
            MqttPacketType.PingReq or MqttPacketType.PingResp => length == 0,
            MqttPacketType.Disconnect => is5 || length == 0,
            _ => true,
        };
        return good ? MqttError.None : MqttError.Malformed;
    }
}
