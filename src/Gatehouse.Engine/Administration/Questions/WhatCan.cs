using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>The grants and denies of a user, role, key or mapping.</summary>
internal sealed class WhatCan(SecuritySnapshot snapshot, string? gate, string? system, DateTimeOffset now)
{
    /// <summary>Kinds that can be asked about; the first that has the name is taken where none is said.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["user", "role", "api_key", "mapping"];

    /// <summary>What somebody can; null where nothing has this name.</summary>
    public WhatCanResponse? Find(string name, string? kind)
    {
        ClusterDocument document = snapshot.Document;
        if (kind is null or "user" && snapshot.Users.TryGetValue(name, out UserDocument? user))
        {
            return Of(user.IsService ? "service" : "user", name, user.Roles, IsActive(user));
        }

        if (kind is null or "role" && snapshot.Policy.HasRole(name) && !name.Contains(':'))
        {
            return Of("role", name, [name], isActive: true);
        }

        if (kind is null or "api_key" && document.ApiKeys.TryGetValue(name, out ApiKeyDocument? key))
        {
            return OfKey(key);
        }

        return kind is null or "mapping" && document.Mappings.TryGetValue(name, out MappingDocument? mapping)
            ? Of("mapping", name, mapping.Roles, mapping.Enabled) with { Notes = [$"for {WhoCan.Describe(mapping)}; other mappings may hold for the same people"] }
            : null;
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
