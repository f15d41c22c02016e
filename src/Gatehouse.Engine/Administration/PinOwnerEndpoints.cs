using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Whose pins of IPFS Clusters are. Nothing here asks a cluster to pin or unpin.</summary>
internal sealed class PinOwnerEndpoints(AdminServices services)
{
    private const int MaxLimit = 10_000;
    private const int UsualLimit = 1000;
    private const int MaxWord = 256;
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/pin-owners", "pin-owner.list", ListAsync)
        {
            Answer = Json.PinOwnerListResponse, Parameters = ["gate", "cluster", "user", "cid", "after", "limit"],
        },
        new("POST", "/v1/pin-owners", "pin-owner.write", AssignAsync) { Body = Json.PinOwnerRequest, Answer = Json.ChangeResponse, Changes = true },
        new("DELETE", "/v1/pin-owners", "pin-owner.write", ReleaseAsync)
        {
            Answer = Json.ChangeResponse, Parameters = ["cluster", "cid", "user"], Changes = true,
        },
        new("POST", "/v1/pin-owners/rebuild", "pin-owner.write", RebuildAsync)
        {
            Body = Json.PinRebuildRequest, Answer = Json.PinRebuildResponse, Changes = true,
        },
    ];

    private ValueTask<AdminResult> ListAsync(AdminCall call)
    {
        int limit = UsualLimit;
        if (call.Parameter("limit") is { } asked
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            return new(AdminResult.Refused(AdminRequestReader.Malformed($"`limit` is a number from 1 to {MaxLimit}")));
        }

        string? cluster = call.Parameter("cluster");
        if (call.Parameter("gate") is { } gate)
        {
            if (cluster is not null)
            {
                return new(AdminResult.Refused(AdminRequestReader.Malformed("`gate` and `cluster` mean the same: give one")));
            }

            cluster = services.Pins?.ClusterOf(gate);
            if (cluster is null)
            {
                return new(AdminResult.Refused(NoGate(gate)));
            }
        }

        var query = new PinOwnerQuery(cluster, call.Parameter("user"), call.Parameter("cid"), call.Parameter("after"), limit);
        return new(AdminResult.Ok(services.Pins?.List(query) ?? new PinOwnerListResponse(), Json.PinOwnerListResponse));
    }

    private async ValueTask<AdminResult> AssignAsync(AdminCall call)
    {
        var body = (PinOwnerRequest)call.Body!; // the endpoint declares it
        if (services.Pins is not { } pins || !IsWord(body.Cluster) || !IsWord(body.Cid) || !IsWord(body.User))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because($"`cluster`, `cid` and `user` have 1 to {MaxWord} characters"));
        }

        return await pins.AssignAsync(call.Actor, body, call.Cancellation) is { } problem
            ? AdminResult.Refused(problem)
            : AdminResult.Changed(call.Snapshot.Generation);
    }

    private async ValueTask<AdminResult> ReleaseAsync(AdminCall call)
    {
        (string? cluster, string? cid) = (call.Parameter("cluster"), call.Parameter("cid"));
        if (services.Pins is not { } pins || !IsWord(cluster) || !IsWord(cid))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because($"`cluster` and `cid` say which one, with 1 to {MaxWord} characters each"));
        }

        return await pins.ReleaseAsync(call.Actor, cluster!, cid!, call.Parameter("user"), call.Cancellation) is { } problem // are words
            ? AdminResult.Refused(problem)
            : AdminResult.Changed(call.Snapshot.Generation);
    }

    private async ValueTask<AdminResult> RebuildAsync(AdminCall call)
    {
        var body = (PinRebuildRequest)call.Body!; // the endpoint declares it
        if (services.Pins is not { } pins)
        {
            return AdminResult.Refused(NoGate(body.Gate));
        }

        (PinRebuildResponse? done, Problem? problem) = await pins.RebuildAsync(call.Actor, body.Gate, call.Cancellation);
        return done is null ? AdminResult.Refused(problem ?? NoGate(body.Gate)) : AdminResult.Ok(done, Json.PinRebuildResponse);
    }

    private static bool IsWord(string? text) => text is { Length: > 0 and <= MaxWord };

    private static Problem NoGate(string gate) => PinProblems.NoSource.Because(
        $"`{AdminRequestReader.Shown(gate)}` is no gate of IPFS Cluster here", hint: "gatehouse gate list shows them");
}
