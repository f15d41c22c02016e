using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>Reads more keys than one answer may hold.</summary>
internal static class EtcdReader
{
    /// <summary>Keys read at once where they can be as large as a chunk.</summary>
    public const int AtOnce = 16;

    private const int Parallel = 4;

    /// <summary>Single keys, in their order; null where one is not there.</summary>
    public static async Task<EtcdKeyValue?[]> GetAsync(EtcdClient client, IReadOnlyList<byte[]> keys, CancellationToken cancellation)
    {
        var found = new EtcdKeyValue?[keys.Count];
        int parts = (keys.Count + AtOnce - 1) / AtOnce;
        await System.Threading.Tasks.Parallel.ForAsync(0, parts, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation }, async (part, stop) =>
        {
            int first = part * AtOnce;
            int count = Math.Min(AtOnce, keys.Count - first);
            TxnAnswer answer = await client.RepeatAsync(
                new TxnRequest { Success = [.. Enumerable.Range(first, count).Select(i => EtcdOperation.Read(keys[i]))] }, EtcdClient.ReadTime, stop);
            for (int i = 0; i < count; i++)
            {
                found[first + i] = answer.Found(i);
            }
        });
        return found;
    }

    /// <summary>All keys from <paramref name="start"/> to before <paramref name="end"/>, page by page.</summary>
    public static async IAsyncEnumerable<EtcdKeyValue> ScanAsync(
        EtcdClient client, byte[] start, byte[] end, bool keysOnly, [EnumeratorCancellation] CancellationToken cancellation)
    {
        const int Keys = 4000;
        const int Values = 256;
        byte[] at = start;
        while (true)
        {
            RangeAnswer page = await PageAsync(client, at, end, keysOnly ? Keys : Values, keysOnly, cancellation);
            foreach (EtcdKeyValue one in page.Found)
            {
                yield return one;
            }

            // A member that says there is more and gives nothing would keep us here.
            if (!page.More || page.Found.Count == 0)
            {
                yield break;
            }

            at = EtcdKeys.Next(page.Found[^1].Key);
        }
    }

    /// <summary>One page; fewer keys than asked for where their values are large.</summary>
    /// <exception cref="ProblemException">One value alone is larger than is taken.</exception>
    public static async Task<RangeAnswer> PageAsync(EtcdClient client, byte[] start, byte[] end, int limit, bool keysOnly, CancellationToken cancellation)
    {
        for (; ; limit = Math.Max(1, limit / 4))
        {
            try
            {
                RangeAnswer page = await client.RangeAsync(new RangeRequest(start, end, limit, keysOnly), cancellation);
                return page.Found.Count <= limit && IsOrdered(page.Found, start, end)
                    ? page
                    : throw new ProblemException(EtcdFault.Malformed("etcd", "keys that were not asked for").Problem);
            }
            catch (EtcdFault fault) when (fault.Effect == EtcdEffect.TooLarge)
            {
                if (limit == 1)
                {
                    throw new ProblemException(fault.Problem, fault);
                }
            }
        }
    }

    // Whoever answers out of order could make a reader go round for ever.
    private static bool IsOrdered(IReadOnlyList<EtcdKeyValue> found, byte[] start, byte[] end)
    {
        ReadOnlySpan<byte> last = default;
        foreach (EtcdKeyValue one in found)
        {
            if (one.Key.AsSpan().SequenceCompareTo(start) < 0 || one.Key.AsSpan().SequenceCompareTo(end) >= 0
                || (last.Length > 0 && one.Key.AsSpan().SequenceCompareTo(last) <= 0))
            {
                return false;
            }

            last = one.Key;
        }

        return true;
    }
}
