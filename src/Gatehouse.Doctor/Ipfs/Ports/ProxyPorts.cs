using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>Asks the proxy and the port of metrics, which know no password.</summary>
internal static class ProxyPorts
{
    /// <summary>LP10, LP11: the proxy.</summary>
    public static async Task AskProxyAsync(PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        HttpDoor[] open = [.. (await KuboQuestions.OpenAsync(prober, door, cancellation)).Where(static d => KuboQuestions.IsTold(d.First))];
        Gates.Note(notes, "LP18", door, "the IPFS proxy", KuboQuestions.Targets(open));
        if (open.Length == 0)
        {
            return;
        }

        HttpDoor first = KuboQuestions.Worst(open);
        bool isExposed = !Door.IsLoopback(first.Target.Address);
        HttpAnswer? looked = await first.AskAsync("GET", $"/api/v0/pin/ls?arg={RandomCid.Make()}", cancellation);
        bool isTakenByGet = looked is { Status: not 405 } && (looked.Text.Contains("\"Message\"", StringComparison.Ordinal) || looked.Text.Contains("\"Keys\"", StringComparison.Ordinal));
        notes.Found(
            "LP10", isExposed ? Severity.Critical : Severity.Medium, $"the IPFS proxy gives Kubo's RPC API to whoever {(isExposed ? "reaches it" : "is on this host")}{(isTakenByGet ? ", and takes the cluster's commands by GET, as a picture in a page sends them" : "")}",
            [.. open.Select(static d => PortNotes.At(d.Target, "POST /api/v0/version without credentials: 200")), .. isTakenByGet ? [PortNotes.At(first.Target, "GET /api/v0/pin/ls: not 405")] : (Evidence[])[]]);
        await KuboQuestions.AskProfilesAsync(notes, first, "the IPFS proxy", cancellation);
    }

    /// <summary>LP14: metrics.</summary>
    public static async Task AskMetricsAsync(PortNotes notes, Prober prober, Door door, CancellationToken cancellation)
    {
        var question = new HttpQuestion(door.EndPoints[0], "GET", "/metrics");
        HttpDoor[] open = [.. (await Task.WhenAll(door.EndPoints.Select(target => HttpDoor.OpenAsync(prober, target, question, isTlsExpected: false, cancellation)))).OfType<HttpDoor>().Where(static d => d.First.Status == 200)];
        if (open.Length == 0)
        {
            return;
        }

        bool isExposed = open.Any(static d => !Door.IsLoopback(d.Target.Address));
        bool hasProfiles = await KuboQuestions.Worst(open).AskAsync("GET", "/debug/pprof/", cancellation) is { Status: 200 };
        notes.Found(
            "LP14", isExposed ? Severity.High : Severity.Low, $"metrics{(hasProfiles ? " and profiles" : "")} are read by whoever {(isExposed ? "reaches the port" : "is on this host")}",
            [.. open.Select(static d => PortNotes.At(d.Target, "GET /metrics: 200"))]);
    }
}
