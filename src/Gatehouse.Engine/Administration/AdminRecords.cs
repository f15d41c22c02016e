using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Realms;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration;

/// <summary>Step 8 of the API: what each call leaves in the trail. Bodies and queries never enter.</summary>
internal sealed class AdminRecords(IAuditTrail trail, TimeProvider time)
{
    /// <summary>A request refused before anybody looked who sent it.</summary>
    public void Tampered(HttpContext http, ulong requestId, string reason)
    {
        AuditEvent record = Begin(http, requestId, AuditAction.TamperedRequest, AuditOutcome.Failure);
        record.Reason = reason;
        record.Status = 400;
        record.Problem = AdministrationProblems.RequestRefused.Id;
        trail.Write(record);
    }

    /// <summary>Nobody, or not the one who was claimed.</summary>
    public void NotAuthenticated(HttpContext http, ulong requestId, AdminLogin login)
    {
        AuditAction action = login.Status switch
        {
            AuthenticationStatus.Missing => AuditAction.AnonymousAccessDenied,
            AuthenticationStatus.Limited => AuditAction.LimitReached,
            _ => AuditAction.AuthenticationFailed,
        };
        AuditEvent record = Begin(http, requestId, action, AuditOutcome.Failure);
        record.User = login.PresentedName;
        record.Reason = Word(login.Status.ToString());
        record.Status = login.Status == AuthenticationStatus.Limited ? 429 : 401;
        record.Problem = login.ToProblem().Id;
        trail.Write(record);
    }

    /// <summary>An account for emergencies logged in.</summary>
    public void BreakGlass(HttpContext http, ulong requestId, AdminIdentity identity)
    {
        AuditEvent record = Begin(http, requestId, AuditAction.Alarm, AuditOutcome.Success);
        record.User = identity.Principal.Name;
        record.Realm = identity.Principal.Realm;
        record.Problem = IdentityProblems.BreakGlassUsed.Id;
        record.Message = "a break-glass account logged in";
        trail.Write(record);
    }

    /// <summary>A request that was not understood.</summary>
    public void Malformed(HttpContext http, ulong requestId, AdminIdentity identity, Problem problem)
    {
        AuditEvent record = Begin(http, requestId, AuditAction.TamperedRequest, AuditOutcome.Failure);
        record.User = identity.Principal.Name;
        record.Realm = identity.Principal.Realm;
        record.Problem = problem.Id;
        record.Reason = "malformed";
        record.Status = problem.Definition == AdministrationProblems.NoSuchEndpoint ? 404 : 400;
        trail.Write(record);
    }

    /// <summary>No grant. False where no record of its own came of it, and the receipt explains nothing.</summary>
    public bool Denied(AdminCall call, ImmutableArray<string> roles, Denial denial, string receipt)
    {
        AuditEvent record = Of(call, roles, AuditAction.AccessDenied, AuditOutcome.Failure);
        record.Reason = Word(denial.Reason.ToString());
        record.Receipt = receipt;
        record.Status = 403;
        record.Problem = AdministrationProblems.NotAllowed.Id;
        return trail.Write(record);
    }

    /// <summary>A call that was let in, with how it ended.</summary>
    public void Done(AdminCall call, ImmutableArray<string> roles, AuditSlot slot, Problem? problem, int status)
    {
        AuditOutcome outcome = status < 400 ? AuditOutcome.Success : AuditOutcome.Failure;
        AuditEvent record = Of(call, roles, AuditAction.AccessGranted, outcome);
        record.Status = status;
        record.Problem = problem?.Id;
        record.Target = call.Endpoint.Changes ? TargetOf(call) : null;
        record.Duration = (long)(time.GetUtcNow() - call.Now).TotalNanoseconds;
        if (slot.IsValid)
        {
            trail.Complete(slot, record);
        }
        else if (call.Endpoint.Access != AdminAccess.Authenticated)
        {
            trail.Write(record);
        }
    }

    private AuditEvent Of(AdminCall call, ImmutableArray<string> roles, AuditAction action, AuditOutcome outcome)
    {
        AuditEvent record = Begin(call.Http, call.RequestId, action, outcome);
        record.Time = call.Now;
        record.User = call.Principal.Name;
        record.Realm = call.Principal.Realm;
        record.ApiKey = ApiKeys.IdOf(call.Principal);
        record.Roles = roles;
        record.Operations = call.Operations;
        record.Generation = call.Snapshot.Generation;
        record.HasClientCertificate = call.Identity.HasClientCertificate;
        RecordedFacts.Put(record, call.Principal, call.Snapshot);
        return record;
    }

    private AuditEvent Begin(HttpContext http, ulong requestId, AuditAction action, AuditOutcome outcome)
    {
        bool isLocal = http.Features.Get<IPeerCredentialFeature>() is not null;
        LiveConnection? connection = http.Features.Get<IGateConnectionFeature>()?.Connection;
        return new AuditEvent
        {
            Action = action,
            Outcome = outcome,
            Time = time.GetUtcNow(),
            RequestId = requestId,
            ConnectionId = connection?.Id ?? 0,
            Source = isLocal ? null : connection?.Source,
            Gate = AdminServer.GateName,
            Method = http.Request.Method,
            Path = http.Request.Path.Value,
        };
    }

    // /v1/users/anna/password is a change of users/anna, /v1/audit/policy one of audit/policy.
    private static string TargetOf(AdminCall call)
    {
        string kind = call.Endpoint.Segments[1];
        if (call.Body is RealmTestRequest { User: { } tried })
        {
            // Who was guessed at is what such a record is read for.
            return $"{kind}/{call.Name}/test/{AdminRequestReader.Shown(tried)}";
        }

        string? name = call.Name.Length > 0 ? call.Name : AdminEndpoints.NameInBody(call);
        name ??= call.Endpoint.Segments is [_, _, var literal, ..] && !literal.StartsWith('{') ? literal : null;
        return name is null ? kind : $"{kind}/{name}";
    }

    private static string Word(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
