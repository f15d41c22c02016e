using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>
/// Passes over one object or array whose content nobody asks for, in pieces of any size: 64 bytes at a time, quotes and brackets
/// only. It sees that brackets outside of strings are balanced, not of which kind they are.
/// </summary>
internal struct JsonSkipper
{
    /// <summary>Most objects and arrays within each other, as the parser of Elasticsearch has it.</summary>
    public const int MaxDepth = 1000;

    private const int Block = 64;

    private int _depth;
    private bool _inString;
    private bool _isEscaped;

    /// <summary>What is wrong.</summary>
    public JsonStreamError Error { get; private set; }

    /// <summary>Makes it ready; the next byte is the opening bracket.</summary>
    public void Begin() => this = default;

    /// <summary>Takes bytes up to the closing bracket; gives how many.</summary>
    public int Read(ReadOnlySpan<byte> text, out bool isDone)
    {
        int at = 0;
        isDone = false;
        while (at < text.Length && !isDone && Error == JsonStreamError.None)
        {
            at += text.Length - at >= Block && _depth > 0 ? OfBlock(text.Slice(at, Block), out isDone) : OfByte(text[at], out isDone);
        }

        return at;
    }

    private int OfByte(byte next, out bool isDone)
    {
        isDone = false;
        if (_isEscaped)
        {
            _isEscaped = false;
            return 1;
        }

        switch (next)
        {
            case (byte)'"':
                _inString = !_inString;
                break;
            case (byte)'\\':
                _isEscaped = true;
                Error = _inString ? Error : JsonStreamError.Syntax;
                break;
            case (byte)'{' or (byte)'[' or (byte)'}' or (byte)']' when !_inString:
                Bracket(opens: next is (byte)'{' or (byte)'[', out isDone);
                break;
            default:
                break;
        }

        return 1;
    }

    private int OfBlock(ReadOnlySpan<byte> block, out bool isDone)
    {
        ref byte first = ref MemoryMarshal.GetReference(block);
        var low = Vector256.LoadUnsafe(ref first);
        var high = Vector256.LoadUnsafe(ref first, Block / 2);
        ulong backslashes = Where(low, high, (byte)'\\');
        ulong escaped = Escaped(backslashes);
        ulong strings = Toggled(Where(low, high, (byte)'"') & ~escaped) ^ (_inString ? ulong.MaxValue : 0);
        isDone = false;
        if ((backslashes & ~strings) != 0)
        {
            Error = JsonStreamError.Syntax;
            return Block;
        }

        // `[` and `{`, `]` and `}` differ in one bit.
        var bit = Vector256.Create((byte)0x20);
        ulong opening = Where(low | bit, high | bit, (byte)'{') & ~strings;
        ulong closing = Where(low | bit, high | bit, (byte)'}') & ~strings;
        int opens = BitOperations.PopCount(opening);
        int closes = BitOperations.PopCount(closing);
        if (_depth > closes && _depth + opens <= MaxDepth)
        {
            _depth += opens - closes;
        }
        else
        {
            for (ulong rest = opening | closing; rest != 0; rest &= rest - 1)
            {
                int at = BitOperations.TrailingZeroCount(rest);
                Bracket(((opening >> at) & 1) != 0, out isDone);
                if (isDone || Error != JsonStreamError.None)
                {
                    return at + 1;
                }
            }
        }

        _inString = (strings >> (Block - 1)) != 0;
        return Block;
    }

    private void Bracket(bool opens, out bool isDone)
    {
        _depth += opens ? 1 : -1;
        isDone = _depth == 0;
        Error = _depth > MaxDepth ? JsonStreamError.TooDeep : Error;
    }

    // The bytes behind a backslash that is itself not behind one.
    private ulong Escaped(ulong backslashes)
    {
        ulong escaped = _isEscaped ? 1UL : 0;
        _isEscaped = false;
        for (ulong rest = backslashes & ~escaped; rest != 0;)
        {
            int at = BitOperations.TrailingZeroCount(rest);
            _isEscaped = at == Block - 1;
            escaped |= 2UL << at;
            rest &= ~(3UL << at);
        }

        return escaped;
    }

    // Each bit says whether the number of set bits up to it is odd: from an opening quote on, up to before the closing one.
    private static ulong Toggled(ulong bits)
    {
        for (int shift = 1; shift < Block; shift *= 2)
        {
            bits ^= bits << shift;
        }

        return bits;
    }

    private static ulong Where(Vector256<byte> low, Vector256<byte> high, byte wanted)
    {
        var all = Vector256.Create(wanted);
        return Vector256.Equals(low, all).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(high, all).ExtractMostSignificantBits() << (Block / 2));
    }
}
