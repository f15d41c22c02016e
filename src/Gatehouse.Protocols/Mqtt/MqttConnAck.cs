using System.Buffers;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>A CONNACK, section 3.2. Valid as long as the packet's bytes are.</summary>
public ref struct MqttConnAck
{
    /// <summary>The version it is written in: 3.1.1 where a server that knows no 5.0 answered a 5.0 client so.</summary>
    public MqttVersion Version { get; private set; }

    /// <summary>Whether the server had a session.</summary>
    public bool SessionPresent { get; private set; }

    /// <summary>The code; of the version's own kind. 0 is accepted.</summary>
    public byte Code { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>The client id that the server made (0x12).</summary>
    public readonly string? AssignedClientId => Properties.Text(MqttPropertyId.AssignedClientId);

    /// <summary>The reason string (0x1f).</summary>
    public readonly string? ReasonString => Properties.Text(MqttPropertyId.ReasonString);

    /// <summary>The authentication method (0x15).</summary>
    public readonly string? AuthenticationMethod => Properties.Text(MqttPropertyId.AuthenticationMethod);

    /// <summary>Session expiry in seconds (0x11), null for what the client asked for.</summary>
    public readonly uint? SessionExpiry => Properties.Number(MqttPropertyId.SessionExpiry);

    /// <summary>Keep alive in seconds (0x13), null for the client's own.</summary>
    public readonly ushort? ServerKeepAlive => (ushort?)Properties.Number(MqttPropertyId.ServerKeepAlive);

    /// <summary>Receive maximum (0x21), 65535 where it is not said.</summary>
    public readonly ushort ReceiveMaximum => (ushort)(Properties.Number(MqttPropertyId.ReceiveMaximum) ?? ushort.MaxValue);

    /// <summary>Topic alias maximum (0x22), 0 where it is not said.</summary>
    public readonly ushort TopicAliasMaximum => (ushort)(Properties.Number(MqttPropertyId.TopicAliasMaximum) ?? 0);

    /// <summary>Maximum QoS (0x24), 2 where it is not said.</summary>
    public readonly byte MaximumQos => (byte)(Properties.Number(MqttPropertyId.MaximumQos) ?? 2);

    /// <summary>Whether messages may be retained (0x25).</summary>
    public readonly bool RetainAvailable => Properties.Number(MqttPropertyId.RetainAvailable) != 0;

    /// <summary>Maximum packet size in bytes (0x27), null without one.</summary>
    public readonly uint? MaximumPacketSize => Properties.Number(MqttPropertyId.MaximumPacketSize);

    /// <summary>Whether filters may have wildcards (0x28).</summary>
    public readonly bool WildcardAvailable => Properties.Number(MqttPropertyId.WildcardAvailable) != 0;

    /// <summary>Whether subscriptions may have identifiers (0x29).</summary>
    public readonly bool SubscriptionIdAvailable => Properties.Number(MqttPropertyId.SubscriptionIdAvailable) != 0;

    /// <summary>Whether subscriptions may be shared (0x2a).</summary>
    public readonly bool SharedAvailable => Properties.Number(MqttPropertyId.SharedAvailable) != 0;

    /// <summary>Reads a CONNACK of a server.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttVersion version, out MqttConnAck ack, out MqttError error)
    {
        ack = default;
        error = MqttError.Malformed;
        var reader = new MqttReader(body);
        if (!reader.TryByte(out byte flags) || !reader.TryByte(out byte code) || (flags & 0xfe) != 0)
        {
            return false;
        }

        // A server of 3.1.1 refuses a client of 5.0 in the only form it knows.
        bool isOldForm = version == MqttVersion.V5 && reader.IsAtEnd && code is >= 1 and <= 5;
        ReadOnlySpan<byte> properties = default;
        if (version == MqttVersion.V5 && !isOldForm)
        {
            if (!reader.TryProperties(out properties) || !reader.IsAtEnd)
            {
                return false;
            }

            error = code is 0 or >= 0x80
                ? MqttPropertyRules.Check(properties, MqttPacketType.ConnAck, MqttSide.Server, out _)
                : MqttError.ProtocolError;
            if (error != MqttError.None)
            {
                return false;
            }
        }
        else if (!reader.IsAtEnd || code > 5)
        {
            return false;
        }

        if (code != 0 && flags != 0)
        {
            error = MqttError.ProtocolError;
            return false;
        }

        error = MqttError.None;
        ack.Version = isOldForm ? MqttVersion.V311 : version;
        ack.SessionPresent = flags != 0;
        ack.Code = code;
        ack.Properties = new MqttProperties(properties);
        return true;
    }

    /// <summary>Writes it for the client, with the changes; properties in their order.</summary>
    public readonly void Write(IBufferWriter<byte> to, in MqttConnAckChange change)
    {
        if (Version != MqttVersion.V5)
        {
            MqttWriter.ConnAck(to, Version, change.SessionPresent ?? SessionPresent, Code);
            return;
        }

        var properties = new MqttPropertyEdit(Properties.Raw);
        properties.Set(MqttPropertyId.SessionExpiry, change.SessionExpiry);
        properties.Set(MqttPropertyId.ServerKeepAlive, change.ServerKeepAlive);
        properties.Set(MqttPropertyId.ReceiveMaximum, change.ReceiveMaximum);
        properties.Set(MqttPropertyId.TopicAliasMaximum, change.TopicAliasMaximum);
        properties.Set(MqttPropertyId.MaximumQos, change.MaximumQos);
        properties.Set(MqttPropertyId.RetainAvailable, change.RetainAvailable is { } retain ? (retain ? 1u : 0u) : null);
        properties.Set(MqttPropertyId.MaximumPacketSize, change.MaximumPacketSize);
        properties.Set(MqttPropertyId.SharedAvailable, change.SharedAvailable is { } shared ? (shared ? 1u : 0u) : null);
        if (change.RemovesAssignedClientId)
        {
            properties.Remove(MqttPropertyId.AssignedClientId);
        }

        if (change.RemovesReason)
        {
            properties.Remove(MqttPropertyId.ReasonString);
            properties.Remove(MqttPropertyId.ServerReference);
        }

        int length = properties.Length;
        Span<byte> span = MqttWriter.Begin(
            to, MqttPacketType.ConnAck, 0, 2 + MqttWriter.SizeOfVariable(length) + length, out int at);
        span[at++] = (byte)((change.SessionPresent ?? SessionPresent) ? 1 : 0);
        span[at++] = Code;
        at += MqttWriter.Variable(span[at..], length);
        at += properties.Write(span[at..]);
        to.Advance(at);
    }
}

/// <summary>What is different in the CONNACK to the client; null leaves what the server said.</summary>
public readonly record struct MqttConnAckChange
{
    /// <summary>Whether there was a session.</summary>
    public bool? SessionPresent { get; init; }

    /// <summary>5.0: session expiry in seconds.</summary>
    public uint? SessionExpiry { get; init; }

    /// <summary>5.0: keep alive in seconds.</summary>
    public ushort? ServerKeepAlive { get; init; }

    /// <summary>5.0: receive maximum, not 0.</summary>
    public ushort? ReceiveMaximum { get; init; }

    /// <summary>5.0: topic alias maximum.</summary>
    public ushort? TopicAliasMaximum { get; init; }

    /// <summary>5.0: maximum QoS, 0 or 1.</summary>
    public byte? MaximumQos { get; init; }

    /// <summary>5.0: whether messages may be retained.</summary>
    public bool? RetainAvailable { get; init; }

    /// <summary>5.0: maximum packet size in bytes, not 0.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>5.0: whether subscriptions may be shared.</summary>
    public bool? SharedAvailable { get; init; }

    /// <summary>5.0: leaves the assigned client id out, where the gate made one itself.</summary>
    public bool RemovesAssignedClientId { get; init; }

    /// <summary>5.0: leaves reason string and server reference out.</summary>
    public bool RemovesReason { get; init; }
}
