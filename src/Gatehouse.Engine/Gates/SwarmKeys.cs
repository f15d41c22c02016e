using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Problems;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Gates;

/// <summary>The keys of a swarm gate, read. Their content is in no problem.</summary>
/// <param name="accepted">What callers may prove.</param>
/// <param name="upstream">What is spoken to the upstream; null where bytes pass as they are.</param>
internal sealed class SwarmKeys(SwarmKeyRing accepted, SwarmKey? upstream) : IDisposable
{
    /// <summary>What callers may prove.</summary>
    public SwarmKeyRing Accepted => accepted;

    /// <summary>What is spoken to the upstream; null where bytes pass as they are.</summary>
    public SwarmKey? Upstream => upstream;

    /// <summary>Reads them; null where the gate has none, or with a problem where they cannot be had.</summary>
    public static SwarmKeys? Load(GateConfiguration gate, ICollection<Problem> problems)
    {
        if (gate.Protocol != Words.Swarm)
        {
            return null;
        }

        SwarmConfiguration settings = gate.Swarm ?? new SwarmConfiguration();
        int before = problems.Count;
        List<SwarmKey> accepted = [];
        foreach (SecretReference place in settings.Keys)
        {
            if (Read(gate, place, problems) is { } key)
            {
                accepted.Add(key);
            }
        }

        SwarmKey? upstream = settings.UpstreamKey is { } spoken ? Read(gate, spoken, problems) : null;
        var keys = new SwarmKeys(new SwarmKeyRing(accepted), upstream);
        if (accepted.Count == 0 || (upstream is null) == (settings.Mode == Words.Relay))
        {
            problems.Add(SwarmProblems.KeyUnusable.Because($"gate `{gate.Name}`: its keys are incomplete"));
        }

        if (problems.Count == before)
        {
            return keys;
        }

        keys.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SwarmKey key in accepted.Keys)
        {
            key.Dispose();
        }

        upstream?.Dispose();
    }

    private static SwarmKey? Read(GateConfiguration gate, SecretReference place, ICollection<Problem> problems)
    {
        SwarmKey? key = SwarmKeyFile.Read(place, "/", out string why); // places are absolute by now
        if (key is null)
        {
            problems.Add(SwarmProblems.KeyUnusable.Because($"gate `{gate.Name}`: {why}"));
        }

        return key;
    }
}
