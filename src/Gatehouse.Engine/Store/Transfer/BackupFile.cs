using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Transfer;

/// <summary>
/// A backup: one file, 0600. A line that says what it is, a header with who made it, then records, each sealed under the cluster's
/// data key for its place in this very file, the last one with their number: nothing can be changed, left out, or taken from
/// another backup. The node's own key is not in it.
/// </summary>
internal static class BackupFile
{
    private const int MostRecord = 4 * 1024 * 1024;
    private const int BufferBytes = 4 * 1024 * 1024;
    private static readonly byte[] Magic = "GATEHOUSE-BACKUP 1\n"u8.ToArray();

    /// <summary>Writes what a store holds now: the newest generation, key ring, runtime state.</summary>
    public static async Task<StoreCopied> WriteAsync(string path, IStoreSource source, Sealer sealer, BackupHeader header, CancellationToken cancellation)
    {
        StoreOutline outline = await source.OutlineAsync(cancellation) ?? throw TransferProblems.CannotMove.Exception("the store holds no state", "there is nothing to back up");
        string temporary = path + ".new";
        File.Delete(temporary);
        using var writer = new Writer(temporary, sealer, header);
        writer.Add(BackupRecord.Manifest, outline.Newest.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), outline.Newest.Stored);
        string[] names = [.. outline.Newest.Manifest.Names().Distinct(StringComparer.Ordinal)];
        foreach (string[] part in names.Chunk(16))
        {
            byte[]?[] chunks = await source.ChunksAsync(part, cancellation);
            for (int i = 0; i < part.Length; i++)
            {
                byte[] chunk = chunks[i] ?? throw GenerationDecoder.Broken(outline.Newest.Number, $"chunk {part[i][..12]} is missing");
                writer.Add(BackupRecord.Chunk, part[i], chunk);
            }
        }

        ImmutableArray<KeyringEntry> keyring = await source.KeyringAsync(cancellation);
        foreach (KeyringEntry entry in keyring)
        {
            writer.Add(BackupRecord.Keyring, entry.KeyId, entry.Content ?? []);
        }

        int runtime = 0;
        await foreach ((string key, byte[] value) in source.RuntimeAsync(cancellation))
        {
            writer.Add(BackupRecord.Runtime, key, value);
            runtime++;
        }

        writer.End();
        File.Move(temporary, path, overwrite: false);
        return new StoreCopied(outline.Newest.Number, 1, names.Length, runtime, keyring.Length);
    }

    /// <summary>Reads who made it; nothing is proven yet.</summary>
    /// <exception cref="ProblemException">GH2075, GH3001 to GH3004.</exception>
    public static BackupHeader ReadHeader(string path)
    {
        SecretFile.Check(path);
        using FileStream file = OpenRead(path);
        return ReadHeader(path, file, out _);
    }

    /// <summary>Opens every record and checks that the file is whole.</summary>
    /// <exception cref="ProblemException">GH2075.</exception>
    public static BackupSource Read(string path, Sealer sealer)
    {
        SecretFile.Check(path);
        using FileStream file = OpenRead(path);
        _ = ReadHeader(path, file, out string place);
        var source = new BackupSource(sealer);
        byte[] length = new byte[sizeof(int)];
        for (long index = 0; ; index++)
        {
            if (file.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) < length.Length)
            {
                throw Broken(path, "it ends too early");
            }

            int bytes = BinaryPrimitives.ReadInt32BigEndian(length);
            byte[] record = bytes is > 0 and <= MostRecord && file.Length - file.Position >= bytes ? new byte[bytes] : throw Broken(path, "it ends too early");
            file.ReadExactly(record);
            byte[] plain = sealer.TryOpen(place, index, record) ?? throw Broken(path, "a record was changed, or it is of another cluster");
            if (plain[0] == (byte)BackupRecord.End)
            {
                return file.Position == file.Length ? source : throw Broken(path, "something follows behind its end");
            }

            source.Take(plain);
        }
    }

    private static ProblemException Broken(string path, string why) => TransferProblems.BackupBroken.Exception($"`{path}`: {why}");

    private static FileStream OpenRead(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw TransferProblems.BackupBroken.Exception($"`{path}` cannot be read: {fault.Message}", null, fault);
        }
    }

    private static BackupHeader ReadHeader(string path, FileStream file, out string place)
    {
        byte[] start = new byte[Magic.Length + sizeof(int)];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw Broken(path, "it is no backup of this version");
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(Magic.Length));
        byte[] json = length is > 0 and <= MostRecord && file.Length - file.Position >= length ? new byte[length] : throw Broken(path, "it ends too early");
        file.ReadExactly(json);
        place = PlaceOf(json);
        try
        {
            return JsonSerializer.Deserialize(json, BackupJson.Default.BackupHeader) ?? throw Broken(path, "its header is empty");
        }
        catch (JsonException)
        {
            throw Broken(path, "its header is not understood");
        }
    }

    // The header is part of where each record belongs: another header, and nothing opens.
    private static string PlaceOf(byte[] header) => "backup/" + Convert.ToHexStringLower(SHA256.HashData(header));

    private sealed class Writer : IDisposable
    {
        private readonly string _path;
        private readonly Sealer _sealer;
        private readonly string _place;
        private readonly MemoryStream _buffer = new();
        private long _at;
        private long _index;

        public Writer(string path, Sealer sealer, BackupHeader header)
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, BackupJson.Default.BackupHeader);
            _path = path;
            _sealer = sealer;
            _place = PlaceOf(json);
            _buffer.Write(Magic);
            Length(json.Length);
            _buffer.Write(json);
        }

        public void Add(BackupRecord kind, string name, byte[] content)
        {
            int nameBytes = Encoding.UTF8.GetByteCount(name);
            byte[] plain = new byte[1 + sizeof(int) + nameBytes + content.Length];
            plain[0] = (byte)kind;
            BinaryPrimitives.WriteInt32BigEndian(plain.AsSpan(1), nameBytes);
            Encoding.UTF8.GetBytes(name, plain.AsSpan(1 + sizeof(int)));
            content.CopyTo(plain, 1 + sizeof(int) + nameBytes);
            byte[] record = _sealer.Seal(_place, _index++, plain);
            Length(record.Length);
            _buffer.Write(record);
            if (_buffer.Length >= BufferBytes)
            {
                Flush();
            }
        }

        public void End()
        {
            Add(BackupRecord.End, "", []);
            Flush();
        }

        public void Dispose() => _buffer.Dispose();

        private void Length(int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            _buffer.Write(bytes);
        }

        private void Flush()
        {
            SecretFile.WriteAt(_path, _at, _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length));
            _at += _buffer.Length;
            _buffer.SetLength(0);
        }
    }
}
