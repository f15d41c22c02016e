using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>
/// No gate in front of ourselves: the admin API would see the gate's connections as local ones, and a gate before a gate
/// is a loop. Names are resolved, so that no alias gets past.
/// </summary>
internal sealed class OwnListenerValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        IReadOnlyList<Listener> listeners = Listener.Of(configuration);
        foreach ((GateConfiguration gate, string text, string place) in configuration.Gates.SelectMany(Upstreams))
        {
            if (!UpstreamAddress.TryParse(text, out UpstreamAddress? upstream, out _))
            {
                continue;
            }

            if (upstream.Kind is UpstreamKind.Unix)
            {
                CheckSocket(upstream.Path!, place, context);
                continue;
            }

            IReadOnlyCollection<IPAddress> addresses = upstream.Kind is UpstreamKind.Builtin ? [] : AddressesOf(upstream, context);
            Listener? reached = listeners.FirstOrDefault(l =>
                addresses.Any(a => l.IsReachedBy(new IPEndPoint(a, upstream.Port), context.Host.OwnAddresses)));
            if (reached is not null)
            {
                context.Report(
                    ConfigurationProblems.OwnListener,
                    $"upstream {text} of gate `{gate.Name}` is the listener of {reached.What}",
                    place,
                    "an upstream is the guarded service's own port");
            }
        }
    }

    private static IEnumerable<(GateConfiguration Gate, string Upstream, string Place)> Upstreams(GateConfiguration gate) =>
    [
        (gate, gate.Upstream, $"gates.{gate.Name}.upstream"),
        .. (gate.Ignite?.Nodes ?? []).Select(node => (gate, node.Upstream, $"gates.{gate.Name}.ignite.nodes.{node.Name}.upstream")),
    ];

    private static IReadOnlyCollection<IPAddress> AddressesOf(UpstreamAddress upstream, ConfigurationContext context) =>
        upstream.Address is IPAddress address ? [address]
            : upstream.Host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : context.Host.Resolve(upstream.Host);

    private static void CheckSocket(string path, string place, ConfigurationContext context)
    {
        string data = Final(Path.GetFullPath(context.DataDirectory));
        string folder = Final(Path.GetDirectoryName(path) ?? "/");
        string file = Final(path);
        if (IsWithin(folder, data) || IsWithin(file, data))
        {
            context.Report(ConfigurationProblems.OwnListener, $"upstream `unix:{path}` lies in Gatehouse's own data folder", place);
        }
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static string Final(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not there (yet), or not ours to look at: the name itself is what counts.
            return path;
        }
    }
}
