using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>Writes the CONNECT that goes to the upstream.</summary>
internal static class MqttConnectWriter
{
    public static void Write(MqttConnect connect, IBufferWriter<byte> to, in MqttConnectChange change)
    {
        bool is5 = connect.Version == MqttVersion.V5;
        if (!is5 && change is { Password: not null, Username: null })
        {
            throw new ArgumentException("before 5.0 there is no password without a user name", nameof(change));
        }

        var properties = new MqttPropertyEdit(connect.RawProperties);
        if (is5)
        {
            Edit(ref properties, connect, change);
        }

        int propertiesLength = is5 ? properties.Length : 0;
        ReadOnlySpan<byte> clientId = Encoding.UTF8.GetBytes(change.ClientId ?? connect.ClientId);
        ReadOnlySpan<byte> username = change.Username is null ? default : Encoding.UTF8.GetBytes(change.Username);
        ReadOnlySpan<byte> topic = connect.Will is null ? default : Encoding.UTF8.GetBytes(connect.Will.Topic);
        ReadOnlySpan<byte> name = connect.Version == MqttVersion.V31 ? "MQIsdp"u8 : "MQTT"u8;
        int remaining = 2 + name.Length + 4 + (is5 ? MqttWriter.SizeOfVariable(propertiesLength) + propertiesLength : 0) + 2 + clientId.Length;
        remaining += change.Username is null ? 0 : 2 + username.Length;
        remaining += change.Password is { } secret ? 2 + secret.Length : 0;
        if (connect.Will is { } measured)
        {
            remaining += 2 + topic.Length + 2 + measured.Payload.Length;
            remaining += is5 ? MqttWriter.SizeOfVariable(measured.Properties.Length) + measured.Properties.Length : 0;
        }

        Span<byte> span = MqttWriter.Begin(to, MqttPacketType.Connect, 0, remaining, out int at);
        at += MqttWriter.Binary(span[at..], name);
        span[at++] = (byte)connect.Version;
        span[at++] = Flags(connect, change);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], change.KeepAlive ?? connect.KeepAlive);
        at += 2;
        if (is5)
        {
            at += MqttWriter.Variable(span[at..], propertiesLength);
            at += properties.Write(span[at..]);
        }

        at += MqttWriter.Binary(span[at..], clientId);
        if (connect.Will is { } will)
        {
            if (is5)
            {
                at += MqttWriter.Variable(span[at..], will.Properties.Length);
                will.Properties.Span.CopyTo(span[at..]);
                at += will.Properties.Length;
            }

            at += MqttWriter.Binary(span[at..], topic);
            at += MqttWriter.Binary(span[at..], will.Payload.Span);
        }

        at += change.Username is null ? 0 : MqttWriter.Binary(span[at..], username);
        at += change.Password is { } password ? MqttWriter.Binary(span[at..], password) : 0;
        to.Advance(at);
    }

    private static void Edit(ref MqttPropertyEdit properties, MqttConnect connect, in MqttConnectChange change)
    {
        // No aliases towards the client: deliveries may be filtered, and one that is left out could have been the one that sets an alias.
        properties.Remove(MqttPropertyId.TopicAliasMaximum);
        if (change.RemovesAuthentication || connect.IsWiped)
        {
            properties.Remove(MqttPropertyId.AuthenticationMethod);
            properties.Remove(MqttPropertyId.AuthenticationData);
        }

        properties.Set(MqttPropertyId.SessionExpiry, change.SessionExpiry);
        properties.Set(MqttPropertyId.MaximumPacketSize, change.MaximumPacketSize);
        properties.Set(MqttPropertyId.ReceiveMaximum, change.ReceiveMaximum);
    }

    private static byte Flags(MqttConnect connect, in MqttConnectChange change)
    {
        int flags = (change.CleanStart ?? connect.CleanStart) ? 0x02 : 0;
        if (connect.Will is { } will)
        {
            flags |= 0x04 | (will.Qos << 3) | (will.Retain ? 0x20 : 0);
        }

        flags |= change.Username is null ? 0 : 0x80;
        flags |= change.Password is null ? 0 : 0x40;
        return (byte)flags;
    }
}
