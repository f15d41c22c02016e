using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Erlang;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx.Ports;

/// <summary>
/// Asks the two ports between nodes who is there, and whether the cookie is one that everybody knows. First what is silent: the beginning of the
/// distribution's handshake, and gen_rpc's challenge. A whole handshake is made only where neither these nor files and process tell the cookie.
/// </summary>
internal static class BetweenNodes
{
    /// <summary>Asks both.</summary>
    public static async Task AskAsync(EmqxSubject emqx, PortNotes notes, Prober prober, CancellationToken cancellation)
    {
        Door? distribution = emqx.Cluster.Distribution(out _) is { } written ? Door.At(emqx, prober, written.EndPoint.Port) : null;
        (IPEndPoint Target, DistributionAnswer Answer)[] nodes = distribution is null ? [] : await WhoAsync(emqx, prober, distribution, cancellation);
        if (nodes.Length > 0)
        {
            NoteNodes(notes, nodes);
        }

        // A node that is told another name than its own refuses.
        string? name = nodes.Select(static n => n.Answer.Node).FirstOrDefault(static n => n is not null) ?? emqx.Cluster.Self?.Name;
        bool? isKnownByRpc = emqx.Cluster.Rpc() is { } rpc && Door.At(emqx, prober, rpc.EndPoint.Port) is { } door && emqx.IsBefore(5, 3) != true
            ? await AskRpcAsync(emqx, notes, prober, door, name, cancellation)
            : null;
        if (isKnownByRpc is null && emqx.Cookies.InForce is null && distribution is not null && nodes.FirstOrDefault(static n => n.Answer.IsChallenged) is { Target: { } target } && prober.Tried is { } tried)
        {
            await TryCookiesAsync(emqx, notes, prober, distribution, target, tried, cancellation);
        }
    }

    private static async Task<(IPEndPoint Target, DistributionAnswer Answer)[]> WhoAsync(EmqxSubject emqx, Prober prober, Door door, CancellationToken cancellation)
    {
        (IPEndPoint Target, DistributionAnswer? Answer)[] answers =
            await Task.WhenAll(door.EndPoints.Select(async target => (target, await NodeQuestions.WhoAsync(prober, target, emqx.Cluster.IsTls, cancellation))));
        return [.. answers.Where(static a => a.Answer is { IsNode: true }).Select(static a => (a.Target, a.Answer!.Value))]; // filtered
    }

    private static void NoteNodes(PortNotes notes, (IPEndPoint Target, DistributionAnswer Answer)[] nodes)
    {
        bool isExposed = nodes.Any(static n => !Door.IsLoopback(n.Target.Address));
        string name = nodes.Select(static n => n.Answer.Node).FirstOrDefault(static n => n is not null) is { } said ? $" as `{PortNotes.Named(said)}`" : "";
        notes.Found(
            "ERL-016", isExposed ? Severity.High : Severity.Info, $"the port answered the beginning of a handshake between nodes{name}",
            [.. nodes.Select(static n => PortNotes.At(n.Target, $"Erlang distribution: {PortNotes.Named(n.Answer.Status ?? "")}"))]);
    }

    // Whether its cookie is told: true for one that everybody knows, false for another, null where it did not answer.
    private static async Task<bool?> AskRpcAsync(EmqxSubject emqx, PortNotes notes, Prober prober, Door door, string? node, CancellationToken cancellation)
    {
        notes.Made("RPC-002");
        bool isTls = emqx.Word("rpc.protocol", "tcp") == "ssl";
        bool? isKnown = null;
        var proven = new List<IPEndPoint>();
        (RpcAnswer Answer, byte[] Challenge)?[] answers = await Task.WhenAll(door.EndPoints.Select(target => NodeQuestions.ChallengeAsync(prober, target, isTls, node, cancellation)));
        foreach ((IPEndPoint target, (RpcAnswer Answer, byte[] Challenge)? said) in door.EndPoints.Zip(answers))
        {
            if (said is not { Answer: { Response: not null } answer, Challenge: { } challenge })
            {
                continue;
            }

            if (NodeQuestions.PublishedCookies.Any(cookie => answer.Proves(cookie, challenge)))
            {
                isKnown = true;
                proven.Add(target);
            }
            else
            {
                isKnown ??= false;
                NoteOther(emqx, notes, target, answer, challenge);
            }
        }

        if (proven.Count > 0)
        {
            bool isExposed = proven.Exists(static e => !Door.IsLoopback(e.Address));
            notes.Found(
                "RPC-002", isExposed ? Severity.Critical : Severity.High, "gen_rpc proved that its cookie is one that everybody knows",
                [.. proven.Select(static e => PortNotes.At(e, "gen_rpc: the hash of a published cookie"))]);
        }

        return isKnown;
    }

    private static void NoteOther(EmqxSubject emqx, PortNotes notes, IPEndPoint target, RpcAnswer answer, byte[] challenge)
    {
        notes.Made("ERL-003");
        if (emqx.Cookies.Written is { } written && !answer.Proves(written.Value, challenge))
        {
            notes.Found("ERL-003", Severity.Medium, "gen_rpc proved that the running node has another cookie than its files and environment say", PortNotes.At(target, "gen_rpc: the hash of another cookie"), written.Evidence);
        }
    }

    private static async Task TryCookiesAsync(EmqxSubject emqx, PortNotes notes, Prober prober, Door door, IPEndPoint target, TriedPairs tried, CancellationToken cancellation)
    {
        notes.Made("ERL-017");
        foreach (string cookie in NodeQuestions.PublishedCookies)
        {
            bool? isTaken = await notes.TryAsync("ERL-017", target, tried, $"{door.Owner} {door.Port}", cookie, () => NodeQuestions.TakesAsync(prober, target, emqx.Cluster.IsTls, cookie, cancellation));
            if (isTaken == true)
            {
                notes.Found(
                    "ERL-017", door.IsExposed ? Severity.Critical : Severity.High, "the node took a handshake with a cookie that everybody knows; the connection was closed at once",
                    PortNotes.At(target, "Erlang distribution: a published cookie was accepted"));
            }

            if (isTaken != false)
            {
                return; // found, or nobody answers any more
            }
        }
    }
}
