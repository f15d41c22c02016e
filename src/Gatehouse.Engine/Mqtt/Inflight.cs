namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Publishes of QoS 1 and 2 that went on and are without the broker's last word, where the gate has a limit of its own.
/// Thread-safe.
/// </summary>
/// <param name="limit">Most at once; 0: no limit, and nothing is counted.</param>
internal sealed class Inflight(int limit)
{
    private readonly HashSet<ushort>? _ids = limit == 0 ? null : [];

    /// <summary>Whether there is a limit.</summary>
    public bool IsLimited => limit > 0;

    /// <summary>Takes a place; false when there is none. A message that is sent again has its own already.</summary>
    public bool TryEnter(ushort id)
    {
        if (_ids is null)
        {
            return true;
        }

        lock (_ids)
        {
            return _ids.Contains(id) || (_ids.Count < limit && _ids.Add(id));
        }
    }

    /// <summary>Gives it back.</summary>
    public void Leave(ushort id)
    {
        if (_ids is null)
        {
            return;
        }

        lock (_ids)
        {
            _ids.Remove(id);
        }
    }
}
