using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Gatehouse.Network;

namespace Gatehouse.Engine.Names;

/// <summary>The plain names of rules with their addresses. Readers see an immutable table; changes make a new one.</summary>
internal sealed class HostBook(NameLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HostEntry> _entries = new(StringComparer.Ordinal);
    private volatile Table _table = new(FrozenDictionary<IPAddress, ImmutableArray<HostAddress>>.Empty, FrozenSet<string>.Empty);

    /// <summary>Names that stand for an address.</summary>
    public ImmutableArray<HostAddress> At(IPAddress address) =>
        _table.ByAddress.TryGetValue(address, out ImmutableArray<HostAddress> hosts) ? hosts : [];

    /// <summary>Whether there ever was an answer for a name.</summary>
    public bool IsResolved(string host) => _table.Resolved.Contains(host);

    /// <summary>Takes these names and no others.</summary>
    public void Watch(IEnumerable<string> names)
    {
        lock (_lock)
        {
            HashSet<string> wanted = names.ToHashSet(StringComparer.Ordinal);
            int before = _entries.Count;
            foreach (string gone in _entries.Keys.Where(name => !wanted.Contains(name)).ToList())
            {
                _entries.Remove(gone);
            }

            foreach (string name in wanted)
            {
                _entries.TryAdd(name, new HostEntry(name));
            }

            if (before > 0 || _entries.Count > 0)
            {
                Publish();
            }
        }
    }

    /// <summary>Names to ask for now; each must be learned or dropped.</summary>
    public IReadOnlyList<HostEntry> TakeDue(TimeSpan now)
    {
        lock (_lock)
        {
            if (_entries.Count == 0)
            {
                return [];
            }

            if (Expire(now))
            {
                Publish();
            }

            HostEntry[] due = [.. _entries.Values.Where(e => !e.IsAsked && now >= e.Due)];
            foreach (HostEntry entry in due)
            {
                entry.IsAsked = true;
            }

            return due;
        }
    }

    /// <summary>The question could not be put.</summary>
    public void Drop(HostEntry entry)
    {
        lock (_lock)
        {
            entry.IsAsked = false;
        }
    }

    /// <summary>An answer; whether the addresses are others than before.</summary>
    public bool Learn(HostEntry entry, NameAnswer<IPAddress> answer, TimeSpan now, DateTimeOffset at)
    {
        lock (_lock)
        {
            entry.IsAsked = false;
            entry.IsFailing = answer.IsFailure;
            if (answer.IsFailure)
            {
                entry.Due = now + limits.RetryAfter;
                return false;
            }

            bool isFirst = !entry.IsResolved;
            ImmutableArray<IPAddress> before = entry.Current;
            entry.IsResolved = true;
            entry.Learned = now;
            entry.LearnedAt = at;
            entry.Due = now + limits.KeepOthers;

            // Too many: whoever answers so would open the gate to half the world, or have the deny rule forgotten. They deny
            // as far as the memory goes, and allow nobody.
            bool isTooMany = answer.Values.Length > limits.AddressesPerName;
            entry.Current = isTooMany ? [] : answer.Values;
            foreach (IPAddress gone in isTooMany ? before.Concat(answer.Values).Distinct().Take(limits.FormerAddresses) : before.Except(answer.Values))
            {
                Remember(entry, gone, now + limits.Former);
            }

            foreach (IPAddress address in entry.Current)
            {
                entry.Former.Remove(address);
            }

            bool isChanged = before.Length != entry.Current.Length || before.Except(entry.Current).Any();
            if (isChanged || isFirst || isTooMany)
            {
                Publish();
            }

            return isChanged;
        }
    }

    /// <summary>A name as it is shown.</summary>
    public HostState? StateOf(string host)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(host, out HostEntry? entry)
                ? new HostState(entry.Current, entry.IsResolved, entry.IsFailing, entry.LearnedAt)
                : null;
        }
    }

    private void Remember(HostEntry entry, IPAddress address, TimeSpan until)
    {
        if (entry.Former.Count >= limits.FormerAddresses)
        {
            entry.Former.Remove(entry.Former.MinBy(static f => f.Value).Key);
        }

        entry.Former[address] = until;
    }

    // Without answers an address stops to allow after a time, and goes on to deny.
    private bool Expire(TimeSpan now)
    {
        bool isChanged = false;
        foreach (HostEntry entry in _entries.Values)
        {
            if (!entry.Current.IsEmpty && now - entry.Learned > limits.OldestHost)
            {
                foreach (IPAddress address in entry.Current)
                {
                    Remember(entry, address, TimeSpan.MaxValue);
                }

                entry.Current = [];
                isChanged = true;
            }

            foreach (IPAddress old in entry.Former.Where(f => f.Value <= now).Select(static f => f.Key).ToList())
            {
                entry.Former.Remove(old);
                isChanged = true;
            }
        }

        return isChanged;
    }

    private void Publish()
    {
        var hosts = new Dictionary<IPAddress, ImmutableArray<HostAddress>>();
        foreach (HostEntry entry in _entries.Values)
        {
            foreach (IPAddress address in entry.Current)
            {
                hosts[address] = hosts.GetValueOrDefault(address, []).Add(new HostAddress(entry.Name, true));
            }

            foreach (IPAddress address in entry.Former.Keys)
            {
                hosts[address] = hosts.GetValueOrDefault(address, []).Add(new HostAddress(entry.Name, false));
            }
        }

        _table = new Table(
            hosts.ToFrozenDictionary(),
            _entries.Values.Where(static e => e.IsResolved).Select(static e => e.Name).ToFrozenSet(StringComparer.Ordinal));
    }

    private sealed record Table(FrozenDictionary<IPAddress, ImmutableArray<HostAddress>> ByAddress, FrozenSet<string> Resolved);
}
