using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Notes which grants recorded operations met, who came in, and which keys were used.</summary>
internal sealed class UnusedScan(SecuritySnapshot snapshot) : DecisionScan<object>
{
    private static readonly SystemAction RunAs = SystemAction.Intern(AdminEndpoint.System, "run-as");

    private readonly HashSet<(string Role, int Index)> _met = [];
    private readonly HashSet<string> _users = new(StringComparer.Ordinal);
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly TimePeriods _periods = new(snapshot.Document);

    /// <summary>Grants of own roles that nothing met; a deny too.</summary>
    public IEnumerable<GrantOrigin> Grants() =>
        from role in snapshot.Document.Roles.Values
        from found in RoleQuestions.GrantsOf(snapshot.Policy, role.Name)
        where !_met.Contains((role.Name, found.Index))
        select GrantOrigins.Of(found);

    /// <summary>Roles that nobody can have.</summary>
    public IEnumerable<string> Roles()
    {
        ClusterDocument document = snapshot.Document;
        var given = document.Users.Values.SelectMany(static user => user.Roles)
            .Concat(document.Mappings.Values.SelectMany(static mapping => mapping.Roles))
            .Concat(document.Realms.Values.SelectMany(static realm => realm.Anonymous?.Roles ?? []))
            .ToHashSet(StringComparer.Ordinal);

        // Gates give these by themselves, to certificates, networks and local programs.
        return document.Roles.Keys.Where(name => !given.Contains(name)
            && !name.StartsWith(RealmNames.Pki + ".", StringComparison.Ordinal) && !name.StartsWith(RealmNames.Network + ".", StringComparison.Ordinal)
            && !name.StartsWith(RealmNames.Local + ".", StringComparison.Ordinal));
    }

    /// <summary>Users that did not come in.</summary>
    public IEnumerable<string> Users() => snapshot.Document.Users.Keys.Where(name => !_users.Contains(name));

    /// <summary>Keys that were not used.</summary>
    public IEnumerable<UnusedKey> Keys() => snapshot.Document.ApiKeys.Values
        .Where(key => !_keys.Contains(key.Id))
        .Select(static key => new UnusedKey(key.Id, key.Name, key.Owner, key.Created));

    protected override int PeriodOf(long ticks) => _periods.Of(ticks);

    protected override object? Look(AuditRecord record)
    {
        if (RecordedIdentity.ActorOf(record) is { } actor && RecordedIdentity.IsNative(actor.Realm) && snapshot.Users.ContainsKey(actor.Name))
        {
            _users.Add(actor.Name);
        }

        if (record.ApiKey is { } id && snapshot.Document.ApiKeys.TryGetValue(id, out ApiKeyDocument? key))
        {
            _keys.Add(id);
            Meet(record, SecuritySnapshot.LimitRole(key));
        }

        foreach (string role in record.Roles ?? [])
        {
            Meet(record, role);
        }

        if (record.RunBy is not null && RecordedIdentity.ActorOf(record) is { } by && RecordedIdentity.IsNative(by.Realm) && snapshot.Users.TryGetValue(by.Name, out UserDocument? acting))
        {
            // The record's roles are those of whom they acted as; the right to do so is the actor's.
            foreach (string role in acting.Roles)
            {
                Meet(record, role, new AskedOperation(RunAs, AuditText.ToBytes(record.User ?? ""), ResourceScope.Exact, false), new Principal(by.Name, by.Realm));
            }
        }

        // Nothing is counted.
        return null;
    }

    protected override void Count(object kind, DecisionLine line)
    {
    }

    private void Meet(AuditRecord record, string role)
    {
        if (!snapshot.Policy.HasRole(role) || !RecordedIdentity.TryOperations(record, out OperationSet operations))
        {
            return;
        }

        // Other placeholders than the name are not in records: such a grant counts as met where it could have been.
        bool isKnown = RoleQuestions.PlaceholdersOf(snapshot.Policy, role).All(static name => name == "username");
        Principal? principal = isKnown ? RecordedIdentity.Of(record) : null;
        Circumstances circumstances = RecordedIdentity.CircumstancesOf(record);
        foreach (AskedOperation asked in AskedOperation.Of(operations))
        {
            Meet(role, asked, circumstances, principal);
        }
    }

    private void Meet(AuditRecord record, string role, AskedOperation asked, Principal actor)
    {
        if (snapshot.Policy.HasRole(role))
        {
            Meet(role, asked, RecordedIdentity.CircumstancesOf(record), actor);
        }
    }

    private void Meet(string role, AskedOperation asked, Circumstances circumstances, Principal? principal)
    {
        foreach (FittingGrant found in RoleQuestions.Look(snapshot.Policy, role, asked, circumstances, principal).Grants)
        {
            _met.Add((role, found.Index));
        }
    }
}
