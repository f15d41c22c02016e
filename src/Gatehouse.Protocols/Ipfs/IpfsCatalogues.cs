using System.Collections.Frozen;
using System.Text;
using Gatehouse.Operations;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>The catalogues of IPFS Cluster's APIs, of Kubo and of a Prometheus page. What they do not know is refused.</summary>
public static class IpfsCatalogues
{
    /// <summary>IPFS Cluster's REST API.</summary>
    public const string ClusterSystem = "ipfs-cluster";

    /// <summary>IPFS Cluster's pinning service.</summary>
    public const string PinningSystem = "ipfs-pinning";

    /// <summary>IPFS Cluster's proxy for Kubo's RPC API.</summary>
    public const string ProxySystem = "ipfs-proxy";

    /// <summary>Kubo's RPC API and gateway.</summary>
    public const string KuboSystem = "kubo";

    /// <summary>A page for Prometheus.</summary>
    public const string MetricsSystem = "metrics";

    /// <summary>What lies before the path of a command.</summary>
    internal const string Rpc = "/api/v0/";

    // The gateway reads only. Kubo serves its figures on the port of the RPC API.
    private const string KuboReads = """
        GET,HEAD /ipfs/{root}/{path:rest} gateway.read - query=any
        GET,HEAD /ipns/{root}/{path:rest} gateway.read - query=any
        GET /debug/metrics/prometheus metrics.read -
        """;

    private static readonly FrozenSet<string> Calls = new[]
    {
        "id", "version", "pin/add", "pin/update", "pin/rm", "pin/ls", "swarm/connect", "swarm/peers", "config/show", "repo/stat", "repo/gc", "resolve",
        "block/put", "block/get",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly Lazy<FrozenDictionary<string, Loaded>> Tables = new(Load);

    /// <summary>All of them by system.</summary>
    public static IReadOnlyDictionary<string, Catalogue> All => field ??= Tables.Value.ToFrozenDictionary(static t => t.Key, static t => t.Value.Catalogue);

    /// <summary>IPFS Cluster's REST API.</summary>
    public static Catalogue Cluster => All[ClusterSystem];

    /// <summary>IPFS Cluster's pinning service.</summary>
    public static Catalogue Pinning => All[PinningSystem];

    /// <summary>IPFS Cluster's proxy: its own commands, and all of Kubo's that go through it.</summary>
    public static Catalogue Proxy => All[ProxySystem];

    /// <summary>Kubo's RPC API and gateway.</summary>
    public static Catalogue Kubo => All[KuboSystem];

    /// <summary>A page for Prometheus: <c>GET /metrics</c> and nothing else.</summary>
    public static Catalogue Metrics => All[MetricsSystem];

    /// <summary>The commands of Kubo that IPFS Cluster itself calls, as paths below <c>/api/v0/</c>.</summary>
    public static IReadOnlySet<string> ClusterCalls => Calls;

    /// <summary>Whether anybody may ask, as at the upstream: the health check.</summary>
    public static bool IsAnonymous(string system, CatalogueEndpoint endpoint) => IsAction(system, endpoint, "health.read");

    /// <summary>Whether the gate never forwards it: a token of the upstream's own would have no end and no rights of its own.</summary>
    public static bool IsAnsweredByGate(string system, CatalogueEndpoint endpoint) => IsAction(system, endpoint, "token.issue");

    /// <summary>
    /// Decides on a call of IPFS Cluster's own in place of what it does: <c>kubo.call</c> on the command. Rights to what Kubo's commands
    /// do are wider than the few that Cluster lives on: <c>config/show</c> has the right of <c>config/replace</c>. False: it is no such
    /// call, and the operations stay as they are.
    /// </summary>
    /// <param name="endpoint">The endpoint that took the request, of <see cref="Kubo"/>.</param>
    /// <param name="operations">What <see cref="IpfsReader.TryRead"/> found.</param>
    public static bool TryTakeForCall(CatalogueEndpoint endpoint, OperationSet operations)
    {
        if (!endpoint.Template.StartsWith(Rpc, StringComparison.Ordinal) || !Calls.Contains(endpoint.Template[Rpc.Length..]))
        {
            return false;
        }

        operations.Clear();
        operations.Begin(IpfsActions.Find(KuboSystem, IpfsActions.Call));
        operations.AddResource(Encoding.UTF8.GetBytes(endpoint.Template[Rpc.Length..]));
        return true;
    }

    /// <summary>Classifies a whole request as a gate does it step by step; for tools.</summary>
    /// <param name="system">One of the systems above.</param>
    /// <param name="method">The method, case-sensitive.</param>
    /// <param name="rawTarget">The request target as it came over the wire.</param>
    /// <param name="contentType">The value of <c>Content-Type</c>, or null.</param>
    /// <param name="body">The body, empty where there is none.</param>
    public static RequestClass Classify(string system, string method, string rawTarget, string? contentType, ReadOnlySpan<byte> body)
    {
        var target = new CanonicalTarget();
        TargetError error = target.Parse(rawTarget);
        if (error != TargetError.None)
        {
            return RequestClass.Refused(TargetErrors.Word(error));
        }

        CatalogueMatch match = All[system].Match(method, target);
        if (!match.IsMatch)
        {
            return RequestClass.Refused(MatchErrors.Word(match.Error));
        }

        CatalogueEndpoint endpoint = match.Endpoint!; // IsMatch
        if (!body.IsEmpty && (endpoint.BodyMode == BodyMode.None || !endpoint.AcceptsContentType(contentType)))
        {
            return RequestClass.Refused(endpoint.BodyMode == BodyMode.None ? ClassifyErrors.Word(ClassifyError.UnexpectedBody) : "content_type");
        }

        var operations = new OperationSet();
        return IpfsReader.TryRead(
            system, endpoint, method, target, endpoint.BodyMode == BodyMode.Stream ? default : body, operations, out _, out IpfsFault? fault)
            ? new RequestClass(RequestOutcome.Operations, [.. Shown(operations)], null)
            : RequestClass.Refused(fault.Reason);
    }

    internal static KuboCommand? Command(string system, CatalogueEndpoint endpoint) =>
        Tables.Value[system].Commands.GetValueOrDefault(endpoint.Template);

    private static List<RequestOperation> Shown(OperationSet operations)
    {
        List<RequestOperation> shown = [];
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            List<string> resources = [];
            for (int r = 0; r < operation.ResourceCount; r++)
            {
                resources.Add(Encoding.UTF8.GetString(operation.Resource(r)) + (operation.Scope(r) == ResourceScope.Prefix ? "*" : ""));
            }

            shown.Add(new RequestOperation(operation.Action.Name, resources));
        }

        return shown;
    }

