using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Questions;
using Gatehouse.Policy.Topics;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>
/// Who can do a thing, and what somebody can do: answered from the snapshot. Everybody may ask what they can themselves; all else
/// needs the right, for it shows who is there.
/// </summary>
internal sealed class RoleQuestionEndpoints(AskedActions actions, AdminServices services)
{
    private const int DefaultLimit = 1_000;
    private const int MaxLimit = 10_000;
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("POST", "/v1/who-can", "who-can", WhoCanAsync) { Answer = Json.WhoCanResponse, Body = Json.WhoCanRequest },
        new("GET", "/v1/what-can/{name}", "what-can", WhatCanAsync)
        {
            Answer = Json.WhatCanResponse,
            Parameters = ["kind", "gate"],
            Access = AdminAccess.SelfOrRole,
            IsAboutSelf = static call => call.Parameter("kind") is null or "user" && call.Principal.Realm == RealmNames.Native && call.Principal.Name == call.Name,
        },
    ];

    private async ValueTask<AdminResult> WhoCanAsync(AdminCall call)
    {
        var body = (WhoCanRequest)call.Body!; // the endpoint has one
        if (!OperationText.TryParse(body.Operation, out OperationText? operation, out string? reason))
        {
            return AdminResult.Refused(AdministrationProblems.OperationSyntax.Because(
                $"`{AdminRequestReader.Shown(body.Operation)}` is no operation: {reason}", hint: "such as etcd:kv.put:app/x"));
        }

        IPAddress? source = null;
        if (body.Source is not null && !IPAddress.TryParse(body.Source, out source))
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because($"`{AdminRequestReader.Shown(body.Source)}` is no address"));
        }

        if (body.Limit is < 0 or > MaxLimit)
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because($"`limit` is 1 to {MaxLimit}"));
        }

        if (actions.Find(operation!.System, operation.Action) is not { } action)
        {
            return AdminResult.Refused(AdministrationProblems.InvalidValue.Because(
                $"`{AdminRequestReader.Shown(operation.System)}` `{AdminRequestReader.Shown(operation.Action)}` is no action that this node knows", hint: AskedActions.Hint));
        }

        string? name = null;
        if (operation.Resource is not null && !IgniteNames.TryAsk(action, operation.Resource, operation.IsPrefix, out name, out reason))
        {
            return AdminResult.Refused(AdministrationProblems.OperationSyntax.Because($"`{AdminRequestReader.Shown(operation.Resource)}` {reason}"));
        }

        var asked = new AskedOperation(
            action,
            name is null ? default : Encoding.UTF8.GetBytes(name),
            operation.IsPrefix ? ResourceScope.Prefix : MqttRights.ScopeOf(action),
            name is null);
        var circumstances = new Circumstances(body.At ?? call.Now)
        {
            Source = source is { IsIPv4MappedToIPv6: true } ? source.MapToIPv4() : source,
            Gate = body.Gate,
            HasClientCertificate = body.ClientCertificate,
            Qos = body.Qos,
            Retain = body.Retain,
            Own = body.Own,
            IsTimeExact = body.At is not null,
        };

        // Everybody is gone through: not on a socket's thread.
        WhoCanResponse answer = await Task.Run(
            () => new WhoCan(call.Snapshot, asked, circumstances, new GateRealms(services.Node.Gates)).Run(operation, body.Limit == 0 ? DefaultLimit : body.Limit, call.Cancellation), call.Cancellation);
        return AdminResult.Ok(answer, Json.WhoCanResponse);
    }

    private ValueTask<AdminResult> WhatCanAsync(AdminCall call)
    {
        string? kind = call.Parameter("kind");
        if (kind is not null && !WhatCan.Kinds.Contains(kind))
        {
            return new(AdminResult.Refused(AdminRequestReader.Malformed("the parameter `kind` has no value that is understood", string.Join(", ", WhatCan.Kinds))));
        }

        string? gate = call.Parameter("gate");
        string? system = gate switch
        {
            null => null,
            AdminServer.GateName => AdminEndpoint.System,
            _ => services.Node.Gates.FirstOrDefault(view => view.Name == gate)?.System,
        };
        return new(new WhatCan(call.Snapshot, gate, system, call.Now, new GateRealms(services.Node.Gates)).Find(call.Name, kind) is { } answer
            ? AdminResult.Ok(answer, Json.WhatCanResponse)
            : AdminResult.Refused(AdministrationProblems.NotFound.Because(
                $"no {(kind ?? "user, role, key or mapping").Replace('_', ' ')} has the name `{AdminRequestReader.Shown(call.Name)}`")));
    }
}
