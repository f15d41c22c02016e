using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// Removes what has had its time. It is safe beside writers on every node: what is named is found out for one revision of
/// <c>policy/current</c>, and every removal is a transaction that holds only while that revision stands, so no generation began to
/// name a chunk meanwhile. A writer that put a chunk and has not committed yet is told by <c>policy/swept</c>: every removal of chunks
/// changes it, every commit compares it and puts its chunks again where it changed. Clocks decide only how early something goes, never
/// whether something goes that is needed.
/// </summary>
internal sealed class EtcdSweep(EtcdClient client, EtcdWriter writer, EtcdKeys keys, Sealer sealer, TimeProvider time)
{
    private const int MostMarks = 64;
    private const int MostRemoved = 2000;
    private const int GenerationsAtOnce = 40;
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan ChunkLife = TimeSpan.FromHours(24);

    /// <summary>Generations kept at most.</summary>
    public int MostGenerations { get; set; } = GenerationLife.Most;

    /// <summary>Sweeps, unless another node did within the hour. Returns the keys removed, or null where it was not due.</summary>
    public async Task<int?> RunAsync(bool compact, bool always, CancellationToken cancellation)
    {
        TxnAnswer before = await client.RepeatAsync(
            new TxnRequest { Success = [EtcdOperation.Read(keys.Current), EtcdOperation.Read(keys.Swept), EtcdOperation.Read(keys.Marks)] }, EtcdClient.ReadTime, cancellation);
        EtcdCurrent current = EtcdGenerations.Current(before.Found(0));
        ImmutableArray<Stamp> marks = ReadMarks(before.Found(2)?.Value);
        DateTimeOffset now = time.GetUtcNow();
        if (!always && marks is [.., var last] && now - last.Time < Every && now >= last.Time)
        {
            return null;
        }

        marks = [.. marks.Where(m => m.Time <= now).TakeLast(MostMarks - 1), new Stamp(now, before.Header!.Revision)]; // Without header it is a fault.
        EtcdWritten mine = await writer.WriteAsync(
            new TxnRequest
            {
                Compare = [EtcdCompare.Revision(keys.Marks, before.Found(2)?.ModRevision ?? 0)],
                Success = [EtcdOperation.Write(keys.Marks, WriteMarks(marks))],
            },
            cancellation);
        if (!mine.Succeeded)
        {
            return null;
        }

        int removed = current.Number > 0 ? await SweepAsync(current, before.Found(1)?.ModRevision ?? 0, Before(marks, now - ChunkLife), cancellation) : 0;
        removed += await SweepWritersAsync(Before(marks, now - ChunkLife), cancellation);
        if (compact && Before(marks, now - Every) is > 0 and var revision)
        {
            await CompactAsync(revision, cancellation);
        }

        return removed;
    }

    private async Task<int> SweepAsync(EtcdCurrent current, long swept, long old, CancellationToken cancellation)
    {
        SortedDictionary<long, (DateTimeOffset Time, ImmutableArray<string> Added)> changes = await ChangesAsync(cancellation);
        List<long> gone = [.. Gone(changes, current.Number)];
        int removed = await RemoveGenerationsAsync(gone, current, cancellation);
        if (removed < gone.Count || await NamedAsync(changes, gone, current, cancellation) is not { } named)
        {
            return removed;
        }

        List<byte[]> chunks = [];
        await foreach (EtcdKeyValue chunk in EtcdReader.ScanAsync(client, keys.Chunks, EtcdKeys.End(keys.Chunks), keysOnly: true, cancellation))
        {
            if (chunk.ModRevision <= old && EtcdKeys.After(keys.Chunks, chunk.Key) is { } name && !named.Contains(name) && chunks.Count < MostRemoved)
            {
                chunks.Add(chunk.Key);
            }
        }

        foreach (byte[][] batch in chunks.Chunk(EtcdWriter.MostOperations - 2))
        {
            EtcdWritten written = await writer.WriteAsync(
                new TxnRequest
                {
                    Compare = [EtcdCompare.Revision(keys.Current, current.Revision), EtcdCompare.Revision(keys.Swept, swept)],
                    Success = [EtcdOperation.Write(keys.Swept, Encoding.ASCII.GetBytes(current.Number.ToString(CultureInfo.InvariantCulture))), .. batch.Select(EtcdOperation.Remove)],
                },
                cancellation);
            if (!written.Succeeded)
            {
                return removed;
            }

            swept = written.Revision;
            removed += batch.Length;
        }

        return removed;
    }

    private async Task<SortedDictionary<long, (DateTimeOffset Time, ImmutableArray<string> Added)>> ChangesAsync(CancellationToken cancellation)
    {
        SortedDictionary<long, (DateTimeOffset, ImmutableArray<string>)> changes = [];
        await foreach (EtcdKeyValue one in EtcdReader.ScanAsync(client, keys.Changes, EtcdKeys.End(keys.Changes), keysOnly: false, cancellation))
        {
            if (long.TryParse(EtcdKeys.After(keys.Changes, one.Key), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && EtcdGenerations.ReadChange(one.Value) is { } change)
            {
                changes[number] = (DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(change.UnixMilliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())), [.. change.Added]);
            }
        }

        return changes;
    }

