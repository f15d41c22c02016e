using System.Collections.Immutable;
using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>What a recorded decision comes to on a snapshot; null: allowed, else why not.</summary>
/// <param name="snapshot">A snapshot of the replay's own, so that it drives nothing out of the caches of requests.</param>
internal sealed class ReplaySide(SecuritySnapshot snapshot)
{
    private static readonly SystemAction RunAs = SystemAction.Intern(AdminEndpoint.System, "run-as");
    private readonly OperationSet _runAs = new();

    /// <summary>The mappings, for what they say of an identity.</summary>
    public RoleMapper Mapper => snapshot.Mapper;

    /// <summary>What the policy looks at besides names and groups.</summary>
    public ImmutableArray<string> AttributeNames => snapshot.AttributeNames;

    /// <summary>The roles that the policy gives somebody of a realm of whom the record holds the groups.</summary>
    public ImmutableArray<string> RolesOf(AuditRecord record)
    {
        ImmutableArray<string> mapped = Mapper.RolesOf(RecordedIdentity.Of(record), record.SourceAddress);
        return snapshot.Document.Realms.TryGetValue(record.Realm ?? "", out RealmDocument? realm) && realm.Anonymous is { } anonymous
            ? [.. anonymous.Roles.Concat(mapped).Distinct(StringComparer.Ordinal)]
            : mapped;
    }

    /// <summary>The documents.</summary>
    public Gatehouse.Administration.ClusterDocument Document => snapshot.Document;

    /// <summary>The compiled roles.</summary>
    public CompiledPolicy Policy => snapshot.Policy;

    /// <summary>Decides again.</summary>
    /// <param name="record">The record.</param>
    /// <param name="operations">What it asked for.</param>
    /// <param name="mapped">Roles of somebody who is no user of the store.</param>
    public string? Decide(AuditRecord record, OperationSet operations, ImmutableArray<string> mapped)
    {
        if (record.SourceAddress is { } source && !snapshot.FilterFor(record.Gate ?? "").Decide(source).IsAllowed)
        {
            return "ip_filter";
        }

        Principal principal = RecordedIdentity.Of(record);
        if (!TryGetRights(principal, record, mapped, out Rights rights))
        {
            return "inactive";
        }

        if (record.RunBy is not null && !MayRunAs(record))
        {
            return "run_as";
        }

        Decision decision = Authorizer.Decide(snapshot.Policy, Context(principal, rights, record), operations);
        return decision.IsAllowed ? null : decision.Denial.Reason == DenialReason.ExplicitDeny ? "explicit_deny" : "no_grant";
    }

    /// <summary>Whether roles of this realm's people are not those of a user of the store.</summary>
    public static bool IsMapped(string? realm) => realm is not (RealmNames.Native or RealmNames.ApiKey);

    private static AuthorizationContext Context(Principal principal, in Rights rights, AuditRecord record) => new(
        principal, rights.Roles, record.SourceAddress ?? IPAddress.Loopback, record.Gate ?? "", record.HasClientCertificate, record.Time, record.RequestId)
    {
        Limit = rights.Limit,
        Qos = record.Qos,
        Retain = record.Retain,
        Ownership = OwnershipFact.Of(record.Own),
    };

    private bool TryGetRights(Principal principal, AuditRecord record, ImmutableArray<string> mapped, out Rights rights)
    {
        rights = new Rights(mapped);
        switch (principal.Realm)
        {
            case RealmNames.ApiKey when record.ApiKey is null:
                // Written before records named the key: as if it had all that its owner has.
                return snapshot.TryGetRights(new Principal(principal.Name, RealmNames.Native), null, record.Time, out rights);
            case RealmNames.Native or RealmNames.ApiKey:
                return snapshot.TryGetRights(principal, null, record.Time, out rights);
            case RealmNames.Kernel or RealmNames.Network or RealmNames.Local or RealmNames.SwarmKey:
                return true;
            default:
                return snapshot.Document.Realms.TryGetValue(principal.Realm, out RealmDocument? realm) ? realm.Enabled : principal.Realm == RealmNames.Pki;
        }
    }

    // Roles of actors of other realms are not in the record, which is about whom they act for: their right is taken as it was.
    private bool MayRunAs(AuditRecord record)
    {
        if (RecordedIdentity.ActorOf(record) is not { Realm: RealmNames.Native } actor)
        {
            return true;
        }

        var principal = new Principal(actor.Name, RealmNames.Native);
        _runAs.Clear();
        _runAs.Begin(RunAs);
        _runAs.AddResource(AuditText.ToBytes(record.User ?? ""));
        return snapshot.TryGetRights(principal, null, record.Time, out Rights rights)
            && Authorizer.Decide(snapshot.Policy, Context(principal, rights, record), _runAs).IsAllowed;
    }
}
