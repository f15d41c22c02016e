using System.Collections.Immutable;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration.Cluster;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Administration;

/// <summary>Steps 4 to 8 for every call of the API, in one place; an endpoint sees only calls that were allowed.</summary>
internal sealed class AdminApplication(AdminServices services, Lazy<AdminEndpointTable> table, ILogger<AdminApplication> logger)
{
    private readonly AdminAuthentication _authentication = new(services.Authenticator, services.ProcessId, services.UserId);
    private readonly AdminRecords _records = new(services.Trail, services.Time);
    private readonly EnrolmentDoor _enrolment = new(services);
    private ulong _lastRequest;

    /// <summary>Runs one request to its answer. Never throws but for a broken connection.</summary>
    public async Task RunAsync(HttpContext http)
    {
        ulong requestId = Interlocked.Increment(ref _lastRequest);
        try
        {
            AdminResult? result = await RunStepsAsync(http, requestId);
            if (result is not null)
            {
                await AdminAnswer.WriteAsync(http, result);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller went away; a change under way was finished and recorded before.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException and not IOException)
        {
            Log.CallFailed(logger, fault, http.Request.Method, requestId);
            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }

            Problem problem = fault is ProblemException known
                ? known.Problem
                : AdministrationProblems.Fault.Because("the daemon failed to answer", hint: "its log says why");
            await AdminAnswer.WriteAsync(http, AdminResult.Refused(problem));
        }
    }

    private async ValueTask<AdminResult?> RunStepsAsync(HttpContext http, ulong requestId)
    {
        bool isLocal = http.Features.Get<IPeerCredentialFeature>() is not null;
        if (AdminStrictness.Refuse(http, isLocal, services.IsOwnHost) is { } reason)
        {
            _records.Tampered(http, requestId, reason);
            http.Response.Headers.Connection = "close";
            return AdminResult.Refused(AdministrationProblems.RequestRefused.Because($"the request is refused: {reason}"));
        }

        // Public data, for programs that cannot log in; and who joins proves itself with its token.
        if (EnrolmentDoor.IsMeant(http) || await PublicLists.TryServeAsync(http, services.Issuing?.Lists))
        {
            return EnrolmentDoor.IsMeant(http) ? await _enrolment.RunAsync(http, requestId) : null;
        }

        // Step 4. The snapshot is read after the work is registered, so that no swap falls between.
        AdminLogin login = await _authentication.AuthenticateAsync(http, services.Snapshots.Current, services.Time.GetUtcNow());
        if (login.Identity is not { } identity)
        {
            _records.NotAuthenticated(http, requestId, login);
            return Unauthenticated(http, login);
        }

        using var work = new AdminWork(identity);
        SecuritySnapshot snapshot = services.Snapshots.Current;
        DateTimeOffset now = services.Time.GetUtcNow();
        if (!identity.TryGetRights(snapshot, now, out Rights rights))
        {
            AdminLogin stale = AdminLogin.Refuse(AuthenticationStatus.Inactive, identity.Principal.Name);
            _records.NotAuthenticated(http, requestId, stale);
            return Unauthenticated(http, stale);
        }

        Announce(http, requestId, identity);

        // Step 5.
        (AdminCall? call, Problem? malformed) = await ClassifyAsync(http, identity, snapshot, now, requestId);
        if (call is null)
        {
            _records.Malformed(http, requestId, identity, malformed!);
            return AdminResult.Refused(malformed!);
        }

        // Step 6.
        bool isEnough = call.Endpoint.Access == AdminAccess.Authenticated
            || (call.Endpoint.Access == AdminAccess.SelfOrRole && call.Endpoint.IsAboutSelf(call));
        AuthorizationContext context = call.Context(rights, now);
        Decision decision = isEnough ? Authorizer.AllowAuthenticated(snapshot.Policy, context) : Authorizer.Decide(snapshot.Policy, context, call.Operations);
        if (!decision.IsAllowed)
        {
            string receipt = services.Trail.NewReceipt();
            bool isRecorded = _records.Denied(call, rights.Roles, decision.Denial, receipt);
            return AdminResult.Refused(Denied(call, decision.Denial, isRecorded), isRecorded ? receipt : null);
        }

        decision.Permit.EnsureValid();
        work.Follow(call, isEnough);
        return await ServeAsync(call, rights.Roles, work);
    }

    private void Announce(HttpContext http, ulong requestId, AdminIdentity identity)
    {
        if (identity.Login is { IsBreakGlass: true })
        {
            _records.BreakGlass(http, requestId, identity);
            Log.BreakGlass(logger, identity.Principal.Name);
        }

        if (identity.Connection is { } connection)
        {
            connection.Principal = identity.Principal;
        }
    }

