using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.Network;
using Gatehouse.Network.Endpoints;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network.Endpoints;

/// <summary>docs/operate/ports.md has the table of the code; GATEHOUSE_UPDATE_GOLDEN=1 writes it anew.</summary>
public sealed class Table_in_the_docs
{
    private const string Begin = "<!-- table -->\n";
    private const string End = "<!-- end -->";

    [Fact]
    public void The_page_has_every_port()
    {
        string file = Path.Combine(Path.GetDirectoryName(Here())!, "../../../../docs/operate/ports.md");
        string page = File.ReadAllText(file);
        int from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string next = page[..from] + Table() + page[page.IndexOf(End, StringComparison.Ordinal)..];
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, next);
        }

        File.ReadAllText(file).ShouldBe(next, "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
    }

    private static string Table()
    {
        var text = new StringBuilder();
        text.Append("| system | what | port | gate | mesh | alone | why |\n|---|---|---|---|---|---|---|\n");
        text.Append($"| Gatehouse | admin API and enrolment | {KnownPorts.Admin}/tcp | | | peers, operators | loopback until it is exposed |\n");
        text.Append($"| | mesh | {KnownPorts.Mesh}/tcp | | | peers | closed until the cluster has a second node |\n");
        text.Append($"| | metrics and health | {KnownPorts.Metrics}/tcp | | | nobody | in clear text, loopback only |\n");
        text.Append($"| | whoami | {KnownPorts.Whoami}/tcp | | | clients | the built-in gate |\n");
        foreach (KnownSystem system in KnownPorts.Systems)
        {
            string name = $"{system.Title} (`{system.Name}`)";
            foreach (SystemPort port in system.Ports)
            {
                string number = $"{(port.HasOffset ? $"{port.Ports.First}+n" : port.Ports.ToString())}/{Lower(port.Transport)}";
                string gate = port.Gate is { } guard ? $"{guard} {KnownPorts.Named(guard).GatePort}" : "";
                string alone = port.Direction == Direction.Outgoing ? "outgoing" : port.Rule == Audiences.None ? "nobody" : Lower(port.Rule);
                text.Append($"| {name} | {port.What} | {(port.IsCommon ? $"({number})" : number)} | {gate} | {port.Service} | {alone} | {port.Why} |\n");
                name = "";
            }
        }

        return text.ToString();
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Here([CallerFilePath] string here = "") => here;
}
