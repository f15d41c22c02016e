using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>LP01: ports that take calls on addresses that other hosts reach.</summary>
internal static class ReachedPorts
{
    /// <summary>Calls a port on each such address, and says nothing.</summary>
    public static async Task AskAsync(PortNotes notes, Prober prober, Door door, string what, Severity severity, CancellationToken cancellation)
    {
        notes.Made("LP01");
        bool[] answers = await Task.WhenAll(door.Exposed.Select(target => TakesCallsAsync(prober, target, cancellation)));
        IPEndPoint[] reached = [.. door.Exposed.Zip(answers).Where(static a => a.Second).Select(static a => a.First)];
        if (reached.Length > 0)
        {
            notes.Found("LP01", severity, $"{what} is reached on the network: {string.Join(", ", reached.Select(static e => e.ToString()))}", [.. reached.Select(static e => PortNotes.At(e, "takes connections"))]);
        }
    }

    private static async Task<bool> TakesCallsAsync(Prober prober, IPEndPoint target, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await prober.ConnectAsync(target, cancellation);
        return connection is not null;
    }
}
