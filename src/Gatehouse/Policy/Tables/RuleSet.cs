using System.Runtime.CompilerServices;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// The grants of one set of roles, compiled. A place of the table holds a pattern and the number of its group: the
/// grants, but for their resources, that name this pattern. What a group says about an action is worked out once an
/// action (<see cref="ActionRow"/>); only conditions are left to the decision. Immutable but for those rows.
/// </summary>
internal sealed class RuleSet
{
    // What a decision reads lies close together; the rest is behind one reference.
    private readonly ProbePlan _probes;
    private readonly PlaceTable _places;
    private readonly RuleSetParts _parts;
    private ActionRow? _latest;
    private ActionRow?[] _rows = [];

    public RuleSet(RuleSetParts parts)
    {
        _parts = parts;
        _probes = parts.Probes;
        _places = parts.Places;
    }

    /// <summary>The roles, known ones only.</summary>
    public CompiledRole[] Roles => _parts.Roles;

    /// <summary>The groups: numbers into <see cref="Shapes"/>.</summary>
    public int[][] Groups => _parts.Groups;

    /// <summary>The distinct grant shapes.</summary>
    public GrantShape[] Shapes => _parts.Shapes;

    /// <summary>Which shapes are denies on <c>**</c>.</summary>
    public bool[] WholeDenies => _parts.WholeDenies;

    /// <summary>For each shape that denies, where its patterns begin; null for an allow.</summary>
    public DenyHeads?[] DenyHeads => _parts.DenyHeads;

    /// <summary>How much memory it holds, in bytes, more or less.</summary>
    public long Weight => _places.Weight + 1024;

    /// <summary>What this set says about an action; made when the action is first seen, also one newer than the set.</summary>
    public ActionRow RowFor(SystemAction action)
    {
        if (Volatile.Read(ref _latest) is { } latest && ReferenceEquals(latest.Action, action))
        {
            return latest;
        }

        ActionRow?[] rows = Volatile.Read(ref _rows);
        return (uint)action.Id < (uint)rows.Length && rows[action.Id] is ActionRow row ? row : AddRow(action);
    }

    /// <summary>Decides an operation without resources: any grant of the action allows it, only a deny on everything denies it.</summary>
    public DenialReason DecideWhole(ActionRow row, in AuthorizationContext context) => ToReason(row.Whole(context));

    /// <summary>Decides one name.</summary>
    public DenialReason DecideName(ActionRow row, ReadOnlySpan<byte> name, in AuthorizationContext context) =>
        row.IsEmpty ? DenialReason.NoGrant
        : row.Restricted is not null ? DecideIndex(row, name, context)
        : ToReason(Lookup(row, name, ResourceScope.Exact, context));

    /// <summary>Decides every name that starts with these bytes.</summary>
    public DenialReason DecidePrefix(ActionRow row, ReadOnlySpan<byte> prefix, in AuthorizationContext context)
    {
        if (row.IsEmpty)
        {
            return DenialReason.NoGrant;
        }

        row = row.Restricted is { } restricted && RestrictedNames.CouldReach(prefix) ? restricted : row;
        return row.ReachesDeny(prefix, context)
            ? DenialReason.ExplicitDeny
            : ToReason(Lookup(row, prefix, ResourceScope.Prefix, context) & GroupVerdict.Allow);
    }

    /// <summary>
    /// Decides every topic that a filter matches. A pattern that covers it has its literal levels where the filter has the same, so that
    /// the filter's text finds it in the table as a name would.
    /// </summary>
    public DenialReason DecideFilter(ActionRow row, ReadOnlySpan<byte> filter, in AuthorizationContext context)
    {
        if (row.IsEmpty)
        {
            return DenialReason.NoGrant;
        }

        row = row.Restricted ?? row;
        return row.MeetsDeny(filter, context)
            ? DenialReason.ExplicitDeny
            : ToReason(Lookup(row, filter, ResourceScope.Filter, context) & GroupVerdict.Allow);
    }

    // A backing index is what its stream is. Expressions are taken by their text: narrowing has made them fit before.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private DenialReason DecideIndex(ActionRow row, ReadOnlySpan<byte> text, in AuthorizationContext context)
    {
        var index = IndexName.Of(text, stackalloc byte[IndexName.ScratchLength]);
        if (index.IsRemote)
        {
            return DecideRemote(row.Action, index, context);
        }

        row = index.IsRestricted ? row.Restricted! : row; // there, as it is one on indices
        if (index.IsWildcard && row.ReachesDeny(index.Reach, context))
        {
            return DenialReason.ExplicitDeny;
        }

        int verdict = Lookup(row, index.Name, ResourceScope.Exact, context);
        return ToReason(index.Stream.IsEmpty ? verdict : verdict | Lookup(row, index.Stream, ResourceScope.Exact, context));
    }

    // Few grants speak of remote clusters, and the table does not tell them apart.
    private DenialReason DecideRemote(SystemAction action, in IndexName index, in AuthorizationContext context)
    {
        int verdict = 0;
        foreach ((GrantShape shape, ResourcePattern pattern) in _parts.Remote.Value)
        {
            if (shape.CheckAction(action) == FailedCondition.None
                && (!index.IsRestricted || shape.ReachesRestricted(action))
                && AskedResource.IsMatchedBy(index, pattern, shape.Effect, context.Principal)
                && shape.CheckConditions(context) == FailedCondition.None)
            {
                verdict |= shape.Effect == GrantEffect.Deny ? GroupVerdict.Deny : GroupVerdict.Allow;
            }
        }

        return ToReason(verdict);
    }

    private static DenialReason ToReason(int verdict) =>
        (verdict & GroupVerdict.Deny) != 0 ? DenialReason.ExplicitDeny
        : (verdict & GroupVerdict.Allow) != 0 ? DenialReason.None
        : DenialReason.NoGrant;

