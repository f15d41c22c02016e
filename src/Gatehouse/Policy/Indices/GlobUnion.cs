namespace Gatehouse.Policy.Indices;

/// <summary>What a pattern says about names.</summary>
internal enum GlobRule : byte
{
    /// <summary>Allows those that are not restricted.</summary>
    Plain,

    /// <summary>Allows those, and restricted ones.</summary>
    Wide,

    /// <summary>Says that they are restricted.</summary>
    Restricted,

    /// <summary>Denies them.</summary>
    Deny,
}

/// <summary>A pattern with what it says.</summary>
/// <param name="Glob">The pattern.</param>
/// <param name="NoDot">Whether it leaves out names that begin with a dot.</param>
/// <param name="Rule">What it says.</param>
internal sealed record RuledGlob(Glob Glob, bool NoDot, GlobRule Rule);

/// <summary>
/// Whether all names that patterns stand for are allowed by several others together. The one side is walked through character by
/// character, the other followed as the set of all places it can be at, with a limit on how many such sets there are.
/// </summary>
internal sealed class GlobUnion
{
    private const int MaxSets = 1024;
    private const int MaxSteps = 50_000;

    private readonly RuledGlob[] _rules;
    private readonly int[] _bases;
    private readonly int[] _letters;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<char[]> _sets = [];
    private readonly Dictionary<(int Set, int Letter), int> _next = [];

    private GlobUnion(IEnumerable<Glob> left, RuledGlob[] rules)
    {
        _rules = rules;
        _bases = new int[rules.Length + 1];
        for (int i = 0; i < rules.Length; i++)
        {
            _bases[i + 1] = _bases[i] + rules[i].Glob.Symbols.Length + 1;
        }

        HashSet<int> letters = ['.', .. left.Concat(rules.Select(static r => r.Glob)).SelectMany(static g => g.Symbols).Where(static s => s >= 0)];
        int other = 'a';
        while (letters.Contains(other))
        {
            other++;
        }

        _letters = [.. letters, other];
    }

    /// <summary>Whether every name that all of <paramref name="left"/> stand for is allowed; null: it cannot be said within the limits.</summary>
    public static bool? Allows(Glob[] left, RuledGlob[] rules)
    {
        var union = new GlobUnion(left, rules);
        return union._bases[^1] > char.MaxValue ? null : union.Walk(left);
    }

    private bool? Walk(Glob[] left)
    {
        var seen = new HashSet<(int, int, int, bool)>();
        var waiting = new Stack<(int One, int Other, int Set, bool IsFirst)>();
        waiting.Push((0, 0, Number([.. Closed(Enumerable.Range(0, _rules.Length).Select(i => _bases[i]))]), true));
        for (int steps = 0; waiting.TryPop(out (int One, int Other, int Set, bool IsFirst) at); steps++)
        {
            if (steps > MaxSteps || _sets.Count > MaxSets)
            {
                return null;
            }

            if (!seen.Add(at))
            {
                continue;
            }

            // No name is empty.
            if (!at.IsFirst && at.One == left[0].Symbols.Length && (left.Length == 1 || at.Other == left[1].Symbols.Length) && !IsAllowed(at.Set))
            {
                return false;
            }

            Push(left, at, waiting);
        }

        return true;
    }

    private void Push(Glob[] left, (int One, int Other, int Set, bool IsFirst) at, Stack<(int One, int Other, int Set, bool IsFirst)> waiting)
    {
        // A star may also be over.
        if (at.One < left[0].Symbols.Length && left[0].Symbols[at.One] == Glob.Star)
        {
            waiting.Push(at with { One = at.One + 1 });
        }

        if (left.Length > 1 && at.Other < left[1].Symbols.Length && left[1].Symbols[at.Other] == Glob.Star)
        {
            waiting.Push(at with { Other = at.Other + 1 });
        }

        foreach (int letter in _letters)
        {
            int one = After(left[0], at.One, letter);
            int other = left.Length == 1 ? 0 : After(left[1], at.Other, letter);
            if (one >= 0 && other >= 0)
            {
                waiting.Push((one, other, Next(at.Set, letter, at.IsFirst), false));
            }
        }
    }

    private static int After(Glob glob, int at, int letter) =>
        at == glob.Symbols.Length ? -1
        : glob.Symbols[at] == Glob.Star ? at
        : glob.Symbols[at] == Glob.One || glob.Symbols[at] == letter ? at + 1
        : -1;

    private int Next(int set, int letter, bool isFirst)
    {
        // The first set is not come back to: it holds the beginnings, and every letter leads away from one that is a literal.
        if (!isFirst && _next.TryGetValue((set, letter), out int known))
        {
            return known;
        }

        List<int> places = [];
        foreach (char place in _sets[set])
        {
            int rule = RuleAt(place);
            if (isFirst && letter == '.' && _rules[rule].NoDot)
            {
                continue;
            }

            int after = After(_rules[rule].Glob, place - _bases[rule], letter);
            if (after >= 0)
            {
                places.Add(_bases[rule] + after);
            }
        }

        int number = Number([.. Closed(places)]);
        if (!isFirst)
        {
            _next[(set, letter)] = number;
        }

        return number;
    }

    private SortedSet<int> Closed(IEnumerable<int> places)
    {
        var closed = new SortedSet<int>();
        foreach (int start in places)
        {
            int place = start;
            int rule = RuleAt(place);
            closed.Add(place);
            while (place - _bases[rule] < _rules[rule].Glob.Symbols.Length && _rules[rule].Glob.Symbols[place - _bases[rule]] == Glob.Star)
            {
                closed.Add(++place);
            }
        }

        return closed;
    }

    private int Number(int[] places)
    {
        char[] set = Array.ConvertAll(places, static p => (char)p);
        string key = new(set);
        if (!_numbers.TryGetValue(key, out int number))
        {
            number = _sets.Count;
            _numbers.Add(key, number);
            _sets.Add(set);
        }

        return number;
    }

    private bool IsAllowed(int set)
    {
        bool plain = false;
        bool wide = false;
        bool restricted = false;
        foreach (char place in _sets[set])
        {
            int rule = RuleAt(place);
            if (place - _bases[rule] == _rules[rule].Glob.Symbols.Length)
            {
                GlobRule says = _rules[rule].Rule;
                if (says == GlobRule.Deny)
                {
                    return false;
                }

                plain |= says == GlobRule.Plain;
                wide |= says == GlobRule.Wide;
                restricted |= says == GlobRule.Restricted;
            }
        }

        return wide || (plain && !restricted);
    }

    private int RuleAt(int place)
    {
        int found = Array.BinarySearch(_bases, place);
        return found >= 0 ? found : ~found - 1;
    }
}
