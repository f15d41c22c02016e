using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// Looks whether the realms that a gate names are there. A gate runs without: gates are in a file, realms are cluster state, and
/// either may come first.
/// </summary>
internal static class GateRealmCheck
{
    private static readonly string[] BuiltIn = [RealmNames.Native, RealmNames.ApiKey, RealmNames.Pki, RealmNames.Network, RealmNames.Local];

    /// <summary>What is wrong with one gate; null when nothing is.</summary>
    public static Problem? Look(GateConfiguration gate, ClusterDocument document)
    {
        string[] unknown = gate.Realms.IsDefault ? [] :
            [.. gate.Realms.Where(realm => !BuiltIn.Contains(realm, StringComparer.Ordinal) && !document.Realms.ContainsKey(realm))];
        return unknown.Length == 0 ? null : IdentityProblems.RealmOfGateUnknown.Because(
            $"gate `{gate.Name}`: there is no realm {string.Join(", ", unknown.Select(static realm => $"`{realm}`"))}; nobody is let in by it",
            hint: "gatehouse realm list shows them; gatehouse realm set NAME -f FILE makes one");
    }
}
