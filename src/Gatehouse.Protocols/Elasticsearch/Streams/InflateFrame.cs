using System.Buffers.Binary;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What stands around deflated data: header and trailer of gzip (RFC 1952) or zlib (RFC 1950).</summary>
internal sealed class InflateFrame(bool isGzip)
{
    private const int MaxHeader = 1024;
    private const int GzipFixed = 10;
    private const byte HasChecksum = 2;
    private const byte HasExtra = 4;
    private const byte HasName = 8;
    private const byte HasComment = 16;
    private const byte Reserved = 0xE0;
    private const uint AdlerModulus = 65521;

    // Most bytes after which a sum of RFC 1950 still fits in 32 bits.
    private const int AdlerRun = 5552;
    private static readonly uint[][] Table = MakeTable();

    private readonly byte[] _header = new byte[MaxHeader];
    private int _length;
    private uint _crc = uint.MaxValue;
    private uint _sum = 1;
    private uint _sumOfSums;
    private uint _count;

    /// <summary>Bytes behind the data.</summary>
    public int TrailerLength => isGzip ? 8 : 4;

    /// <summary>Whether the header was read to its end.</summary>
    public bool IsHeaderRead { get; private set; }

    /// <summary>Takes bytes of the header; what follows it is left.</summary>
    public InflateError Header(ref ReadOnlySpan<byte> piece)
    {
        while (piece.Length > 0 && !IsHeaderRead)
        {
            if (_length == MaxHeader)
            {
                return InflateError.Corrupt;
            }

            _header[_length++] = piece[0];
            piece = piece[1..];
            ReadOnlySpan<byte> header = _header.AsSpan(0, _length);
            int end = isGzip ? GzipEnd(header) : ZlibEnd(header);
            if (end < 0)
            {
                return InflateError.Corrupt;
            }

            IsHeaderRead = end == _length;
        }

        return InflateError.None;
    }

    /// <summary>Counts what came out.</summary>
    public void Count(ReadOnlySpan<byte> data)
    {
        _count += (uint)data.Length;
        if (isGzip)
        {
            Crc(data);
        }
        else
        {
            Adler(data);
        }
    }

    /// <summary>Whether the trailer says the same.</summary>
    public bool Matches(ReadOnlySpan<byte> trailer) => isGzip
        ? BinaryPrimitives.ReadUInt32LittleEndian(trailer) == ~_crc && BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == _count
        : BinaryPrimitives.ReadUInt32BigEndian(trailer) == ((_sumOfSums << 16) | _sum);

    // Where the header ends: more than there is while that is not known, -1 where it is none.
    private static int ZlibEnd(ReadOnlySpan<byte> header)
    {
        if (header.Length < 2)
        {
            return 2;
        }

        bool isHeader = (header[0] & 0x0F) == 8 && header[0] >> 4 <= 7 && ((header[0] << 8) | header[1]) % 31 == 0 && (header[1] & 0x20) == 0;
        return isHeader ? 2 : -1;
    }

    private static int GzipEnd(ReadOnlySpan<byte> header)
    {
        if (header.Length < GzipFixed)
        {
            return GzipFixed;
        }

        if (!header.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]) || (header[3] & Reserved) != 0)
        {
            return -1;
        }

        int end = GzipFixed;
        if ((header[3] & HasExtra) != 0)
        {
            end += 2;
            end += header.Length < end ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(header[(end - 2)..]);
        }

        end = (header[3] & HasName) != 0 ? AfterText(header, end) : end;
        end = (header[3] & HasComment) != 0 ? AfterText(header, end) : end;
        return (header[3] & HasChecksum) != 0 ? end + 2 : end;
    }

    private static int AfterText(ReadOnlySpan<byte> header, int start)
    {
        int zero = start < header.Length ? header[start..].IndexOf((byte)0) : -1;
        return zero < 0 ? MaxHeader + 1 : start + zero + 1;
    }

    private void Adler(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            ReadOnlySpan<byte> run = data[..Math.Min(data.Length, AdlerRun)];
            foreach (byte one in run)
            {
                _sum += one;
                _sumOfSums += _sum;
            }

            _sum %= AdlerModulus;
            _sumOfSums %= AdlerModulus;
            data = data[run.Length..];
        }
    }

    // Eight bytes a step: each of the eight tables is the one before it, moved on by a zero byte.
    private void Crc(ReadOnlySpan<byte> data)
    {
        uint crc = _crc;
        for (; data.Length >= 8; data = data[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            crc = Table[7][low & 0xFF] ^ Table[6][(low >> 8) & 0xFF] ^ Table[5][(low >> 16) & 0xFF] ^ Table[4][low >> 24]
                ^ Table[3][data[4]] ^ Table[2][data[5]] ^ Table[1][data[6]] ^ Table[0][data[7]];
        }

        foreach (byte one in data)
        {
            crc = Table[0][(byte)crc ^ one] ^ (crc >> 8);
        }

        _crc = crc;
    }

    private static uint[][] MakeTable()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(static _ => new uint[256])];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }

            tables[0][i] = value;
        }

        for (int table = 1; table < 8; table++)
        {
            for (int i = 0; i < 256; i++)
            {
                uint before = tables[table - 1][i];
                tables[table][i] = tables[0][before & 0xFF] ^ (before >> 8);
            }
        }

        return tables;
    }
}
