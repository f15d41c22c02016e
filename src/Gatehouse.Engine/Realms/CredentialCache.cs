using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Verified credentials, keyed by an HMAC of what was presented under a key of this process. An entry falls only with its user
/// or its credential's version; state, roles and expiry are looked up in the snapshot each time. Failures are never kept.
/// </summary>
internal sealed class CredentialCache(int capacity)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(64);
    private readonly ConcurrentDictionary<UInt128, Entry> _entries = new();

    /// <summary>Entries held.</summary>
    public int Count => _entries.Count;

    /// <summary>Computes the 32-byte tag of a presented header value.</summary>
    public void Tag(ReadOnlySpan<char> presented, Span<byte> tag) =>
        HMACSHA256.HashData(_key, MemoryMarshal.AsBytes(presented), tag);

    /// <summary>Finds a verified credential that still stands on the snapshot.</summary>
    public bool TryGet(ReadOnlySpan<byte> tag, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? found)
    {
        if (_entries.TryGetValue(Prefix(tag), out Entry entry) && CryptographicOperations.FixedTimeEquals(entry.Tag, tag))
        {
            if (entry.Authenticated.IsFresh(now) && entry.Authenticated.IsCurrent(snapshot, now))
            {
                found = entry.Authenticated;
                return true;
            }

            _entries.TryRemove(Prefix(tag), out _);
        }

        found = null;
        return false;
    }

    /// <summary>Keeps a verified credential.</summary>
    public void Add(ReadOnlySpan<byte> tag, Authenticated authenticated)
    {
        if (_entries.Count >= capacity)
        {
            Shrink();
        }

        _entries[Prefix(tag)] = new Entry(tag.ToArray(), authenticated);
    }

    /// <summary>Any tenth goes: the tags are random to everybody outside, so nobody can choose which.</summary>
    private void Shrink()
    {
        int drop = Math.Max(1, capacity / 10);
        foreach (UInt128 key in _entries.Keys)
        {
            if (drop-- <= 0)
            {
                return;
            }

            _entries.TryRemove(key, out _);
        }
    }

    private static UInt128 Prefix(ReadOnlySpan<byte> tag) => MemoryMarshal.Read<UInt128>(tag);

    private readonly record struct Entry(byte[] Tag, Authenticated Authenticated);
}
