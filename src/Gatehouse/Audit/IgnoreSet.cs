using System.Collections.Immutable;
using System.Numerics;
using Gatehouse.Audit.Patterns;
using Gatehouse.Operations;

namespace Gatehouse.Audit;

/// <summary>
/// The ignore policies of one place, compiled. An event is looked at value by value, each with one automaton for all
/// policies; what remains of the bits are the policies that match in every field and in every value.
/// </summary>
internal sealed class IgnoreSet
{
    /// <summary>Policies of one place: a bit each.</summary>
    public const int MaxPolicies = 64;

    private readonly ImmutableArray<IgnorePolicy> _policies;
    private readonly IgnoreField _users;
    private readonly IgnoreField _realms;
    private readonly IgnoreField _roles;
    private readonly IgnoreField _actions;
    private readonly IgnoreField _resources;
    private readonly ulong _all;

    private IgnoreSet(ImmutableArray<IgnorePolicy> policies, IgnoreField[] fields)
    {
        _policies = policies;
        _users = fields[0];
        _realms = fields[1];
        _roles = fields[2];
        _actions = fields[3];
        _resources = fields[4];
        _all = policies.Length == MaxPolicies ? ulong.MaxValue : (1UL << policies.Length) - 1;
    }

    /// <summary>The fields, in the order of their words.</summary>
    public static ImmutableArray<(string Word, Func<IgnorePolicy, ImmutableArray<string>?> Of)> Fields { get; } =
    [
        ("users", static policy => policy.Users), ("realms", static policy => policy.Realms), ("roles", static policy => policy.Roles),
        ("actions", static policy => policy.Actions), ("resources", static policy => policy.Resources),
    ];

    /// <summary>Compiles policies; null where one of them is wrong.</summary>
    public static IgnoreSet? Compile(ImmutableArray<IgnorePolicy> policies, PatternBudget budget, Action<IgnorePolicy, string, string, string?> wrong)
    {
        IgnoreField?[] fields =
        [
            .. Fields.Select(field => IgnoreField.Compile(
                [.. policies.Select(field.Of)], budget, (policy, text, reason) => wrong(policies[policy], field.Word, text, reason))),
        ];
        return fields.Contains(null) ? null : new IgnoreSet(policies, fields!); // none is null
    }

    /// <summary>The first policy that matches an event, or null.</summary>
    public string? Match(in AuditSubject subject)
    {
        // A name that nobody verified is no user: who fails to log in under a name that is ignored is recorded.
        ulong mask = _all & _users.Match(subject.Realm is null ? null : subject.User);
        mask = mask == 0 ? 0 : mask & _realms.Match(subject.Realm);
        if (subject.Actor is not null)
        {
            // Acting as somebody who is ignored would be a way to hide: both must match.
            mask &= _users.Match(subject.Actor) & _realms.Match(subject.ActorRealm);
        }

        mask = mask == 0 ? 0 : MatchRoles(mask, subject.Roles);
        mask = mask == 0 ? 0 : MatchOperations(mask, subject.Operations);
        return mask == 0 ? null : _policies[BitOperations.TrailingZeroCount(mask)].Name;
    }

    private ulong MatchRoles(ulong mask, IReadOnlyList<string>? roles)
    {
        if (_roles.IsUnused)
        {
            return mask;
        }

        int count = roles?.Count ?? 0;
        if (count == 0)
        {
            return mask & _roles.Missing;
        }

        for (int i = 0; i < count && mask != 0; i++)
        {
            mask &= _roles.Match(roles![i]); // counted
        }

        return mask;
    }

    private ulong MatchOperations(ulong mask, OperationSet? operations)
    {
        if (_actions.IsUnused && _resources.IsUnused)
        {
            return mask;
        }

        int count = operations?.Count ?? 0;
        if (count == 0)
        {
            return mask & _actions.Missing & _resources.Missing;
        }

        for (int i = 0; i < count && mask != 0; i++)
        {
            OperationView operation = operations![i]; // counted
            mask &= _actions.Match(operation.Action.Name);
            if (!_resources.IsUnused)
            {
                mask = MatchResources(mask, operation);
            }
        }

        return mask;
    }

    // A filter's topics all begin as it does before its first wildcard, of which a `/#` reaches the level above.
    private ulong MatchResource(ReadOnlySpan<byte> name, ResourceScope scope)
    {
        int wildcard = scope == ResourceScope.Filter ? name.IndexOfAny((byte)'+', (byte)'#') : -1;
        return wildcard < 0
            ? _resources.Match(name, scope == ResourceScope.Prefix)
            : _resources.Match(name[..(name[wildcard] == (byte)'#' ? Math.Max(wildcard - 1, 0) : wildcard)], true);
    }

    private ulong MatchResources(ulong mask, OperationView operation)
    {
        if (operation.ResourceCount == 0)
        {
            // On the system as a whole: no name stands for that.
            return mask & _resources.Missing;
        }

        for (int i = 0; i < operation.ResourceCount && mask != 0; i++)
        {
            mask &= MatchResource(operation.Resource(i), operation.Scope(i));
        }

        return mask;
    }
}
