using System.Diagnostics.CodeAnalysis;
using Gatehouse.Protocols.Ignite.Calls;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// Requests of one connection that the node has not answered, by the client's numbers. A number may stand once: two answers with one
/// number could not be told apart, and one would pass for the other's. Thread-safe.
/// </summary>
internal sealed class PendingCalls(int most)
{
    private const int MostFree = 32;
    private const int MostHeartbeats = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Call> _calls = [];
    private readonly Stack<Call> _free = new();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>A call to be filled in; give it back, or add it.</summary>
    public Call Take()
    {
        lock (_gate)
        {
            return _free.TryPop(out Call? call) ? call : new Call();
        }
    }

    /// <summary>Gives one back that did not come to be, or that is answered.</summary>
    public void GiveBack(Call call)
    {
        call.Reset();
        lock (_gate)
        {
            if (_free.Count < MostFree)
            {
                _free.Push(call);
            }
        }
    }

    /// <summary>Adds one before it is sent; null, or why it cannot be.</summary>
    public CallRefusal? TryAdd(Call call)
    {
        lock (_gate)
        {
            // A heartbeat that is refused ends real clients.
            if (_calls.Count >= (call.Opcode == IgniteOpcodes.Heartbeat ? (long)most + MostHeartbeats : most))
            {
                return CallRefusal.TooMany;
            }

            return _calls.TryAdd(call.Id, call) ? null : CallRefusal.Duplicate;
        }
    }

    /// <summary>Takes one out, as its answer has come.</summary>
    public bool TryRemove(long id, [NotNullWhen(true)] out Call? call)
    {
        lock (_gate)
        {
            return _calls.Remove(id, out call);
        }
    }

    /// <summary>Looks at one without taking it out.</summary>
    public bool TryPeek(long id, [NotNullWhen(true)] out Call? call)
    {
        lock (_gate)
        {
            return _calls.TryGetValue(id, out call);
        }
    }

    /// <summary>Takes all of them out.</summary>
    public List<Call> TakeAll()
    {
        lock (_gate)
        {
            List<Call> all = [.. _calls.Values];
            _calls.Clear();
            return all;
        }
    }

    /// <summary>Whether every one that is under way is still allowed.</summary>
    public bool All(Func<Call, bool> isAllowed)
    {
        lock (_gate)
        {
            return _calls.Values.All(isAllowed);
        }
    }
}
