using System.Collections.Immutable;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>The nodes of the cluster: listed, revoked, and this one on its way out.</summary>
internal sealed class ClusterNodeEndpoints(AdminServices services)
{
    private const string Read = "node.read";
    private const string Change = "node.change";
    private static readonly MembershipJson Json = MembershipJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/nodes", Read, ListAsync) { Answer = Json.NodeListResponse },
        new("DELETE", "/v1/nodes/{name}", Change, RevokeAsync) { Answer = Json.NodeRemovedResponse, Changes = true },
        new("POST", "/v1/node/leave", Change, LeaveAsync) { Answer = Json.NodeRemovedResponse, Changes = true },
    ];

    private async ValueTask<AdminResult> ListAsync(AdminCall call)
    {
        ImmutableDictionary<string, Heartbeat>? beats = null;
        try
        {
            beats = services.Membership is { } membership ? await membership.Heartbeats.ReadAsync(call.Cancellation) : null;
        }
        catch (ProblemException)
        {
            // What is in the state is shown all the same; who lives is not known.
        }

        string own = services.Node.Facts.Node;
        return AdminResult.Ok(
            new NodeListResponse
            {
                Nodes =
                [
                    .. call.Snapshot.Document.Membership.Nodes.Values.OrderBy(static node => node.Number)
                        .Select(node => View(node, node.Name == own, beats is not null, beats?.GetValueOrDefault(node.Name))),
                ],
            },
            Json.NodeListResponse);
    }

    private static NodeView View(NodeDocument node, bool isThis, bool isKnown, Heartbeat? beat) => new()
    {
        Name = node.Name,
        Id = node.Id,
        Number = node.Number,
        PeerAddress = node.PeerAddress,
        Roles = node.Roles,
        Addresses = node.Addresses,
        AdminAddress = node.AdminAddress,
        SameHosts = node.SameHosts ?? [],
        MeshKey = node.MeshKey,
        Joined = node.Joined,
        JoinedBy = node.JoinedBy,
        IsThis = isThis,
        State = isThis || beat is not null ? "up" : isKnown ? "silent" : "unknown",
        Seen = beat?.Time,
        Version = beat?.Version,
        Generation = beat?.Generation,
        CertificateExpires = beat?.CertificateExpires,
    };

    private async ValueTask<AdminResult> RevokeAsync(AdminCall call)
    {
        if (call.Name == services.Node.Facts.Node)
        {
            return AdminResult.Refused(EnrolmentProblems.RevokeSelf.Because(
                $"`{AdminRequestReader.Shown(call.Name)}` is the node that was asked", hint: "gatehouse leave takes it out in order; or revoke it on another node"));
        }

        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            call.Actor,
            $"node {AdminRequestReader.Shown(call.Name)} revoked",
            document => NodeChanges.Remove(document, call.Name, "keyCompromise", call.Actor, call.Now),
            call.Cancellation);
        if (!outcome.Succeeded)
        {
            return AdminResult.From(outcome);
        }

        // The node knew the data key: what is written from now on is not for it.
        Problem? notRotated = services.Membership?.RotateDataKey is { } rotate ? await rotate(call.Actor, CancellationToken.None) : null;
        return AdminResult.Ok(
            new NodeRemovedResponse
            {
                Generation = outcome.Generation,
                Node = call.Name,
                Next = services.Membership?.RotateDataKey is null || notRotated is not null
                    ? $"it still knows the data key{(notRotated is null ? "" : $" ({notRotated.Text})")}: gatehouse data-key rotate; and take its login at etcd away"
                    : "a rotation of the data key has begun: gatehouse data-key status; and take its login at etcd away",
            },
            Json.NodeRemovedResponse);
    }

    private async ValueTask<AdminResult> LeaveAsync(AdminCall call)
    {
        string own = services.Node.Facts.Node;
        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            call.Actor, $"node {own} leaves", document => NodeChanges.Remove(document, own, "cessationOfOperation", call.Actor, call.Now), call.Cancellation);
        if (!outcome.Succeeded)
        {
            return AdminResult.From(outcome);
        }

        services.Membership?.Left();
        return AdminResult.Ok(
            new NodeRemovedResponse { Generation = outcome.Generation, Node = own, Next = "on another node: gatehouse data-key rotate, for this one knew the data key" },
            Json.NodeRemovedResponse);
    }
}
