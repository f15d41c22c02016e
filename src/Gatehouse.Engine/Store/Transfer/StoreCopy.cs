using System.Collections.Immutable;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Transfer;

/// <summary>What a copy does with a state that is there.</summary>
internal enum CopyMode
{
    /// <summary>Refuses it.</summary>
    Refuse,

    /// <summary>Refuses it, unless it is the one that would be copied: an interrupted move goes on.</summary>
    Resume,

    /// <summary>Replaces it.</summary>
    Replace,
}

/// <summary>Copies a store byte for byte, as sealed, and reads the copy back.</summary>
internal static class StoreCopy
{
    private const int AtOnce = 64;

    /// <summary>Copies and verifies.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH2020 for a source that is not whole, GH2072 to GH2074, and those of both stores.</exception>
    public static async Task<StoreCopied> RunAsync(IStoreSource source, IStoreTarget target, Sealer sealer, CopyMode mode, CancellationToken cancellation)
    {
        StoreOutline outline = await source.OutlineAsync(cancellation)
            ?? throw TransferProblems.CannotMove.Exception("the store holds no state", "there is nothing to copy");
        ImmutableArray<KeyringEntry> keyring = await source.KeyringAsync(cancellation);
        if (mode == CopyMode.Resume && await target.OutlineAsync(cancellation) is { } there && there.Newest.Stored.AsSpan().SequenceEqual(outline.Newest.Stored))
        {
            // A copy that was interrupted after its last step: what is there is what would be copied.
            await VerifyAsync(source, target, outline, keyring, sealer, cancellation);
            return new StoreCopied(outline.Newest.Number, there.Generations.Length, there.Names.Count(), 0, keyring.Length);
        }

        await target.BeginAsync(mode == CopyMode.Replace, cancellation);
        outline = await CopyChunksAsync(source, target, outline, sealer, cancellation);
        int runtime = await CopyRuntimeAsync(source, target, cancellation);
        await target.FinishAsync(outline, keyring, cancellation);
        await VerifyAsync(source, target, outline, keyring, sealer, cancellation);
        return new StoreCopied(outline.Newest.Number, outline.Generations.Length, outline.Names.Count(), runtime, keyring.Length);
    }

    private static async Task<StoreOutline> CopyChunksAsync(
        IStoreSource source, IStoreTarget target, StoreOutline outline, Sealer sealer, CancellationToken cancellation)
    {
        HashSet<string> needed = [.. outline.Newest.Manifest.Names()];
        HashSet<string> missing = [];
        foreach (string[] names in outline.Names.Chunk(AtOnce))
        {
            byte[]?[] stored = await source.ChunksAsync(names, cancellation);
            List<KeyValuePair<string, byte[]>> whole = [];
            for (int i = 0; i < names.Length; i++)
            {
                if (stored[i] is { } chunk && sealer.TryOpen(GenerationFormat.ChunkPath(names[i]), 0, chunk) is not null)
                {
                    whole.Add(new(names[i], chunk));
                }
                else if (needed.Contains(names[i]))
                {
                    throw GenerationDecoder.Broken(outline.Newest.Number, $"chunk {names[i][..12]} is missing or was changed");
                }
                else
                {
                    missing.Add(names[i]);
                }
            }

            await target.PutChunksAsync(whole, cancellation);
        }

        // History ends behind the first generation that is not whole, counted from the newest.
        int kept = outline.Generations.Reverse().TakeWhile(one => !one.Manifest.Names().Any(missing.Contains)).Count();
        return new StoreOutline(outline.Generations[^kept..]);
    }

    private static async Task<int> CopyRuntimeAsync(IStoreSource source, IStoreTarget target, CancellationToken cancellation)
    {
        int count = 0;
        List<KeyValuePair<string, byte[]>> batch = [];
        await foreach (KeyValuePair<string, byte[]> one in source.RuntimeAsync(cancellation))
        {
            batch.Add(one);
            count++;
            if (batch.Count == AtOnce)
            {
                await target.PutRuntimeAsync(batch, cancellation);
                batch.Clear();
            }
        }

        await target.PutRuntimeAsync(batch, cancellation);
        return count;
    }

    private static async Task VerifyAsync(
        IStoreSource source, IStoreTarget target, StoreOutline outline, ImmutableArray<KeyringEntry> keyring, Sealer sealer, CancellationToken cancellation)
    {
        StoreOutline there = await target.OutlineAsync(cancellation) ?? throw Differs("it holds no state");
        if (there.Newest.Number != outline.Newest.Number || !there.Newest.Stored.AsSpan().SequenceEqual(outline.Newest.Stored))
        {
            throw Differs("another generation is in force");
        }

        string[] names = [.. outline.Newest.Manifest.Names().Distinct(StringComparer.Ordinal)];
        var chunks = new Dictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (string[] part in names.Chunk(AtOnce))
        {
            byte[]?[] stored = await target.ChunksAsync(part, cancellation);
            for (int i = 0; i < part.Length; i++)
            {
                chunks[part[i]] = stored[i];
            }
        }

        // Decoding opens every chunk and parses every document.
        await Task.Run(() => GenerationDecoder.Decode(sealer, there.Newest.Manifest, name => chunks.GetValueOrDefault(name)), cancellation);
        ImmutableArray<KeyringEntry> ring = await target.KeyringAsync(cancellation);
        if (ring.Length != keyring.Length || !ring.Zip(keyring).All(static pair => pair.First.KeyId == pair.Second.KeyId && pair.First.Content.AsSpan().SequenceEqual(pair.Second.Content)))
        {
            throw Differs("its key ring is another");
        }

        await using IAsyncEnumerator<KeyValuePair<string, byte[]>> copied = target.RuntimeAsync(cancellation).GetAsyncEnumerator(cancellation);
        await foreach (KeyValuePair<string, byte[]> one in source.RuntimeAsync(cancellation))
        {
            // Keys come in the order of their bytes on both sides.
            if (!await copied.MoveNextAsync() || copied.Current.Key != one.Key || !copied.Current.Value.AsSpan().SequenceEqual(one.Value))
            {
                throw Differs($"runtime state differs at `{one.Key}`");
            }
        }
    }

    private static Gatehouse.Problems.ProblemException Differs(string why) =>
        TransferProblems.CannotMove.Exception($"the copy is not what was copied: {why}", "the store it came from was not touched; is something else writing to the copy?");
}
