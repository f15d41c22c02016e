using Gatehouse.Operations;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// What the statements, jobs and transactions of a connection wanted: cursors that they have opened go on giving rows without being
/// asked about again, jobs tell what came of them, and transactions hold locks, so that losing any of these rights ends the connection.
/// Thread-safe.
/// </summary>
internal sealed class OpenedRights
{
    // More different ones than any program has statements; past it any change of the policy ends the connection.
    private const int Most = 512;

    // Names in all of them together: they are kept as long as the connection, and all are asked about at each change.
    private const int MostNames = 8192;

    private readonly Lock _gate = new();
    private readonly List<OperationSet> _sets = [];
    private int _names;
    private bool _isFull;

    /// <summary>Notes what a statement wants.</summary>
    public void Add(OperationSet operations)
    {
        lock (_gate)
        {
            for (int i = _sets.Count - 1; i >= 0; i--)
            {
                if (AreEqual(_sets[i], operations))
                {
                    // Those in use are found soon.
                    (_sets[i], _sets[^1]) = (_sets[^1], _sets[i]);
                    return;
                }
            }

            if (_sets.Count == Most || _names + operations.ResourceCount > MostNames)
            {
                _isFull = true;
                return;
            }

            var kept = new OperationSet();
            kept.CopyFrom(operations);
            _sets.Add(kept);
            _names += operations.ResourceCount;
        }
    }

    /// <summary>Whether all of it is still allowed.</summary>
    public bool All(Func<OperationSet, bool> isAllowed)
    {
        lock (_gate)
        {
            return !_isFull && _sets.TrueForAll(set => isAllowed(set));
        }
    }

    private static bool AreEqual(OperationSet one, OperationSet other)
    {
        if (one.Count != other.Count || one.ResourceCount != other.ResourceCount)
        {
            return false;
        }

        for (int i = 0; i < one.Count; i++)
        {
            OperationView a = one[i];
            OperationView b = other[i];
            if (!ReferenceEquals(a.Action, b.Action) || a.ResourceCount != b.ResourceCount)
            {
                return false;
            }

            for (int j = 0; j < a.ResourceCount; j++)
            {
                if (a.Scope(j) != b.Scope(j) || !a.Resource(j).SequenceEqual(b.Resource(j)))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
