using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store;

/// <summary>
/// The newest generation, sealed on disk, so that a node starts without its store; and the guard against rollback. The
/// highest generation seen is recorded outside the data folder, sealed with the node's own key: who puts back an old
/// copy of the data folder or the store does not put back that.
/// </summary>
internal sealed class LastGenerationCache
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "last-generation.sealed";

    private const string CachePlace = "cache/last-generation";
    private const int DigestDigits = 64;

    // Changes are collected until they weigh a quarter of the whole.
    private const int JournalShare = 4;
    private const int SmallJournal = 256 * 1024;
    private const int FirstBuffer = 16 * 1024;

    private readonly string _cachePath;
    private readonly string _seenPath;
    private readonly string _seenPlace;
    private readonly Sealer _cluster;
    private readonly Sealer _node;
    private readonly GenerationJournal _journal;
    private readonly Lock _lock = new();

    // What the two files hold, once that is known; the bytes of the journal up to it.
    private Generation? _kept;
    private long _wholeBytes;
    private long _journalBytes;

    public LastGenerationCache(string dataDirectory, string highestSeenPath, string clusterId, Sealer cluster, Sealer node)
    {
        _cachePath = Path.Combine(Path.GetFullPath(dataDirectory), FileName);
        _seenPath = highestSeenPath;
        _seenPlace = "seen/" + clusterId;
        _cluster = cluster;
        _node = node;
        _journal = new GenerationJournal(_cachePath + ".changes", cluster);
    }

    /// <summary>
    /// Accepts a generation read from the store: refuses one below the highest seen (or a fork of it), then keeps it on
    /// disk and records it. Call it before a generation is put in force. Blocks on the disk; nothing is written where
    /// the generation is the one kept already. An empty store (null) is refused once anything was seen: it would be
    /// taken for a first start.
    /// </summary>
    /// <exception cref="ProblemException">GH2030, GH2031.</exception>
    public void Accept(Generation? generation)
    {
        lock (_lock)
        {
            Seen? seen = ReadSeen();
            EnsureNotBelow(seen, generation?.Number ?? 0, generation?.Digest ?? "");
            if (generation is null)
            {
                return;
            }

            if (seen?.Number == generation.Number && KeptNumber() == generation.Number)
            {
                _kept = generation;
                return;
            }

            if (_kept is not { } kept || !TryKeepChange(kept, generation))
            {
                Keep(generation);
            }

            WriteSeen(generation.Number, generation.Digest);
        }
    }

    /// <summary>
    /// Why <see cref="Accept"/> would refuse a generation (GH2030, GH2031), or null. <paramref name="seen"/> is the highest number
    /// seen; null where none was recorded or the record does not open.
    /// </summary>
    public Problem? WhyNot(Generation generation, out long? seen)
    {
        lock (_lock)
        {
            seen = null;
            try
            {
                Seen? record = ReadSeen();
                seen = record?.Number;
                EnsureNotBelow(record, generation.Number, generation.Digest);
                return null;
            }
            catch (ProblemException fault) when (fault.Problem.Definition == StoreProblems.Rollback || fault.Problem.Definition == StoreProblems.SeenRecordBroken)
            {
                return fault.Problem;
            }
        }
    }

    /// <summary>Makes a generation the newest one seen, whatever was seen before. Only an operator's word makes this right.</summary>
    public void Replace(Generation generation)
    {
        lock (_lock)
        {
            // Changes first: none may lead away again from what is put back.
            _journal.Clear();
            Keep(generation);
            WriteSeen(generation.Number, generation.Digest);
        }
    }

    /// <summary>The generation kept, or null where none is. Never one that was changed or is below the highest seen.</summary>
    /// <exception cref="ProblemException">GH2030 to GH2032.</exception>
    public Generation? Load()
    {
        lock (_lock)
        {
            byte[]? content = SecretFile.ReadIfExists(_cachePath);
            if (content is null)
            {
                return null;
            }

            Generation generation = Replay(Open(content));
            EnsureNotBelow(ReadSeen(), generation.Number, generation.Digest);
            return generation;
        }
    }

    private static void EnsureNotBelow(Seen? seen, long number, string digest)
    {
        if (seen is null || number > seen.Number)
        {
            return;
        }

        if (number < seen.Number)
        {
            throw StoreProblems.Rollback.Exception(
                $"generation {number} was offered, this node has seen {seen.Number} already",
                "find out who put back an old state, and put the newest one back; `gatehouse recover` accepts it on purpose");
        }

        if (!string.Equals(digest, seen.Digest, StringComparison.Ordinal))
        {
            throw StoreProblems.Rollback.Exception(
                $"generation {number} was offered with other content than this node has seen under that number",
                "two copies of the state were changed apart from each other; put back the one this node has seen, or accept this one with `gatehouse recover`");
        }
    }

    private void Keep(Generation generation)
    {
        // Not by the serializer's own buffers: it would keep a hundred megabytes of them for the next time.
        var plain = new ArrayBufferWriter<byte>((int)Math.Clamp(_wholeBytes, FirstBuffer, int.MaxValue / 2));
        using var json = new Utf8JsonWriter(plain);
        JsonSerializer.Serialize(
            json,
            new WholeGeneration
            {
                Format = GenerationFormat.Version,
                Number = generation.Number,
                Digest = generation.Digest,
                Actor = generation.Note.Actor,
                Summary = generation.Note.Summary,
                Time = generation.Note.Time,
                Users = [.. generation.Document.Users.Values],
                Roles = [.. generation.Document.Roles.Values],
                Networks = generation.Document.Networks,
                AuditPolicy = generation.Document.AuditPolicy.Revision == 0 ? null : generation.Document.AuditPolicy,
                Realms = generation.Document.Realms.IsEmpty ? null : [.. generation.Document.Realms.Values],
                Mappings = generation.Document.Mappings.IsEmpty ? null : [.. generation.Document.Mappings.Values],
                ApiKeys = generation.Document.ApiKeys.IsEmpty ? null : [.. generation.Document.ApiKeys.Values],
                Certificates = generation.Document.Certificates.IsEmpty ? null : [.. generation.Document.Certificates.Values],
                Revocations = generation.Document.Revocations.IsEmpty ? null : [.. generation.Document.Revocations.Values],
                Membership = ReferenceEquals(generation.Document.Membership, MembershipDocument.Default) ? null : generation.Document.Membership,
            },
            StoreJson.Default.WholeGeneration);
        byte[] content = new byte[sizeof(long) + plain.WrittenCount + Sealer.Overhead];
        BinaryPrimitives.WriteInt64BigEndian(content, generation.Number);
        _cluster.Seal(CachePlace, generation.Number, plain.WrittenSpan).CopyTo(content, sizeof(long));
        _kept = null;
        SecretFile.Write(_cachePath, content);
        _journal.Clear();
        (_kept, _wholeBytes, _journalBytes) = (generation, content.Length, 0);
    }

    // False where the whole generation is to be written: this one does not follow on what is kept, or the changes have grown so
    // large that a start would take longer for them.
    private bool TryKeepChange(Generation kept, Generation next)
    {
        if (next.Number != kept.Number + 1 || _journalBytes > Math.Max(SmallJournal, _wholeBytes / JournalShare))
        {
            return false;
        }

        byte[] change = GenerationJournal.Write(GenerationDelta.Of(kept, next));
        if (change.Length > Math.Max(SmallJournal, _wholeBytes / JournalShare))
        {
            return false;
        }

        _kept = null;
        _journalBytes = _journal.Append(_journalBytes, change, next.Number);
        _kept = next;
        return true;
    }

    private Generation Replay(Generation whole)
    {
        try
        {
            return _journal.Replay(whole) ?? throw Broken();
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw StoreProblems.StoreTooNew.Exception($"`{_cachePath}.changes` holds what this version does not understand", "run the version that wrote it, or a newer one", fault);
        }
    }

    private Generation Open(byte[] content)
    {
        if (content.Length < sizeof(long))
        {
            throw Broken();
        }

        long number = BinaryPrimitives.ReadInt64BigEndian(content);
        byte[] plain = _cluster.TryOpen(CachePlace, number, content.AsSpan(sizeof(long))) ?? throw Broken();
        try
        {
            WholeGeneration whole = JsonSerializer.Deserialize(plain, StoreJson.Default.WholeGeneration) ?? throw Broken();
            if (whole.Format != GenerationFormat.Version || whole.Number != number)
            {
                throw Broken();
            }

            ClusterDocument document = new()
            {
                Users = whole.Users.ToImmutableSortedDictionary(static u => u.Name, static u => u, StringComparer.Ordinal),
                Roles = whole.Roles.ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
                Networks = whole.Networks,
                AuditPolicy = whole.AuditPolicy ?? AuditPolicyDocument.Default,
                Realms = (whole.Realms ?? []).ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
                Mappings = (whole.Mappings ?? []).ToImmutableSortedDictionary(static m => m.Name, static m => m, StringComparer.Ordinal),
                ApiKeys = (whole.ApiKeys ?? []).ToImmutableSortedDictionary(static k => k.Id, static k => k, StringComparer.Ordinal),
                Certificates = (whole.Certificates ?? []).ToImmutableSortedDictionary(static c => c.Serial, static c => c, StringComparer.Ordinal),
                Revocations = (whole.Revocations ?? []).ToImmutableSortedDictionary(static r => r.KeyHash, static r => r, StringComparer.Ordinal),
                Membership = whole.Membership ?? MembershipDocument.Default,
            };
            return new Generation(number, whole.Digest, document, new ChangeNote(whole.Actor, whole.Summary, whole.Time));
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw StoreProblems.StoreTooNew.Exception($"`{_cachePath}` holds what this version does not understand", "run the version that wrote it, or a newer one", fault);
        }
    }

    private long? KeptNumber()
    {
        try
        {
            using FileStream file = new(_cachePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            Span<byte> number = stackalloc byte[sizeof(long)];
            if (file.ReadAtLeast(number, number.Length, throwOnEndOfStream: false) < number.Length)
            {
                return null;
            }

            _wholeBytes = file.Length;
            (_journalBytes, long last) = _journal.Measure(BinaryPrimitives.ReadInt64BigEndian(number));
            return last;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private Seen? ReadSeen()
    {
        byte[]? content = SecretFile.ReadIfExists(_seenPath);
        if (content is null)
        {
            return null;
        }

        byte[]? plain = _node.TryOpen(_seenPlace, 0, content);
        return plain is { Length: sizeof(long) + DigestDigits }
            ? new Seen(BinaryPrimitives.ReadInt64BigEndian(plain), Encoding.ASCII.GetString(plain.AsSpan(sizeof(long))))
            : throw StoreProblems.SeenRecordBroken.Exception(
                $"`{_seenPath}` does not open with this node's key", "find out who changed it, and put it back from a backup of the node's key folder; `gatehouse recover` makes it anew");
    }

    private void WriteSeen(long number, string digest)
    {
        byte[] plain = new byte[sizeof(long) + DigestDigits];
        BinaryPrimitives.WriteInt64BigEndian(plain, number);
        if (Encoding.ASCII.GetBytes(digest, plain.AsSpan(sizeof(long))) != DigestDigits)
        {
            throw new CryptographicException("a digest has 64 digits");
        }

        PrivateFolder.EnsureGuarded(Path.GetDirectoryName(_seenPath) ?? "/");
        SecretFile.Write(_seenPath, _node.Seal(_seenPlace, 0, plain));
    }

    private ProblemException Broken() =>
        StoreProblems.CacheBroken.Exception($"`{_cachePath}` does not open with the cluster's data key", "it was changed or belongs to another cluster; delete it, it is written again from the store");

    private sealed record Seen(long Number, string Digest);
}
