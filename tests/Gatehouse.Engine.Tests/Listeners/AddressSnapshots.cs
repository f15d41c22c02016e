using System.Collections.Frozen;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;
using Gatehouse.Policy;
using Shouldly;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>Snapshots with nothing but address rules.</summary>
internal static class AddressSnapshots
{
    private static long _epoch;

    public static SecuritySnapshot Make(params string[] rules)
    {
        AddressFilter filter = AddressFilter.Compile(
            rules.Select(static r => new AddressRule(r[0] == '+' ? AddressRuleEffect.Allow : AddressRuleEffect.Deny, r[1..])), []).ShouldNotBeNull();
        return new SecuritySnapshot(
            Interlocked.Increment(ref _epoch), 1, new ClusterDocument(), CompiledPolicy.Empty, filter, FrozenDictionary<string, AddressFilter>.Empty);
    }
}
