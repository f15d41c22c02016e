using System.Collections.Immutable;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Tables;

namespace Gatehouse.Policy.Questions;

/// <summary>
/// Looks at roles one by one, with the checks that decisions end in. For questions about many identities: nothing is compiled for
/// a list of roles, so that no question drives the lists in use out of memory. Tests hold it against <see cref="Authorizer"/>.
/// </summary>
public static class RoleQuestions
{
    /// <summary>How a role stands to an operation.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="role">The role's name; one that is not there grants nothing.</param>
    /// <param name="asked">The operation.</param>
    /// <param name="circumstances">What is known besides.</param>
    /// <param name="principal">Who; null: nobody in particular, and placeholders are left open.</param>
    public static RoleFit Look(CompiledPolicy policy, string role, AskedOperation asked, in Circumstances circumstances, Principal? principal)
    {
        if (policy.RoleOf(role) is not { } compiled)
        {
            return RoleFit.None;
        }

        ImmutableArray<FittingGrant>.Builder? found = null;
        Fit allow = Fit.No;
        Fit deny = Fit.No;
        foreach (CompiledGrant grant in compiled.Grants)
        {
            Fit fit = FitOf(grant, asked, circumstances, principal);
            if (fit == Fit.No)
            {
                continue;
            }

            found ??= ImmutableArray.CreateBuilder<FittingGrant>();
            found.Add(new FittingGrant(role, grant.Index, grant.Document, fit));
            if (grant.Shape.Effect == GrantEffect.Deny)
            {
                deny = fit > deny ? fit : deny;
            }
            else
            {
                allow = fit > allow ? fit : allow;
            }
        }

        return found is null ? RoleFit.None : new RoleFit(allow, deny, found.ToImmutable());
    }

    /// <summary>The same for several roles at once.</summary>
    public static RoleFit Look(
        CompiledPolicy policy, ImmutableArray<string> roles, AskedOperation asked, in Circumstances circumstances, Principal? principal)
    {
        RoleFit all = RoleFit.None;
        foreach (string role in roles.Distinct(StringComparer.Ordinal))
        {
            all = all.With(Look(policy, role, asked, circumstances, principal));
        }

        return all;
    }

    /// <summary>Whether what a role allows or denies depends on who has it: some grant has a placeholder.</summary>
    public static bool DependsOnPrincipal(CompiledPolicy policy, string role) =>
        policy.RoleOf(role) is { } compiled
        && Array.Exists(compiled.Grants, static grant => Array.Exists(grant.Patterns, static pattern => pattern.Kind == PatternKind.Slotted));

    /// <summary>The placeholders that grants of a role use, such as <c>username</c>.</summary>
    public static IEnumerable<string> PlaceholdersOf(CompiledPolicy policy, string role) =>
        policy.RoleOf(role) is not { } compiled ? [] :
            (from grant in compiled.Grants
             from pattern in grant.Patterns
             from token in pattern.Tokens
             where token.Kind == PatternTokenKind.Slot
             select token.Attribute!).Distinct(StringComparer.Ordinal); // a slot has an attribute

    /// <summary>The grants of a role as written, built-in roles included; empty where there is none of this name.</summary>
    public static ImmutableArray<FittingGrant> GrantsOf(CompiledPolicy policy, string role) =>
        policy.RoleOf(role) is { } compiled ? [.. compiled.Grants.Select(grant => new FittingGrant(role, grant.Index, grant.Document, Fit.Yes))] : [];

    /// <summary>The smallest pattern that covers what was asked; wider than that where a pattern cannot say it literally.</summary>
    public static string PatternFor(AskedOperation asked) => SmallestGrant.PatternFor(asked.Action, asked.Resource.Span, asked.Scope);

    /// <summary>Whether a grant of this action on this pattern must say that it reaches restricted names, for the pattern to have an effect.</summary>
    public static bool NeedsRestricted(string system, string action, string pattern) =>
        new AskedResource(SystemAction.Mention(system, action), Encoding.UTF8.GetBytes(pattern), ResourceScope.Exact, isWhole: false).IsRestricted;

    /// <summary>What was asked as text, with bytes that are no text as <c>\xNN</c>.</summary>
    public static string TextOf(AskedOperation asked) => asked.IsWhole
        ? ""
        : SmallestGrant.TextOf(asked.Resource.Span) + (asked.Scope == ResourceScope.Prefix ? "**" : "");

    private static Fit FitOf(CompiledGrant grant, AskedOperation asked, in Circumstances circumstances, Principal? principal)
    {
        if (grant.Shape.CheckAction(asked.Action) != FailedCondition.None)
        {
            return Fit.No;
        }

        var resource = new AskedResource(asked.Action, asked.Resource.Span, asked.Scope, asked.IsWhole);
        if (resource.IsRestricted && !grant.Shape.ReachesRestricted(asked.Action))
        {
            return Fit.No;
        }

        Fit best = Fit.No;
        foreach (ResourcePattern pattern in grant.Patterns)
        {
            Fit fit = FitOf(pattern, grant.Shape.Effect, resource, principal);
            best = fit > best ? fit : best;
        }

        if (best == Fit.No || grant.Shape.Conditions is not { } conditions)
        {
            return best;
        }

        Fit condition = conditions.FitOf(circumstances);
        return condition < best ? condition : best;
    }

    private static Fit FitOf(ResourcePattern pattern, GrantEffect effect, in AskedResource resource, Principal? principal)
    {
        if (principal is null && pattern.Kind == PatternKind.Slotted && !resource.IsWhole && resource.Scope != ResourceScope.Prefix)
        {
            // For somebody it could match, as far as its literal beginning says.
            return resource.CouldBeMatchedBy(pattern) ? Fit.Maybe : Fit.No;
        }

        return resource.IsMatchedBy(pattern, effect, principal ?? Nobody) ? Fit.Yes : Fit.No;
    }

    private static Principal Nobody { get; } = new("", "");
}

/// <summary>One operation on one name, or on the system as a whole.</summary>
/// <param name="Action">What.</param>
/// <param name="Resource">The name in UTF-8.</param>
/// <param name="Scope">The name itself, or all that begin so.</param>
/// <param name="IsWhole">Whether there is no name.</param>
public sealed record AskedOperation(SystemAction Action, ReadOnlyMemory<byte> Resource, ResourceScope Scope, bool IsWhole)
{
    /// <summary>The parts of a set, each on its own: all of them must be allowed.</summary>
    public static IEnumerable<AskedOperation> Of(OperationSet operations)
    {
        for (int operation = 0; operation < operations.Count; operation++)
        {
            SystemAction action = operations.ActionAt(operation);
            int count = operations.ResourceCountAt(operation);
            int first = operations.FirstResourceAt(operation);
            for (int resource = 0; resource < count; resource++)
            {
                yield return new AskedOperation(action, operations.BytesAt(first + resource).ToArray(), operations.ScopeAt(first + resource), false);
            }

            if (count == 0)
            {
                yield return new AskedOperation(action, default, ResourceScope.Exact, true);
            }
        }
    }
}
