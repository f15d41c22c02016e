using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Membership;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>What was found out about the mesh, to be judged at one moment.</summary>
internal sealed record NetcheckFacts
{
    /// <summary>This node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The cluster state.</summary>
    public required ClusterDocument Document { get; init; }

    /// <summary>This node's services.</summary>
    public required ImmutableArray<MeshServiceModel> Services { get; init; }

    /// <summary>The running mesh; null: none runs.</summary>
    public required MeshFacts? Facts { get; init; }

    /// <summary>Each address of each peer, tried now.</summary>
    public required ImmutableArray<MeshReach> Reach { get; init; }

    /// <summary>Who listens at the ports of this host's programs.</summary>
    public required ImmutableArray<MeshProgram> Programs { get; init; }

    /// <summary>What shows with all nodes known.</summary>
    public required ImmutableArray<Problem> Problems { get; init; }

    /// <summary>This node's version.</summary>
    public required string Version { get; init; }

    /// <summary>The moment.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>Says in words what keeps programs of two nodes from talking through the mesh, and what to do. Pure.</summary>
internal static class Netcheck
{
    private const string Error = "error";
    private const string Warning = "warning";
    private static readonly TimeSpan SkewWarning = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CertificateWarning = TimeSpan.FromDays(10);

    /// <summary>The whole answer.</summary>
    public static NetcheckResponse Judge(NetcheckFacts facts) => new()
    {
        Node = facts.Node,
        Listen = facts.Facts?.Listen?.ToString(),
        Paths = [.. facts.Reach.Select(r => PathOf(facts, r))],
        Services = [.. facts.Services.Select(s => ServiceOf(facts, s))],
        Findings = [.. Mesh(facts), .. Peers(facts), .. facts.Services.SelectMany(s => Service(facts, s)), .. Unknown(facts), .. facts.Problems.Select(static p => Of(Error, p))],
    };

    private static IEnumerable<NetcheckFinding> Mesh(NetcheckFacts facts)
    {
        bool alone = !facts.Document.Membership.Nodes.Keys.Any(n => n != facts.Node);
        if (alone)
        {
            yield return Say(Warning, "this node has no peer: the mesh is closed", "gatehouse token create --node NAME makes a token that lets another host join");
        }
        else if (facts.Facts?.Listen is null)
        {
            yield return Say(Error, "the mesh of this node does not listen: no peer reaches it", "the log of the daemon says why; gatehouse status shows the node");
        }
    }

    private static IEnumerable<NetcheckFinding> Peers(NetcheckFacts facts)
    {
        foreach (IGrouping<string, MeshReach> peer in facts.Reach.GroupBy(static r => r.Peer, StringComparer.Ordinal))
        {
            bool reached = peer.Any(static r => r.Total is not null);
            foreach (MeshReach way in peer.Where(static r => r.Total is null))
            {
                yield return way.Failure is { } failure
                    ? Say(reached ? Warning : Error, $"{peer.Key} at {way.Address}: {failure.Text}", failure.Hint ?? Advice(way), failure.Id)
                    : Say(reached ? Warning : Error, $"{peer.Key} at {way.Address} is not reached", Advice(way));
            }

            if (peer.Select(static r => r.Skew).FirstOrDefault(static s => s is not null) is { } skew && skew.Duration() > SkewWarning)
            {
                yield return Say(
                    Warning,
                    $"the clock of {peer.Key} is {Seconds(skew.Duration())} {(skew < TimeSpan.Zero ? "behind" : "ahead of")} this node's; beyond 120 s each refuses the other",
                    "run a time service (chrony, systemd-timesyncd) on both hosts");
            }

            if (VersionOf(facts, peer.Key) is { } version && version != facts.Version)
            {
                yield return Say(Warning, $"{peer.Key} runs version {version}, this node {facts.Version}", "bring both to one version");
            }
        }

        foreach (NodeDocument without in facts.Document.Membership.Nodes.Values.Where(n => n.Name != facts.Node && n.Addresses.IsDefaultOrEmpty))
        {
            yield return Say(Error, $"{without.Name} has no address for its mesh", $"set `mesh.advertise` in gatehouse.yaml on {without.Name}");
        }

        foreach (string name in facts.Document.Membership.Nodes.Keys)
        {
            if (CertificateLeft(facts, name) is { } left && left < CertificateWarning)
            {
                yield return left <= TimeSpan.Zero
                    ? Say(Error, $"the certificate of {name} has expired", "it renews itself while an issuer is reachable; gatehouse recover helps after a long outage")
                    : Say(Warning, $"the certificate of {name} is valid for {Days(left)} more", "it renews itself at two thirds of its life; see whether an issuer is up: gatehouse node list");
            }
        }
    }

