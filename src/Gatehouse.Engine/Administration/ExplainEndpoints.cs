using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration.Questions;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Topics;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Why: <c>explain</c> about a recorded decision, <c>can-i</c> about one that was not made yet.</summary>
internal sealed class ExplainEndpoints(AdminServices services, AskedActions actions)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/explain/{receipt}", "explain", ExplainAsync) { Answer = Json.ExplainResponse },
        new("POST", "/v1/can-i", "can-i", CanIAsync)
        {
            Answer = Json.ExplainResponse,
            Body = Json.CanIRequest,
            Access = AdminAccess.SelfOrRole,
            IsAboutSelf = IsSelf,
            Operations = static call => [new AdminOperation(call.Endpoint.Interned, ((CanIRequest)call.Body!).User)],
        },
    ];

    // From another address or gate one could learn the shape of roles that one has, no more: but only what holds here and now is one's own.
    private static bool IsSelf(AdminCall call)
    {
        var body = (CanIRequest)call.Body!;
        return body.User is null || (call.Principal.Realm == RealmNames.Native && body.User == call.Principal.Name);
    }

    private async ValueTask<AdminResult> ExplainAsync(AdminCall call)
    {
        if (!ReceiptCode.TryParse(call.Name, out ReceiptCode receipt))
        {
            return AdminResult.Refused(AdministrationProblems.UnknownReceipt.Because(
                $"`{AdminRequestReader.Shown(call.Name)}` is no receipt, or it was mistyped", hint: "a receipt reads GH-XXXX-XXXX-XXXX-XXXX-XXXX"));
        }

        AuditRecord? record = await services.AuditAccess.FindReceiptAsync(receipt, call.Cancellation);
        if (record is null)
        {
            return AdminResult.Refused(AdministrationProblems.UnknownReceipt.Because(
                $"no record of this node has the receipt `{receipt}`", hint: "the trail of the node that refused it has it"));
        }

        if (record.Operations.Count == 0)
        {
            return AdminResult.Ok(Explanations.WithoutOperations(record), Json.ExplainResponse);
        }

        ClusterDocument? document = await DocumentOfAsync(record, call.Cancellation);
        return document is null
            ? AdminResult.Refused(AdministrationProblems.GenerationGone.Because(
                $"generation {record.Generation}, on which it was decided, is no longer kept", hint: "generations are kept for 30 days, 10,000 at most"))
            : AdminResult.Ok(new RecordedRefusal(record, document).Explain(), Json.ExplainResponse);
    }

    private ValueTask<AdminResult> CanIAsync(AdminCall call)
    {
        var body = (CanIRequest)call.Body!;
        IPAddress? source = call.Identity.Address;
        if (body.Source is not null && !IPAddress.TryParse(body.Source, out source))
        {
            return new(AdminResult.Refused(AdministrationProblems.InvalidValue.Because($"`{AdminRequestReader.Shown(body.Source)}` is no address")));
        }

        Principal principal = call.Principal;
        bool isActive;
        Rights rights;
        if (body.User is null)
        {
            isActive = call.Identity.TryGetRights(call.Snapshot, call.Now, out rights);
        }
        else
        {
            if (!call.Snapshot.Users.TryGetValue(body.User, out UserDocument? user))
            {
                return new(AdminResult.Refused(UserChanges.Unknown(body.User)));
            }

            principal = new Principal(user.Name, RealmNames.Native);
            isActive = call.Snapshot.TryGetRights(principal, source, call.Now, out _);
            rights = new Rights(user.Roles);
        }

        if (actions.Find(body.System, body.Action) is not { } action)
        {
            return new(AdminResult.Refused(AdministrationProblems.InvalidValue.Because(
                $"`{AdminRequestReader.Shown(body.System)}` `{AdminRequestReader.Shown(body.Action)}` is no action that this node knows",
                hint: AskedActions.Hint)));
        }

        var realms = new GateRealms(services.Node.Gates);
        if (body.Gate is { } gate && realms.GatesFor(gate, body.System).IsEmpty)
        {
            return new(AdminResult.Refused(AdministrationProblems.NotFound.Because($"there is no gate `{AdminRequestReader.Shown(gate)}`", hint: "gatehouse gate list shows them")));
        }

        if (OperationOf(action, body.Resource, out Problem? odd) is not { } operations)
        {
            return new(AdminResult.Refused(odd!)); // there, as there are no operations
        }

        var context = new AuthorizationContext(
            principal, rights.Roles, source!, body.Gate ?? AdminServer.GateName, body.ClientCertificate, call.Now, call.RequestId)
        { Limit = rights.Limit, Qos = body.Qos, Retain = body.Retain, Ownership = OwnershipFact.Of(body.Own) };
        ExplainResponse answer = Explanations.Of(Explainer.Explain(call.Snapshot.Policy, context, operations), null);
        answer.User = principal.ToString();
        answer.Source = source!.ToString();
        answer.Gate = context.Gate;
        answer = !isActive ? Explanations.Inactive(answer, principal.Name)
            : ComesIn(call, principal, realms, context.Gate) ? answer
            : Explanations.NotAsked(answer, principal, realms.Describe(context.Gate));
        return new(AdminResult.Ok(answer, Json.ExplainResponse));
    }

    private static OperationSet? OperationOf(SystemAction action, string? resource, out Problem? problem)
    {
        problem = null;
        var operations = new OperationSet();
        operations.Begin(action);
        if (resource is null)
        {
            return operations;
        }

        if (!IgniteNames.TryAsk(action, resource, isPrefix: false, out string? name, out string? why))
        {
            problem = AdministrationProblems.InvalidValue.Because($"`{AdminRequestReader.Shown(resource)}` {why}");
            return null;
        }

        MqttRights.AddAsked(operations, action, Encoding.UTF8.GetBytes(name));
        return operations;
    }

    // Root on the host comes through no gate, but is asked as if; whoever comes through one is known to a realm that it asks.
    private static bool ComesIn(AdminCall call, Principal principal, GateRealms realms, string gate) =>
        principal.Realm is RealmNames.Kernel
        || realms.Asks(gate, principal.Realm, call.Snapshot.Document.Realms.TryGetValue(principal.Realm, out RealmDocument? realm) ? realm.Kind : null);

    private ValueTask<ClusterDocument?> DocumentOfAsync(AuditRecord record, CancellationToken cancellation)
    {
        // It was decided between beginning and end; the second is for clocks that are set.
        DateTimeOffset end = record.Time + TimeSpan.FromTicks(record.Duration / TimeSpan.NanosecondsPerTick) + TimeSpan.FromSeconds(1);
        return services.Generations(record.Generation, end, cancellation);
    }
}
