using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>The grants and denies of a user, role, key or mapping.</summary>
internal sealed class WhatCan(SecuritySnapshot snapshot, string? gate, string? system, DateTimeOffset now, GateRealms realms)
{
    /// <summary>Kinds that can be asked about; the first that has the name is taken where none is said.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["user", "role", "api_key", "mapping"];

    /// <summary>What somebody can; null where nothing has this name.</summary>
    public WhatCanResponse? Find(string name, string? kind)
    {
        ClusterDocument document = snapshot.Document;
        if (kind is null or "user" && snapshot.Users.TryGetValue(name, out UserDocument? user))
        {
            return AtGate(
                Of(user.IsService ? "service" : "user", name, user.Roles, IsActive(user)), user.IsService ? "keys" : "users of the store", [(user.IsService ? RealmNames.ApiKey : RealmNames.Native, null)]);
        }

        if (kind is null or "role" && snapshot.Policy.HasRole(name) && !name.Contains(':'))
        {
            return Of("role", name, [name], isActive: true);
        }

        if (kind is null or "api_key" && document.ApiKeys.TryGetValue(name, out ApiKeyDocument? key))
        {
            return AtGate(OfKey(key), "keys", [(RealmNames.ApiKey, null)]);
        }

        if (kind is null or "mapping" && document.Mappings.TryGetValue(name, out MappingDocument? mapping))
        {
            WhatCanResponse answer = Of("mapping", name, mapping.Roles, mapping.Enabled) with { Notes = [$"for {WhoCan.Describe(mapping)}; other mappings may hold for the same people"] };
            return AtGate(
                answer,
                "its people",
                from realm in document.Realms.Values
                where mapping.Realms.IsEmpty || mapping.Realms.Contains(realm.Name, StringComparer.Ordinal)
                select (realm.Name, (RealmKind?)realm.Kind));
        }

        return null;
    }

    // Rights that nobody can come in with at a gate do not count there.
    private WhatCanResponse AtGate(WhatCanResponse answer, string who, IEnumerable<(string Name, RealmKind? Kind)> theirs)
    {
        if (gate is null)
        {
            return answer;
        }

        if (realms.GatesFor(gate, "").IsEmpty)
        {
            return answer with { Notes = [.. answer.Notes, $"this node has no gate {gate}: which realms it asks is not known"] };
        }

        return theirs.Any(realm => realms.Asks(gate, realm.Name, realm.Kind))
            ? answer
            : answer with { Active = false, Notes = [.. answer.Notes, $"{realms.Describe(gate)}: {who} do not come in there"] };
    }

    private bool IsActive(UserDocument user) => user.Enabled && !(user.Expires <= now);

    private WhatCanResponse Of(string kind, string name, ImmutableArray<string> roles, bool isActive) => new()
    {
        Kind = kind,
        Name = name,
        Active = isActive,
        Gate = gate,
        Generation = snapshot.Generation,
        Roles = roles,
        UnknownRoles = [.. roles.Where(role => !snapshot.Policy.HasRole(role))],
        Grants = [.. Grants(roles).Select(Shown)],
    };

    private WhatCanResponse OfKey(ApiKeyDocument key)
    {
        UserDocument? owner = snapshot.Users.GetValueOrDefault(key.Owner);
        WhatCanResponse answer = Of("api_key", key.Id, owner?.Roles ?? [], owner is not null && IsActive(owner) && !(key.Expires <= now));
        answer.Owner = key.Owner;
        if (key.IsDerived)
        {
            answer.NarrowedTo = [];
            answer.Notes = ["it was made with another key, and has no rights but to say who it is"];
            return answer;
        }

        if (key.Grants is null)
        {
            answer.Notes = ["it has no grants of its own: it may all that its owner may"];
            return answer;
        }

        FittingGrant[] owned = [.. Grants(owner?.Roles ?? [])];
        answer.NarrowedTo = [.. Grants([SecuritySnapshot.LimitRole(key)]).Select(found => Shown(found) with
        {
            Within = found.Grant.Effect == GrantEffect.Deny ? null :
                [.. owned.Where(own => own.Grant.Effect == GrantEffect.Allow && GrantOrigins.Overlap(own.Grant, found.Grant)).Select(static own => $"{own.Role}#{own.Index}")],
        })];
        answer.Notes = ["an operation must be allowed by a grant of its owner and by one of its own; a deny of either wins"];
        return answer;
    }

    private IEnumerable<FittingGrant> Grants(ImmutableArray<string> roles) => GrantOrigins.Of(snapshot.Policy, roles, gate, system);

    private static GrantOrigin Shown(FittingGrant found) => GrantOrigins.Of(found) with { Rule = GrantView.From(found.Grant) };
}
