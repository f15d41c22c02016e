using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration.Cluster;
using Gatehouse.Audit;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Enrolment;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>
/// The enrolment endpoints: for holders of a token, who have no other name here yet. On TLS only, limited per source, and every call
/// that is refused leaves its reason in the trail and the same answer.
/// </summary>
internal sealed class EnrolmentDoor(AdminServices services)
{
    private const string Root = "/v1/enrolment/";
    private static readonly MembershipJson Json = MembershipJson.Default;
    private static readonly AdminEndpoint Begin = Endpoint("begin", Json.EnrolmentBegin);
    private static readonly AdminEndpoint Complete = Endpoint("complete", Json.EnrolmentComplete);
    private static readonly AdminEndpoint Abort = Endpoint("abort", Json.EnrolmentCall);

    /// <summary>Whether a request is for here.</summary>
    public static bool IsMeant(HttpContext http) => http.Request.Path.Value?.StartsWith(Root, StringComparison.Ordinal) == true;

    /// <summary>Serves one.</summary>
    public async ValueTask<AdminResult> RunAsync(HttpContext http, ulong requestId)
    {
        IGateConnectionFeature? connection = http.Features.Get<IGateConnectionFeature>();
        if (services.Membership is not { } membership || connection is not { IsSecured: true })
        {
            return Refuse(http, requestId, null, "no_enrolment", AdministrationProblems.NoSuchEndpoint.Because("there is no such endpoint"));
        }

        IPAddress source = connection.Connection.Source.Address;
        string? named = http.Request.Query["token"];
        if (!membership.Limits.TryTake(source, IsHex(named, 16) && membership.Enrolment.IsOpen(named!) ? named : null))
        {
            http.Response.Headers.RetryAfter = "60";
            return Refuse(http, requestId, null, "limited", EnrolmentProblems.EnrolmentLimited.Because("too many enrolment attempts", hint: "try again in a minute"));
        }

        return (http.Request.Method, http.Request.Path.Value![Root.Length..]) switch
        {
            ("GET", "authority") => Authority(http, requestId, membership.Enrolment),
            ("POST", "begin") => await CallAsync<EnrolmentBegin, EnrolmentBegun>(http, requestId, Begin, membership.Enrolment.BeginAsync, Json.EnrolmentBegun),
            ("POST", "complete") => await CallAsync<EnrolmentComplete, EnrolmentCompleted>(http, requestId, Complete, membership.Enrolment.CompleteAsync, Json.EnrolmentCompleted),
            ("POST", "abort") => await CallAsync<EnrolmentCall, EnrolmentCompleted>(http, requestId, Abort, membership.Enrolment.AbortAsync, Json.EnrolmentCompleted),
            _ => Refuse(http, requestId, null, "no_such_endpoint", AdministrationProblems.NoSuchEndpoint.Because("there is no such endpoint")),
        };
    }

    private AdminResult Authority(HttpContext http, ulong requestId, Enrolment enrolment)
    {
        string? token = http.Request.Query["token"];
        string? nonce = http.Request.Query["nonce"];
        return http.Request.Query.Count == 2 && IsHex(token, 16) && IsHex(nonce, EnrolmentProof.Bytes * 2)
            ? AdminResult.Ok(enrolment.Authority(token!, Convert.FromHexString(nonce!)), Json.EnrolmentAuthority)
            : Refuse(http, requestId, null, "malformed", AdminRequestReader.Malformed("`token` has 16 hex digits and `nonce` 64"));
    }

    private async ValueTask<AdminResult> CallAsync<TBody, TAnswer>(
        HttpContext http, ulong requestId, AdminEndpoint endpoint, Func<TBody, CancellationToken, ValueTask<EnrolmentResult<TAnswer>>> run, System.Text.Json.Serialization.Metadata.JsonTypeInfo<TAnswer> type)
        where TBody : EnrolmentCall
        where TAnswer : class
    {
        (object? body, Problem? malformed) = await AdminRequestReader.BodyAsync(http.Request, endpoint, endpoint.MaxBody, http.RequestAborted);
        if (body is not TBody call)
        {
            return Refuse(http, requestId, null, "malformed", malformed ?? AdminRequestReader.Malformed("the body is none"));
        }

        EnrolmentResult<TAnswer> result = await run(call, http.RequestAborted);
        if (result.Value is not { } value)
        {
            return Refuse(http, requestId, call.Token, result.Reason ?? "refused", result.Problem!); // one of the two is there
        }

        AuditEvent record = Record(http, requestId, AuditAction.AccessGranted, AuditOutcome.Success, call.Token);
        record.Status = 200;
        record.Generation = result.Generation;
        record.Target = "node/" + result.Node;
        services.Trail.Write(record);
        return await services.Trail.FlushAsync(CancellationToken.None)
            ? AdminResult.Ok(value, type)
            : AdminResult.Refused(AdministrationProblems.NotRecorded.Because("the audit trail takes no records", hint: "gatehouse status shows what is wrong with it"));
    }

    private AdminResult Refuse(HttpContext http, ulong requestId, string? token, string reason, Problem problem)
    {
        var result = AdminResult.Refused(problem);
        AuditEvent record = Record(http, requestId, reason == "limited" ? AuditAction.LimitReached : AuditAction.AuthenticationFailed, AuditOutcome.Failure, token);
        record.Status = result.Status;
        record.Reason = reason;
        record.Problem = problem.Id;
        services.Trail.Write(record);
        return result;
    }

    private AuditEvent Record(HttpContext http, ulong requestId, AuditAction action, AuditOutcome outcome, string? token)
    {
        LiveConnection? connection = http.Features.Get<IGateConnectionFeature>()?.Connection;
        return new AuditEvent
        {
            Action = action,
            Outcome = outcome,
            Time = services.Time.GetUtcNow(),
            RequestId = requestId,
            ConnectionId = connection?.Id ?? 0,
            Source = http.Features.Get<IPeerCredentialFeature>() is null ? connection?.Source : null,
            Gate = AdminServer.GateName,
            Method = http.Request.Method,
            Path = http.Request.Path.Value,
            Realm = "token",

            // What a stranger calls a token is shown only where it could be one.
            User = IsHex(token, 16) ? token : null,
        };
    }

    private static bool IsHex(string? text, int length) => text?.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static AdminEndpoint Endpoint(string step, System.Text.Json.Serialization.Metadata.JsonTypeInfo body) =>
        new("POST", Root + step, "node.enrol", static _ => throw new InvalidOperationException("enrolment has a door of its own")) { Body = body, MaxBody = 64 * 1024 };
}
