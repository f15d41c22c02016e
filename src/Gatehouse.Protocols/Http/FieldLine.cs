namespace Gatehouse.Protocols.Http;

/// <summary>What is wrong with a field line.</summary>
internal enum FieldLineError : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It begins with white space: a folded line (RFC 9112 section 5.2).</summary>
    Folded,

    /// <summary>No colon, or a name that is no token (white space before the colon too).</summary>
    BadName,

    /// <summary>A control character in the value.</summary>
    BadValue,

    /// <summary>A CR that ends no line.</summary>
    BadLineEnd,
}

/// <summary>One field line of a header or trailer section (RFC 9112 section 5), without its CR LF.</summary>
internal static class FieldLine
{
    /// <summary>Finds name and value; white space around the value is left out.</summary>
    public static FieldLineError Read(ReadOnlySpan<byte> line, out int nameLength, out int valueStart, out int valueLength)
    {
        nameLength = valueStart = valueLength = 0;
        if (line.Length > 0 && line[0] is (byte)' ' or (byte)'\t')
        {
            return FieldLineError.Folded;
        }

        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(HttpTokens.Bytes))
        {
            return FieldLineError.BadName;
        }

        ReadOnlySpan<byte> raw = line[(colon + 1)..];
        if (raw.ContainsAny(HttpTokens.Controls))
        {
            return raw.Contains((byte)'\r') ? FieldLineError.BadLineEnd : FieldLineError.BadValue;
        }

        int leading = raw.Length - raw.TrimStart(" \t"u8).Length;
        nameLength = colon;
        valueStart = colon + 1 + leading;
        valueLength = raw[leading..].TrimEnd(" \t"u8).Length;
        return FieldLineError.None;
    }
}
