using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>Asks the ports of a peer of IPFS Cluster.</summary>
internal static class ClusterPorts
{
    private const int JaegerPort = 6831;
    private const string Prefix = "CLUSTER_";

    /// <summary>Asks all of them.</summary>
    public static async Task<ProbedSubject> AskAsync(ClusterSubject peer, Prober prober, CancellationToken cancellation)
    {
        var notes = new PortNotes(peer);
        NoteAgent(notes, peer);
        NoteVariables(notes, peer);
        var questions = new List<(string, Func<Task>)>();
        foreach (Door door in Doors(peer, prober, peer.Rest.Listen, peer.Rest.Port))
        {
            questions.Add(("LP02", () => AskRestAsync(notes, peer, prober, door, cancellation)));
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the REST API", Severity.High, cancellation)));
        }

        foreach (Door door in Doors(peer, prober, peer.Pinning.Listen, peer.Pinning.Port))
        {
            questions.Add(("LP09", () => new ApiPorts(notes, prober, peer.Pinning, door).AskAsync(cancellation)));
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the pinning service API", Severity.High, cancellation)));
        }

        foreach (Door door in Doors(peer, prober, peer.At("api", "ipfsproxy", "listen_multiaddress"), 9095))
        {
            questions.Add(("LP10", () => ProxyPorts.AskProxyAsync(notes, prober, door, cancellation)));
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the IPFS proxy", Severity.Critical, cancellation)));
        }

        foreach (Door door in Doors(peer, prober, peer.At("observations", "metrics", "prometheus_endpoint"), 8888))
        {
            questions.Add(("LP14", () => ProxyPorts.AskMetricsAsync(notes, prober, door, cancellation)));
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the port of metrics", Severity.High, cancellation)));
        }

        foreach (Door door in Doors(peer, prober, peer.At("cluster", "listen_multiaddress"), 9096))
        {
            questions.Add(("LP15", () => SwarmPorts.AskClusterAsync(peer, notes, prober, door, cancellation)));
            questions.Add(("LP01", () => ReachedPorts.AskAsync(notes, prober, door, "the swarm of the cluster", Severity.Info, cancellation)));
        }

        await notes.AskAsync(questions);
        return notes.Result;
    }

    // The ports that the settings name, and the usual one: the process may still run with it.
    private static ImmutableArray<Door> Doors(ClusterSubject peer, Prober prober, Setting listen, int usual)
    {
        int[] named = [.. (ServiceAddress.Read(listen) ?? []).Where(static a => !a.Address.IsUdp && a.Address.Port > 0).Select(static a => a.Address.Port)];
        return Door.Of(peer, prober, UsedPorts.Of(peer).Contains(usual) && !named.Contains(usual) && named.Length > 0 ? named : [.. named, usual]);
    }

    private static async Task AskRestAsync(PortNotes notes, ClusterSubject peer, Prober prober, Door door, CancellationToken cancellation)
    {
        if (await new ApiPorts(notes, prober, peer.Rest, door).AskAsync(cancellation) is not { } rest)
        {
            return;
        }

        Setting trusted = peer.At("consensus", "crdt", "trusted_peers");
        if (trusted.AsTexts() is not { IsEmpty: false } ids || ids.Contains("*") || await PeersAsync(peer, rest, cancellation) is not { Status: 200 } answer)
        {
            return;
        }

        notes.Made("LP17");
        string? own = peer.Identity.At("id").Text;
        foreach (string stranger in PeerList.Ids(answer.Text).Where(id => id != own && !ids.Contains(id)))
        {
            notes.Found("LP17", Severity.Medium, $"a peer takes part that is not among `trusted_peers`: `{PortNotes.Named(stranger)}`", PortNotes.At(rest.Target, "GET /peers"), Shown.Of(trusted));
        }
    }

    // With a user of the file where one is asked for: over loopback alone, and to the peer's own process.
    private static async Task<HttpAnswer?> PeersAsync(ClusterSubject peer, HttpDoor rest, CancellationToken cancellation)
    {
        var question = new HttpQuestion(rest.Target, "GET", "/peers");
        if (rest.First.Status == 200)
        {
            return await rest.AskAsync(question, cancellation);
        }

        Setting? user = peer.Rest["basic_auth_credentials"].Children.FirstOrDefault(static u => u.Text is { Length: > 0 });
        bool isOwn = peer.Process is { } process && process.Sockets.Any(s => s.EndPoint.Port == rest.Target.Port);
        return user is not null && isOwn && Door.IsLoopback(rest.Target.Address) ? await rest.AskAsync(question.As(user.Name, user.Text!), cancellation) : null; // filtered
    }

    private static void NoteAgent(PortNotes notes, ClusterSubject peer)
    {
        notes.Made("LP19");
        SocketFact[] agents = [.. peer.Host.Sockets.Where(static s => s.IsUdp && s.EndPoint.Port == JaegerPort)];
        if (agents.Length > 0)
        {
            notes.Found("LP19", Severity.Low, $"an agent for traces runs on this host{(agents.Any(static s => s.IsExposed) ? ", and other hosts reach it" : "")}", [.. agents.Select(static s => Shown.Of(s, "takes traces"))]);
        }
    }

    private static void NoteVariables(PortNotes notes, ClusterSubject peer)
    {
        if (peer.Process is not { } process)
        {
            return;
        }

        notes.Made("LP20");
        if (process.Environment is null)
        {
            notes.Undecided("LP20", "whether the process has variables that stand above its file cannot be told: its environment may not be seen", Shown.Of(process, "environment not readable"));
            return;
        }

        string[] names = [.. process.Environment.Keys.Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal) && n != "CLUSTER_CREDENTIALS").Order(StringComparer.Ordinal)];
        if (names.Length > 0)
        {
            notes.Found("LP20", Severity.Medium, $"variables of the process stand above its file: {string.Join(", ", names.Take(8).Select(static n => $"`{PortNotes.Named(n)}`"))}", Shown.Of(process, string.Join(' ', names.Take(4))));
        }
    }
}
