namespace Gatehouse.Protocols.Zip;

/// <summary>The codes that a block begins with (RFC 1951 sections 3.2.6 and 3.2.7).</summary>
internal sealed partial class DeflateReader
{
    private static ReadOnlySpan<byte> CodeOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private InflateStep? BeginTables()
    {
        if (_count < 14)
        {
            return InflateStep.NeedMore;
        }

        _literalCount = (int)(_bits & 31) + 257;
        _distanceCount = (int)(_bits >> 5 & 31) + 1;
        _codeCount = (int)(_bits >> 10 & 15) + 4;
        Drop(14);
        if (_literalCount > 286 || _distanceCount > 30)
        {
            return InflateStep.Corrupt;
        }

        Array.Clear(_lengths);
        _read = 0;
        _state = State.CodeLengths;
        return null;
    }

    private InflateStep? ReadCodeLengths()
    {
        for (; _read < _codeCount; _read++)
        {
            if (_count < 3)
            {
                return InflateStep.NeedMore;
            }

            _lengths[CodeOrder[_read]] = (byte)(_bits & 7);
            Drop(3);
        }

        if (!_codes.TryBuild(_lengths.AsSpan(0, 19), mayBeEmpty: false))
        {
            return InflateStep.Corrupt;
        }

        Array.Clear(_lengths);
        _read = 0;
        _state = State.Lengths;
        return null;
    }

    private InflateStep? ReadLengths()
    {
        int all = _literalCount + _distanceCount;
        while (_read < all)
        {
            int symbol = _codes.Decode(_bits, _count, out int length);
            if (symbol < 0)
            {
                return symbol == -1 ? InflateStep.NeedMore : InflateStep.Corrupt;
            }

            (int extra, int repeat, byte value) = symbol switch
            {
                16 => (2, 3, _read == 0 ? (byte)255 : _lengths[_read - 1]),
                17 => (3, 3, (byte)0),
                18 => (7, 11, (byte)0),
                _ => (0, 1, (byte)symbol),
            };
            if (length + extra > _count)
            {
                return InflateStep.NeedMore;
            }

            repeat += (int)(_bits >> length) & ((1 << extra) - 1);
            if (value == 255 || _read + repeat > all)
            {
                return InflateStep.Corrupt;
            }

            Drop(length + extra);
            _lengths.AsSpan(_read, repeat).Fill(value);
            _read += repeat;
        }

        // Without a code for the end of the block it could not end.
        if (_lengths[256] == 0
            || !_literals.TryBuild(_lengths.AsSpan(0, _literalCount), mayBeEmpty: true)
            || !_distances.TryBuild(_lengths.AsSpan(_literalCount, _distanceCount), mayBeEmpty: true))
        {
            return InflateStep.Corrupt;
        }

        _state = State.Symbols;
        return null;
    }

    private void BuildFixed()
    {
        // RFC 1951 section 3.2.6.
        Span<byte> lengths = stackalloc byte[288];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        _ = _literals.TryBuild(lengths, mayBeEmpty: false);
        lengths[..32].Fill(5);
        _ = _distances.TryBuild(lengths[..32], mayBeEmpty: false);
    }
}
