using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// A closed segment's index on disk, beside it: magic, header, signature by the node's key, blocks. The header holds the
/// segment's length and head and the SHA-256 of every block; a block is checked when it is read. What does not agree is not
/// used: then the segment is read from end to end, which is slow and right.
/// </summary>
internal sealed class SegmentIndexFile : ISegmentIndex
{
    private const int Fixed = 8 + 32 + 8 + 8 + 8 + 4;
    private const int PerBlock = 4 + 32 + 32;
    private const int MaxBlocks = 1 << 20;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _file;
    private readonly byte[] _header;
    private readonly long[] _starts;
    private readonly IndexEntry[] _entries = new IndexEntry[SegmentIndexBuilder.BlockRecords];
    private readonly byte[] _grams = new byte[TextGrams.Size];

    private SegmentIndexFile(FileStream file, byte[] header)
    {
        _file = file;
        _header = header;
        _starts = new long[BlockCount];
        long at = Magic.Length + 4 + header.Length + 64;
        for (int i = 0; i < _starts.Length; i++)
        {
            _starts[i] = at;
            at += ((long)CountOf(i) * IndexEntry.Size) + TextGrams.Size;
        }
    }

    /// <inheritdoc/>
    public long First => Number(40);

    /// <inheritdoc/>
    public long Earliest => Number(48);

    /// <inheritdoc/>
    public long Latest => Number(56);

    /// <inheritdoc/>
    public int BlockCount => BinaryPrimitives.ReadInt32LittleEndian(_header.AsSpan(64));

    private static ReadOnlySpan<byte> Magic => "GHAUDIX2"u8;

    /// <summary>Where a segment's index lies.</summary>
    public static string PathOf(string segmentPath) => Path.ChangeExtension(segmentPath, ".idx");

    /// <summary>Whether a file has the format that is written today.</summary>
    public static bool IsCurrent(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        Span<byte> magic = stackalloc byte[Magic.Length];
        return file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual(Magic);
    }

    /// <summary>Writes an index, in one step.</summary>
    public static void Write(string path, ISegmentIndex index, IndexedSegment of, IAuditSigner signer)
    {
        byte[] header = new byte[Fixed + (index.BlockCount * PerBlock)];
        BinaryPrimitives.WriteInt64LittleEndian(header, of.Length);
        of.Head.CopyTo(header, 8);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(40), index.First);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), index.Earliest);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(56), index.Latest);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(64), index.BlockCount);
        for (int i = 0; i < index.BlockCount; i++)
        {
            Span<byte> about = header.AsSpan(Fixed + (i * PerBlock), PerBlock);
            BinaryPrimitives.WriteInt32LittleEndian(about, index.Entries(i).Length);
            SHA256.HashData(MemoryMarshal.AsBytes(index.Entries(i)), about[4..]);
            SHA256.HashData(index.Grams(i), about[36..]);
        }

        byte[] signature = new byte[64];
        signer.Sign(Digest(of.Name, header), signature);
        string unfinished = path + ".new";
        File.Delete(unfinished);
        using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
            file.Write(Magic);
            file.Write(length);
            file.Write(header);
            file.Write(signature);
            for (int i = 0; i < index.BlockCount; i++)
            {
                file.Write(MemoryMarshal.AsBytes(index.Entries(i)));
                file.Write(index.Grams(i));
            }
        }

        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Opens the index of a segment; null where there is none that can be used.</summary>
    public static SegmentIndexFile? TryOpen(string segmentPath, IReadOnlyList<ReadOnlyMemory<byte>> trusted)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(PathOf(segmentPath), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            byte[]? header = ReadHeader(file, Path.GetFileName(segmentPath), trusted);
            if (header is not null && IsOf(segmentPath, header))
            {
                var index = new SegmentIndexFile(file, header);
                file = null;
                return index;
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Not there, torn, or not readable: searching goes without.
            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<IndexEntry> Entries(int block)
    {
        Span<IndexEntry> entries = _entries.AsSpan(0, CountOf(block));
        Read(MemoryMarshal.AsBytes(entries), _starts[block], About(block).Slice(4, 32));
        return entries;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Grams(int block)
    {
        Read(_grams, _starts[block] + ((long)CountOf(block) * IndexEntry.Size), About(block).Slice(36, 32));
        return _grams;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static byte[]? ReadHeader(FileStream file, string name, IReadOnlyList<ReadOnlyMemory<byte>> trusted)
    {
        Span<byte> start = stackalloc byte[12];
        file.ReadExactly(start);
        int length = BinaryPrimitives.ReadInt32LittleEndian(start[8..]);
        if (!start.StartsWith(Magic) || length < Fixed || length > Fixed + ((long)MaxBlocks * PerBlock) || length > file.Length)
        {
            return null;
        }

        byte[] header = new byte[length];
        byte[] signature = new byte[64];
        file.ReadExactly(header);
        file.ReadExactly(signature);
        if (length != Fixed + ((long)BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(64)) * PerBlock))
        {
            return null;
        }

        byte[] digest = Digest(name, header);
        foreach (ReadOnlyMemory<byte> key in trusted)
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(key.Span, out _);
            if (ecdsa.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
            {
                return header;
            }
        }

        return null;
    }

    /// <summary>Whether the segment still has the length and the last line that were indexed.</summary>
    private static bool IsOf(string segmentPath, byte[] header)
    {
        using FileStream segment = AuditFolder.OpenForReading(segmentPath);
        if (segment.Length != BinaryPrimitives.ReadInt64LittleEndian(header))
        {
            return false;
        }

        long start = Math.Max(0, segment.Length - AuditRecordReader.MaxLine - 1);
        segment.Seek(start, SeekOrigin.Begin);
        using var lines = new AuditLineReader(segment, start);
        Span<byte> head = stackalloc byte[32];
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            SHA256.HashData(line, head);
        }

        return head.SequenceEqual(header.AsSpan(8, 32));
    }

    private static byte[] Digest(string name, byte[] header)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData("gatehouse audit index 2\n"u8);
        sha256.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
        sha256.AppendData(header);
        return sha256.GetHashAndReset();
    }

    private void Read(Span<byte> into, long offset, ReadOnlySpan<byte> hash)
    {
        int read = 0;
        while (read < into.Length)
        {
            int more = RandomAccess.Read(_file.SafeFileHandle, into[read..], offset + read);
            if (more == 0)
            {
                throw new InvalidDataException("the index ends too early");
            }

            read += more;
        }

        Span<byte> found = stackalloc byte[32];
        SHA256.HashData(into, found);
        if (!found.SequenceEqual(hash))
        {
            throw new InvalidDataException("the index was changed");
        }
    }

    private long Number(int at) => BinaryPrimitives.ReadInt64LittleEndian(_header.AsSpan(at));

    private ReadOnlySpan<byte> About(int block) => _header.AsSpan(Fixed + (block * PerBlock), PerBlock);

    /// <summary>Signed, so never more than a block has.</summary>
    private int CountOf(int block) => BinaryPrimitives.ReadInt32LittleEndian(About(block));
}
