using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy.Tables;

/// <summary>What one rule set says about one action: a verdict a group, ready but for conditions. Immutable.</summary>
internal sealed class ActionRow
{
    private const int MostPacked = 16;
    private const int PackedBits = 4;

    // Few sets have more groups than a word holds verdicts.
    private readonly ulong _packed;
    private readonly byte[]? _groups;
    private readonly bool[] _covers;
    private readonly RuleSet _set;
    private readonly GrantShape[] _allows;
    private readonly GrantShape[] _wholeDenies;
    private readonly (GrantShape Shape, DenyHeads Heads)[] _denies;
    private IndexRules? _rules;

    public ActionRow(RuleSet set, SystemAction action)
        : this(set, action, isRestricted: false)
    {
        Restricted = Privileges.IsOnIndices(action) ? new ActionRow(set, action, isRestricted: true) : null;
    }

    private ActionRow(RuleSet set, SystemAction action, bool isRestricted)
    {
        _set = set;
        Action = action;
        _covers = Array.ConvertAll(set.Shapes, shape => shape.CheckAction(action) == FailedCondition.None && (!isRestricted || shape.ReachesRestricted(action)));
        byte[] groups = Array.ConvertAll(set.Groups, Precompute);
        _groups = groups.Length > MostPacked ? groups : null;
        for (int group = 0; _groups is null && group < groups.Length; group++)
        {
            _packed |= (ulong)groups[group] << (group * PackedBits);
        }

        int[] covering = [.. Enumerable.Range(0, _covers.Length).Where(i => _covers[i])];
        _allows = [.. covering.Select(i => set.Shapes[i]).Where(static s => s.Effect == GrantEffect.Allow)];
        _wholeDenies = [.. covering.Where(i => set.WholeDenies[i]).Select(i => set.Shapes[i])];
        _denies = [.. covering.Where(i => set.DenyHeads[i] is not null).Select(i => (set.Shapes[i], set.DenyHeads[i]!))]; // filtered
        IsEmpty = _allows.Length == 0 && _denies.Length == 0;
        Decisive = _denies.Length > 0 ? GroupVerdict.Deny : GroupVerdict.Allow;
    }

    /// <summary>The action.</summary>
    public SystemAction Action { get; }

    /// <summary>What counts for restricted names, where the action is one on indices; null: names are names.</summary>
    public ActionRow? Restricted { get; }

    /// <summary>Whether no grant speaks of the action at all.</summary>
    public bool IsEmpty { get; }

    /// <summary>The bits after which nothing more can change the verdict: a deny, or an allow where no grant denies.</summary>
    public int Decisive { get; }

    /// <summary>What its grants say about names of indices, to narrow by; made when first asked for.</summary>
    public IndexRules Rules => Volatile.Read(ref _rules) ?? Interlocked.CompareExchange(ref _rules, IndexRules.Of(_set, this), null) ?? _rules;

    /// <summary>What a group says now.</summary>
    public int Verdict(int group, in AuthorizationContext context)
    {
        int verdict = _groups is null ? (int)(_packed >> (group * PackedBits)) & ((1 << PackedBits) - 1) : _groups[group];
        return (verdict & GroupVerdict.Conditional) == 0 ? verdict : Evaluate(group, verdict, context);
    }

    /// <summary>The verdict on an operation without resources.</summary>
    public int Whole(in AuthorizationContext context) =>
        AnyHolds(_wholeDenies, context) ? GroupVerdict.Deny : AnyHolds(_allows, context) ? GroupVerdict.Allow : 0;

    /// <summary>Whether a deny that applies could match a name that starts with <paramref name="prefix"/>.</summary>
    public bool ReachesDeny(ReadOnlySpan<byte> prefix, in AuthorizationContext context)
    {
        foreach ((GrantShape shape, DenyHeads heads) in _denies)
        {
            if (shape.CheckConditions(context) == FailedCondition.None && heads.CouldReach(prefix))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a deny that applies has a topic in common with a filter. One by one: filters come with subscriptions, not with messages.</summary>
    public bool MeetsDeny(ReadOnlySpan<byte> filter, in AuthorizationContext context)
    {
        foreach ((GrantShape shape, DenyHeads heads) in _denies)
        {
            if (shape.CheckConditions(context) == FailedCondition.None && heads.Meets(filter, context.Principal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool AnyHolds(GrantShape[] shapes, in AuthorizationContext context)
    {
        foreach (GrantShape shape in shapes)
        {
            if (shape.CheckConditions(context) == FailedCondition.None)
            {
                return true;
            }
        }

        return false;
    }

    private static int BitOf(GrantShape shape) => shape.Effect == GrantEffect.Deny ? GroupVerdict.Deny : GroupVerdict.Allow;

    private byte Precompute(int[] group)
    {
        int verdict = 0;
        foreach (int index in group)
        {
            GrantShape shape = _set.Shapes[index];
            if (_covers[index])
            {
                verdict |= shape.Conditions is null ? BitOf(shape) : GroupVerdict.Conditional;
            }
        }

        return (byte)verdict;
    }

    private int Evaluate(int group, int verdict, in AuthorizationContext context)
    {
        foreach (int index in _set.Groups[group])
        {
            GrantShape shape = _set.Shapes[index];
            if (_covers[index] && (verdict & BitOf(shape)) == 0 && shape.CheckConditions(context) == FailedCondition.None)
            {
                verdict |= BitOf(shape);
            }
        }

        return verdict & (GroupVerdict.Allow | GroupVerdict.Deny);
    }
}

/// <summary>Where the patterns of one denying grant shape begin, sorted, so that a whole prefix is held against them by bisection.</summary>
internal sealed class DenyHeads
{
    private readonly ResourcePattern[] _patterns;
    private readonly byte[][] _all;
    private readonly byte[][] _open;
    private readonly int[] _lengths;

    public DenyHeads(IReadOnlyCollection<ResourcePattern> patterns)
    {
        _patterns = [.. patterns];
        _all = Sort(patterns);
        _open = Sort(patterns.Where(static p => p.Kind != PatternKind.Exact));
        _lengths = [.. _open.Select(static h => h.Length).Distinct().Order()];
    }

    /// <summary>The same as <see cref="ResourcePattern.CouldReach"/> of any of them.</summary>
    public bool CouldReach(ReadOnlySpan<byte> prefix)
    {
        int first = FirstNotLess(_all, prefix);
        if (first < _all.Length && _all[first].AsSpan().StartsWith(prefix))
        {
            return true;
        }

        foreach (int length in _lengths)
        {
            if (length > prefix.Length)
            {
                return false;
            }

            ReadOnlySpan<byte> head = prefix[..length];
            int at = FirstNotLess(_open, head);
            if (at < _open.Length && head.SequenceEqual(_open[at]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether any of them has a topic in common with a filter.</summary>
    public bool Meets(ReadOnlySpan<byte> filter, Principal principal)
    {
        foreach (ResourcePattern pattern in _patterns)
        {
            if (TopicPatterns.Meets(pattern, filter, principal))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[][] Sort(IEnumerable<ResourcePattern> patterns)
    {
        byte[][] heads = [.. patterns.Select(static p => p.Head)];
        Array.Sort(heads, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return heads;
    }

    private static int FirstNotLess(byte[][] heads, ReadOnlySpan<byte> value)
    {
        int low = 0;
        int high = heads.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (heads[middle].AsSpan().SequenceCompareTo(value) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
