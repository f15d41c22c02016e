using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Testing.Mqtt.Wire;

/// <summary>The small pieces that MQTT packets are made of (OASIS MQTT 5.0, section 1.5), as bytes.</summary>
public static class Octets
{
    /// <summary>Several one after the other.</summary>
    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(static part => part)];

    /// <summary>Two bytes, the higher first.</summary>
    public static byte[] Short(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)value));
        return bytes;
    }

    /// <summary>Four bytes, the highest first.</summary>
    public static byte[] Long(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A variable byte integer in as few bytes as it takes.</summary>
    public static byte[] Variable(int value)
    {
        var bytes = new List<byte>();
        do
        {
            int rest = value >> 7;
            bytes.Add((byte)((value & 0x7f) | (rest > 0 ? 0x80 : 0)));
            value = rest;
        }
        while (value > 0);
        return [.. bytes];
    }

    /// <summary>A string with its length.</summary>
    public static byte[] Text(string value) => Binary(Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes with their length.</summary>
    public static byte[] Binary(byte[] value) => Join(Short(value.Length), value);

    /// <summary>Bytes written as hexadecimal digits; blanks do not count.</summary>
    public static byte[] Hex(string digits) => Convert.FromHexString(digits.Replace(" ", "", StringComparison.Ordinal));
}
