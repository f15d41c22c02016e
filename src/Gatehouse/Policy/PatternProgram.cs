using System.Buffers.Binary;

namespace Gatehouse.Policy;

/// <summary>
/// The parts of a pattern in one run of bytes, so that matching reads one place of memory instead of an object a part.
/// Each part is a byte that says what it is (<see cref="PatternTokenKind"/>), then two bytes: the length of the literal that
/// follows, or the number of the placeholder, or nothing.
/// </summary>
internal static class PatternProgram
{
    /// <summary>Bytes of a part before its literal.</summary>
    public const int PartSize = 3;

    /// <summary>Writes the parts of a pattern, whose literals are at most <see cref="PatternSyntax.MaxLength"/> bytes together.</summary>
    public static byte[] Write(ReadOnlySpan<PatternToken> tokens)
    {
        int length = 0;
        foreach (ref readonly PatternToken token in tokens)
        {
            length += PartSize + (token.Literal?.Length ?? 0);
        }

        var program = new byte[length];
        Span<byte> rest = program;
        foreach (ref readonly PatternToken token in tokens)
        {
            byte[] literal = token.Literal ?? [];
            rest[0] = (byte)token.Kind;
            BinaryPrimitives.WriteUInt16LittleEndian(rest[1..], checked((ushort)(token.Kind == PatternTokenKind.Slot ? token.Slot : literal.Length)));
            literal.CopyTo(rest[PartSize..]);
            rest = rest[(PartSize + literal.Length)..];
        }

        return program;
    }
}