    private static IEnumerable<NetcheckFinding> Service(NetcheckFacts facts, MeshServiceModel service)
    {
        ImmutableArray<string> trusted = Trusted(facts.Document.Membership, service.Name);
        if (trusted.IsEmpty)
        {
            yield return Say(Error, $"service `{service.Name}`: no node is trusted for it, so nothing is carried", $"gatehouse peers trust {service.Name} NODE NODE names those that have it");
        }
        else if (!Trusts(trusted, facts.Node))
        {
            yield return Say(Error, $"service `{service.Name}`: this node is not trusted for it: peers refuse it", $"gatehouse peers trust {service.Name} {facts.Node}");
        }

        foreach (MeshProgram program in facts.Programs.Where(p => p.Service == service.Name))
        {
            if (Program(service, program) is { } finding)
            {
                yield return finding;
            }
        }

        foreach (MeshAddressFacts offer in Offers(facts, service).Where(static o => !o.IsListening))
        {
            yield return offer.Problem is { } problem
                ? Say(Error, $"service `{service.Name}`: {offer.Peer} cannot be reached at {offer.Address}: {problem.Text}", problem.Hint, problem.Id)
                : Say(Error, $"service `{service.Name}`: nothing listens for {offer.Peer} at {offer.Address}", null);
        }
    }

    private static NetcheckFinding? Program(MeshServiceModel service, MeshProgram program)
    {
        string setting = service.BindSetting is { } bind ? $"{bind} in its configuration says where" : "let it listen there";
        return program switch
        {
            { Status: OwnerStatus.NoListener } => Say(Error, $"service `{service.Name}`: no program of this host listens at {program.EndPoint}", $"start the program; {setting}"),
            { IsEverywhere: true } when service.Separation == MeshSeparation.Address => Say(
                Error,
                $"service `{service.Name}`: {Who(program.Owner)} listens on every interface at port {program.EndPoint.Port.ToString(CultureInfo.InvariantCulture)}: it is open to the network and holds the peers' addresses",
                $"let it listen on {program.EndPoint.Address} only ({setting}), or set `separate: port`"),
            { Status: OwnerStatus.Refused } => Say(
                Error,
                $"service `{service.Name}`: {Who(program.Owner)} listens at {program.EndPoint}, who may not",
                $"if it is right, add `{program.Owner?.UserName}` to `mesh.services.{service.Name}.run_as` in gatehouse.yaml"),
            _ => null,
        };
    }

    /// <summary>What the cluster trusts somebody with and this node does not have, though it is named for it.</summary>
    private static IEnumerable<NetcheckFinding> Unknown(NetcheckFacts facts) =>
        facts.Document.Membership.TrustedPeers.Values
            .Where(t => t.Peers.Contains(facts.Node, StringComparer.Ordinal) && !facts.Services.Any(s => s.Name == t.Service))
            .Select(static t => Say(Warning, $"this node is trusted for service `{t.Service}` and does not have it", $"add `mesh.services.{t.Service}` to gatehouse.yaml, or gatehouse peers untrust {t.Service} NODE"));

    private static ReachView PathOf(NetcheckFacts facts, MeshReach reach) => new()
    {
        Peer = reach.Peer,
        Address = reach.Address,
        Reached = reach.Total is not null ? "proven" : reach.Connect is not null ? "tcp" : "none",
        TcpMs = Milliseconds(reach.Connect),
        TotalMs = Milliseconds(reach.Total),
        SkewMs = Milliseconds(reach.Skew),
        SeenAs = reach.SeenAs?.ToString(),
        Version = VersionOf(facts, reach.Peer),
        CertificateDays = CertificateLeft(facts, reach.Peer) is { } left ? Math.Round(left.TotalDays, 1) : null,
        Failure = reach.Failure is null ? null : AdminResult.ToError(reach.Failure),
    };

