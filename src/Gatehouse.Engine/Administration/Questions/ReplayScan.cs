using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Makes recorded decisions again, on the policy in force and on another, and gathers those that differ.</summary>
internal sealed class ReplayScan : DecisionScan<ReplayKind>
{
    private const int MaxFlips = 5_000;
    private const int MaxResources = 20;
    private const int MaxShown = 256;

    private readonly ReplaySide _old;
    private readonly ReplaySide _new;
    private readonly string? _gate;
    private readonly TimePeriods _periods;
    private readonly Dictionary<string, ReplayFlip> _flips = new(StringComparer.Ordinal);
    private readonly bool _mappingsDiffer;
    private readonly SortedSet<string> _unknownNames = new(StringComparer.Ordinal);
    private long _groupless;
    private long _unknown;
    private long _namelessKeys;
    private long _foreignActors;

    public ReplayScan(SecuritySnapshot inForce, SecuritySnapshot next, string? gate)
    {
        _old = new ReplaySide(inForce);
        _new = new ReplaySide(next);
        _gate = gate;
        _periods = new TimePeriods(inForce.Document, next.Document);
        _mappingsDiffer = GroupMappings(inForce.Document) != GroupMappings(next.Document);
    }

    /// <summary>The answer, without its coverage and generation.</summary>
    public PolicyReplayResponse Answer(TrailCoverage coverage) => new()
    {
        Replayed = Replayed,
        Denied = Denied,
        Allowed = Allowed,
        LeftOut = LeftOut,
        Otherwise = Otherwise,
        Flips = [.. _flips.Values.OrderBy(static flip => flip.Becomes == ReplayKind.AllowedWord).ThenByDescending(static flip => flip.Count).ThenBy(static flip => flip.Identity, StringComparer.Ordinal)],
        Notes = [.. Notes()],
        Trail = coverage,
    };

    /// <summary>Decisions made again.</summary>
    public long Replayed { get; private set; }

    /// <summary>Those that become denied.</summary>
    public long Denied { get; private set; }

    /// <summary>Those that become allowed.</summary>
    public long Allowed { get; private set; }

    /// <summary>Flips without a line of their own.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Those that are otherwise under the policy in force than recorded.</summary>
    public long Otherwise { get; private set; }

    protected override int PeriodOf(long ticks) => _periods.Of(ticks);

    protected override ReplayKind? Look(AuditRecord record)
    {
        if ((_gate is not null && record.Gate != _gate) || !RecordedIdentity.TryOperations(record, out OperationSet operations) || operations.Count == 0)
        {
            // Requests that no catalogue knew have no operations: no policy allows them.
            return null;
        }

        bool isMapped = ReplaySide.IsMapped(record.Realm);
        bool isForeign = isMapped && record.Realm is not (RealmNames.Kernel or RealmNames.Network or RealmNames.Local or RealmNames.Pki or RealmNames.SwarmKey);
        string? old = _old.Decide(record, operations, isMapped ? Mapped(record, _old) : []);
        string? next = _new.Decide(record, operations, isMapped ? Mapped(record, _new) : []);
        var kind = new ReplayKind
        {
            IsOtherwise = (record.Action == AuditAction.AccessDenied) != (old is not null),
            IsFlip = (old is null) != (next is null),
            BecomesAllowed = next is null,
            HasNoGroups = isForeign && record.Groups is null,
            IsAttributeUnknown = isForeign && NoteUnknown(record),
            IsNamelessKey = record is { Realm: RealmNames.ApiKey, ApiKey: null },
            HasForeignActor = record.RunBy is not null && RecordedIdentity.ActorOf(record) is not { Realm: RealmNames.Native },
        };
        if (kind.IsFlip)
        {
            kind.Flip = FlipOf(record, operations, kind.BecomesAllowed ? ReplayKind.AllowedWord : ReplayKind.DeniedWord, old ?? next!); // one of them is a reason
        }

        return kind;
    }

    protected override void Count(ReplayKind kind, DecisionLine line)
    {
        Replayed++;
        Otherwise += kind.IsOtherwise ? 1 : 0;
        _groupless += kind.HasNoGroups ? 1 : 0;
        _unknown += kind.IsAttributeUnknown ? 1 : 0;
        _namelessKeys += kind.IsNamelessKey ? 1 : 0;
        _foreignActors += kind.HasForeignActor ? 1 : 0;
        if (!kind.IsFlip)
        {
            return;
        }

        Allowed += kind.BecomesAllowed ? 1 : 0;
        Denied += kind.BecomesAllowed ? 0 : 1;
        if (kind.Flip is not { } flip)
        {
            LeftOut++;
            return;
        }

        flip.Last = new DateTimeOffset(line.Ticks, TimeSpan.Zero);
        if (flip.Count++ == 0)
        {
            flip.First = flip.Last;
        }

        flip.RequestId ??= line.RequestId.IsEmpty ? null : Encoding.ASCII.GetString(line.RequestId);
        flip.Receipt ??= line.Receipt.IsEmpty ? null : Encoding.ASCII.GetString(line.Receipt);
    }

