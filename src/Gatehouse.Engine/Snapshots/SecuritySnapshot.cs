using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Everything a request is decided on: immutable, compiled, swapped in one step.</summary>
internal sealed class SecuritySnapshot
{
    private readonly FrozenDictionary<string, AddressFilter> _filters;
    private readonly AddressFilter _global;

    internal SecuritySnapshot(
        long epoch,
        long generation,
        ClusterDocument document,
        CompiledPolicy policy,
        AddressFilter global,
        FrozenDictionary<string, AddressFilter> filters)
    {
        Epoch = epoch;
        Generation = generation;
        Document = document;
        Policy = policy;
        _global = global;
        _filters = filters;
        Users = document.Users.ToFrozenDictionary(static p => p.Key, static p => p.Value, StringComparer.Ordinal);
    }

    /// <summary>Counts every swap of this process; two snapshots with one epoch are the same object.</summary>
    public long Epoch { get; }

    /// <summary>The generation of the cluster state.</summary>
    public long Generation { get; }

    /// <summary>The documents it was compiled from.</summary>
    public ClusterDocument Document { get; }

    /// <summary>Compiled roles.</summary>
    public CompiledPolicy Policy { get; }

    /// <summary>Which events are recorded.</summary>
    public AuditPolicy AuditPolicy { get; init; } = AuditPolicy.Everything;

    /// <summary>Native users by name.</summary>
    public FrozenDictionary<string, UserDocument> Users { get; }

    /// <summary>The address filter of a gate (its own rules and the global ones).</summary>
    public AddressFilter FilterFor(string gate) => _filters.TryGetValue(gate, out AddressFilter? own) ? own : _global;

    /// <summary>
    /// The roles of a principal on this snapshot at this moment; false when it may not be here at all (unknown,
    /// disabled or expired user).
    /// </summary>
    public bool TryGetRoles(Principal principal, DateTimeOffset now, out ImmutableArray<string> roles)
    {
        if (principal.Realm == RealmNames.Native)
        {
            if (Users.TryGetValue(principal.Name, out UserDocument? user) && user.Enabled && !(user.Expires <= now))
            {
                roles = user.Roles;
                return true;
            }

            roles = [];
            return false;
        }

        // Kernel, network and certificate identities carry their role in the realm's own name space.
        roles = principal.Groups;
        return true;
    }
}