    private static bool IsAction(string system, CatalogueEndpoint endpoint, string action) =>
        system is ClusterSystem or PinningSystem && endpoint.Actions is [{ } only] && only == action;

    private static FrozenDictionary<string, Loaded> Load()
    {
        List<KuboCommand> kubo = KuboCommand.ReadTable(Text("kubo.catalogue"));
        List<KuboCommand> proxy = KuboCommand.ReadTable(Text("ipfs-proxy.catalogue"));
        HashSet<string> own = [.. proxy.Select(static c => c.Path)];
        proxy.AddRange(kubo.Where(c => !own.Contains(c.Path)));
        return new Dictionary<string, Loaded>(StringComparer.Ordinal)
        {
            [ClusterSystem] = Make(ClusterSystem, WithSlashes(Text("ipfs-cluster.catalogue")), []),
            [PinningSystem] = Make(PinningSystem, WithSlashes(Text("ipfs-pinning.catalogue")), []),
            [ProxySystem] = Make(ProxySystem, Lines(proxy), proxy),
            [KuboSystem] = Make(KuboSystem, Lines(kubo) + KuboReads, kubo),
            [MetricsSystem] = Make(MetricsSystem, "GET /metrics metrics.read -", []),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static Loaded Make(string system, string table, List<KuboCommand> commands)
    {
        List<Problem> problems = [];
        Catalogue catalogue = Catalogue.Parse(system, table, system, problems) ?? throw new InvalidOperationException(problems[0].ToString());
        IpfsActions.Declare(system);
        return new Loaded(catalogue, commands.ToFrozenDictionary(static c => Rpc + c.Path, StringComparer.Ordinal));
    }

    // Cluster answers a trailing slash with a redirect to the path without it.
    private static string WithSlashes(string table) => string.Join(
        '\n', table.Split('\n').Select(static line => line.Length == 0 || line[0] == '#' ? line : line + " trailing-slash=strip"));

    private static string Lines(List<KuboCommand> commands)
    {
        var lines = new StringBuilder();
        foreach (KuboCommand command in commands)
        {
            string body = command.HasFile ? " body=stream content-type=multipart/form-data" : "";
            lines.Append($"POST {Rpc}{command.Path} {command.Action} - query=any repeat=arg{body}\n");
        }

        return lines.ToString();
    }

    private static string Text(string name)
    {
        using Stream stream = typeof(IpfsCatalogues).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException("the table is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private sealed record Loaded(Catalogue Catalogue, FrozenDictionary<string, KuboCommand> Commands);
}
