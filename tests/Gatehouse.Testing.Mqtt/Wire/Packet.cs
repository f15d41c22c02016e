using System.Text;

namespace Gatehouse.Testing.Mqtt.Wire;

/// <summary>
/// Packets as a client sends them, byte by byte and without any check: tests send wrong ones too. Independent of the product's
/// codec on purpose.
/// </summary>
public static class Packet
{
    public static readonly byte[] Ping = [0xc0, 0x00];

    /// <summary>A fixed header and what follows.</summary>
    public static byte[] Of(int first, params byte[][] parts)
    {
        byte[] body = Octets.Join(parts);
        return Octets.Join([(byte)first], Octets.Variable(body.Length), body);
    }

    public static byte[] Connect(ConnectFields fields)
    {
        byte[] name = Octets.Text(fields.Protocol ?? (fields.Level == 3 ? "MQIsdp" : "MQTT"));
        byte[] properties = fields.Level == 5 ? Property.Block(fields.Properties) : [];
        byte[] payload = Octets.Text(fields.ClientId);
        if (fields.Will is { } will)
        {
            payload = Octets.Join(payload, fields.Level == 5 ? Property.Block(will.Properties) : [], Octets.Text(will.Topic), Octets.Binary(will.Payload));
        }

        payload = fields.User is null ? payload : Octets.Join(payload, Octets.Text(fields.User));
        payload = fields.Password is null ? payload : Octets.Join(payload, Octets.Text(fields.Password));
        return Of(0x10, name, [(byte)fields.Level, (byte)fields.Flags], Octets.Short(fields.KeepAlive), properties, payload);
    }

    public static byte[] Publish(int level, string topic, string payload, int qos = 0, int id = 0, bool retain = false, bool dup = false, params byte[][] properties) =>
        Publish(level, topic, Encoding.UTF8.GetBytes(payload), qos, id, retain, dup, properties);

    public static byte[] Publish(int level, string topic, byte[] payload, int qos = 0, int id = 0, bool retain = false, bool dup = false, params byte[][] properties) =>
        Of(
            0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0),
            Octets.Text(topic),
            qos > 0 ? Octets.Short(id) : [],
            level == 5 ? Property.Block(properties) : [],
            payload);

    /// <summary>PUBACK (4), PUBREC (5), PUBREL (6) or PUBCOMP (7), in their shortest form.</summary>
    public static byte[] Ack(int type, int id) => Of((type << 4) | (type == 6 ? 2 : 0), Octets.Short(id));

    /// <summary>The same with a reason code.</summary>
    public static byte[] Ack(int type, int id, int reason) => Of((type << 4) | (type == 6 ? 2 : 0), Octets.Short(id), [(byte)reason]);

    public static byte[] Subscribe(int level, int id, params (string Filter, int Options)[] filters) => Subscribe(level, id, [], filters);

    public static byte[] Subscribe(int level, int id, byte[][] properties, params (string Filter, int Options)[] filters) =>
        Of(
            0x82,
            Octets.Short(id),
            level == 5 ? Property.Block(properties) : [],
            Octets.Join([.. filters.Select(static f => Octets.Join(Octets.Text(f.Filter), [(byte)f.Options]))]));

    public static byte[] Unsubscribe(int level, int id, params string[] filters) =>
        Of(0xa2, Octets.Short(id), level == 5 ? [0] : [], Octets.Join([.. filters.Select(Octets.Text)]));

    public static byte[] Disconnect(int level, int? reason = null, params byte[][] properties) =>
        level < 5 || reason is null
            ? [0xe0, 0x00]
            : properties.Length == 0 ? Of(0xe0, [(byte)reason]) : Of(0xe0, [(byte)reason], Property.Block(properties));
}
