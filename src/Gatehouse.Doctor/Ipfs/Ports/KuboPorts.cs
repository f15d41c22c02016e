using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>Asks the ports of a Kubo node.</summary>
internal static class KuboPorts
{
    /// <summary>Asks all of them.</summary>
    public static async Task<ProbedSubject> AskAsync(KuboSubject node, Prober prober, CancellationToken cancellation)
    {
        var notes = new PortNotes(node);
        var questions = new List<(string, Func<Task>)>();
        foreach (Door door in Doors(node, prober, node.Api()?.Select(static a => a.Address), 5001))
        {
            questions.Add(("LP12", () => AskRpcAsync(notes, prober, door, cancellation)));
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the RPC API", Severity.Critical, cancellation)));
        }

        foreach (Door door in Doors(node, prober, node.Gateway()?.Select(static a => a.Address), 8080))
        {
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the gateway", Severity.Medium, cancellation)));
        }

        ImmutableArray<Door> swarm = Doors(node, prober, ServiceAddress.Read(node.At("Addresses", "Swarm"))?.Select(static a => a.Address), 4001);
        foreach (Door door in swarm)
        {
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the swarm of Kubo", Severity.Info, cancellation)));
        }

        if (node.Folder is { } folder && !swarm.IsEmpty)
        {
            questions.Add(("LP16", () => SwarmPorts.AskKuboAsync(folder, notes, prober, swarm[0], cancellation)));
        }

        await notes.AskAsync(questions);
        return notes.Result;
    }

    // The usual port belongs to whatever the settings name, where they name something.
    private static ImmutableArray<Door> Doors(KuboSubject node, Prober prober, IEnumerable<ServiceAddress>? addresses, int usual)
    {
        int[] named = [.. (addresses ?? []).Where(static a => !a.IsUdp && a.Port > 0).Select(static a => a.Port)];
        return Door.Of(node, prober, named.Length > 0 ? named : [usual]);
    }

    private static async Task AskRpcAsync(PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        HttpDoor[] open = await KuboQuestions.OpenAsync(prober, door, cancellation);
        Gates.Note(notes, "LP18", door, "the RPC API", KuboQuestions.Targets(open));
        if (open.Length == 0)
        {
            return;
        }

        HttpDoor[] told = [.. open.Where(static d => KuboQuestions.IsTold(d.First))];
        if (told.Length > 0)
        {
            bool isExposed = told.Any(static d => !Door.IsLoopback(d.Target.Address));
            notes.Found(
                "LP12", isExposed ? Severity.Critical : Severity.Info, $"the RPC API answered without a password{(isExposed ? ": whoever reaches it administers the node" : ", on loopback")}",
                [.. told.Select(static d => PortNotes.At(d.Target, "POST /api/v0/version without credentials: 200"))]);
            await KuboQuestions.AskOriginAsync(notes, told[0], cancellation);
        }

        await KuboQuestions.AskProfilesAsync(notes, KuboQuestions.Worst(open), "the RPC API", cancellation);
    }
}
