using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Network;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>mesh</c> mapping.</summary>
internal static class MeshSection
{
    private static readonly ImmutableArray<string> Kinds = [.. MeshKinds.All.Select(static k => k.Name)];

    private static Section<MeshServiceConfiguration> Service { get; } = new(
        "a mesh service",
        new Key<MeshServiceConfiguration>("kind", static (r, n, c) => c with { Kind = r.Word(n, Kinds, "kind of service") }) { Required = true },
        new Key<MeshServiceConfiguration>("program", static (r, n, c) => c with { Program = Program(r, n) }),
        new Key<MeshServiceConfiguration>("programs", static (r, n, c) => c with { Programs = ByPeer(r, n, "programs", Program) }),
        new Key<MeshServiceConfiguration>("ports", static (r, n, c) => c with { Ports = Ports(r, n) }),
        new Key<MeshServiceConfiguration>("peer_ports", static (r, n, c) => c with { PeerPorts = ByPeer(r, n, "peer_ports", Ports) }),
        new Key<MeshServiceConfiguration>("base", static (r, n, c) => c with { Base = r.Count(n, 1, ushort.MaxValue) }),
        new Key<MeshServiceConfiguration>("docker", static (r, n, c) => c with { Docker = r.Boolean(n) }),
        new Key<MeshServiceConfiguration>("run_as", static (r, n, c) => c with { RunAs = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<MeshServiceConfiguration>("allow_users", static (r, n, c) => c with { AllowUsers = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<MeshServiceConfiguration>("separate", static (r, n, c) => c with { Separate = r.Word(n, Words.MeshSeparations, "way to tell programs apart") }),
        new Key<MeshServiceConfiguration>("address", static (r, n, c) => c with { Address = Address(r, n) }));

    public static Section<MeshConfiguration> Keys { get; } = new(
        "`mesh`",
        new Key<MeshConfiguration>("listen", static (r, n, c) => c with { Listen = r.Listen(n) }),
        new Key<MeshConfiguration>("advertise", static (r, n, c) => c with { Advertise = r.List(n, Advertised) }),
        new Key<MeshConfiguration>(
            "services",
            static (r, n, c) => c with { Services = Sections.Named(r, n, "mesh.services", Service, static name => new MeshServiceConfiguration { Name = name }) }));

    private static string Program(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.Length == 0 || ErlangPorts.IsNodeName(text, out string? why))
        {
            return text;
        }

        reading.Report(MeshConfigurationProblems.ProgramName, $"{Reading.Shown(text)} is no node name of a program: {why}", node);
        return "";
    }

    /// <summary>A mapping of names of nodes to what <paramref name="item"/> reads.</summary>
    private static ImmutableSortedDictionary<string, T> ByPeer<T>(Reading reading, YamlNode node, string key, Func<Reading, YamlNode, T> item)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
        if (node is not YamlMapping mapping)
        {
            reading.Report(ConfigurationProblems.WrongType, $"`{key}` is a mapping of names of nodes to what their programs have", node);
            return values.ToImmutable();
        }

        foreach ((YamlScalar name, YamlNode entry) in mapping.Entries)
        {
            if (reading.IsFull)
            {
                break;
            }

            string peer = Sections.HostName(reading, name);
            if (peer.Length > 0 && !values.TryAdd(peer, item(reading, entry)))
            {
                reading.Report(ConfigurationProblems.Duplicate, $"`{peer}` stands twice in `{key}`", name);
            }
        }

        return values.ToImmutable();
    }

    private static ImmutableArray<int> Ports(Reading reading, YamlNode node)
    {
        IReadOnlyList<YamlNode> nodes = node is YamlSequence sequence ? sequence.Items : [node];
        var ports = ImmutableArray.CreateBuilder<int>(nodes.Count);
        foreach (YamlNode one in nodes)
        {
            int port = reading.IsFull ? 0 : reading.Count(one, 1, ushort.MaxValue);
            if (port > 0 && ports.Contains(port))
            {
                reading.Report(ConfigurationProblems.Duplicate, $"port {port} stands twice in the list", one);
            }

            ports.Add(port);
        }

        return ports.ToImmutable();
    }

    private static string Address(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.Length == 0 || ListenAddress.TryParseHost(text, out _, out string? why))
        {
            return text;
        }

        reading.Report(ConfigurationProblems.Address, $"{Reading.Shown(text)} is no address: {why}", node);
        return "";
    }

    private static string Advertised(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.Length == 0 || AdvertisedAddress.TryParse(text, out _, out _, out string? why))
        {
            return text;
        }

        reading.Report(ConfigurationProblems.Address, $"{Reading.Shown(text)} is no address for peers: {why}", node);
        return "";
    }
}
