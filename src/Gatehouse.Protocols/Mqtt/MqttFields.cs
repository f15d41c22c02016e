namespace Gatehouse.Protocols.Mqtt;

/// <summary>Parts that several packets have in common.</summary>
internal static class MqttFields
{
    /// <summary>A packet id, which is never 0 (section 2.2.1).</summary>
    public static MqttError ReadId(scoped ref MqttReader reader, out ushort id)
    {
        bool isThere = reader.TryUInt16(out id);
        return !isThere ? MqttError.Malformed : id == 0 ? MqttError.ProtocolError : MqttError.None;
    }

    /// <summary>A packet id, and in 5.0 the properties behind it.</summary>
    public static MqttError ReadIdAndProperties(
        scoped ref MqttReader reader,
        MqttPacketType place,
        MqttVersion version,
        MqttSide sender,
        out ushort id,
        out ReadOnlySpan<byte> properties,
        out uint subscriptionId)
    {
        properties = default;
        subscriptionId = 0;
        MqttError error = ReadId(ref reader, out id);
        if (error != MqttError.None)
        {
            return error;
        }

        if (version != MqttVersion.V5)
        {
            return MqttError.None;
        }

        if (!reader.TryProperties(out properties))
        {
            return MqttError.Malformed;
        }

        error = MqttPropertyRules.Check(properties, place, sender, out MqttPropertyFacts facts);
        subscriptionId = facts.SubscriptionId;
        return error;
    }

    /// <summary>
    /// The end of an answer of 5.0: nothing; a reason; a reason and properties with nothing behind (sections 3.4.2, 3.14.2).
    /// </summary>
    public static MqttError ReadReasonAndProperties(
        scoped ref MqttReader reader, MqttPacketType place, MqttSide sender, out byte reason, out ReadOnlySpan<byte> properties)
    {
        reason = 0;
        properties = default;
        if (reader.IsAtEnd)
        {
            return MqttError.None;
        }

        reader.TryByte(out reason);
        if (!MqttReasons.IsAllowed(place, sender, reason))
        {
            return MqttError.ProtocolError;
        }

        if (reader.IsAtEnd)
        {
            return MqttError.None;
        }

        return reader.TryProperties(out properties) && reader.IsAtEnd
            ? MqttPropertyRules.Check(properties, place, sender, out _)
            : MqttError.Malformed;
    }
}
