using System.Collections.Frozen;
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

    /// <summary>The generation of the cluster state it was compiled from.</summary>
    public long Generation { get; }

    /// <summary>A policy without roles, not even built-in ones: denies everything.</summary>
    public static CompiledPolicy Empty { get; } = new(0, new FrozenRoles([], new PatternTable()));

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

    /// <summary>Whether there is a role of this name, built in or not. Names of no role grant nothing.</summary>
    public bool HasRole(string name) => _roles.Contains(name);

    /// <summary>A role with its grants, or null where there is none of this name; questions read it, decisions never do.</summary>
    internal CompiledRole? RoleOf(string name) => _roles.Find(name);

    /// <summary>The patterns that grants name by number.</summary>
    internal PatternTable Patterns => _roles.Table;

    /// <summary>The compiled grants of a list of roles.</summary>
    internal RuleSet RulesFor(ImmutableArray<string> roles) => _sets.Get(roles);
}

/// <summary>The parsed roles of a policy.</summary>
internal sealed class FrozenRoles(IReadOnlyCollection<CompiledRole> roles, PatternTable table)
{
    private readonly FrozenDictionary<string, CompiledRole> _byName = roles.ToFrozenDictionary(static r => r.Name, StringComparer.Ordinal);

    /// <summary>The patterns of all grants.</summary>
    public PatternTable Table { get; } = table;

    /// <summary>Whether a role is there.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>The role, or null.</summary>
    public CompiledRole? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The roles that are there, each once, by name.</summary>
    public CompiledRole[] Known(string[] names) =>
        [.. names.Where(static n => n is not null).Distinct(StringComparer.Ordinal).Where(_byName.ContainsKey).Order(StringComparer.Ordinal).Select(n => _byName[n])];

    /// <summary>Compiles roles into a set.</summary>
    public RuleSet Build(CompiledRole[] roles) => RuleSetBuilder.Build(roles, Table);
}