    // All hashes, then all buckets, then the records: each time the waits for memory run side by side, and there is no jump
    // on whether something was found, which would be guessed wrong.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Lookup(ActionRow row, ReadOnlySpan<byte> name, ResourceScope scope, in AuthorizationContext context)
    {
        Unsafe.SkipInit(out ResourcePath.Buffers buffers);
        int count = Hash(name, ref buffers);
        int verdict = 0;
        int records = 0;
        foreach (ulong hash in buffers.Found[..count])
        {
            uint entry = _places.Only(hash, out bool several);
            if (several)
            {
                verdict |= VerdictOfAll(row, hash, name, scope, context);
                continue;
            }

            _places.PrefetchRecord(entry);
            buffers.Entries[records] = entry;
            records += entry != 0 ? 1 : 0;
        }

        for (int i = 0; i < records && (verdict & row.Decisive) == 0; i++)
        {
            verdict |= Verdict(row, buffers.Entries[i], name, scope, context);
        }

        return verdict;
    }

    // A method of its own, so that its hashes stay in registers.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Hash(ReadOnlySpan<byte> name, ref ResourcePath.Buffers buffers)
    {
        var path = new ResourcePath(name, _probes.Depth, ref buffers);
        int count = 0;
        foreach (Probe probe in _probes.For(path.Count))
        {
            bool fits = probe.TryHash(path, out ulong hash);
            _places.Prefetch(hash);
            buffers.Found[count] = hash;
            count += fits ? 1 : 0;
        }

        return count;
    }

    // Patterns that no hash tells apart, and buckets that overflowed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int VerdictOfAll(ActionRow row, ulong hash, ReadOnlySpan<byte> name, ResourceScope scope, in AuthorizationContext context)
    {
        int verdict = 0;
        uint at = 0;
        for (uint entry = _places.Next(ref at, hash); entry != 0; entry = _places.Next(ref at, hash))
        {
            verdict |= Verdict(row, entry, name, scope, context);
        }

        return verdict;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Verdict(ActionRow row, uint entry, ReadOnlySpan<byte> name, ResourceScope scope, in AuthorizationContext context)
    {
        PlaceView place = _places.Read(entry);
        return IsMatch(place, name, scope, context) ? row.Verdict(place.Group, context) : 0;
    }

    // For a whole prefix only a pattern `literal**` counts; that it matches the prefix itself as a name is the very same
    // as covering every name behind it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsMatch(in PlaceView place, ReadOnlySpan<byte> name, ResourceScope scope, in AuthorizationContext context) => place.Kind switch
    {
        _ when scope == ResourceScope.Filter => CoversFilter(place, name, context),
        PatternKind.Prefix => PatternMatcher.MatchesLiteral(PatternKind.Prefix, place.Bytes, name),
        _ when scope == ResourceScope.Prefix => false,
        PatternKind.Exact => PatternMatcher.MatchesLiteral(PatternKind.Exact, place.Bytes, name),
        PatternKind.General => PatternMatcher.MatchesProgram(place.Bytes, name),
        _ => PatternMatcher.Matches(_parts.Slotted[BitConverter.ToInt32(place.Bytes)], name, context.Principal),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool CoversFilter(in PlaceView place, ReadOnlySpan<byte> filter, in AuthorizationContext context) => place.Kind == PatternKind.Slotted
        ? TopicPatterns.Covers(_parts.Slotted[BitConverter.ToInt32(place.Bytes)], filter, context.Principal)
        : TopicPatterns.Covers(place.Kind, place.Bytes, filter);

    private ActionRow AddRow(SystemAction action)
    {
        lock (_parts.Growing)
        {
            ActionRow?[] rows = _rows;
            if ((uint)action.Id < (uint)rows.Length && rows[action.Id] is ActionRow row)
            {
                return row;
            }

            // Actions can be interned after this set was compiled; the array grows by copy, readers never wait.
            row = new ActionRow(this, action);
            var grown = new ActionRow?[Math.Max(rows.Length, Math.Max(action.Id + 1, SystemAction.Count))];
            rows.CopyTo(grown, 0);
            grown[action.Id] = row;
            Volatile.Write(ref _rows, grown);
            Volatile.Write(ref _latest, row);
            return row;
        }
    }
}

/// <summary>Bits of a verdict.</summary>
internal static class GroupVerdict
{
    public const int Allow = 1;
    public const int Deny = 2;

    /// <summary>Some grant of the group has conditions to look at.</summary>
    public const int Conditional = 4;
}

/// <summary>What a rule set is made of.</summary>
internal sealed record RuleSetParts
{
    public RuleSetParts() => Remote = new(RemoteOnes);

    public Lock Growing { get; } = new();

    /// <summary>The patterns that speak of remote clusters' indices.</summary>
    public Lazy<(GrantShape Shape, ResourcePattern Pattern)[]> Remote { get; }

    public required CompiledRole[] Roles { get; init; }

    public required int[][] Groups { get; init; }

    public required GrantShape[] Shapes { get; init; }

    public required bool[] WholeDenies { get; init; }

    public required DenyHeads?[] DenyHeads { get; init; }

    public required ProbePlan Probes { get; init; }

    public required PlaceTable Places { get; init; }

    public required ResourcePattern[] Slotted { get; init; }

    private (GrantShape Shape, ResourcePattern Pattern)[] RemoteOnes() =>
    [
        .. from role in Roles
           from grant in role.Grants
           where grant.Shape.SpeaksOf(Privileges.System)
           from pattern in grant.Patterns
           where pattern.ReachesRemote
           select (grant.Shape, pattern),
    ];
}
