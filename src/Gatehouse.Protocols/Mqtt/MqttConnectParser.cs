using System.Text;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>Reads CONNECT, section 3.1 of each version.</summary>
internal static class MqttConnectParser
{
    public static bool TryParse(ReadOnlySpan<byte> body, out MqttConnect? connect, out MqttError error, out MqttVersion answerVersion)
    {
        connect = null;
        var reader = new MqttReader(body);
        error = ReadVersion(ref reader, out MqttVersion version, out answerVersion);
        if (error != MqttError.None)
        {
            return false;
        }

        error = MqttError.Malformed;
        if (!reader.TryByte(out byte flags) || !reader.TryUInt16(out ushort keepAlive) || !AreFlagsGood(flags, version))
        {
            return false;
        }

        ReadOnlySpan<byte> properties = default;
        if (version == MqttVersion.V5)
        {
            if (!reader.TryProperties(out properties))
            {
                return false;
            }

            error = MqttPropertyRules.Check(properties, MqttPacketType.Connect, MqttSide.Client, out _);
            if (error != MqttError.None)
            {
                return false;
            }
        }

        Payload payload = default;
        error = ReadPayload(ref reader, flags, version, ref payload);
        if (error != MqttError.None)
        {
            return false;
        }

        connect = Build(version, flags, keepAlive, properties, payload);
        return true;
    }

    private static MqttError ReadVersion(scoped ref MqttReader reader, out MqttVersion version, out MqttVersion answer)
    {
        version = MqttVersion.None;
        answer = MqttVersion.None;
        if (!reader.TryBinary(out ReadOnlySpan<byte> name))
        {
            return MqttError.Malformed;
        }

        bool isOld = name.SequenceEqual("MQIsdp"u8);
        if (!isOld && !name.SequenceEqual("MQTT"u8))
        {
            return MqttError.ProtocolError;
        }

        if (!reader.TryByte(out byte level))
        {
            return MqttError.Malformed;
        }

        // A bridge's level has the highest bit set (mosquitto, RSMB): no version of its own, and refused as any unknown one.
        version = (isOld, level) switch
        {
            (true, 3) => MqttVersion.V31,
            (false, 4) => MqttVersion.V311,
            (false, 5) => MqttVersion.V5,
            _ => MqttVersion.None,
        };
        answer = version == MqttVersion.None ? MqttVersion.V311 : version;
        return version == MqttVersion.None ? MqttError.UnsupportedVersion : MqttError.None;
    }

    // Sections 3.1.2.3 to 3.1.2.9. The reserved bit has no rule in 3.1.
    private static bool AreFlagsGood(byte flags, MqttVersion version)
    {
        bool hasWill = (flags & 0x04) != 0;
        bool isReservedGood = (flags & 1) == 0 || version == MqttVersion.V31;
        bool isWillGood = hasWill ? (flags & 0x18) != 0x18 : (flags & 0x38) == 0;
        bool isPasswordGood = (flags & 0xc0) != 0x40 || version == MqttVersion.V5;
        return isReservedGood && isWillGood && isPasswordGood;
    }

    private static MqttError ReadPayload(scoped ref MqttReader reader, byte flags, MqttVersion version, ref Payload payload)
    {
        if (!reader.TryBinary(out payload.ClientId) || !MqttTopics.IsText(payload.ClientId))
        {
            return MqttError.Malformed;
        }

        if ((flags & 0x04) != 0)
        {
            MqttError error = ReadWill(ref reader, version, ref payload);
            if (error != MqttError.None)
            {
                return error;
            }
        }

        if ((flags & 0x80) != 0 && (!reader.TryBinary(out payload.Username) || !MqttTopics.IsText(payload.Username)))
        {
            return MqttError.Malformed;
        }

        if (((flags & 0x40) != 0 && !reader.TryBinary(out payload.Password)) || !reader.IsAtEnd)
        {
            return MqttError.Malformed;
        }

        // Section 3.1.3.1: empty never in 3.1, in 3.1.1 only with a clean session. Longer than 23 is taken, as brokers do.
        bool mayBeEmpty = version == MqttVersion.V5 || (version == MqttVersion.V311 && (flags & 0x02) != 0);
        return payload.ClientId.IsEmpty && !mayBeEmpty ? MqttError.ClientIdInvalid : MqttError.None;
    }

    private static MqttError ReadWill(scoped ref MqttReader reader, MqttVersion version, ref Payload payload)
    {
        if (version == MqttVersion.V5)
        {
            if (!reader.TryProperties(out payload.WillProperties))
            {
                return MqttError.Malformed;
            }

            MqttError error = MqttPropertyRules.Check(payload.WillProperties, MqttPropertyTable.Will, MqttSide.Client, out _);
            if (error != MqttError.None)
            {
                return error;
            }
        }

        if (!reader.TryBinary(out payload.WillTopic) || !reader.TryBinary(out payload.WillMessage))
        {
            return MqttError.Malformed;
        }

        // A text that is no topic name has its own code in CONNACK.
        MqttError name = MqttTopics.CheckName(payload.WillTopic, MqttSide.Client);
        return name == MqttError.ProtocolError ? MqttError.TopicNameInvalid : name;
    }

    private static MqttConnect Build(MqttVersion version, byte flags, ushort keepAlive, ReadOnlySpan<byte> raw, in Payload payload)
    {
        var properties = new MqttProperties(raw);
        MqttWill? will = (flags & 0x04) == 0 ? null : new MqttWill(
            Encoding.UTF8.GetString(payload.WillTopic),
            (byte)((flags >> 3) & 3),
            (flags & 0x20) != 0,
            payload.WillMessage.ToArray(),
            payload.WillProperties.ToArray(),
            new MqttProperties(payload.WillProperties).Number(MqttPropertyId.WillDelay) ?? 0);
        var connect = new MqttConnect
        {
            Version = version,
            CleanStart = (flags & 0x02) != 0,
            KeepAlive = keepAlive,
            ClientId = Encoding.UTF8.GetString(payload.ClientId),
            Username = (flags & 0x80) != 0 ? Encoding.UTF8.GetString(payload.Username) : null,
            Will = will,
            RawProperties = raw.ToArray(),
            SessionExpiry = properties.Number(MqttPropertyId.SessionExpiry),
            ReceiveMaximum = (ushort?)properties.Number(MqttPropertyId.ReceiveMaximum),
            MaximumPacketSize = properties.Number(MqttPropertyId.MaximumPacketSize),
            TopicAliasMaximum = (ushort?)properties.Number(MqttPropertyId.TopicAliasMaximum),
            RequestProblemInformation = properties.Number(MqttPropertyId.RequestProblemInformation) != 0,
            RequestResponseInformation = properties.Number(MqttPropertyId.RequestResponseInformation) == 1,
            AuthenticationMethod = properties.Text(MqttPropertyId.AuthenticationMethod),
        };
        connect.SetSecrets(
            (flags & 0x40) != 0 ? payload.Password.ToArray() : null,
            properties.TryFind(MqttPropertyId.AuthenticationData, out MqttProperty data) ? data.Value.ToArray() : null);
        return connect;
    }

    private ref struct Payload
    {
        public ReadOnlySpan<byte> ClientId;
        public ReadOnlySpan<byte> WillProperties;
        public ReadOnlySpan<byte> WillTopic;
        public ReadOnlySpan<byte> WillMessage;
        public ReadOnlySpan<byte> Username;
        public ReadOnlySpan<byte> Password;
    }
}
