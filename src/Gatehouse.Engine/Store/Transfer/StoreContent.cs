using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store.Transfer;

/// <summary>One generation as stored.</summary>
internal sealed record StoredGeneration(long Number, byte[] Stored, Manifest Manifest);

/// <summary>The generations of a store that are whole, oldest first; the last one is in force.</summary>
internal sealed record StoreOutline(ImmutableArray<StoredGeneration> Generations)
{
    private const long MostManifestBytes = 64 * 1024 * 1024;

    /// <summary>The one in force.</summary>
    public StoredGeneration Newest => Generations[^1];

    /// <summary>Names of all chunks.</summary>
    public IEnumerable<string> Names => Generations.SelectMany(static one => one.Manifest.Names()).Distinct(StringComparer.Ordinal);

    /// <summary>Walks back from the one in force to where one is missing, does not open, or enough is taken; null in an empty store.</summary>
    /// <exception cref="ProblemException">The one in force is missing or does not open.</exception>
    public static async ValueTask<StoreOutline?> ReadAsync(Sealer sealer, long current, Func<long, ValueTask<byte[]?>> read)
    {
        if (current == 0)
        {
            return null;
        }

        List<StoredGeneration> found = [];
        long bytes = 0;
        for (long number = current; number > 0 && bytes < MostManifestBytes; number--)
        {
            byte[]? stored = await read(number);
            if (stored is null)
            {
                break;
            }

            try
            {
                found.Add(new StoredGeneration(number, stored, GenerationDecoder.OpenManifest(sealer, number, stored, out _)));
            }
            catch (ProblemException) when (number < current)
            {
                // Sealed under a key that was retired: history ends here.
                break;
            }

            bytes += stored.Length;
        }

        found.Reverse();
        return found.Count > 0 ? new StoreOutline([.. found]) : throw GenerationDecoder.Broken(current, "its manifest is missing");
    }
}

/// <summary>What a store holds, as it lies there: sealed.</summary>
internal interface IStoreSource
{
    /// <summary>The generations; null in an empty store.</summary>
    ValueTask<StoreOutline?> OutlineAsync(CancellationToken cancellation);

    /// <summary>Chunks in the order of their names given; null where one is missing.</summary>
    ValueTask<byte[]?[]> ChunksAsync(IReadOnlyList<string> names, CancellationToken cancellation);

    /// <summary>The key ring, by key id.</summary>
    ValueTask<ImmutableArray<KeyringEntry>> KeyringAsync(CancellationToken cancellation);

    /// <summary>Runtime state by key.</summary>
    IAsyncEnumerable<KeyValuePair<string, byte[]>> RuntimeAsync(CancellationToken cancellation);
}

/// <summary>A store that is filled from another.</summary>
internal interface IStoreTarget : IStoreSource
{
    /// <summary>Refuses a store that holds a state, unless that is to be replaced. What an interrupted copy left is removed.</summary>
    ValueTask BeginAsync(bool replace, CancellationToken cancellation);

    /// <summary>Puts chunks.</summary>
    ValueTask PutChunksAsync(IReadOnlyList<KeyValuePair<string, byte[]>> chunks, CancellationToken cancellation);

    /// <summary>Puts runtime state; what has no expiry that can be read stays for ever.</summary>
    ValueTask PutRuntimeAsync(IReadOnlyList<KeyValuePair<string, byte[]>> values, CancellationToken cancellation);

    /// <summary>Puts generations and key ring; then, as the last step, what is in force.</summary>
    ValueTask FinishAsync(StoreOutline outline, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation);
}

/// <summary>What was copied.</summary>
internal sealed record StoreCopied(long Generation, int Generations, int Chunks, int RuntimeKeys, int KeyringRecords);
