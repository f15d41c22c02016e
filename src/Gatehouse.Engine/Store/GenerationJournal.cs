using System.Buffers.Binary;
using System.Text.Json;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store;

/// <summary>
/// The changes since the whole generation that a node keeps, one sealed record each: a change among a million documents is kept
/// by writing what changed. A record is its length, its generation, and the sealed change, which names the digest of the
/// generation it belongs on. A torn last record is as if it had never been begun: the change was not in force yet.
/// </summary>
internal sealed class GenerationJournal(string path, Sealer sealer)
{
    private const string Place = "cache/last-generation/change";
    private const int HeaderBytes = sizeof(int) + sizeof(long);

    /// <summary>Bytes of its complete records that follow on a whole generation, and the last generation among them.</summary>
    /// <param name="whole">The whole generation's number.</param>
    public (long Bytes, long Number) Measure(long whole)
    {
        using FileStream? file = OpenIfExists();
        long number = whole;
        long at = 0;
        Span<byte> header = stackalloc byte[HeaderBytes];
        while (file is not null && file.Length - at >= HeaderBytes)
        {
            file.Position = at;
            file.ReadExactly(header);
            int length = BinaryPrimitives.ReadInt32BigEndian(header);
            if (length <= 0 || file.Length - at - HeaderBytes < length || BinaryPrimitives.ReadInt64BigEndian(header[sizeof(int)..]) != number + 1)
            {
                break;
            }

            number++;
            at += HeaderBytes + length;
        }

        return (at, number);
    }

    /// <summary>Writes one change behind the first <paramref name="at"/> bytes; what lies there is cut off. Returns the new length.</summary>
    public long Append(long at, byte[] plain, long number)
    {
        byte[] change = sealer.Seal(Place, number, plain);
        byte[] record = new byte[HeaderBytes + change.Length];
        BinaryPrimitives.WriteInt32BigEndian(record, change.Length);
        BinaryPrimitives.WriteInt64BigEndian(record.AsSpan(sizeof(int)), number);
        change.CopyTo(record, HeaderBytes);
        SecretFile.WriteAt(path, at, record);
        return at + record.Length;
    }

    /// <summary>The change as it is written.</summary>
    public static byte[] Write(GenerationDelta delta) => JsonSerializer.SerializeToUtf8Bytes(delta, StoreJson.Default.GenerationDelta);

    /// <summary>Puts the changes on top of the whole generation; null where one does not open or does not belong there.</summary>
    /// <exception cref="ProblemException">GH3001 to GH3004.</exception>
    /// <exception cref="JsonException">A change holds what this version does not understand.</exception>
    public Generation? Replay(Generation whole)
    {
        byte[] content = SecretFile.ReadIfExists(path) ?? [];
        (long bytes, _) = Measure(whole.Number);
        Generation? generation = whole;
        for (int at = 0; at < bytes && generation is not null;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(at));
            byte[]? plain = sealer.TryOpen(Place, generation.Number + 1, content.AsSpan(at + HeaderBytes, length));
            GenerationDelta? delta = plain is null ? null : JsonSerializer.Deserialize(plain, StoreJson.Default.GenerationDelta);
            generation = delta?.Format == GenerationFormat.Version ? delta.Apply(generation) : null;
            at += HeaderBytes + length;
        }

        return generation;
    }

    /// <summary>Takes all changes away.</summary>
    public void Clear() => File.Delete(path);

    private FileStream? OpenIfExists()
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
