using System.Collections.Concurrent;
using System.Text;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// Ends of sealed handles that were put off by their use. A client that goes on with its first id, as many do with a point in time,
/// keeps it on this node as long as the upstream does; another node knows the newest ids only. Bounded. Thread-safe.
/// </summary>
internal sealed class HandleRenewals(Sealer sealer, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ends = new(StringComparer.Ordinal);

    /// <summary>Most that are remembered.</summary>
    internal int MaxHeld { get; init; } = 16 * 1024;

    /// <summary>How many are.</summary>
    internal int Held => _ends.Count;

    /// <summary>The later of a handle's own end and the one that it was put off to.</summary>
    public DateTimeOffset EndOf(Handle handle) =>
        _ends.TryGetValue(KeyOf(handle), out DateTimeOffset end) && end > handle.Expires ? end : handle.Expires;

    /// <summary>Puts its end off.</summary>
    public void Renew(Handle handle, DateTimeOffset end)
    {
        if (_ends.Count >= MaxHeld)
        {
            MakeRoom();
        }

        _ends.AddOrUpdate(KeyOf(handle), end, (_, before) => end > before ? end : before);
    }

    /// <summary>What is over goes first, then any: their owners have newer ids.</summary>
    private void MakeRoom()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((string key, DateTimeOffset end) in _ends)
        {
            if (end <= now || _ends.Count > MaxHeld * 3 / 4)
            {
                _ends.TryRemove(key, out _);
            }
        }
    }

    private string KeyOf(Handle handle) => sealer.NameOf(Encoding.UTF8.GetBytes(
        string.Join('\0', (int)handle.Kind, handle.Gate, handle.Owner.Realm, handle.Owner.Name, handle.Owner.Key, handle.UpstreamId)));
}
