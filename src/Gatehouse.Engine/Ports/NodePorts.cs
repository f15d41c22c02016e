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
    /// <param name="peers">Names of the other nodes with the addresses that stand for them on this host, as far as they are known.</param>
    public static NodeShape Of(NodeConfiguration configuration, IHostFacts host, ImmutableArray<(string Name, IPAddress Address)> peers)
    {
        string node = configuration.Node ?? Environment.MachineName;
        return new NodeShape
        {
            Admin = Parsed(configuration.Admin.Listen),
            Metrics = configuration.Metrics is { } metrics ? Parsed(metrics) : null,
            Mesh = Parsed(configuration.Mesh.Listen),
            Gates = [.. configuration.Gates.Where(static g => g.Enabled).Select(gate => Gate(gate, host))],
            Services = [.. configuration.Mesh.Services.Select(service => Service(service, node, peers))],
            Calls = [.. configuration.Store.Endpoints.SelectMany(Calls), .. configuration.Audit.Outputs.SelectMany(Calls)],
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

    private static ServiceShape Service(MeshServiceConfiguration service, string node, ImmutableArray<(string Name, IPAddress Address)> peers)
    {
        // Programs of peers that nobody has told us of listen on other hosts; their ports are closed here all the same.
        IEnumerable<string> known = peers.Select(static p => p.Name);
        return new ServiceShape(service.Name, service.Kind, Ports(service, [service.Program ?? node, .. service.Programs.Where(p => !known.Contains(p.Key, StringComparer.Ordinal)).Select(static p => p.Value)]))
        {
            Peers =
            [
                .. peers.Select(peer => new ServicePeer(
                    peer.Name, service.IsByPort ? IPAddress.Loopback : peer.Address, Ports(service, [service.Programs.GetValueOrDefault(peer.Name, peer.Name)]))),
            ],
        };
    }

    private static ImmutableArray<int> Ports(MeshServiceConfiguration service, IEnumerable<string> programs) =>
        [.. programs.SelectMany(program => service.PortRule?.Of(program) ?? []).Where(static port => port > 0).Distinct().Order()];

    private static IEnumerable<CallShape> Calls(string store) =>
        Uri.TryCreate(store, UriKind.Absolute, out Uri? uri) ? [new CallShape("store", uri.Host.Trim('[', ']'), uri.Port)] : [];

    private static IEnumerable<CallShape> Calls(OutputConfiguration output) =>
        OutputAddress.TryParse(output.Address, out OutputAddress? address) ? [new CallShape($"audit output {output.Name}", address.Host, address.Port)] : [];

    private static IPEndPoint Parsed(string listen) => ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out string? why)
        ? endpoint
        : throw new ArgumentException(why, nameof(listen));
}
