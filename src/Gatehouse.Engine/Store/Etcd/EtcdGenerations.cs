using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>What <c>policy/current</c> says.</summary>
/// <param name="Number">The number in force; 0: none.</param>
/// <param name="Revision">etcd's revision of the key; 0: it is not there.</param>
internal readonly record struct EtcdCurrent(long Number, long Revision);

/// <summary>
/// Generations in etcd. Chunks first, in transactions of their own: nothing names them yet. Then one transaction moves
/// <c>policy/current</c>, guarded by its revision and by that of <c>policy/swept</c>, which changes with every removal of chunks: so a
/// chunk that was put, or found there, cannot be gone when a generation begins to name it.
/// </summary>
internal sealed class EtcdGenerations(EtcdClient client, EtcdWriter writer, EtcdKeys keys, Sealer sealer, TimeProvider time) : IDisposable
{
    private const int MostTransaction = 1024 * 1024;
    private const int MostTries = 3;
    private const int NameBytes = 32;
    private const byte ChangeVersion = 1;
    private static readonly TimeSpan UploadTime = TimeSpan.FromSeconds(20);

    // One at a time: two commits of one process could only hinder each other, and a generation is loaded once.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private EncodedGeneration? _newest;
    private EtcdCurrent _newestAt;

    /// <summary>The newest generation; null in an empty store.</summary>
    public Task<Generation?> ReadCurrentAsync(CancellationToken cancellation) =>
        AloneAsync(async () => (await NewestAsync(await CurrentAsync(cancellation), cancellation))?.Generation, cancellation);

    /// <summary>One generation; null where it is not there.</summary>
    public Task<Generation?> ReadAsync(long number, CancellationToken cancellation) =>
        AloneAsync(
            async () =>
            {
                EtcdCurrent current = await CurrentAsync(cancellation);
                return (number == current.Number ? await NewestAsync(current, cancellation) : number > 0 && number < current.Number ? await LoadAsync(number, cancellation) : null)?.Generation;
            },
            cancellation);

    /// <summary>Newest first.</summary>
    public async Task<ImmutableArray<GenerationSummary>> ListAsync(int limit, CancellationToken cancellation)
    {
        EtcdCurrent current = await CurrentAsync(cancellation);
        ImmutableArray<GenerationSummary>.Builder list = ImmutableArray.CreateBuilder<GenerationSummary>();
        for (long number = current.Number; number > 0 && list.Count < limit; number -= EtcdReader.AtOnce)
        {
            long[] numbers = [.. Enumerable.Range(0, (int)Math.Min(EtcdReader.AtOnce, Math.Min(number, limit - list.Count))).Select(i => number - i)];
            EtcdKeyValue?[] found = await EtcdReader.GetAsync(client, [.. numbers.Select(keys.Generation)], cancellation);
            for (int i = 0; i < numbers.Length; i++)
            {
                if (found[i] is not { } manifest)
                {
                    // They go from the oldest: nothing older is there.
                    return list.ToImmutable();
                }

                Manifest opened = GenerationDecoder.OpenManifest(sealer, numbers[i], manifest.Value, out string digest);
                list.Add(new GenerationSummary(opened.Number, digest, opened.Note()));
            }
        }

        return list.ToImmutable();
    }

    /// <summary>What is in force; linearizable.</summary>
    public async Task<EtcdCurrent> CurrentAsync(CancellationToken cancellation) =>
        Current((await client.RangeAsync(new RangeRequest(keys.Current), cancellation)).Found is [var one, ..] ? one : null);

