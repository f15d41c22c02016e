using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gatehouse.Protocols.Zip;

/// <summary>
/// Checks a zip archive while it passes, in pieces of any size: every entry is unpacked and its name, length and check sum are
/// looked at, and the central directory at the end must say the same of the same entries in the same order. So it does not matter by which
/// of the two a reader goes. Stored and deflate only; no encryption, no zip64, no comment, nothing before or behind. What has passed
/// cannot be called back: whoever passes it on withholds the end until <see cref="Finish"/> has said yes. Memory: 100 KiB and some
/// 100 bytes an entry. One object an archive; never throws for what a client sends.
/// </summary>
public sealed class ZipCheck
{
    private const uint LocalSignature = 0x04034B50;
    private const uint CentralSignature = 0x02014B50;
    private const uint EndSignature = 0x06054B50;
    private const uint DescriptorSignature = 0x08074B50;
    private const int LocalLength = 30;
    private const int CentralLength = 46;
    private const int EndLength = 22;
    private const int DescriptorLength = 16;
    private const int MaxVariable = 16 * 1024;

    // The ratio is looked at with what was taken so far.
    private const int MostInOnePiece = 16 * 1024;

    private readonly ZipLimits _limits;
    private readonly EntryNames _names = new();
    private readonly List<Entry> _entries = [];
    private readonly DeflateReader _deflate = new();
    private readonly TakeUnpacked _take;
    private byte[] _head = new byte[256];
    private int _have;
    private int _need = 4;
    private Place _place = Place.Record;
    private long _offset;
    private long _recordAt;
    private long _centralAt = -1;
    private int _central;
    private long _nameBytes;
    private long _unpackedInAll;
    private ZipNumbers _local;
    private Entry _current;
    private long _packed;
    private long _passed;
    private long _unpacked;
    private uint _crc;

    private enum Place
    {
        Record,
        Stored,
        Packed,
        Descriptor,
        Over,
    }

    public ZipCheck(ZipLimits limits)
    {
        _limits = limits;
        _take = TakeUnpackedBytes;
    }

    /// <summary>What was wrong; final.</summary>
    public ZipError Error { get; private set; }

    /// <summary>Entries so far, folders among them.</summary>
    public int Entries => _entries.Count;

    /// <summary>Unpacked bytes so far.</summary>
    public long Unpacked => _unpackedInAll;

