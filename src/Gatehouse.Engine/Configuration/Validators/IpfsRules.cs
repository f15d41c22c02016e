namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Settings of a gate of a system of IPFS that contradict each other.</summary>
internal static class IpfsRules
{
    /// <summary>Each key that is wrong, and why.</summary>
    public static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        if (gate.Ipfs is not { } ipfs)
        {
            yield break;
        }

        if (!Words.IpfsSystems.Contains(gate.System ?? ""))
        {
            yield return ("ipfs", "`ipfs` is for gates of system " + string.Join(", ", Words.IpfsSystems));
        }

        if (!Reading.Sections.IsName(ipfs.Cluster))
        {
            yield return ("ipfs.cluster", "the name of a cluster has lower-case letters, digits and -, and begins with a letter");
        }
    }
}
