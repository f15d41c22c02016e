using System.Collections.Immutable;
using Gatehouse.Policy.Tables;
using Gatehouse.Problems;

namespace Gatehouse.Policy;

/// <summary>All roles of one generation, compiled. Immutable; role sets are compiled on first use and kept in a bounded LRU.</summary>
public sealed class CompiledPolicy
{
    private readonly FrozenRoles _roles;
    private readonly RuleSetCache _sets;

    private CompiledPolicy(long generation, FrozenRoles roles)
    {
        Generation = generation;
        _roles = roles;
        _sets = new RuleSetCache(roles);
    }

    private CompiledPolicy(long generation, CompiledPolicy same)
    {
        Generation = generation;
        _roles = same._roles;
        _sets = same._sets;
    }

    /// <summary>The generation of the cluster state it was compiled from.</summary>
    public long Generation { get; }

    /// <summary>A policy without roles, not even built-in ones: denies everything.</summary>
    public static CompiledPolicy Empty { get; } = new(0, new FrozenRoles(new Dictionary<string, CompiledRole>(StringComparer.Ordinal), new PatternTable()));

    /// <summary>
    /// Compiles roles, and the built-in ones with them; every problem is collected, a policy with problems is not made and
    /// null comes back. A policy that needs too many probes is refused, never cut.
    /// </summary>
    public static CompiledPolicy? Compile(long generation, IReadOnlyCollection<RoleDocument> roles, ICollection<Problem> problems) =>
        Compile(generation, roles, [], problems);

    /// <summary>The same with limits besides: what API keys leave of their owners' rights, under names that no role can have.</summary>
    public static CompiledPolicy? Compile(
        long generation, IReadOnlyCollection<RoleDocument> roles, IReadOnlyCollection<RoleDocument> limits, ICollection<Problem> problems)
    {
        FrozenRoles? compiled = new GrantCompiler(problems).Compile(roles, limits);
        return compiled is null ? null : new CompiledPolicy(generation, compiled);
    }

    /// <summary>
    /// The same, from a policy that has most of these roles: those with the very same grants are not parsed again, nor are role sets
    /// compiled again of which no role changed. Decisions are those of a policy compiled from nothing.
    /// </summary>
    public static CompiledPolicy? Compile(
        long generation,
        IReadOnlyCollection<RoleDocument> roles,
        IReadOnlyCollection<RoleDocument> limits,
        CompiledPolicy? previous,
        ICollection<Problem> problems)
    {
        FrozenRoles? compiled = new GrantCompiler(problems, previous?._roles).Compile(roles, limits);
        if (compiled is null)
        {
            return null;
        }

        var policy = new CompiledPolicy(generation, compiled);
        if (previous is not null)
        {
            policy._sets.TakeOver(previous._sets);
        }

        return policy;
    }

    /// <summary>The same roles as those of a later generation that changed something else.</summary>
    public CompiledPolicy For(long generation) => generation == Generation ? this : new CompiledPolicy(generation, this);

    /// <summary>Whether there is a role of this name, built in or not. Names of no role grant nothing.</summary>
    public bool HasRole(string name) => _roles.Contains(name);

    /// <summary>
    /// The next moment at which the clock alone may change what somebody may: a grant of theirs begins or ends to hold. The far
    /// future where none does.
    /// </summary>
    public DateTimeOffset NextChange(in AuthorizationContext context)
    {
        long next = DateTimeOffset.MaxValue.UtcTicks;
        long now = context.Now.UtcTicks;
        ImmutableArray<string> roles = context.Roles.IsDefault ? [] : context.Roles;
        foreach (string role in context.Limit.IsDefault ? roles : roles.AddRange(context.Limit))
        {
            foreach (CompiledGrant grant in _roles.Find(role)?.Grants ?? [])
            {
                next = Math.Min(next, grant.Shape.Conditions?.NextChange(now) ?? next);
            }
        }

        return new DateTimeOffset(next, TimeSpan.Zero);
    }

    /// <summary>A role with its grants, or null where there is none of this name; questions read it, decisions never do.</summary>
    internal CompiledRole? RoleOf(string name) => _roles.Find(name);

    /// <summary>The compiled grants of a list of roles.</summary>
    internal RuleSet RulesFor(ImmutableArray<string> roles) => _sets.Get(roles);

    /// <summary>The compiled grants of the roles of a request. A list that is not about these very roles is not asked.</summary>
    internal RuleSet RulesFor(in AuthorizationContext context) =>
        context.List is { } list && list.Names == context.Roles ? _sets.Get(list) : _sets.Get(context.Roles);
}

/// <summary>The parsed roles of a policy.</summary>
internal sealed class FrozenRoles(Dictionary<string, CompiledRole> roles, PatternTable table)
{
    /// <summary>Whether a role is there.</summary>
    public bool Contains(string name) => roles.ContainsKey(name);

    /// <summary>The role, or null.</summary>
    public CompiledRole? Find(string name) => roles.GetValueOrDefault(name);

    /// <summary>The roles that are there, each once, by name.</summary>
    public CompiledRole[] Known(string[] names) =>
        [.. names.Where(static n => n is not null).Distinct(StringComparer.Ordinal).Where(roles.ContainsKey).Order(StringComparer.Ordinal).Select(n => roles[n])];

    /// <summary>Compiles roles of these into a set.</summary>
    public RuleSet Build(CompiledRole[] known) => RuleSetBuilder.Build(known, table);
}