    /// <summary>Takes the next piece.</summary>
    public ZipError Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Error == ZipError.None)
        {
            int taken = _place switch
            {
                Place.Record => TakeRecord(bytes),
                Place.Stored => TakeStored(bytes),
                Place.Packed => TakePacked(bytes),
                Place.Descriptor => TakeDescriptor(bytes),
                _ => Fail(ZipError.Trailing),
            };
            _offset += taken;
            bytes = bytes[taken..];
        }

        return Error;
    }

    /// <summary>The archive is over; <see cref="ZipError.None"/>: it may be used.</summary>
    public ZipError Finish()
    {
        if (Error == ZipError.None && _place != Place.Over)
        {
            _ = Fail(ZipError.CutShort);
        }

        return Error;
    }

    private int TakeRecord(ReadOnlySpan<byte> bytes)
    {
        int taken = Collect(bytes);
        if (_have == 4 && _need == 4)
        {
            _recordAt = _offset + taken - 4;
            _need = LengthOf(BinaryPrimitives.ReadUInt32LittleEndian(_head));
        }
        else if (_have == _need)
        {
            ReadRecord();
        }

        return taken;
    }

    private int Collect(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, _need - _have);
        if (_need > _head.Length)
        {
            Array.Resize(ref _head, _need);
        }

        bytes[..taken].CopyTo(_head.AsSpan(_have));
        _have += taken;
        return taken;
    }

    /// <summary>The fixed length of a record that may come now.</summary>
    private int LengthOf(uint signature)
    {
        switch (signature)
        {
            case LocalSignature when _centralAt < 0:
                return LocalLength;
            case CentralSignature when _entries.Count > 0:
                _centralAt = _centralAt < 0 ? _recordAt : _centralAt;
                return CentralLength;
            case EndSignature when _entries.Count == 0:
                return Fail(ZipError.Empty);
            case EndSignature:
                return EndLength;
            case 0x06064B50 or 0x07064B50:
                return Fail(ZipError.Zip64);
            default:
                return Fail(ZipError.Structure);
        }
    }

    private void ReadRecord()
    {
        ReadOnlySpan<byte> head = _head.AsSpan(0, _have);
        switch (BinaryPrimitives.ReadUInt32LittleEndian(head))
        {
            case LocalSignature:
                int variable = Number16(head, 26) + Number16(head, 28);
                if (HasAll(LocalLength, variable))
                {
                    BeginEntry(head);
                }

                break;
            case CentralSignature:
                variable = Number16(head, 28) + Number16(head, 30) + Number16(head, 32);
                if (HasAll(CentralLength, variable))
                {
                    NextRecord(CheckCentral(head));
                }

                break;
            default:
                NextRecord(CheckEnd(head));
                _place = Place.Over;
                break;
        }
    }

    private bool HasAll(int fixedLength, int variable)
    {
        if (variable > MaxVariable)
        {
            _ = Fail(ZipError.Structure);
            return false;
        }

        _need = fixedLength + variable;
        return _have == _need;
    }

    private void BeginEntry(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> name = head.Slice(LocalLength, Number16(head, 26));
        _local = ZipNumbers.Read(head[6..]);
        _nameBytes += name.Length;
        ZipError error = _local.Check();
        error = error != ZipError.None ? error : ZipExtraFields.Check(head[(LocalLength + name.Length)..]);
        error = error != ZipError.None ? error
            : _local is { Method: 0, HasDescriptor: true } ? ZipError.StoredWithoutLength
            : _local is { Method: 0, HasDescriptor: false } && _local.Packed != _local.Unpacked ? ZipError.Mismatch
            : _entries.Count >= _limits.MaxEntries || _nameBytes > _limits.MaxNames ? ZipError.TooManyEntries
            : _local.Unpacked > _limits.MaxUnpacked - _unpackedInAll ? ZipError.TooLarge
            : _recordAt >= uint.MaxValue || _entries.Count >= ushort.MaxValue - 1 ? ZipError.Zip64
            : ZipError.None;
        bool isFolder = false;
        error = error != ZipError.None ? error : _names.Add(name, _local.IsUtf8, out isFolder);
        _current = new Entry((uint)_recordAt, _local, KeyOf(name), isFolder);
        _packed = _unpacked = 0;
        _crc = 0;
        NextRecord(error);
        _deflate.Reset();
        _place = _local.Method == 0 ? Place.Stored : Place.Packed;
        if (error == ZipError.None && _place == Place.Stored && _local.Packed == 0)
        {
            EndEntry();
        }
    }

    private int TakeStored(ReadOnlySpan<byte> bytes)
    {
        int taken = (int)Math.Min(bytes.Length, _local.Packed - _packed);
        _packed += taken;
        _passed = _recordAt + _packed;
        if (TakeUnpackedBytes(bytes[..taken]) && _packed == _local.Packed)
        {
            EndEntry();
        }

        return taken;
    }

    private int TakePacked(ReadOnlySpan<byte> bytes)
    {
        long most = _local.HasDescriptor ? uint.MaxValue - 1L : _local.Packed;
        int piece = (int)Math.Min(Math.Min(bytes.Length, MostInOnePiece), most - _packed);
        _passed = _recordAt + _packed + piece;
        InflateStep step = _deflate.Push(bytes[..piece], out int taken, _take);
        _packed += taken;
        switch (step)
        {
            case InflateStep.Stopped: // TakeUnpackedBytes said why
                break;
            case InflateStep.Corrupt:
                _ = Fail(ZipError.Corrupt);
                break;
            case InflateStep.NeedMore when _packed == most:
                _ = Fail(ZipError.Corrupt);
                break;
            case InflateStep.Done when !_local.HasDescriptor:
                EndEntry();
                break;
            case InflateStep.Done:
                _place = Place.Descriptor;
                _need = DescriptorLength;
                break;
        }

        return taken;
    }

    /// <summary>APPNOTE.TXT section 4.3.9 lets its signature out, and readers guess: here it must be there.</summary>
    private int TakeDescriptor(ReadOnlySpan<byte> bytes)
    {
        int taken = Collect(bytes);
        if (_have < _need)
        {
            return taken;
        }

        ReadOnlySpan<byte> head = _head.AsSpan(0, _have);
        ZipNumbers said = _local with { Crc = Number32(head, 4), Packed = Number32(head, 8), Unpacked = Number32(head, 12) };
        bool agrees = Number32(head, 0) == DescriptorSignature && _local.MayBecome(said);
        _local = said;
        NextRecord(agrees ? ZipError.None : ZipError.Mismatch);
        EndEntry();
        return taken;
    }

    private bool TakeUnpackedBytes(ReadOnlySpan<byte> bytes)
    {
        _unpacked += bytes.Length;
        _unpackedInAll += bytes.Length;
        _crc = Crc32.Add(_crc, bytes);
        ZipError error = _unpackedInAll > _limits.MaxUnpacked || _unpacked >= uint.MaxValue ? ZipError.TooLarge
            : _unpackedInAll > _limits.RatioFrom && _unpackedInAll / _limits.MaxRatio > _passed ? ZipError.Ratio
            : !_local.HasDescriptor && _unpacked > _local.Unpacked ? ZipError.Mismatch
            : _current.IsFolder && _unpacked > 0 ? ZipError.Folder
            : ZipError.None;
        if (error != ZipError.None)
        {
            _ = Fail(error);
        }

        return error == ZipError.None;
    }

    private void EndEntry()
    {
        bool agrees = _local.Crc == _crc && _local.Packed == _packed && _local.Unpacked == _unpacked;
        _entries.Add(_current with { Numbers = _local });
        NextRecord(agrees ? ZipError.None : ZipError.Mismatch);
    }

    private ZipError CheckCentral(ReadOnlySpan<byte> head)
    {
        int nameLength = Number16(head, 28);
        ReadOnlySpan<byte> name = head.Slice(CentralLength, nameLength);
        ZipError error = ZipExtraFields.Check(head.Slice(CentralLength + nameLength, Number16(head, 30)));
        if (error != ZipError.None)
        {
            return error;
        }

        if (_central >= _entries.Count)
        {
            return ZipError.Directory;
        }

        Entry entry = _entries[_central++];
        if (ZipNumbers.Read(head[8..]) != entry.Numbers || Number32(head, 42) != entry.Offset || KeyOf(name) != entry.Name || Number16(head, 34) != 0)
        {
            return ZipError.Directory;
        }

        // The upper half are modes of Unix, whatever system the archive names: a link, a device, a pipe is no file (stat(2), S_IFMT).
        uint attributes = Number32(head, 38);
        uint kind = attributes >> 28;
        bool isLikeFolder = kind == 4 || (attributes & 0x10) != 0;
        return kind is not (0 or 4 or 8) ? ZipError.Link
            : isLikeFolder && !entry.IsFolder ? ZipError.Directory
            : kind == 8 && entry.IsFolder ? ZipError.Directory
            : ZipError.None;
    }

    private ZipError CheckEnd(ReadOnlySpan<byte> head)
    {
        if (Number16(head, 20) != 0)
        {
            return ZipError.Comment;
        }

        bool agrees = Number32(head, 4) == 0
            && Number16(head, 8) == _entries.Count
            && Number16(head, 10) == _entries.Count
            && _central == _entries.Count
            && Number32(head, 12) == _recordAt - _centralAt
            && Number32(head, 16) == _centralAt;
        return agrees ? ZipError.None : ZipError.Directory;
    }

    private void NextRecord(ZipError error)
    {
        _have = 0;
        _need = 4;
        _place = Place.Record;
        if (error != ZipError.None)
        {
            _ = Fail(error);
        }
    }

    private int Fail(ZipError error)
    {
        Error = Error == ZipError.None ? error : Error;
        return 0;
    }

    private static UInt128 KeyOf(ReadOnlySpan<byte> name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name, hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    private static int Number16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Number32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private readonly record struct Entry(uint Offset, ZipNumbers Numbers, UInt128 Name, bool IsFolder);
}
