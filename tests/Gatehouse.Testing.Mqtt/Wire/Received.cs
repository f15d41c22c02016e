using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Gatehouse.Testing.Mqtt.Wire;

/// <summary>A packet from a server, as its bytes and as a line that people can read.</summary>
public sealed record Received(byte[] Raw, int HeaderLength)
{
    private static readonly string[] Names =
        ["0", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"];

    public int Type => Raw[0] >> 4;

    public int Flags => Raw[0] & 15;

    public int Qos => (Raw[0] >> 1) & 3;

    public ReadOnlySpan<byte> Body => Raw.AsSpan(HeaderLength);

    public string Topic => Encoding.UTF8.GetString(Body.Slice(2, TopicLength));

    /// <summary>The packet identifier of a PUBLISH with QoS, of an acknowledgement, a SUBACK or an UNSUBACK.</summary>
    public int Id => BinaryPrimitives.ReadUInt16BigEndian(Body[(Type == 3 ? 2 + TopicLength : 0)..]);

    private int TopicLength => BinaryPrimitives.ReadUInt16BigEndian(Body);

    public string Hex => Convert.ToHexStringLower(Raw);

    /// <summary>What follows the topic, the identifier and, of level 5, the properties of a PUBLISH.</summary>
    public byte[] Payload(int level)
    {
        int at = 2 + TopicLength + (Qos > 0 ? 2 : 0);
        if (level == 5)
        {
            (int length, int bytes) = ReadVariable(Body[at..]);
            at += bytes + length;
        }

        return Body[at..].ToArray();
    }

    /// <summary>The properties of a PUBLISH of level 5.</summary>
    public byte[] Properties()
    {
        int at = 2 + TopicLength + (Qos > 0 ? 2 : 0);
        (int length, int bytes) = ReadVariable(Body[at..]);
        return Body.Slice(at + bytes, length).ToArray();
    }

    /// <summary>The client identifier that a CONNACK of level 5 assigns.</summary>
    public string? AssignedClientId()
    {
        if (Type != 2 || Body.Length < 3)
        {
            return null;
        }

        (int length, int bytes) = ReadVariable(Body[2..]);
        ReadOnlySpan<byte> rest = Body.Slice(2 + bytes, length);
        while (!rest.IsEmpty)
        {
            int size = rest[0] switch
            {
                0x12 or 0x15 or 0x16 or 0x1a or 0x1c or 0x1f => 3 + BinaryPrimitives.ReadUInt16BigEndian(rest[1..]),
                0x11 or 0x27 => 5,
                0x13 or 0x21 or 0x22 => 3,
                0x24 or 0x25 or 0x28 or 0x29 or 0x2a => 2,
                0x26 => 5 + BinaryPrimitives.ReadUInt16BigEndian(rest[1..]) + BinaryPrimitives.ReadUInt16BigEndian(rest[(3 + BinaryPrimitives.ReadUInt16BigEndian(rest[1..]))..]),
                _ => throw new InvalidDataException($"property 0x{rest[0]:x2} in a CONNACK"),
            };
            if (rest[0] == 0x12)
            {
                return Encoding.UTF8.GetString(rest[3..size]);
            }

            rest = rest[size..];
        }

        return null;
    }

    /// <summary>As a line: <c>PUBLISH a/b q1 #7 "text"</c>, <c>SUBACK #5 [01 87]</c>, <c>CONNACK present=0 code=00</c>.</summary>
    public string Describe(int level) => Type switch
    {
        2 => string.Create(CultureInfo.InvariantCulture, $"CONNACK present={Body[0]} code={Body[1]:x2}"),
        3 => string.Create(CultureInfo.InvariantCulture, $"PUBLISH {Topic} q{Qos}{((Flags & 8) > 0 ? " dup" : "")}{((Flags & 1) > 0 ? " retain" : "")}{(Qos > 0 ? $" #{Id}" : "")} {Show(Payload(level))}"),
        4 or 5 or 6 or 7 => string.Create(CultureInfo.InvariantCulture, $"{Names[Type]} #{Id}{(Body.Length > 2 ? $" {Body[2]:x2}" : "")}"),
        9 or 11 => string.Create(CultureInfo.InvariantCulture, $"{Names[Type]} #{Id} [{string.Join(' ', Codes(level).Select(static c => c.ToString("x2", CultureInfo.InvariantCulture)))}]"),
        14 => Body.Length == 0 ? "DISCONNECT" : string.Create(CultureInfo.InvariantCulture, $"DISCONNECT {Body[0]:x2}"),
        _ => $"{Names[Type]} {Convert.ToHexStringLower(Body)}".TrimEnd(),
    };

    private static string Show(byte[] payload) => payload.Length > 60 ? $"({payload.Length} bytes)" : $"\"{Encoding.UTF8.GetString(payload)}\"";

    private static (int Value, int Bytes) ReadVariable(ReadOnlySpan<byte> from)
    {
        int value = 0;
        for (int at = 0; at < 4; at++)
        {
            value |= (from[at] & 0x7f) << (7 * at);
            if (from[at] < 0x80)
            {
                return (value, at + 1);
            }
        }

        throw new InvalidDataException("a variable byte integer of more than four bytes");
    }

    private byte[] Codes(int level)
    {
        ReadOnlySpan<byte> rest = Body[2..];
        if (level == 5)
        {
            (int length, int bytes) = ReadVariable(rest);
            rest = rest[(bytes + length)..];
        }

        return rest.ToArray();
    }
}
