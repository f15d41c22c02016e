using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Engine.Ports;

/// <summary>Takes from a node's configuration what makes ports.</summary>
internal static class NodePorts
{
    /// <summary>The shape of a node.</summary>
    /// <param name="configuration">A configuration that its validators have passed.</param>
    /// <param name="host">This host.</param>
    /// <param name="peers">Names of the other nodes, as far as they are known.</param>
    public static NodeShape Of(NodeConfiguration configuration, IHostFacts host, IEnumerable<string> peers)
    {
        string node = configuration.Node ?? Environment.MachineName;
        return new NodeShape
        {
            Admin = Parsed(configuration.Admin.Listen),
            Metrics = configuration.Metrics is { } metrics ? Parsed(metrics) : null,
            Mesh = Parsed(configuration.Mesh.Listen),
            Gates = [.. configuration.Gates.Where(static g => g.Enabled).Select(gate => Gate(gate, host))],
            Services = [.. configuration.Mesh.Services.Select(service => Service(service, node, [.. peers]))],
            Calls = [.. configuration.Audit.Outputs.SelectMany(Calls)],
        };
    }

    private static GateShape Gate(GateConfiguration gate, IHostFacts host) => new(
        gate.Name,
        gate.System ?? gate.Protocol,
        Parsed(gate.Listen),
        [
            .. new[] { gate.Upstream }.Concat((gate.Ignite?.Nodes ?? []).Select(static n => n.Upstream))
                .Where(static text => text.Length > 0).Distinct(StringComparer.Ordinal)
                .SelectMany(text => Upstream(text, host)),
        ]);

    private static IEnumerable<UpstreamShape> Upstream(string text, IHostFacts host)
    {
        if (!UpstreamAddress.TryParse(text, out UpstreamAddress? upstream, out _) || upstream.Kind is UpstreamKind.Unix or UpstreamKind.Builtin)
        {
            return [];
        }

        IReadOnlyCollection<IPAddress> addresses = upstream.Address is { } one ? [one] : host.Resolve(upstream.Host);
        IPAddress? own = addresses.FirstOrDefault(a => IPAddress.IsLoopback(a) || host.OwnAddresses.Contains(a));
        return [new UpstreamShape(upstream.Host, upstream.Port, own)];
    }

    private static ServiceShape Service(MeshServiceConfiguration service, string node, ImmutableArray<string> peers)
    {
        // A peer's program listens on the peer's host; here its port is Gatehouse's, and open to this host only.
        IEnumerable<string> programs = [service.Program ?? node, .. peers.Select(peer => service.Programs.GetValueOrDefault(peer, peer)), .. service.Programs.Values];
        return new ServiceShape(
            service.Name,
            service.Kind,
            [.. programs.SelectMany(program => service.PortRule?.Of(program) ?? []).Where(static port => port > 0).Distinct().Order()]);
    }

    private static IEnumerable<CallShape> Calls(OutputConfiguration output) =>
        OutputAddress.TryParse(output.Address, out OutputAddress? address) ? [new CallShape($"audit output {output.Name}", address.Host, address.Port)] : [];

    private static IPEndPoint Parsed(string listen) => ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out string? why)
        ? endpoint
        : throw new ArgumentException(why, nameof(listen));
}
