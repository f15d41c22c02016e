using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>What is asked of Kubo's RPC API, and of the proxy that leads to it.</summary>
internal static class KuboQuestions
{
    /// <summary>The origin of a page that nobody allowed.</summary>
    public const string Origin = "https://doctor.invalid";

    private const string Version = "/api/v0/version";

    /// <summary>Asks each address of a door for the version, as a program would: without user and without origin. Those that answered at all.</summary>
    public static async Task<HttpDoor[]> OpenAsync(Prober prober, Door door, CancellationToken cancellation)
    {
        var question = new HttpQuestion(door.EndPoints[0], "POST", Version);
        return [.. (await Task.WhenAll(door.EndPoints.Select(target => HttpDoor.OpenAsync(prober, target, question, isTlsExpected: false, cancellation)))).OfType<HttpDoor>()];
    }

    /// <summary>Whether the version was told.</summary>
    public static bool IsTold(HttpAnswer? answer) => answer is { Status: 200 } && answer.Text.Contains("\"Version\"", StringComparison.Ordinal);

    /// <summary>LP11: whether profiles are given out. What they hold is not looked at.</summary>
    public static async Task AskProfilesAsync(PortNotes notes, HttpDoor door, string what, CancellationToken cancellation)
    {
        notes.Made("LP11");
        if (await door.AskAsync("GET", "/debug/pprof/cmdline", cancellation) is { Status: 200 })
        {
            bool isExposed = !Door.IsLoopback(door.Target.Address);
            notes.Found("LP11", isExposed ? Severity.High : Severity.Low, $"{what} gives profiles of the process to everybody{(isExposed ? "" : " on this host")}", PortNotes.At(door.Target, "GET /debug/pprof/cmdline: 200"));
        }
    }

    /// <summary>LP13: whether a page of a foreign origin is answered.</summary>
    public static async Task AskOriginAsync(PortNotes notes, HttpDoor door, CancellationToken cancellation)
    {
        notes.Made("LP13");
        if (IsTold(await door.AskAsync("POST", Version, cancellation, ("Origin", Origin))))
        {
            notes.Found("LP13", Severity.Critical, "the RPC API answered a page of a foreign origin", PortNotes.At(door.Target, $"POST {Version} with a foreign Origin: 200"));
        }
    }

    /// <summary>A door among several that other hosts reach, or the first.</summary>
    public static HttpDoor Worst(HttpDoor[] open) => open.FirstOrDefault(static d => !Door.IsLoopback(d.Target.Address)) ?? open[0];

    /// <summary>The addresses of doors.</summary>
    public static IEnumerable<IPEndPoint> Targets(HttpDoor[] open) => open.Select(static d => d.Target);
}
