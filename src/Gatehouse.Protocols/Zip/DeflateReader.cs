namespace Gatehouse.Protocols.Zip;

/// <summary>Takes unpacked bytes; false stops.</summary>
internal delegate bool TakeUnpacked(ReadOnlySpan<byte> bytes);

/// <summary>
/// Unpacks a deflate stream (RFC 1951) in pieces of any size and knows to the byte where it ends, which the framework's own
/// stream does not tell. Memory: 64 KiB. Never throws for what a client sends.
/// </summary>
internal sealed partial class DeflateReader
{
    private const int WindowSize = 32 * 1024;
    private const int MaxLengths = 320;

    private static ReadOnlySpan<ushort> LengthBases => [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];

    private static ReadOnlySpan<byte> LengthBits => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static ReadOnlySpan<ushort> DistanceBases =>
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

    private static ReadOnlySpan<byte> DistanceBits => [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    // The last 32 KiB, and 32 KiB of room before they are moved down.
    private readonly byte[] _window = new byte[2 * WindowSize];
    private readonly byte[] _lengths = new byte[MaxLengths];
    private readonly HuffmanTable _literals = new();
    private readonly HuffmanTable _distances = new();
    private readonly HuffmanTable _codes = new();
    private State _state;
    private ulong _bits;
    private int _count;
    private bool _isLast;
    private int _stored;
    private int _literalCount;
    private int _distanceCount;
    private int _codeCount;
    private int _read;
    private int _end;
    private int _begin;
    private long _total;

    private enum State
    {
        Block,
        Stored,
        StoredBytes,
        Tables,
        CodeLengths,
        Lengths,
        Symbols,
        Done,
    }

    /// <summary>Begins another stream.</summary>
    public void Reset()
    {
        _state = State.Block;
        _bits = 0;
        _count = _end = _begin = 0;
        _total = 0;
        _isLast = false;
    }

    /// <summary>Takes a piece.</summary>
    /// <param name="input">The next packed bytes.</param>
    /// <param name="taken">How many of them belong to the stream.</param>
    /// <param name="output">Takes what they unpack to.</param>
    public InflateStep Push(ReadOnlySpan<byte> input, out int taken, TakeUnpacked output)
    {
        int at = 0;
        while (true)
        {
            Refill(input, ref at);
            InflateStep step = Step(input, ref at, output);
            if (step == InflateStep.NeedMore && at < input.Length)
            {
                continue;
            }

            if (step == InflateStep.Done)
            {
                // Whole bytes that were taken too early all came with this piece: the last symbol ended in it.
                at -= _count / 8;
                step = Flush(output) ? InflateStep.Done : InflateStep.Stopped;
            }
            else if (step == InflateStep.NeedMore && !Flush(output))
            {
                step = InflateStep.Stopped;
            }

            taken = at;
            return step;
        }
    }

    /// <summary>Runs until the bits do not reach for one more step.</summary>
    private InflateStep Step(ReadOnlySpan<byte> input, ref int at, TakeUnpacked output)
    {
        while (true)
        {
            InflateStep? step = _state switch
            {
                State.Block => BeginBlock(),
                State.Stored => BeginStored(),
                State.StoredBytes => CopyStored(input, ref at, output),
                State.Tables => BeginTables(),
                State.CodeLengths => ReadCodeLengths(),
                State.Lengths => ReadLengths(),
                State.Symbols => ReadSymbols(input, ref at, output),
                _ => InflateStep.Done,
            };
            if (step is { } result)
            {
                return result;
            }

            Refill(input, ref at);
        }
    }

    private InflateStep? BeginBlock()
    {
        if (_count < 3)
        {
            return InflateStep.NeedMore;
        }

        _isLast = (_bits & 1) != 0;
        int type = (int)(_bits >> 1) & 3;
        Drop(3);
        switch (type)
        {
            case 0:
                Drop(_count & 7);
                _state = State.Stored;
                return null;
            case 1:
                BuildFixed();
                _state = State.Symbols;
                return null;
            case 2:
                _state = State.Tables;
                return null;
            default:
                return InflateStep.Corrupt;
        }
    }

    private InflateStep? BeginStored()
    {
        if (_count < 32)
        {
            return InflateStep.NeedMore;
        }

        int length = (int)(_bits & 0xFFFF);
        int complement = (int)(_bits >> 16) & 0xFFFF;
        Drop(32);
        if (length != (complement ^ 0xFFFF))
        {
            return InflateStep.Corrupt;
        }

        _stored = length;
        _state = State.StoredBytes;
        return null;
    }

    private InflateStep? CopyStored(ReadOnlySpan<byte> input, ref int at, TakeUnpacked output)
    {
        while (_stored > 0)
        {
            if (_count == 0 && at == input.Length)
            {
                return InflateStep.NeedMore;
            }

            if (!MakeRoom(output))
            {
                return InflateStep.Stopped;
            }

            if (_count > 0)
            {
                Put((byte)_bits);
                Drop(8);
                _stored--;
                continue;
            }

            int piece = Math.Min(Math.Min(_stored, input.Length - at), _window.Length - _end);
            input.Slice(at, piece).CopyTo(_window.AsSpan(_end));
            at += piece;
            _end += piece;
            _total += piece;
            _stored -= piece;
        }

        return EndBlock();
    }

    private InflateStep? ReadSymbols(ReadOnlySpan<byte> input, ref int at, TakeUnpacked output)
    {
        while (true)
        {
            Refill(input, ref at);
            int symbol = _literals.Decode(_bits, _count, out int used);
            if (symbol < 0)
            {
                return symbol == -1 ? InflateStep.NeedMore : InflateStep.Corrupt;
            }

            if (!MakeRoom(output))
            {
                return InflateStep.Stopped;
            }

            if (symbol < 256)
            {
                Put((byte)symbol);
                Drop(used);
                continue;
            }

            if (symbol == 256)
            {
                Drop(used);
                return EndBlock();
            }

            InflateStep? step = CopyMatch(symbol - 257, used);
            if (step is not null)
            {
                return step;
            }
        }
    }

    /// <summary>A length with its distance, at most 48 bits together: taken as a whole or not at all.</summary>
    private InflateStep? CopyMatch(int lengthSymbol, int used)
    {
        if (lengthSymbol >= LengthBases.Length)
        {
            return InflateStep.Corrupt;
        }

        int bits = LengthBits[lengthSymbol];
        if (used + bits > _count)
        {
            return InflateStep.NeedMore;
        }

        int length = LengthBases[lengthSymbol] + ((int)(_bits >> used) & ((1 << bits) - 1));
        used += bits;
        int symbol = _distances.Decode(_bits >> used, _count - used, out int distanceUsed);
        if (symbol < 0)
        {
            return symbol == -1 ? InflateStep.NeedMore : InflateStep.Corrupt;
        }

        if (symbol >= DistanceBases.Length)
        {
            return InflateStep.Corrupt;
        }

        used += distanceUsed;
        bits = DistanceBits[symbol];
        if (used + bits > _count)
        {
            return InflateStep.NeedMore;
        }

        int distance = DistanceBases[symbol] + ((int)(_bits >> used) & ((1 << bits) - 1));
        if (distance > _total)
        {
            return InflateStep.Corrupt;
        }

        Drop(used + bits);
        for (int i = 0; i < length; i++)
        {
            _window[_end] = _window[_end - distance];
            _end++;
        }

        _total += length;
        return null;
    }

    private InflateStep? EndBlock()
    {
        _state = _isLast ? State.Done : State.Block;
        return null;
    }

    /// <summary>Room for the longest match.</summary>
    private bool MakeRoom(TakeUnpacked output)
    {
        if (_window.Length - _end > 258)
        {
            return true;
        }

        if (!Flush(output))
        {
            return false;
        }

        _window.AsSpan(_end - WindowSize, WindowSize).CopyTo(_window);
        _end = _begin = WindowSize;
        return true;
    }

    private bool Flush(TakeUnpacked output)
    {
        bool goesOn = _begin == _end || output(_window.AsSpan(_begin, _end - _begin));
        _begin = _end;
        return goesOn;
    }

    private void Refill(ReadOnlySpan<byte> input, ref int at)
    {
        while (_count <= 56 && at < input.Length)
        {
            _bits |= (ulong)input[at++] << _count;
            _count += 8;
        }
    }

    private void Put(byte value)
    {
        _window[_end++] = value;
        _total++;
    }

    private void Drop(int bits)
    {
        _bits >>= bits;
        _count -= bits;
    }
}
