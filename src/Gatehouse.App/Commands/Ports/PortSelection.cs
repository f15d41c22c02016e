using System.Collections.Immutable;
using System.CommandLine;
using Gatehouse.App.Client;
using Gatehouse.Network;
using Gatehouse.Network.Endpoints;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.App.Commands.Ports;

/// <summary>Which endpoints are meant: this node's, or those of systems without a gate before them.</summary>
internal sealed class PortSelection
{
    private readonly Option<string[]> _systems = Lists("--system", "a cluster without gates instead of this node: " + string.Join(", ", KnownPorts.Systems.Select(static s => s.Name)), "NAME");
    private readonly Option<string[]> _nodes = Lists("--nodes", "with --system: hosts of its nodes; for EMQX with their names, as in emqx1@10.0.0.1", "NODE@HOST|HOST");

    /// <summary>The options, in the order of the help.</summary>
    public Option[] Options => [_systems, _nodes];

    /// <summary>An option with a list: commas, spaces, or the option again.</summary>
    public static Option<string[]> Lists(string name, string description, string value) =>
        new(name) { Description = description, HelpName = value, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [] };

    /// <summary>The values of such an option.</summary>
    public static ImmutableArray<string> Values(CommandContext context, Option<string[]> option) =>
        [.. (context.Value(option) ?? []).SelectMany(static text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether systems without gates are meant.</summary>
    public bool IsForSystems(CommandContext context) => !Values(context, _systems).IsEmpty;

    /// <summary>The endpoints.</summary>
    public ImmutableArray<Endpoint> Endpoints(CommandContext context, ClusterNodes nodes)
    {
        KnownSystem[] systems = Systems(context);
        ImmutableArray<string> names = Nodes(context, systems);
        return systems.Length > 0 ? EndpointMap.Of(systems, names)
            : names.IsEmpty ? EndpointMap.Of(LocalNode.Shape(context, nodes))
            : throw CommandFailure.CannotRun(PortProblems.NotANetwork, "--nodes goes with --system", "this node's own peers are known to the daemon");
    }

    /// <summary>The hosts of the nodes.</summary>
    public IEnumerable<string> Hosts(CommandContext context) =>
        Nodes(context, Systems(context)).Select(static node => node[(node.IndexOf('@', StringComparison.Ordinal) + 1)..].Trim('[', ']'));

    private KnownSystem[] Systems(CommandContext context) =>
    [
        .. Values(context, _systems).Select(static name => KnownPorts.System(name)
            ?? throw CommandFailure.CannotRun(PortProblems.NotANetwork, $"`{name}` is no known system", string.Join(", ", KnownPorts.Systems.Select(static s => s.Name)))),
    ];

    // Where ports follow from names, a host alone would give the wrong ones.
    private ImmutableArray<string> Nodes(CommandContext context, KnownSystem[] systems)
    {
        ImmutableArray<string> nodes = Values(context, _nodes);
        KnownSystem? named = Array.Find(systems, static system => system.Ports.Any(static port => port.HasOffset));
        foreach (string node in nodes)
        {
            bool hasName = node.Contains('@', StringComparison.Ordinal);
            string? why = !ErlangPorts.IsNodeName(hasName ? node : "node@" + node, out string? wrong) ? wrong
                : named is not null && !hasName ? $"the ports of {named.Name} follow from the name before `@`, and there is none"
                : null;
            if (why is not null)
            {
                throw CommandFailure.CannotRun(PortProblems.NotANetwork, $"`{node}` is no node: {why}", "write NODE@HOST, such as emqx1@10.0.0.1");
            }
        }

        return nodes;
    }
}
