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
    private long _mapped;
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
        string? old = _old.Decide(record, operations, isMapped ? Mapped(record, _old) : []);
        string? next = _new.Decide(record, operations, isMapped ? Mapped(record, _new) : []);
        var kind = new ReplayKind
        {
            IsOtherwise = (record.Action == AuditAction.AccessDenied) != (old is not null),
            IsFlip = (old is null) != (next is null),
            BecomesAllowed = next is null,
            IsMapped = isMapped && record.Realm is not (RealmNames.Kernel or RealmNames.Network),
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
        _mapped += kind.IsMapped ? 1 : 0;
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

    // The groups of realms' people are not in records. Their recorded roles are taken, changed by what mappings say that need no
    // groups: whatever these give under one policy only is added or taken away.
    private ImmutableArray<string> Mapped(AuditRecord record, ReplaySide side)
    {
        ImmutableArray<string> recorded = [.. record.Roles ?? []];
        if (record.Realm is RealmNames.Kernel or RealmNames.Network or null)
        {
            return recorded;
        }

        ImmutableArray<string> before = Sure(record, _old);
        ImmutableArray<string> now = side == _old ? before : Sure(record, side);
        return [.. recorded.Where(role => !before.Contains(role) || now.Contains(role)).Concat(now.Where(role => !before.Contains(role))).Distinct(StringComparer.Ordinal)];
    }

    private static ImmutableArray<string> Sure(AuditRecord record, ReplaySide side)
    {
        ImmutableArray<string> roles = side.Mapper.RolesOf(RecordedIdentity.Of(record), record.SourceAddress);
        return side.Document.Realms.TryGetValue(record.Realm ?? "", out RealmDocument? realm) && realm.Anonymous is { } anonymous
            ? [.. anonymous.Roles, .. roles]
            : roles;
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
        if (_mapped > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_mapped} decisions are of people whose roles come from groups or attributes, which are not in records: their recorded roles were taken")
                + (_mappingsDiffer ? "; mappings by group or attribute DIFFER between the two policies, and what they give or take is not part of this answer" : "");
        }

        if (_namelessKeys > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_namelessKeys} decisions are of API keys that records do not name: they were made again with all rights of their owners");
        }

        if (_foreignActors > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{_foreignActors} requests were sent by somebody of another realm than native for somebody else: the right to do so was taken as it was");
        }

        if (Placeholders().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } unknown)
        {
            yield return $"grants with the placeholders {string.Join(", ", unknown.Select(static name => $"${{{name}}}"))} match nothing here: their values are not in records";
        }

        if (Otherwise > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Otherwise} decisions come out otherwise under the policy in force than when they were recorded: it was changed since, or whoever is logged in may do them");
        }
    }

    private IEnumerable<string> Placeholders() =>
        from side in new[] { _old, _new }
        from role in side.Document.Roles.Keys
        from name in RoleQuestions.PlaceholdersOf(side.Policy, role)
        where name != "username"
        select name;
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

    /// <summary>Whether the roles come from what is not in records.</summary>
    public bool IsMapped { get; init; }

    /// <summary>Whether a key decided that the record does not name.</summary>
    public bool IsNamelessKey { get; init; }

    /// <summary>Whether somebody of another realm than native acted.</summary>
    public bool HasForeignActor { get; init; }

    /// <summary>Where it is counted; null where there are too many.</summary>
    public ReplayFlip? Flip { get; set; }
}
