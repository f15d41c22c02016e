using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>The node itself: status, gates, live connections, reload. The node records its own changes besides the call.</summary>
internal sealed class NodeEndpoints(AdminServices services)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/status", "status.read", StatusAsync) { Answer = Json.StatusResponse },
        new("GET", "/v1/whoami", "whoami", WhoAmIAsync) { Answer = Json.WhoAmIResponse, Access = AdminAccess.Authenticated },
        new("POST", "/v1/reload", "node.reload", ReloadAsync) { Answer = Json.ChangeResponse, Changes = true },
        new("GET", "/v1/gates", "gate.list", GatesAsync) { Answer = Json.GateListResponse },
        new("POST", "/v1/gates", "gate.write", AddGateAsync)
        {
            Answer = Json.ChangeResponse, Changes = true, Body = Json.GateAddRequest, Operations = AdminEndpoints.OnNameInBody,
        },
        new("POST", "/v1/gates/{name}/expose", "gate.expose", ExposeAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.GateExposeRequest },
        new("POST", "/v1/gates/{name}/test", "gate.test", TestAsync) { Answer = Json.GateTestResponse },
        new("GET", "/v1/connections", "connection.list", ConnectionsAsync) { Answer = Json.ConnectionListResponse, Parameters = ["user", "gate"] },
        new("DELETE", "/v1/connections", "connection.kill", KillManyAsync) { Answer = Json.ConnectionKillResponse, Changes = true, Parameters = ["user", "realm", "gate"] },
        new("DELETE", "/v1/connections/{id}", "connection.kill", KillAsync) { Answer = Json.ConnectionKillResponse, Changes = true },
    ];

    private ValueTask<AdminResult> StatusAsync(AdminCall call)
    {
        NodeFacts facts = services.Node.Facts;
        ImmutableArray<GateView> gates = services.Node.Gates;
        List<ErrorBody> problems = [.. facts.ReloadProblems.Select(AdminResult.ToError), .. gates.Select(static gate => gate.Problem).OfType<ErrorBody>()];
        if (!services.Trail.IsHealthy)
        {
            problems.Add(AdminResult.ToError(AdministrationProblems.NotRecorded.Because("the audit trail takes no records; nothing is forwarded")));
        }

        return new(AdminResult.Ok(
            new StatusResponse
            {
                Node = facts.Node,
                Version = facts.Version,
                State = problems.Count == 0 ? "ok" : "degraded",
                Started = facts.Started,
                Generation = call.Snapshot.Generation,
                Store = facts.Store,
                DataFolder = facts.DataFolder,
                ConfigurationFile = facts.ConfigurationFile,
                CaFingerprint = facts.CaFingerprint,
                CaFile = facts.CaFile,
                CertificateExpires = facts.CertificateExpires,
                InitialPasswordFile = facts.InitialPasswordFile,
                Audit = !services.Trail.IsHealthy ? "failed" : services.Trail.IsStrict ? "strict" : "group",
                Connections = services.Connections.Count,
                Users = call.Snapshot.Document.Users.Count,
                Roles = call.Snapshot.Document.Roles.Count,
                Networks = call.Snapshot.Document.Networks.Length,
                Gates = gates,
                Problems = problems,
            },
            Json.StatusResponse));
    }

    private static ValueTask<AdminResult> WhoAmIAsync(AdminCall call) => new(AdminResult.Ok(
        new WhoAmIResponse
        {
            Name = call.Principal.Name,
            Realm = call.Principal.Realm,
            Roles = call.Identity.TryGetRights(call.Snapshot, call.Now, out Rights rights) ? rights.Roles : [],
            Source = call.Identity.Source?.ToString(),
        },
        Json.WhoAmIResponse));

    private async ValueTask<AdminResult> ReloadAsync(AdminCall call) => From(call, await services.Node.ReloadAsync(call.Actor, call.Cancellation));

    private ValueTask<AdminResult> GatesAsync(AdminCall call) =>
        new(AdminResult.Ok(new GateListResponse { Gates = services.Node.Gates }, Json.GateListResponse));

    private async ValueTask<AdminResult> AddGateAsync(AdminCall call) =>
        From(call, await services.Node.AddGateAsync(call.Actor, (GateAddRequest)call.Body!, call.Cancellation));

    private async ValueTask<AdminResult> ExposeAsync(AdminCall call) => services.Node.Gates.Any(gate => gate.Name == call.Name)
        ? From(call, await services.Node.ExposeGateAsync(call.Actor, call.Name, ((GateExposeRequest)call.Body!).Listen, call.Cancellation))
        : AdminResult.Refused(UnknownGate(call.Name));

    private async ValueTask<AdminResult> TestAsync(AdminCall call) =>
        await services.Node.TestGateAsync(call.Name, call.Cancellation) is { } test
            ? AdminResult.Ok(test, Json.GateTestResponse)
            : AdminResult.Refused(UnknownGate(call.Name));

    private ValueTask<AdminResult> ConnectionsAsync(AdminCall call)
    {
        IEnumerable<ConnectionView> list = services.Connections.List()
            .Where(one => call.Parameter("user") is not { } user || one.User == user)
            .Where(one => call.Parameter("gate") is not { } gate || one.Gate == gate)
            .Select(View);
        return new(AdminResult.Ok(new ConnectionListResponse { Connections = [.. list] }, Json.ConnectionListResponse));
    }

    private ValueTask<AdminResult> KillManyAsync(AdminCall call)
    {
        string? user = call.Parameter("user");
        string? gate = call.Parameter("gate");
        if (user is null == gate is null || (user is null && call.Parameter("realm") is not null))
        {
            return new(AdminResult.Refused(AdminRequestReader.Malformed("name either a user or a gate", "?user=NAME or ?gate=NAME")));
        }

        int killed = user is not null
            ? services.Connections.KillUser(user, Reason(call), call.Parameter("realm"))
            : services.Connections.KillGate(gate!, Reason(call));
        return new(AdminResult.Ok(new ConnectionKillResponse { Killed = killed }, Json.ConnectionKillResponse));
    }

    private ValueTask<AdminResult> KillAsync(AdminCall call)
    {
        // The gate `admin` is this very API; the caller's own connection goes too, when it says so.
        bool isKilled = long.TryParse(call.Name, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            && services.Connections.Kill(id, Reason(call));
        return new(isKilled
            ? AdminResult.Ok(new ConnectionKillResponse { Killed = 1 }, Json.ConnectionKillResponse)
            : AdminResult.Refused(AdministrationProblems.NotFound.Because(
                $"there is no connection `{AdminRequestReader.Shown(call.Name)}`", hint: "gatehouse conn list shows them")));
    }

    private static AdminResult From(AdminCall call, NodeOutcome outcome) =>
        outcome.Succeeded ? AdminResult.Changed(call.Snapshot.Generation) : AdminResult.Refused(outcome.Problems);

    private static string Reason(AdminCall call) => $"killed by {call.Actor}";

    private static Problem UnknownGate(string name) =>
        AdministrationProblems.NotFound.Because($"there is no gate `{AdminRequestReader.Shown(name)}`", hint: "gatehouse gate list shows them");

    private static ConnectionView View(ConnectionFacts one) => new()
    {
        Id = one.Id,
        Gate = one.Gate,
        Source = one.Source.Port == 0 ? "local" : one.Source.ToString(),
        User = one.User,
        Realm = one.Realm,
        Since = one.Since,
        Work = one.Work,
    };
}
