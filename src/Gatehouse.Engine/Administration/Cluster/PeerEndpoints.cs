using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Reflection;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>The other nodes: how they are seen, and which services they are trusted for.</summary>
internal sealed class PeerEndpoints(AdminServices services)
{
    private const string Read = "peer.read";
    private const string Change = "peer.change";
    private const int MaxPings = 100;
    private static readonly AdminJson Json = AdminJson.Default;

    private static string Version { get; } =
        typeof(PeerEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/peers", Read, ListAsync) { Answer = Json.PeerListResponse },
        new("POST", "/v1/peers/{name}/ping", Read, PingAsync) { Answer = Json.PingResponse, Parameters = ["count"] },
        new("POST", "/v1/netcheck", Read, NetcheckAsync) { Answer = Json.NetcheckResponse },
        new("POST", "/v1/trusted-peers/{name}", Change, TrustAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.TrustRequest },
        new("DELETE", "/v1/trusted-peers/{name}", Change, UntrustAsync) { Answer = Json.ChangeResponse, Changes = true, Parameters = ["peers"] },
    ];

    private ValueTask<AdminResult> ListAsync(AdminCall call)
    {
        MembershipDocument membership = call.Snapshot.Document.Membership;
        MeshFacts? facts = services.Mesh?.Control?.Facts();
        ImmutableArray<MeshServiceModel> own = services.Mesh?.Services ?? [];
        string node = services.Mesh?.Node ?? "";
        string[] names = [.. membership.TrustedPeers.Keys.Union(own.Select(static s => s.Name), StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(AdminResult.Ok(
            new PeerListResponse
            {
                Node = node,
                Listen = facts?.Listen?.ToString(),
                Peers = [.. membership.Nodes.Values.Select(n => PeerOf(n, n.Name == node, facts?.Peers.FirstOrDefault(p => p.Name == n.Name), membership))],
                Services = [.. names.Select(name => new TrustedServiceView
                {
                    Service = name,
                    Kind = own.FirstOrDefault(s => s.Name == name)?.Kind,
                    Peers = Netcheck.Trusted(membership, name),
                })],
            },
            Json.PeerListResponse));
    }

    private static PeerView PeerOf(NodeDocument node, bool isSelf, MeshPeerFacts? facts, MembershipDocument membership) => new()
    {
        Name = node.Name,
        Number = node.Number,
        PeerAddress = node.PeerAddress,
        Addresses = node.Addresses.IsDefault ? [] : node.Addresses,
        State = isSelf ? "self" : facts?.State switch { MeshPeerState.Up => "up", MeshPeerState.Down => "down", _ => "unknown" },
        Address = facts?.Address,
        LatencyMs = Milliseconds(facts?.RoundTrip),
        SkewMs = Milliseconds(facts?.Skew),
        Version = isSelf ? Version : facts?.Version,
        LastSeen = facts?.LastSeen,
        Services = [.. membership.TrustedPeers.Values.Where(t => t.Trusts(node.Name)).Select(static t => t.Service)],
        Outgoing = facts?.Outgoing ?? 0,
        Incoming = facts?.Incoming ?? 0,
        Failure = facts?.Failure is { } failure ? AdminResult.ToError(failure) : null,
    };

    private async ValueTask<AdminResult> PingAsync(AdminCall call)
    {
        int count = 1;
        if (call.Parameter("count") is { } asked && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxPings))
        {
            return AdminResult.Refused(AdminRequestReader.Malformed($"`count` is a number from 1 to {MaxPings}"));
        }

        if (call.Name == services.Mesh?.Node)
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because($"`{AdminRequestReader.Shown(call.Name)}` is this node"));
        }

