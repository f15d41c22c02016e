using System.Buffers.Binary;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>A PUBLISH, section 3.3. Valid as long as the packet's bytes are.</summary>
public ref struct MqttPublish
{
    /// <summary>The version it was read by.</summary>
    public MqttVersion Version { get; private set; }

    /// <summary>The topic name; empty only where <see cref="TopicAlias"/> stands for it.</summary>
    public ReadOnlySpan<byte> Topic { get; private set; }

    /// <summary>The topic alias, 0 without one. Whether it is above the receiver's maximum or unknown is not looked at.</summary>
    public ushort TopicAlias { get; private set; }

    /// <summary>The packet id, 0 with QoS 0.</summary>
    public ushort PacketId { get; private set; }

    /// <summary>The quality of service, 0 to 2.</summary>
    public byte Qos { get; private set; }

    /// <summary>The retain flag.</summary>
    public bool Retain { get; private set; }

    /// <summary>Whether it may be a second sending.</summary>
    public bool Dup { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>The message.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Whether the server said which subscription it comes from.</summary>
    public bool HasSubscriptionId { get; private set; }

    /// <summary>Whether an answer is asked for, at <see cref="ResponseTopic"/>.</summary>
    public bool HasResponseTopic { get; private set; }

    /// <summary>The response topic, a topic name.</summary>
    public ReadOnlySpan<byte> ResponseTopic { get; private set; }

    /// <summary>Reads a PUBLISH. Nothing is allocated.</summary>
    /// <param name="frame">Its header.</param>
    /// <param name="body">What follows the header, exactly.</param>
    /// <param name="version">The connection's version.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="publish">The packet.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParse(
        scoped in MqttFrame frame, ReadOnlySpan<byte> body, MqttVersion version, MqttSide sender, out MqttPublish publish, out MqttError error)
    {
        publish = default;
        error = MqttError.Malformed;
        byte qos = frame.Qos;
        var reader = new MqttReader(body);
        if (qos == 3 || !reader.TryBinary(out ReadOnlySpan<byte> topic))
        {
            return false;
        }

        ushort id = 0;
        error = qos > 0 ? MqttFields.ReadId(ref reader, out id) : MqttError.None;
        if (error != MqttError.None)
        {
            return false;
        }

        MqttPropertyFacts facts = default;
        ReadOnlySpan<byte> properties = default;
        if (version == MqttVersion.V5)
        {
            if (!reader.TryProperties(out properties))
            {
                error = MqttError.Malformed;
                return false;
            }

            error = properties.IsEmpty ? MqttError.None : MqttPropertyRules.Check(properties, MqttPacketType.Publish, sender, out facts);
            if (error != MqttError.None)
            {
                return false;
            }
        }

        error = topic.IsEmpty && facts.TopicAlias != 0 ? MqttError.None : MqttTopics.CheckName(topic, sender);
        if (error != MqttError.None)
        {
            return false;
        }

        publish.Version = version;
        publish.Topic = topic;
        publish.TopicAlias = facts.TopicAlias;
        publish.PacketId = id;
        publish.Qos = qos;
        publish.Retain = (frame.Flags & 1) != 0;
        publish.Dup = (frame.Flags & 8) != 0;
        publish.Properties = new MqttProperties(properties);
        publish.Payload = reader.Rest;
        publish.HasSubscriptionId = facts.SubscriptionId != 0;
        publish.HasResponseTopic = facts.HasResponseTopic;
        publish.ResponseTopic = facts.ResponseTopic;
        return true;
    }

    /// <summary>Length of the whole packet as <see cref="WriteWithTopic"/> writes it; above the limit of the protocol -1.</summary>
    public static int LengthWithTopic(in MqttPublish publish, int topicLength)
    {
        long length = RemainingWithTopic(publish, topicLength);
        return length > MqttFrame.MaxLength ? -1 : 1 + MqttWriter.SizeOfVariable((int)length) + (int)length;
    }

    /// <summary>
    /// Writes it with a topic and without a topic alias, all else as it came; into a buffer of at least
    /// <see cref="LengthWithTopic"/> bytes. The number of bytes written.
    /// </summary>
    public static int WriteWithTopic(in MqttPublish publish, ReadOnlySpan<byte> topic, Span<byte> to)
    {
        int remaining = checked((int)RemainingWithTopic(publish, topic.Length));
        to[0] = (byte)(((int)MqttPacketType.Publish << 4) | (publish.Dup ? 8 : 0) | (publish.Qos << 1) | (publish.Retain ? 1 : 0));
        int at = 1 + MqttWriter.Variable(to[1..], remaining);
        BinaryPrimitives.WriteUInt16BigEndian(to[at..], checked((ushort)topic.Length));
        topic.CopyTo(to[(at + 2)..]);
        at += 2 + topic.Length;
        if (publish.Qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(to[at..], publish.PacketId);
            at += 2;
        }

        if (publish.Version == MqttVersion.V5)
        {
            at += MqttWriter.Variable(to[at..], PropertiesLength(publish));
            if (publish.TopicAlias == 0)
            {
                publish.Properties.Raw.CopyTo(to[at..]);
                at += publish.Properties.Raw.Length;
            }
            else
            {
                foreach (MqttProperty property in publish.Properties)
                {
                    if (property.Id != MqttPropertyId.TopicAlias)
                    {
                        property.Whole.CopyTo(to[at..]);
                        at += property.Whole.Length;
                    }
                }
            }
        }

        publish.Payload.CopyTo(to[at..]);
        return at + publish.Payload.Length;
    }

    private static int PropertiesLength(in MqttPublish publish) => publish.Properties.Raw.Length - (publish.TopicAlias != 0 ? 3 : 0);

    private static long RemainingWithTopic(in MqttPublish publish, int topicLength)
    {
        int properties = PropertiesLength(publish);
        return 2L + topicLength + (publish.Qos > 0 ? 2 : 0) + publish.Payload.Length
            + (publish.Version == MqttVersion.V5 ? MqttWriter.SizeOfVariable(properties) + properties : 0);
    }
}