    private static ServiceCheckView ServiceOf(NetcheckFacts facts, MeshServiceModel service)
    {
        ImmutableArray<string> trusted = Trusted(facts.Document.Membership, service.Name);
        return new ServiceCheckView
        {
            Name = service.Name,
            Kind = service.Kind,
            Trusted = trusted,
            BothWays = !Trusts(trusted, facts.Node) ? [] : [.. facts.Document.Membership.Nodes.Keys.Where(n => n != facts.Node && Trusts(trusted, n))],
            Programs = [.. facts.Programs.Where(p => p.Service == service.Name).Select(static p => new ProgramView
            {
                Address = p.EndPoint.ToString(),
                State = p.Status switch
                {
                    OwnerStatus.NoListener => "nobody",
                    OwnerStatus.NotLocal => "elsewhere",
                    OwnerStatus.Refused => "refused",
                    _ => p.IsEverywhere ? "everywhere" : "listening",
                },
                User = p.Owner?.UserName,
                Process = ProcessOf(p.Owner),
            })],
            Offers = [.. Offers(facts, service).Select(static o => new OfferView
            {
                Peer = o.Peer,
                Address = o.Address.ToString(),
                Listening = o.IsListening,
                Failure = o.Problem is null ? null : AdminResult.ToError(o.Problem),
            })],
        };
    }

    /// <summary>Names trusted for a service; none where nobody is.</summary>
    public static ImmutableArray<string> Trusted(MembershipDocument membership, string service) =>
        membership.TrustedPeers.GetValueOrDefault(service)?.Peers ?? [];

    private static bool Trusts(ImmutableArray<string> trusted, string node) =>
        trusted.Contains(node, StringComparer.Ordinal) || trusted.Contains(TrustedPeersDocument.Everyone, StringComparer.Ordinal);

    private static ImmutableArray<MeshAddressFacts> Offers(NetcheckFacts facts, MeshServiceModel service) =>
        facts.Facts?.Services.FirstOrDefault(s => s.Name == service.Name)?.Addresses ?? [];

    private static string? VersionOf(NetcheckFacts facts, string peer) => facts.Facts?.Peers.FirstOrDefault(p => p.Name == peer)?.Version;

    /// <summary>How long the newest certificate of a node's mesh is still valid; null where the cluster has none on record.</summary>
    private static TimeSpan? CertificateLeft(NetcheckFacts facts, string name)
    {
        string? key = facts.Document.Membership.Nodes.GetValueOrDefault(name)?.MeshKey;
        DateTimeOffset[] ends = [.. facts.Document.Certificates.Values.Where(c => c.KeyHash == key).Select(static c => c.NotAfter)];
        return ends.Length == 0 ? null : ends.Max() - facts.Now;
    }

    private static string Advice(MeshReach way) => way.Connect is null
        ? $"let this host connect to {way.Address} (gatehouse firewall prints the rules), or give the peer other addresses in `mesh.advertise`"
        : "the peer takes the connection and does not answer: compare clocks, cluster and revocations (gatehouse node list on both)";

    private static string Who(SocketOwner? owner) => owner is null ? "somebody" : ProcessOf(owner) is { } process ? $"{process} of user {owner.UserName}" : $"user {owner.UserName}";

    private static string? ProcessOf(SocketOwner? owner) => owner is not { ProcessId: > 0 } ? null
        : $"{owner.ProcessName} ({owner.ProcessId.ToString(CultureInfo.InvariantCulture)})";

    private static NetcheckFinding Of(string severity, Problem problem) => Say(severity, problem.Text, problem.Hint, problem.Id);

    private static NetcheckFinding Say(string severity, string text, string? hint, string? id = null) => new() { Severity = severity, Id = id, Text = text, Hint = hint };

    private static double? Milliseconds(TimeSpan? time) => time is { } some ? Math.Round(some.TotalMilliseconds, 3) : null;

    private static string Seconds(TimeSpan time) => Math.Round(time.TotalSeconds).ToString(CultureInfo.InvariantCulture) + " s";

    private static string Days(TimeSpan time) => Math.Floor(time.TotalDays).ToString(CultureInfo.InvariantCulture) + " days";
}