        ImmutableArray<MeshPing>? answers = services.Mesh?.Control is { } control ? await control.PingAsync(call.Name, count, call.Cancellation) : null;
        return answers is not { } all
            ? AdminResult.Refused(NoPeer(call.Name))
            : AdminResult.Ok(
                new PingResponse
                {
                    Peer = call.Name,
                    Answers = [.. all.Select(static a => new PingView
                    {
                        Address = a.Address,
                        LatencyMs = Milliseconds(a.RoundTrip),
                        SetupMs = Math.Round(a.Setup.TotalMilliseconds, 3),
                        Failure = a.Failure is null ? null : AdminResult.ToError(a.Failure),
                    })],
                },
                Json.PingResponse);
    }

    private async ValueTask<AdminResult> NetcheckAsync(AdminCall call)
    {
        IMeshAccess? mesh = services.Mesh;
        ClusterDocument document = call.Snapshot.Document;
        string node = mesh?.Node ?? "";
        ImmutableArray<MeshReach> reach = mesh?.Control is { } control ? await control.NetcheckAsync(call.Cancellation) : [];
        bool known = IPAddress.TryParse(document.Membership.Nodes.GetValueOrDefault(node)?.PeerAddress, out IPAddress? own);
        var facts = new NetcheckFacts
        {
            Node = node,
            Document = document,
            Services = mesh?.Services ?? [],
            Facts = mesh?.Control?.Facts(),
            Reach = reach,
            Programs = mesh is null || !known ? [] : await mesh.ProgramsAsync(own!, call.Cancellation), // parsed where known
            Problems = mesh?.Problems ?? [],
            Version = Version,
            Now = services.Time.GetUtcNow(),
        };
        return AdminResult.Ok(Netcheck.Judge(facts), Json.NetcheckResponse);
    }

    private async ValueTask<AdminResult> TrustAsync(AdminCall call)
    {
        string[] peers = [.. ((TrustRequest)call.Body!).Peers.Distinct(StringComparer.Ordinal)]; // the endpoint declares it
        if (!IsService(call.Name))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidName.Because(
                $"`{AdminRequestReader.Shown(call.Name)}` is no name of a service", hint: "1 to 63 lower-case letters, digits and hyphens, beginning with a letter"));
        }

        if (peers.Length == 0 || (peers.Length > 1 && peers.Contains(TrustedPeersDocument.Everyone)))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because("`peers` names nodes, or `*` alone"));
        }

        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"trust {string.Join(", ", peers.Select(AdminRequestReader.Shown))} for service {call.Name}", document => Trust(document, call.Name, peers), call.Cancellation));
    }

    private async ValueTask<AdminResult> UntrustAsync(AdminCall call)
    {
        string[] peers = call.Parameter("peers")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
        string who = peers.Length == 0 ? "everybody" : string.Join(", ", peers.Select(AdminRequestReader.Shown));
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"trust {who} no more for service {AdminRequestReader.Shown(call.Name)}", document => Untrust(document, call.Name, peers), call.Cancellation));
    }

    private static ChangeDecision Trust(ClusterDocument document, string service, string[] peers)
    {
        MembershipDocument membership = document.Membership;
        ImmutableArray<string> before = Netcheck.Trusted(membership, service);
        if (peers is [TrustedPeersDocument.Everyone])
        {
            return To(document, service, [TrustedPeersDocument.Everyone]);
        }

        if (peers.FirstOrDefault(p => !membership.Nodes.ContainsKey(p)) is { } unknown)
        {
            return ChangeDecision.Refuse(NoPeer(unknown));
        }

        return before.Contains(TrustedPeersDocument.Everyone)
            ? ChangeDecision.Refuse(AdministrationProblems.AlreadyThere.Because(
                $"every node is trusted for `{service}` already", hint: $"gatehouse peers untrust {service} --all, then name those that should be"))
            : To(document, service, [.. before.Union(peers, StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    private static ChangeDecision Untrust(ClusterDocument document, string service, string[] peers)
    {
        ImmutableArray<string> before = Netcheck.Trusted(document.Membership, service);
        if (before.IsEmpty)
        {
            return ChangeDecision.Refuse(AdministrationProblems.NotFound.Because(
                $"nobody is trusted for `{AdminRequestReader.Shown(service)}`", hint: "gatehouse peers shows who is trusted for what"));
        }

        if (peers.FirstOrDefault(p => !before.Contains(p)) is { } other)
        {
            return ChangeDecision.Refuse(before.Contains(TrustedPeersDocument.Everyone)
                ? AdministrationProblems.InvalidValue.Because(
                    $"every node is trusted for `{service}`, none by name", hint: $"gatehouse peers untrust {service} --all, then name those that should be")
                : AdministrationProblems.NotFound.Because($"`{AdminRequestReader.Shown(other)}` is not trusted for `{service}`", hint: "gatehouse peers shows who is"));
        }

        return To(document, service, peers.Length == 0 ? [] : [.. before.Except(peers, StringComparer.Ordinal)]);
    }

    private static ChangeDecision To(ClusterDocument document, string service, ImmutableArray<string> peers)
    {
        MembershipDocument membership = document.Membership;
        return Netcheck.Trusted(membership, service).SequenceEqual(peers, StringComparer.Ordinal)
            ? ChangeDecision.To(document)
            : ChangeDecision.To(document with
            {
                Membership = membership with
                {
                    TrustedPeers = peers.IsEmpty
                        ? membership.TrustedPeers.Remove(service)
                        : membership.TrustedPeers.SetItem(service, new TrustedPeersDocument { Service = service, Peers = peers }),
                },
            });
    }

    private static Problem NoPeer(string name) => AdministrationProblems.NotFound.Because(
        $"there is no node `{AdminRequestReader.Shown(name)}`", hint: "gatehouse peers shows them");

    private static bool IsService(string text) => Configuration.Reading.Sections.IsName(text);

    private static double? Milliseconds(TimeSpan? time) => time is { } some ? Math.Round(some.TotalMilliseconds, 3) : null;
}
