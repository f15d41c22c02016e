using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Token buckets of failed logins, one a source (IPv6 by its /64) and one a user name. A token is taken before the hash and
/// given back when the password was right, so that a storm cannot overshoot. Verified credentials in the cache never come here,
/// so that working clients are not locked out by somebody who guesses at their name.
/// </summary>
internal sealed class LoginLimits(TimeProvider time, LoginLimitOptions options)
{
    private readonly ConcurrentDictionary<UInt128, Bucket> _sources = new();
    private readonly ConcurrentDictionary<string, Bucket> _users = new(StringComparer.Ordinal);

    /// <summary>Takes a token of both buckets; otherwise says when to come back.</summary>
    public bool TryTake(IPAddress source, string user, out TimeSpan retryAfter)
    {
        DateTimeOffset now = time.GetUtcNow();
        Bucket bySource = _sources.GetOrAdd(Key(source), static _ => new Bucket());
        if (!bySource.TryTake(now, options.SourceBurst, options.SourceRefill, out retryAfter))
        {
            return false;
        }

        Bucket byUser = _users.GetOrAdd(user, static _ => new Bucket());
        if (!byUser.TryTake(now, options.UserBurst, options.UserRefill, out retryAfter))
        {
            bySource.GiveBack();
            return false;
        }

        Trim(now);
        return true;
    }

    /// <summary>The password was right: the tokens go back.</summary>
    public void GiveBack(IPAddress source, string user)
    {
        if (_sources.TryGetValue(Key(source), out Bucket? bySource))
        {
            bySource.GiveBack();
        }

        if (_users.TryGetValue(user, out Bucket? byUser))
        {
            byUser.GiveBack();
        }
    }

    private static UInt128 Key(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            bytes[8..].Clear();
            bytes[15] = 6;
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    /// <summary>Keeps the tables bounded: buckets that are full again say nothing.</summary>
    private void Trim(DateTimeOffset now)
    {
        if (_sources.Count > options.MaxBuckets)
        {
            Sweep(_sources, now, options.SourceBurst, options.SourceRefill);
        }

        if (_users.Count > options.MaxBuckets)
        {
            Sweep(_users, now, options.UserBurst, options.UserRefill);
        }
    }

    private void Sweep<TKey>(ConcurrentDictionary<TKey, Bucket> table, DateTimeOffset now, int burst, TimeSpan refill)
        where TKey : notnull
    {
        foreach ((TKey key, Bucket bucket) in table)
        {
            if (bucket.IsFull(now, burst, refill) || table.Count > options.MaxBuckets * 2)
            {
                table.TryRemove(key, out _);
            }
        }
    }

    private sealed class Bucket
    {
        private readonly Lock _lock = new();
        private double _used;
        private DateTimeOffset _at;

        public bool TryTake(DateTimeOffset now, int burst, TimeSpan refill, out TimeSpan retryAfter)
        {
            lock (_lock)
            {
                DrainUnderLock(now, refill);
                if (_used + 1 > burst)
                {
                    retryAfter = (_used + 1 - burst) * refill;
                    return false;
                }

                _used++;
                retryAfter = default;
                return true;
            }
        }

        public void GiveBack()
        {
            lock (_lock)
            {
                _used = Math.Max(0, _used - 1);
            }
        }

        public bool IsFull(DateTimeOffset now, int burst, TimeSpan refill)
        {
            lock (_lock)
            {
                DrainUnderLock(now, refill);
                return _used < 0.5 && burst > 0;
            }
        }

        private void DrainUnderLock(DateTimeOffset now, TimeSpan refill)
        {
            if (now > _at)
            {
                _used = Math.Max(0, _used - ((now - _at) / refill));
            }

            _at = now;
        }
    }
}

/// <summary>Figures of <see cref="LoginLimits"/>.</summary>
internal sealed record LoginLimitOptions
{
    /// <summary>Failed logins of one source at once.</summary>
    public int SourceBurst { get; init; } = 60;

    /// <summary>One more each.</summary>
    public TimeSpan SourceRefill { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Failed logins for one name at once, from wherever.</summary>
    public int UserBurst { get; init; } = 30;

    /// <summary>One more each.</summary>
    public TimeSpan UserRefill { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Buckets kept of each kind before full ones are swept.</summary>
    public int MaxBuckets { get; init; } = 50_000;

    /// <summary>Hashes waiting at most; more are refused as limited.</summary>
    public int Queue { get; init; } = 128;
}
