using System.Runtime.InteropServices;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Connections;

/// <summary>How many connections each user has at a gate. Thread-safe.</summary>
internal sealed class UserConnections
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Realm, string Name), int> _counts = [];

    /// <summary>Takes one more; false where the user has as many as <paramref name="limit"/>, 0 for none.</summary>
    public bool TryEnter(Principal principal, int limit)
    {
        lock (_lock)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, (principal.Realm, principal.Name), out _);
            if (limit > 0 && count >= limit)
            {
                return false;
            }

            count++;
            return true;
        }
    }

    /// <summary>Gives it back.</summary>
    public void Leave(Principal principal)
    {
        lock (_lock)
        {
            (string Realm, string Name) key = (principal.Realm, principal.Name);
            if (--CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _) <= 0)
            {
                _counts.Remove(key);
            }
        }
    }
}
