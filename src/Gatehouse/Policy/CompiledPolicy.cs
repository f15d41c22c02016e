using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Policy;

/// <summary>All roles of one generation, compiled. Immutable; role sets are compiled on first use and kept in a bounded LRU.</summary>
public sealed class CompiledPolicy
{
    private CompiledPolicy(long generation) => Generation = generation;

    /// <summary>The generation of the cluster state it was compiled from.</summary>
    public long Generation { get; }

    /// <summary>A policy without roles: denies everything.</summary>
    public static CompiledPolicy Empty { get; } = new(0);

    /// <summary>Compiles roles; every problem is collected, a policy with problems is not made.</summary>
    public static CompiledPolicy? Compile(long generation, IReadOnlyCollection<RoleDocument> roles, ICollection<Problem> problems) =>
        throw new NotSupportedException();
}