    /// <summary>From the oldest on: superseded 30 days ago, or too far back.</summary>
    private IEnumerable<long> Gone(SortedDictionary<long, (DateTimeOffset Time, ImmutableArray<string> Added)> changes, long current)
    {
        DateTimeOffset limit = time.GetUtcNow() - GenerationLife.Time;
        return changes.Keys
            .TakeWhile(number => number < current && (number <= current - MostGenerations || (changes.TryGetValue(number + 1, out var next) && next.Time < limit)))
            .Take(MostRemoved);
    }

    private async Task<int> RemoveGenerationsAsync(List<long> gone, EtcdCurrent current, CancellationToken cancellation)
    {
        int removed = 0;
        foreach (long[] batch in gone.Chunk(GenerationsAtOnce))
        {
            EtcdWritten written = await writer.WriteAsync(
                new TxnRequest
                {
                    Compare = [EtcdCompare.Revision(keys.Current, current.Revision)],
                    Success = [.. batch.SelectMany(number => new[] { EtcdOperation.Remove(keys.Generation(number)), EtcdOperation.Remove(keys.Change(number)) })],
                },
                cancellation);
            if (!written.Succeeded)
            {
                break;
            }

            removed += batch.Length;
        }

        return removed;
    }

    /// <summary>
    /// Every chunk that a kept generation names: those of the oldest one, and what each later one added. Null where one of the
    /// notes is missing or does not open: then nothing is removed.
    /// </summary>
    private async Task<HashSet<string>?> NamedAsync(
        SortedDictionary<long, (DateTimeOffset Time, ImmutableArray<string> Added)> changes, List<long> gone, EtcdCurrent current, CancellationToken cancellation)
    {
        RangeAnswer oldest = await client.RangeAsync(new RangeRequest(keys.Generations, EtcdKeys.End(keys.Generations), 1), cancellation);
        if (oldest.Found is not [var first, ..]
            || !long.TryParse(EtcdKeys.After(keys.Generations, first.Key), NumberStyles.None, CultureInfo.InvariantCulture, out long kept)
            || kept > current.Number || gone.Contains(kept))
        {
            return null;
        }

        try
        {
            HashSet<string> named = [.. GenerationDecoder.OpenManifest(sealer, kept, first.Value, out _).Names()];
            for (long number = kept + 1; number <= current.Number; number++)
            {
                if (!changes.TryGetValue(number, out (DateTimeOffset Time, ImmutableArray<string> Added) change))
                {
                    return null;
                }

                named.UnionWith(change.Added);
            }

            return named;
        }
        catch (ProblemException)
        {
            // Sealed under a key that is gone, or damaged: whoever loads it says so.
            return null;
        }
    }

    /// <summary>Marks of writers that ended: a living one makes itself a new mark.</summary>
    private async Task<int> SweepWritersAsync(long old, CancellationToken cancellation)
    {
        int removed = 0;
        List<EtcdKeyValue> stale = [];
        await foreach (EtcdKeyValue mark in EtcdReader.ScanAsync(client, keys.Writers, EtcdKeys.End(keys.Writers), keysOnly: true, cancellation))
        {
            if (mark.ModRevision <= old && stale.Count < MostRemoved)
            {
                stale.Add(mark);
            }
        }

        foreach (EtcdKeyValue[] batch in stale.Chunk(EtcdWriter.MostOperations - 1))
        {
            EtcdWritten written = await writer.WriteAsync(
                new TxnRequest
                {
                    Compare = [.. batch.Select(static mark => EtcdCompare.Revision(mark.Key, mark.ModRevision))],
                    Success = [.. batch.Select(static mark => EtcdOperation.Remove(mark.Key))],
                },
                cancellation);
            removed += written.Succeeded ? batch.Length : 0;
        }

        return removed;
    }

    private async Task CompactAsync(long revision, CancellationToken cancellation)
    {
        try
        {
            await client.CompactAsync(revision, cancellation);
        }
        catch (ProblemException)
        {
            // Someone else was first, or the user may not: etcd's own compaction is the operator's then.
        }
    }

    /// <summary>The newest revision that is at least as old as <paramref name="limit"/>; 0: none.</summary>
    private static long Before(ImmutableArray<Stamp> marks, DateTimeOffset limit) =>
        marks.Where(m => m.Time <= limit).Select(static m => m.Revision).DefaultIfEmpty(0).Max();

    // Lines of `unix-ms revision`.
    private static ImmutableArray<Stamp> ReadMarks(byte[]? text)
    {
        ImmutableArray<Stamp>.Builder marks = ImmutableArray.CreateBuilder<Stamp>();
        foreach (string line in Encoding.ASCII.GetString(text ?? []).Split('\n', MostMarks + 1).Take(MostMarks))
        {
            string[] parts = line.Split(' ');
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long at)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long revision)
                && at <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            {
                marks.Add(new Stamp(DateTimeOffset.FromUnixTimeMilliseconds(at), revision));
            }
        }

        return marks.ToImmutable();
    }

    private static byte[] WriteMarks(ImmutableArray<Stamp> marks) => Encoding.ASCII.GetBytes(string.Join(
        '\n', marks.Select(static m => string.Create(CultureInfo.InvariantCulture, $"{m.Time.ToUnixTimeMilliseconds()} {m.Revision}"))));

    private readonly record struct Stamp(DateTimeOffset Time, long Revision);
}
