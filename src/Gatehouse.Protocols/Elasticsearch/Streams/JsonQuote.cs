using System.Buffers;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>Writes JSON strings (RFC 8259 section 7) from valid UTF-8.</summary>
internal static class JsonQuote
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"u8);

    /// <summary>Writes a string with its quotes.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        output.Write("\""u8);
        for (int at = utf8.IndexOfAny(Special); at >= 0; at = utf8.IndexOfAny(Special))
        {
            output.Write(utf8[..at]);
            byte one = utf8[at];
            Span<byte> escape = [(byte)'\\', (byte)'u', (byte)'0', (byte)'0', (byte)"0123456789abcdef"[one >> 4], (byte)"0123456789abcdef"[one & 15]];
            if (one is (byte)'"' or (byte)'\\')
            {
                escape[1] = one;
                escape = escape[..2];
            }

            output.Write(escape);
            utf8 = utf8[(at + 1)..];
        }

        output.Write(utf8);
        output.Write("\""u8);
    }
}