    /// <summary>Reads what the key holds.</summary>
    /// <exception cref="ProblemException">GH2020.</exception>
    public static EtcdCurrent Current(EtcdKeyValue? found)
    {
        if (found is null)
        {
            return default;
        }

        bool isNumber = found.Value.Length is > 0 and < 20
            && long.TryParse(Encoding.ASCII.GetString(found.Value), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0;
        return isNumber
            ? new EtcdCurrent(long.Parse(Encoding.ASCII.GetString(found.Value), NumberStyles.None, CultureInfo.InvariantCulture), found.ModRevision)
            : throw GenerationDecoder.Broken(0, "`policy/current` holds no number");
    }

    /// <summary>Commits; gives what is in force then, or what was instead.</summary>
    public Task<(CommitResult Result, EtcdCurrent At)> TryCommitAsync(
        long expected, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) =>
        AloneAsync(
            async () =>
            {
                (EtcdCurrent current, long swept) = await BeforeAsync(cancellation);
                if (current.Number != expected)
                {
                    return (new CommitResult(false, current.Number), current);
                }

                EncodedGeneration? before = await NewestAsync(current, cancellation);
                EncodedGeneration encoded = await Task.Run(() => GenerationEncoder.Encode(sealer, before, next, note), cancellation);
                for (int attempt = 1; ; attempt++)
                {
                    await UploadAsync(encoded.Added, cancellation);
                    EtcdWritten written = await writer.WriteAsync(Move(encoded, current, swept, keyring), cancellation);
                    if (written.Succeeded)
                    {
                        EtcdCurrent at = new(encoded.Generation.Number, written.Revision);
                        Keep(encoded, at);
                        return (new CommitResult(true, at.Number), at);
                    }

                    EtcdCurrent now = Current(written.Answer.Found(0));
                    if (now != current || attempt == MostTries)
                    {
                        return (new CommitResult(false, now.Number), now);
                    }

                    // Chunks were removed meanwhile; among them may be some of ours. What the generation before names is never removed.
                    swept = written.Answer.Found(1)?.ModRevision ?? 0;
                }
            },
            cancellation);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>What a generation added, as it is kept: version, unix ms, the chunks' names.</summary>
    public static byte[] WriteChange(DateTimeOffset at, IEnumerable<string> added)
    {
        string[] names = [.. added];
        byte[] change = new byte[1 + sizeof(long) + (names.Length * NameBytes)];
        change[0] = ChangeVersion;
        BinaryPrimitives.WriteInt64BigEndian(change.AsSpan(1), at.ToUnixTimeMilliseconds());
        for (int i = 0; i < names.Length; i++)
        {
            Convert.FromHexString(names[i], change.AsSpan(1 + sizeof(long) + (i * NameBytes), NameBytes), out _, out _);
        }

        return change;
    }

    /// <summary>Reads it; null where it is something else.</summary>
    public static (long UnixMilliseconds, IEnumerable<string> Added)? ReadChange(byte[] change) =>
        change.Length >= 1 + sizeof(long) && change[0] == ChangeVersion && (change.Length - 1 - sizeof(long)) % NameBytes == 0
            ? (BinaryPrimitives.ReadInt64BigEndian(change.AsSpan(1)), change.Skip(1 + sizeof(long)).Chunk(NameBytes).Select(static name => Convert.ToHexStringLower(name)))
            : null;

    /// <summary>Takes a generation from memory or loads it.</summary>
    private async Task<EncodedGeneration?> NewestAsync(EtcdCurrent current, CancellationToken cancellation)
    {
        if (current.Number == 0)
        {
            // A pointer put back to nothing must not look like a first start.
            RangeAnswer left = await client.RangeAsync(new RangeRequest(keys.Generations, EtcdKeys.End(keys.Generations), 1, KeysOnly: true), cancellation);
            return left.Found.Count > 0 ? throw GenerationDecoder.Broken(0, "nothing points to a generation any more, but some are there") : null;
        }

        if (_newest is null || _newestAt != current)
        {
            Keep(await LoadAsync(current.Number, cancellation) ?? throw GenerationDecoder.Broken(current.Number, "its manifest is missing"), current);
        }

        return _newest;
    }

    private void Keep(EncodedGeneration encoded, EtcdCurrent at)
    {
        _newest = encoded with { Added = ImmutableDictionary<string, byte[]>.Empty, Dropped = [] };
        _newestAt = at;
    }

    private async Task<EncodedGeneration?> LoadAsync(long number, CancellationToken cancellation)
    {
        if ((await client.RangeAsync(new RangeRequest(keys.Generation(number)), cancellation)).Found is not [var stored, ..])
        {
            return null;
        }

        Manifest manifest = GenerationDecoder.OpenManifest(sealer, number, stored.Value, out string digest);
        string[] names = [.. manifest.Names().Distinct(StringComparer.Ordinal)];
        EtcdKeyValue?[] chunks = await EtcdReader.GetAsync(client, [.. names.Select(keys.Chunk)], cancellation);
        var found = new Dictionary<string, byte[]>(names.Length, StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            if (chunks[i] is { } chunk)
            {
                found.Add(names[i], chunk.Value);
            }
        }

        ClusterDocument document = await Task.Run(() => GenerationDecoder.Decode(sealer, manifest, name => found.GetValueOrDefault(name)), cancellation);
        return new EncodedGeneration(new Generation(number, digest, document, manifest.Note()), manifest, stored.Value);
    }

    private async Task<(EtcdCurrent Current, long Swept)> BeforeAsync(CancellationToken cancellation)
    {
        TxnAnswer before = await client.RepeatAsync(
            new TxnRequest { Success = [EtcdOperation.Read(keys.Current), EtcdOperation.Read(keys.Swept)] }, EtcdClient.ReadTime, cancellation);
        return (Current(before.Found(0)), before.Found(1)?.ModRevision ?? 0);
    }

    // A chunk's name stands for its content: put twice, or late, it is the same.
    private async Task UploadAsync(IReadOnlyDictionary<string, byte[]> added, CancellationToken cancellation)
    {
        List<List<EtcdOperation>> batches = [];
        int bytes = MostTransaction;
        foreach ((string name, byte[] data) in added)
        {
            if (bytes + data.Length > MostTransaction || batches[^1].Count == EtcdWriter.MostOperations)
            {
                batches.Add([]);
                bytes = 0;
            }

            batches[^1].Add(EtcdOperation.Write(keys.Chunk(name), data));
            bytes += data.Length;
        }

        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellation }, async (batch, stop) =>
            await client.RepeatAsync(new TxnRequest { Success = batch }, UploadTime, stop));
    }

    private TxnRequest Move(EncodedGeneration encoded, EtcdCurrent current, long swept, ImmutableArray<KeyringEntry> keyring)
    {
        long number = encoded.Generation.Number;
        List<EtcdOperation> write =
        [
            EtcdOperation.Write(keys.Current, Text(number)),
            EtcdOperation.Write(keys.Generation(number), encoded.SealedManifest),
            EtcdOperation.Write(keys.Change(number), WriteChange(time.GetUtcNow(), encoded.Added.Keys)),
        ];
        write.AddRange(keyring.Select(entry =>
            entry.Content is { } content ? EtcdOperation.Write(keys.KeyringEntry(entry.KeyId), content) : EtcdOperation.Remove(keys.KeyringEntry(entry.KeyId))));
        List<EtcdCompare> guards = [EtcdCompare.Revision(keys.Current, current.Revision), EtcdCompare.Revision(keys.Swept, swept)];
        if (current.Number > 0)
        {
            guards.Add(EtcdCompare.Content(keys.Current, Text(current.Number)));
        }

        return new TxnRequest { Compare = guards, Success = write, Failure = [EtcdOperation.Read(keys.Current), EtcdOperation.Read(keys.Swept)] };
    }

    private static byte[] Text(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await work();
        }
        finally
        {
            _turn.Release();
        }
    }
}
