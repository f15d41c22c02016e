namespace Gatehouse.Audit.Patterns;

/// <summary>
/// Patterns as a graph of positions, for one field of several ignore policies at once. A policy is a bit; where its end is
/// reached, the name matches that policy.
/// </summary>
internal sealed class PatternGraph
{
    private readonly List<Position> _positions = [];
    private readonly List<CharSet> _sets = [];
    private readonly Dictionary<CharSet, int> _setIds = [];
    private int _policy;

    /// <summary>What a position is.</summary>
    internal enum Kind
    {
        /// <summary>One symbol of a set, then on.</summary>
        Symbol,

        /// <summary>On without a symbol, to any of several.</summary>
        Fork,

        /// <summary>The pattern's end.</summary>
        End,

        /// <summary>The pattern's end, whatever follows.</summary>
        EndForever,
    }

    /// <summary>Where each pattern begins.</summary>
    public List<int> Starts { get; } = [];

    /// <summary>Sets that positions name by their number.</summary>
    public IReadOnlyList<CharSet> Sets => _sets;

    /// <summary>How many positions there are.</summary>
    public int Count => _positions.Count;

    /// <summary>Whether the patterns are too large.</summary>
    public bool IsTooLarge => _positions.Count > PatternBudget.MaxPositions;

    /// <summary>A position.</summary>
    public Position this[int index] => _positions[index];

    /// <summary>Adds the patterns of a policy.</summary>
    public void Add(int policy, IEnumerable<PatternNode> patterns)
    {
        _policy = policy;
        int end = Make(new Position(Kind.End, policy));
        foreach (PatternNode pattern in patterns)
        {
            Starts.Add(Build(pattern, end));
        }
    }

    // Built from the end: each part is given where it goes on.
    private int Build(PatternNode node, int next)
    {
        if (IsTooLarge)
        {
            return next;
        }

        switch (node)
        {
            case CharsNode chars:
                return Make(new Position(Kind.Symbol, _policy) { Set = IdOf(chars.Set), Next = next });
            case SequenceNode sequence:
                for (int i = sequence.Parts.Length - 1; i >= 0; i--)
                {
                    next = Build(sequence.Parts[i], next);
                }

                return next;
            case ChoiceNode choice:
                List<int> targets = [.. choice.Choices.Select(part => Build(part, next))];
                return Make(new Position(Kind.Fork, _policy) { Targets = targets });
            case RepeatNode repeat:
                return Repeat(repeat, next);
            default:
                throw new ArgumentOutOfRangeException(nameof(node));
        }
    }

    private int Repeat(RepeatNode repeat, int next)
    {
        if (repeat.Max is null)
        {
            next = Loop(repeat.Part, next);
        }

        int after = next;
        for (int i = (repeat.Max ?? repeat.Min) - repeat.Min; i > 0 && !IsTooLarge; i--)
        {
            next = Make(new Position(Kind.Fork, _policy) { Targets = [after, Build(repeat.Part, next)] });
        }

        for (int i = repeat.Min; i > 0 && !IsTooLarge; i--)
        {
            next = Build(repeat.Part, next);
        }

        return next;
    }

    private int Loop(PatternNode part, int next)
    {
        if (part is CharsNode { Set.IsAll: true } && _positions[next].Kind is Kind.End or Kind.EndForever)
        {
            return Make(new Position(Kind.EndForever, _policy));
        }

        List<int> targets = [next];
        int fork = Make(new Position(Kind.Fork, _policy) { Targets = targets });
        targets.Add(Build(part, fork));
        return fork;
    }

    private int IdOf(CharSet set)
    {
        if (!_setIds.TryGetValue(set, out int id))
        {
            id = _sets.Count;
            _sets.Add(set);
            _setIds.Add(set, id);
        }

        return id;
    }

    private int Make(Position position)
    {
        _positions.Add(position);
        return _positions.Count - 1;
    }

    /// <summary>A position of the graph.</summary>
    /// <param name="Kind">What it is.</param>
    /// <param name="Policy">Whose it is.</param>
    internal sealed record Position(Kind Kind, int Policy)
    {
        /// <summary>The set of a symbol.</summary>
        public int Set { get; init; }

        /// <summary>Where a symbol leads.</summary>
        public int Next { get; init; }

        /// <summary>Where a fork leads.</summary>
        public List<int> Targets { get; init; } = [];
    }
}
