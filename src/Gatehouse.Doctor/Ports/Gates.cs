using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Ports;

/// <summary>A way that a gate of this host leads to a service of this host.</summary>
/// <param name="Port">The service's port.</param>
/// <param name="Evidence">The line of the gate's configuration.</param>
internal sealed record GuardedPort(int Port, Evidence Evidence);

/// <summary>Gates of Gatehouse on this host: whoever reaches what they guard by another door is past all that they do.</summary>
internal static partial class Gates
{
    private const string UsualFile = "gatehouse.yaml";

    /// <summary>Ports of this host that gates stand before, as far as their configuration can be read.</summary>
    public static ImmutableArray<GuardedPort> On(IHost host) =>
    [
        .. host.Processes.Where(static p => p.Name == "gatehouse").Select(static p => p.Root + FileOf(p)).Distinct(StringComparer.Ordinal).SelectMany(path => Read(host, path)),
    ];

    /// <summary>Writes down where a port that a gate guards is reached without it.</summary>
    /// <param name="notes">Where to.</param>
    /// <param name="check">The system's check for that.</param>
    /// <param name="door">The port.</param>
    /// <param name="what">What listens there, for the sentence.</param>
    /// <param name="reached">Where it answered.</param>
    public static void Note(PortNotes notes, string check, Door door, string what, IEnumerable<IPEndPoint> reached)
    {
        notes.Made(check);
        IPEndPoint[] beside = [.. reached.Where(static e => !Door.IsLoopback(e.Address))];
        if (beside.Length > 0 && On(notes.Subject.Host).FirstOrDefault(gate => gate.Port == door.Port) is { } guarded)
        {
            notes.Found(
                check, Severity.Critical, $"a gate guards {what}, and it answers on {beside[0]} as well: whoever goes there is past the gate",
                [.. beside.Select(static e => PortNotes.At(e, "answers beside the gate")), guarded.Evidence]);
        }
    }

    private static IEnumerable<GuardedPort> Read(IHost host, string path)
    {
        string[] lines = Encoding.UTF8.GetString(host.Read(path).Bytes ?? []).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            Match match = Upstream().Match(lines[i]);
            string name = match.Groups["host"].Value.Trim('[', ']');
            bool isHere = name == "localhost" || (IPAddress.TryParse(name, out IPAddress? address) && (Door.IsLoopback(address) || host.Addresses.Contains(address)));
            if (match.Success && isHere && ushort.TryParse(match.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            {
                yield return new GuardedPort(port, new Evidence(EvidenceKind.File, path, $"upstream: {match.Groups["scheme"].Value}://{name}:{port}", i + 1));
            }
        }
    }

    private static string FileOf(ProcessFact process)
    {
        int at = process.Arguments.IndexOf("--config");
        string? path = at >= 0 && at + 1 < process.Arguments.Length ? process.Arguments[at + 1]
            : process.Arguments.FirstOrDefault(static a => a.StartsWith("--config=", StringComparison.Ordinal))?["--config=".Length..];
        return Path.GetFullPath(path ?? UsualFile, process.WorkingDirectory ?? "/");
    }

    [GeneratedRegex(@"^[^#]*\bupstream['""]?\s*:\s*['""]?(?<scheme>https?|tcp|tls|wss?)://(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/'""]+):(?<port>\d+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Upstream();
}