    // Whose groups are in the record is mapped anew. Of others (older records, more groups than one holds) the recorded roles are
    // taken, changed by what mappings say that need no groups: whatever these give under one policy only is added or taken away.
    private ImmutableArray<string> Mapped(AuditRecord record, ReplaySide side)
    {
        ImmutableArray<string> recorded = [.. record.Roles ?? []];
        if (record.Realm is RealmNames.Kernel or RealmNames.Network or RealmNames.Local or RealmNames.SwarmKey or null)
        {
            return recorded;
        }

        if (record.Groups is not null)
        {
            return side.RolesOf(record);
        }

        ImmutableArray<string> before = _old.RolesOf(record);
        ImmutableArray<string> now = side == _old ? before : side.RolesOf(record);
        return [.. recorded.Where(role => !before.Contains(role) || now.Contains(role)).Concat(now.Where(role => !before.Contains(role))).Distinct(StringComparer.Ordinal)];
    }

    // Attributes that neither the policy of then looked at nor the record holds: whether somebody has them is not known.
    private bool NoteUnknown(AuditRecord record)
    {
        bool isUnknown = false;
        foreach (string name in _old.AttributeNames.Union(_new.AttributeNames, StringComparer.Ordinal))
        {
            if (record.Attributes?.ContainsKey(name) != true)
            {
                isUnknown = true;
                _unknownNames.Add(name);
            }
        }

        return isUnknown;
    }

    private static string GroupMappings(ClusterDocument document) => string.Join('\n', document.Mappings.Values
        .Where(static mapping => !mapping.Groups.IsEmpty || !mapping.Attributes.IsEmpty)
        .Select(static mapping => $"{mapping.Enabled} {string.Join(',', mapping.Roles)} {WhoCan.DescribeAll(mapping)}"));

    private ReplayFlip? FlipOf(AuditRecord record, OperationSet operations, string becomes, string reason)
    {
        string identity = Shown($"{record.Realm}/{record.User}") + (record.ApiKey is null ? "" : $" key {Shown(record.ApiKey)}") + (record.RunBy is null ? "" : $" by {Shown(record.RunBy)}");
        string[] actions = [.. record.Operations.Select(static operation => Shown($"{operation.System}:{operation.Action}")).Distinct(StringComparer.Ordinal).Take(8)];
        string key = string.Join('\n', [becomes, reason, identity, record.Gate, .. actions]);
        if (!_flips.TryGetValue(key, out ReplayFlip? flip))
        {
            if (_flips.Count >= MaxFlips)
            {
                return null;
            }

            _flips[key] = flip = new ReplayFlip { Identity = identity, Becomes = becomes, Reason = reason, Gate = record.Gate, Operations = actions };
        }

        foreach (AskedOperation asked in AskedOperation.Of(operations).Where(static asked => !asked.IsWhole))
        {
            string name = Shown(RoleQuestions.TextOf(asked));
            if (!flip.Resources.Contains(name, StringComparer.Ordinal))
            {
                flip.MoreResources |= flip.Resources.Count >= MaxResources;
                flip.Resources = flip.MoreResources ? flip.Resources : [.. flip.Resources, name];
            }
        }

        return flip;
    }

    private static string Shown(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "...";

    private IEnumerable<string> Notes()
    {
        if (_groupless > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_groupless} decisions are of people whose roles come from groups that their records do not hold (older ones, or too many groups): their recorded roles were taken")
                + (_mappingsDiffer ? "; mappings by group or attribute DIFFER between the two policies, and what they give or take there is not part of this answer" : "");
        }

        if (_unknown > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_unknown} decisions are of people of whom records do not hold {string.Join(", ", _unknownNames)}: mappings and placeholders that look at it match nothing there");
        }

        if (_namelessKeys > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_namelessKeys} decisions are of API keys that records do not name: they were made again with all rights of their owners");
        }

        if (_foreignActors > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_foreignActors} requests were sent by somebody of another realm than native for somebody else: the right to do so was taken as it was");
        }

        if (Otherwise > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Otherwise} decisions come out otherwise under the policy in force than when they were recorded: it was changed since, or whoever is logged in may do them");
        }
    }
}

/// <summary>What came of one kind of recorded decision.</summary>
internal sealed class ReplayKind
{
    /// <summary>What becomes of a flip.</summary>
    public const string AllowedWord = "allowed";

    /// <summary>What becomes of a flip.</summary>
    public const string DeniedWord = "denied";

    /// <summary>Whether the two policies differ in it.</summary>
    public bool IsFlip { get; init; }

    /// <summary>Whether the new one allows it.</summary>
    public bool BecomesAllowed { get; init; }

    /// <summary>Whether the policy in force and the record differ.</summary>
    public bool IsOtherwise { get; init; }

    /// <summary>Whether the roles come from groups that the record does not hold.</summary>
    public bool HasNoGroups { get; init; }

    /// <summary>Whether a policy looks at an attribute that the record does not hold.</summary>
    public bool IsAttributeUnknown { get; init; }

    /// <summary>Whether a key decided that the record does not name.</summary>
    public bool IsNamelessKey { get; init; }

    /// <summary>Whether somebody of another realm than native acted.</summary>
    public bool HasForeignActor { get; init; }

    /// <summary>Where it is counted; null where there are too many.</summary>
    public ReplayFlip? Flip { get; set; }
}
