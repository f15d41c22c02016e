namespace Gatehouse.Protocols.Mqtt;

/// <summary>What one walk over the properties of a packet found.</summary>
internal ref struct MqttPropertyFacts
{
    public ushort TopicAlias;
    public uint SubscriptionId;
    public ReadOnlySpan<byte> ResponseTopic;
    public bool HasResponseTopic;
    public bool HasAuthenticationMethod;
}

/// <summary>Section 2.2.2 of MQTT 5.0 and what the packets say of their properties.</summary>
internal static class MqttPropertyRules
{
    // Everything but texts that others wrote: a 0 or 1 where the specification has only these.
    private const ulong Flags = (1UL << 0x01) | (1UL << 0x17) | (1UL << 0x19) | (1UL << 0x24) | (1UL << 0x25) | (1UL << 0x28) | (1UL << 0x29) | (1UL << 0x2a);

    /// <summary>Checks all properties of a packet in one walk.</summary>
    public static MqttError Check(ReadOnlySpan<byte> raw, MqttPacketType place, MqttSide sender, out MqttPropertyFacts facts)
    {
        facts = default;
        ulong seen = 0;
        while (!raw.IsEmpty)
        {
            // Section 2.2.2.2: unknown, of another packet, or not of its form is malformed.
            if (!MqttProperty.TryRead(raw, out MqttProperty property) || !MqttPropertyTable.IsIn((byte)property.Id, place))
            {
                return MqttError.Malformed;
            }

            ulong bit = 1UL << (int)property.Id;
            bool mayRepeat = property.Id == MqttPropertyId.UserProperty
                || (property.Id == MqttPropertyId.SubscriptionId && place == MqttPacketType.Publish);
            if ((seen & bit) != 0 && !mayRepeat)
            {
                return MqttError.ProtocolError;
            }

            seen |= bit;
            MqttError error = CheckValue(property, place, sender, ref facts);
            if (error != MqttError.None)
            {
                return error;
            }

            raw = raw[property.Whole.Length..];
        }

        bool hasData = (seen & (1UL << (int)MqttPropertyId.AuthenticationData)) != 0;
        return hasData && !facts.HasAuthenticationMethod ? MqttError.ProtocolError : MqttError.None;
    }

    private static MqttError CheckValue(in MqttProperty property, MqttPacketType place, MqttSide sender, ref MqttPropertyFacts facts)
    {
        if ((Flags & (1UL << (int)property.Id)) != 0)
        {
            return property.Number <= 1 ? MqttError.None : MqttError.ProtocolError;
        }

        switch (property.Id)
        {
            case MqttPropertyId.ReceiveMaximum or MqttPropertyId.MaximumPacketSize:
                return property.Number != 0 ? MqttError.None : MqttError.ProtocolError;
            case MqttPropertyId.TopicAlias:
                facts.TopicAlias = (ushort)property.Number;
                return property.Number != 0 ? MqttError.None : MqttError.TopicAliasInvalid;
            case MqttPropertyId.SubscriptionId:
                // Section 3.3.2.3.8: not 0, and never in a client's PUBLISH.
                facts.SubscriptionId = property.Number;
                return property.Number == 0 || (place == MqttPacketType.Publish && sender == MqttSide.Client)
                    ? MqttError.ProtocolError : MqttError.None;
            case MqttPropertyId.ResponseTopic:
                facts.HasResponseTopic = true;
                facts.ResponseTopic = property.Value;
                return MqttTopics.CheckName(property.Value, sender);
            case MqttPropertyId.SessionExpiry when place == MqttPacketType.Disconnect:
                return sender == MqttSide.Client ? MqttError.None : MqttError.ProtocolError;
            case MqttPropertyId.ServerReference when place == MqttPacketType.Disconnect && sender == MqttSide.Client:
                return MqttError.ProtocolError;
            case MqttPropertyId.UserProperty:
                return MqttTopics.IsText(property.Value, sender) && MqttTopics.IsText(property.Second, sender)
                    ? MqttError.None : MqttError.Malformed;
            case MqttPropertyId.AuthenticationMethod:
                facts.HasAuthenticationMethod = true;
                break;
        }

        bool isText = MqttPropertyTable.Form((byte)property.Id) == MqttPropertyForm.Text;
        return !isText || MqttTopics.IsText(property.Value, sender) ? MqttError.None : MqttError.Malformed;
    }
}