    // Steps 7 and 8: a change has its place in the trail before it is made, and is on disk before it is answered.
    private async ValueTask<AdminResult?> ServeAsync(AdminCall call, ImmutableArray<string> roles, AdminWork work)
    {
        AuditSlot slot = default;
        if (call.Endpoint.Changes)
        {
            slot = await services.Trail.ReserveAsync(call.Cancellation);
            if (!slot.IsValid)
            {
                return AdminResult.Refused(NotRecorded("nothing was changed: the audit trail takes no records"));
            }
        }

        AdminResult result;
        try
        {
            result = await call.Endpoint.Handle(call);
        }
        catch (Exception) when (slot.IsValid)
        {
            // It is not known how far it came: the record says that it was tried.
            _records.Done(call, roles, slot, null, 500);
            throw;
        }

        _records.Done(call, roles, slot, result.Problem, result.Status);
        if (call.Endpoint.Changes && !await services.Trail.FlushAsync(CancellationToken.None))
        {
            return AdminResult.Refused(NotRecorded(
                result.IsSuccess ? "the change is in force, but its record could not be written" : "the record could not be written"));
        }

        if (result.Stream is null)
        {
            return work.CutReason is { } cut ? AdminResult.Refused(AdministrationProblems.NotAuthenticated.Because(cut)) : result;
        }

        await AdminAnswer.StreamAsync(call, result, work);
        return null;
    }

    private async ValueTask<(AdminCall? Call, Problem? Problem)> ClassifyAsync(
        HttpContext http, AdminIdentity identity, SecuritySnapshot snapshot, DateTimeOffset now, ulong requestId)
    {
        var target = new CanonicalTarget();
        TargetError error = target.Parse(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (error != TargetError.None)
        {
            return (null, AdministrationProblems.RequestRefused.Because($"the request is refused: {TargetErrors.Word(error)}"));
        }

        AdminEndpoint? endpoint = table.Value.Match(http.Request.Method, target, out string name, out string allow);
        if (endpoint is null)
        {
            return (null, AdministrationProblems.NoSuchEndpoint.Because(
                allow.Length == 0 ? "there is no such endpoint" : "this endpoint has no such method", hint: allow.Length == 0 ? null : $"it has {allow}"));
        }

        ImmutableDictionary<string, string> query = AdminRequestReader.Query(target, endpoint, out Problem? problem);
        if (problem is not null)
        {
            return (null, problem);
        }

        (object? body, problem) = await AdminRequestReader.BodyAsync(http.Request, endpoint, MostBody(http, endpoint, identity, snapshot, now), http.RequestAborted);
        if (problem is not null)
        {
            return (null, problem);
        }

        var call = new AdminCall(http, identity, snapshot, now, requestId) { Endpoint = endpoint, Name = name, Query = query, Body = body };
        IEnumerable<AdminOperation> operations = endpoint.Operations?.Invoke(call)
            ?? [new AdminOperation(endpoint.Interned, name.Length == 0 ? null : name)];
        foreach (AdminOperation operation in operations)
        {
            call.Operations.Begin(operation.Action);
            if (operation.IsOnEverything)
            {
                call.Operations.AddPrefix([]);
            }
            else if (operation.Resource is not null)
            {
                call.Operations.AddResource(Encoding.UTF8.GetBytes(operation.Resource));
            }
        }

        return (call, null);
    }

    // Room for a large body only for who could make use of it; the decision itself comes when the body is known.
    private static int MostBody(HttpContext http, AdminEndpoint endpoint, AdminIdentity identity, SecuritySnapshot snapshot, DateTimeOffset now)
    {
        var asked = new AdminCall(http, identity, snapshot, now, 0) { Endpoint = endpoint };
        asked.Operations.Begin(endpoint.Interned);
        bool mayBeLarge = endpoint.MaxBody > AdminRequestReader.MaxBody && identity.TryGetRights(snapshot, now, out Rights rights)
            && Authorizer.Decide(snapshot.Policy, asked.Context(rights, now), asked.Operations).IsAllowed;
        if (mayBeLarge && http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = endpoint.MaxBody;
        }

        return mayBeLarge ? endpoint.MaxBody : AdminRequestReader.MaxBody;
    }

    private static AdminResult Unauthenticated(HttpContext http, AdminLogin login)
    {
        if (login.Status == AuthenticationStatus.Limited)
        {
            http.Response.Headers.RetryAfter = ((int)Math.Max(1, login.RetryAfter.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        else
        {
            // RFC 7617 section 2.1.
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"gatehouse\", charset=\"UTF-8\"";
        }

        return AdminResult.Refused(login.ToProblem());
    }

    private static Problem Denied(AdminCall call, Denial denial, bool isRecorded)
    {
        var operation = call.Operations[Math.Clamp(denial.Operation, 0, call.Operations.Count - 1)];
        bool isNamed = denial.Resource >= 0 && denial.Resource < operation.ResourceCount;
        string on = isNamed && operation.Scope(denial.Resource) == ResourceScope.Prefix ? " on every name"
            : isNamed
            ? $" on `{AdminRequestReader.Shown(Encoding.UTF8.GetString(operation.Resource(denial.Resource)))}`"
            : "";
        return AdministrationProblems.NotAllowed.Because($"you lack `{operation.Action.Name}`{on}", hint: isRecorded ? "gatehouse explain RECEIPT says why" : null);
    }

    private static Problem NotRecorded(string text) =>
        AdministrationProblems.NotRecorded.Because(text, hint: "gatehouse status shows what is wrong with it");
}
