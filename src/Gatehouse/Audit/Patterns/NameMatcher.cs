using System.Buffers;
using System.Numerics;
using System.Text;

namespace Gatehouse.Audit.Patterns;

/// <summary>
/// A compiled automaton: one step a character, whatever the number of patterns, no allocation and no way back. Answers which
/// policies a name matches, as bits.
/// </summary>
internal sealed class NameMatcher
{
    private const int Start = 1;

    private readonly ushort[] _next;
    private readonly ulong[] _ends;
    private readonly ulong[] _always;
    private readonly bool[] _isFinal;
    private readonly int _classes;
    private readonly ushort[] _ascii;
    private readonly int[] _classStarts;
    private readonly ushort[] _classOf;

    /// <param name="next">State and class of symbol to state; 0 matches nothing any more, 1 is the start.</param>
    /// <param name="ends">Policies matched by what ends in a state.</param>
    /// <param name="always">Policies matched by whatever goes on from a state.</param>
    /// <param name="classStarts">First symbols of stretches, in order.</param>
    /// <param name="classOf">The class of each stretch.</param>
    public NameMatcher(ushort[] next, ulong[] ends, ulong[] always, int[] classStarts, ushort[] classOf)
    {
        _next = next;
        _ends = ends;
        _always = always;
        _classes = next.Length / ends.Length;
        _classStarts = classStarts;
        _classOf = classOf;
        _ascii = [.. Enumerable.Range(0, 128).Select(Lookup)];
        _isFinal = [.. Enumerable.Range(0, ends.Length).Select(IsFinal)];
    }

    /// <summary>Policies that a text matches.</summary>
    public ulong Match(ReadOnlySpan<char> text)
    {
        int state = Start;
        while (!text.IsEmpty && !_isFinal[state])
        {
            char c = text[0];
            int consumed = 1;
            int symbolClass = c < 128 ? _ascii[c]
                : Rune.DecodeFromUtf16(text, out Rune rune, out consumed) == OperationStatus.Done ? Lookup(rune.Value)
                : Lookup(c);
            state = _next[(state * _classes) + symbolClass];
            text = text[consumed..];
        }

        return _ends[state];
    }

    /// <summary>Policies that a name matches; it may be any bytes.</summary>
    public ulong Match(ReadOnlySpan<byte> name) => _ends[Run(name, out _)];

    /// <summary>Policies that every name matches that begins so.</summary>
    public ulong MatchAllThatBegin(ReadOnlySpan<byte> prefix)
    {
        int state = Run(prefix, out bool isCut);

        // What follows half a character decides which one it is.
        return isCut ? 0 : _always[state];
    }

    private int Run(ReadOnlySpan<byte> name, out bool isCut)
    {
        isCut = false;
        int state = Start;
        while (!name.IsEmpty && !_isFinal[state])
        {
            byte b = name[0];
            int consumed = 1;
            int symbolClass;
            if (b < 128)
            {
                symbolClass = _ascii[b];
            }
            else
            {
                OperationStatus status = Rune.DecodeFromUtf8(name, out Rune rune, out consumed);
                isCut = status == OperationStatus.NeedMoreData;
                symbolClass = status == OperationStatus.Done ? Lookup(rune.Value) : Lookup(CharSet.InvalidByte + b);
                consumed = status == OperationStatus.Done ? consumed : 1;
            }

            state = _next[(state * _classes) + symbolClass];
            name = name[consumed..];
        }

        return state;
    }

    private ushort Lookup(int symbol)
    {
        int index = Array.BinarySearch(_classStarts, symbol);
        return _classOf[index < 0 ? ~index - 1 : index];
    }

    private bool IsFinal(int state) => !_next.AsSpan(state * _classes, _classes).ContainsAnyExcept((ushort)state);
}
