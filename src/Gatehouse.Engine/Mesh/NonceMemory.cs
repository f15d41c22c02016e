using System.Runtime.InteropServices;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh;

/// <summary>What became of a nonce.</summary>
internal enum NonceVerdict
{
    /// <summary>Seen for the first time.</summary>
    Fresh = 0,

    /// <summary>Seen before.</summary>
    Replayed = 1,

    /// <summary>No room: nothing can be said, so it is refused.</summary>
    Full = 2,
}

/// <summary>
/// Remembers the nonces of proven first messages as long as these are within the window. Only a holder of the secret can fill
/// it. Bounded: full refuses. Thread-safe.
/// </summary>
internal sealed class NonceMemory(int capacity = NonceMemory.DefaultCapacity)
{
    private const int DefaultCapacity = 131_072;
    private const long BucketLength = 10_000;

    private readonly Lock _lock = new();

    // By the time that the message itself says, which its proof covers: the same nonce is always in the same bucket.
    private readonly Dictionary<long, HashSet<Nonce>> _buckets = [];
    private int _count;

    /// <summary>How many are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Takes the nonce of a message within the window.</summary>
    /// <param name="nonce">32 bytes.</param>
    /// <param name="sent">The message's own time, Unix milliseconds.</param>
    /// <param name="now">This node's.</param>
    public NonceVerdict Take(ReadOnlySpan<byte> nonce, long sent, long now)
    {
        Nonce key = MemoryMarshal.Read<Nonce>(nonce);
        lock (_lock)
        {
            Forget(now);
            ref HashSet<Nonce>? bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(_buckets, sent / BucketLength, out _);
            bucket ??= [];
            if (bucket.Contains(key))
            {
                return NonceVerdict.Replayed;
            }

            if (_count >= capacity)
            {
                return NonceVerdict.Full;
            }

            bucket.Add(key);
            _count++;
            return NonceVerdict.Fresh;
        }
    }

    // At most 25 buckets are within the window at once.
    private void Forget(long now)
    {
        foreach ((long number, HashSet<Nonce> bucket) in _buckets)
        {
            // A clock set back must not open the window again for what was forgotten: ten seconds more are kept.
            if ((number + 2) * BucketLength < now - MeshHello.Window)
            {
                _count -= bucket.Count;
                _buckets.Remove(number);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Nonce(ulong A, ulong B, ulong C, ulong D);
}
