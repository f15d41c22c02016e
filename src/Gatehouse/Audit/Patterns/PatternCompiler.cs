using System.Runtime.InteropServices;

namespace Gatehouse.Audit.Patterns;

/// <summary>Makes the automaton of a graph by the subset construction, within a budget.</summary>
internal sealed class PatternCompiler
{
    private readonly PatternGraph _graph;
    private readonly PatternBudget _budget;
    private readonly Dictionary<int[], ushort> _states = new(new SubsetComparer());
    private readonly List<int[]> _subsets = [];
    private readonly List<ushort> _next = [];
    private readonly int[] _seen;
    private readonly int[][] _classesOfSet;
    private readonly int[] _classStarts;
    private readonly ushort[] _classOf;
    private readonly int _classes;
    private int _round;

    private PatternCompiler(PatternGraph graph, PatternBudget budget)
    {
        _graph = graph;
        _budget = budget;
        _seen = new int[graph.Count];
        SortedSet<int> starts = [0];
        foreach ((int from, int to) in graph.Sets.SelectMany(static set => set.Ranges))
        {
            starts.Add(from);
            if (to < CharSet.Last)
            {
                starts.Add(to + 1);
            }
        }

        _classStarts = [.. starts];
        _classOf = Classes(out _classes);
        _classesOfSet =
        [
            .. graph.Sets.Select(set => Enumerable.Range(0, _classStarts.Length)
                .Where(stretch => set.Contains(_classStarts[stretch])).Select(stretch => (int)_classOf[stretch]).Distinct().ToArray()),
        ];
    }

    /// <summary>Compiles; null where it would get too large.</summary>
    public static NameMatcher? Compile(PatternGraph graph, PatternBudget budget) =>
        graph.IsTooLarge || !budget.TakeSteps(graph.Sets.Sum(static set => 2L * set.Ranges.Length) * graph.Sets.Count)
            ? null
            : new PatternCompiler(graph, budget).Compile();

    private NameMatcher? Compile()
    {
        StateOf([]);
        StateOf(Close(_graph.Starts));
        List<int>[] targets = [.. Enumerable.Range(0, _classes).Select(static _ => new List<int>())];
        for (int state = 0; state < _subsets.Count; state++)
        {
            if (_subsets.Count > PatternBudget.MaxStates || !_budget.TakeCells(_classes) || !_budget.IsLeft)
            {
                return null;
            }

            Follow(_subsets[state], targets);
            foreach (List<int> target in targets)
            {
                _next.Add(target.Count == 0 ? (ushort)0 : StateOf(Close(target)));
                target.Clear();
            }
        }

        ulong[] ends = [.. _subsets.Select(Ends)];
        ushort[] next = [.. _next];
        return Always(next, ends) is { } always ? new NameMatcher(next, ends, always, _classStarts, _classOf) : null;
    }

    // Stretches that no set tells apart are one class.
    private ushort[] Classes(out int count)
    {
        int[] classOf = new int[_classStarts.Length];
        count = 1;
        foreach (CharSet set in _graph.Sets)
        {
            Dictionary<(int, bool), int> split = [];
            for (int i = 0; i < classOf.Length; i++)
            {
                ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(split, (classOf[i], set.Contains(_classStarts[i])), out bool exists);
                known = exists ? known : split.Count - 1;
                classOf[i] = known;
            }

            count = split.Count;
        }

        return [.. classOf.Select(static c => (ushort)c)];
    }

    private void Follow(int[] subset, List<int>[] targets)
    {
        foreach (int index in subset)
        {
            PatternGraph.Position position = _graph[index];
            if (position.Kind == PatternGraph.Kind.EndForever)
            {
                foreach (List<int> target in targets)
                {
                    target.Add(index);
                }
            }
            else if (position.Kind == PatternGraph.Kind.Symbol)
            {
                foreach (int symbolClass in _classesOfSet[position.Set])
                {
                    targets[symbolClass].Add(position.Next);
                }
            }

            _budget.TakeSteps(_classes);
        }
    }

    private int[] Close(List<int> from)
    {
        _round++;
        List<int> result = [];
        Stack<int> open = new(from);
        ulong forever = 0;
        while (open.TryPop(out int index))
        {
            if (_seen[index] == _round)
            {
                continue;
            }

            _seen[index] = _round;
            PatternGraph.Position position = _graph[index];
            if (position.Kind == PatternGraph.Kind.Fork)
            {
                position.Targets.ForEach(open.Push);
                _budget.TakeSteps(position.Targets.Count);
            }
            else
            {
                forever |= position.Kind == PatternGraph.Kind.EndForever ? 1UL << position.Policy : 0;
                result.Add(index);
            }
        }

        result.Sort();
        _budget.TakeSteps(result.Count);
        return forever == 0 ? [.. result] : WithoutMatched(result, forever);
    }

    // A policy that matches whatever follows has nothing more to find out; without this the subsets multiply.
    private int[] WithoutMatched(List<int> positions, ulong forever)
    {
        ulong kept = 0;
        return
        [
            .. positions.Where(index =>
            {
                PatternGraph.Position position = _graph[index];
                ulong bit = 1UL << position.Policy;
                if ((forever & bit) == 0)
                {
                    return true;
                }

                bool isKept = position.Kind == PatternGraph.Kind.EndForever && (kept & bit) == 0;
                kept |= isKept ? bit : 0;
                return isKept;
            }),
        ];
    }

    private ushort StateOf(int[] subset)
    {
        if (!_states.TryGetValue(subset, out ushort state))
        {
            state = (ushort)_subsets.Count;
            _states.Add(subset, state);
            _subsets.Add(subset);
        }

        return state;
    }

    private ulong Ends(int[] subset) => subset.Aggregate(
        0UL, (mask, index) => _graph[index].Kind == PatternGraph.Kind.Symbol ? mask : mask | (1UL << _graph[index].Policy));

    // What matches in a state and in every state behind it.
    private ulong[]? Always(ushort[] next, ulong[] ends)
    {
        ulong[] always = [.. ends];
        bool changed = true;
        while (changed)
        {
            changed = false;
            if (!_budget.TakeSteps(next.Length))
            {
                return null;
            }

            for (int state = always.Length - 1; state >= 0; state--)
            {
                ulong mask = always[state];
                foreach (ushort target in next.AsSpan(state * _classes, _classes))
                {
                    mask &= always[target];
                }

                changed |= mask != always[state];
                always[state] = mask;
            }
        }

        return always;
    }

    private sealed class SubsetComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
