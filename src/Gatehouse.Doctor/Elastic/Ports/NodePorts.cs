using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Elastic.Ports;

/// <summary>
/// Asks the ports of a node: whether they answer without credentials, or with those that everybody knows; whether they speak what the
/// settings say. All of it is <c>GET /</c>, and a ping between nodes.
/// </summary>
internal static class NodePorts
{
    private const string Origin = "https://doctor.invalid";

    private static readonly (string User, string Password)[] OfElasticsearch = [("elastic", "changeme")];

    // Those of the demo installer, in the order of what they may do.
    private static readonly (string User, string Password)[] OfOpenSearch =
        [("admin", "admin"), ("kibanaserver", "kibanaserver"), ("logstash", "logstash"), ("readall", "readall"), ("snapshotrestore", "snapshotrestore")];

    /// <summary>Asks all of them.</summary>
    public static async Task<ProbedSubject> AskAsync(NodeSubject node, Prober prober, CancellationToken cancellation)
    {
        var notes = new PortNotes(node);
        ImmutableArray<Door> http = Doors(node, prober, "http"), transport = Doors(node, prober, "transport");
        await notes.AskAsync(
        [
            .. http.Select<Door, (string, Func<Task>)>(door => ("ES-070", () => AskClientsPortAsync(node, notes, prober, door, cancellation))),
            .. transport.Select<Door, (string, Func<Task>)>(door => ("ES-071", () => TransportPorts.AskAsync(node, notes, prober, door, cancellation))),
        ]);
        return notes.Result;
    }

    private static ImmutableArray<Door> Doors(NodeSubject node, Prober prober, string kind)
    {
        (int first, int last) = node.PortsOf(kind);
        return Door.Of(node, prober, Door.SocketsOf(node).Select(static s => s.EndPoint.Port).Where(port => port >= first && port <= last));
    }

    private static async Task AskClientsPortAsync(NodeSubject node, PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        bool? isTlsSet = node.SpeaksTls(node.Http).Value;
        var question = new HttpQuestion(door.EndPoints[0], "GET", "/");
        HttpDoor[] open = [.. (await Task.WhenAll(door.EndPoints.Select(target => HttpDoor.OpenAsync(prober, target, question, isTlsSet == true, cancellation)))).OfType<HttpDoor>()];
        HttpDoor[] answers = [.. open.Where(static d => IsNode(d.First))];
        NoteOpen(notes, [.. answers.Where(static d => d.First.Status == 200)]);
        Gates.Note(notes, "GATE-001", door, $"port {door.Port} of the node", open.Select(static d => d.Target));
        if (answers.FirstOrDefault() is not { } first)
        {
            notes.Undecided("ES-070", $"port {door.Port} is open and did not answer as a node does: whether it asks for credentials cannot be told", PortNotes.At(door.EndPoints[0], "no answer of a node"));
            return;
        }

        notes.Made("ES-072");
        if (isTlsSet == true && answers.FirstOrDefault(static d => !d.IsTls) is { } plain)
        {
            notes.Found("ES-072", Severity.Critical, $"by the settings port {door.Port} speaks TLS, and it answers in plain text: the node runs with other settings than these", [PortNotes.At(plain.Target, "plain HTTP"), .. node.SpeaksTls(node.Http).Evidence]);
        }

        if (first.Tls is { } tls)
        {
            LiveCertificate.Note(notes, "ES-016", first.Target, $"port {door.Port}", tls);
        }

        await AskOriginAsync(notes, first, cancellation);
        if (first.First.Status == 401 && prober.Tried is { } tried)
        {
            await TryKnownAsync(node, notes, first, door, tried, cancellation);
        }
    }

    private static void NoteOpen(PortNotes notes, HttpDoor[] open)
    {
        if (open.Length == 0)
        {
            return;
        }

        bool isExposed = open.Any(static d => !Door.IsLoopback(d.Target.Address));
        string where = string.Join(", ", open.Select(static d => $"{d.Scheme}://{d.Target}"));
        notes.Found(
            "ES-070", isExposed ? Severity.Critical : Severity.Medium, $"whoever {(isExposed ? "reaches the port" : "is on this host")} is answered without credentials: {where}",
            [.. open.Select(static d => PortNotes.At(d.Target, $"GET {d.Scheme}://{d.Target}/ without credentials: 200"))]);
    }

    private static async Task AskOriginAsync(PortNotes notes, HttpDoor door, CancellationToken cancellation)
    {
        notes.Made("ES-051");
        HttpAnswer? answer = await door.AskAsync("GET", "/", cancellation, ("Origin", Origin));
        if (answer?.Header("Access-Control-Allow-Origin") is "*" or Origin)
        {
            bool isWithCredentials = answer.Header("Access-Control-Allow-Credentials") == "true";
            notes.Found(
                "ES-051", isWithCredentials ? Severity.Critical : Severity.High, "the port lets pages of any origin read its answers",
                PortNotes.At(door.Target, $"GET / with a foreign Origin: Access-Control-Allow-Origin{(isWithCredentials ? ", with credentials" : "")}"));
        }
    }

    private static async Task TryKnownAsync(NodeSubject node, PortNotes notes, HttpDoor door, Door service, TriedPairs tried, CancellationToken cancellation)
    {
        notes.Made("ES-021");
        foreach ((string user, string password) in node.IsOpenSearch ? OfOpenSearch : OfElasticsearch)
        {
            bool? isTaken = await notes.TryAsync("ES-021", door.Target, tried, $"{service.Owner} {service.Port}", user, async () =>
                await door.AskAsync(new HttpQuestion(door.Target, "GET", "/").As(user, password), cancellation) is { } answer ? answer.Status is 200 or 403 : null);
            if (isTaken == true)
            {
                notes.Found("ES-021", Severity.Critical, $"the port takes the user `{user}` with the password that everybody knows", PortNotes.At(door.Target, $"GET / as {user}: let in"));
            }
        }
    }

    // Something else may have the port: it is not the node's fault what that says.
    private static bool IsNode(HttpAnswer answer) =>
        answer.Header("X-elastic-product") is not null || answer.Text.Contains("cluster_name", StringComparison.Ordinal)
        || (answer.Status == 401 && (answer.Header("WWW-Authenticate") is not null || answer.Text.Contains("security_exception", StringComparison.Ordinal)))
        || (answer.Status == 503 && answer.Text.Contains("Security not initialized", StringComparison.Ordinal));
}
