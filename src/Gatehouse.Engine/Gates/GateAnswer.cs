using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Realms;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Gates;

/// <summary>What client and trail hear of a request: refusals, failed forwards, outcomes. Answers reveal nothing but id, word and receipt.</summary>
internal sealed class GateAnswer(GateEnvironment environment, GateCounters counters)
{
    private const string Challenge = "Basic realm=\"gatehouse\", charset=\"UTF-8\"";

    /// <summary>Refuses a request before step 7.</summary>
    public void Refuse(HttpExchange exchange, Refusal refusal)
    {
        counters.Deny();
        if (refusal.Status == 401)
        {
            exchange.SetHeader("WWW-Authenticate", ChallengeOf(exchange));
        }

        // 8. audit comes first: a denial that left no record of its own cannot be explained, and its client gets no receipt.
        string? receipt = refusal.Action == AuditAction.None ? null : Record(exchange, refusal);
        Send(exchange, refusal.Status, refusal.Problem, refusal.Told ?? refusal.Reason, receipt, refusal.ClosesConnection);
    }

    /// <summary>Refuses a login. The client hears only: needed, refused, or limited.</summary>
    public void RefuseLogin(HttpExchange exchange, AuthenticationResult result)
    {
        counters.Deny();
        bool isLimited = result.Status == AuthenticationStatus.Limited;
        bool isMissing = result.Status == AuthenticationStatus.Missing;
        ProblemDefinition problem = isLimited ? GateProblems.LoginLimited
            : isMissing ? GateProblems.CredentialsNeeded
            : GateProblems.CredentialsRefused;
        int status = isLimited ? 429 : 401;
        if (isLimited)
        {
            double seconds = Math.Max(1, Math.Ceiling(result.RetryAfter.TotalSeconds));
            exchange.SetHeader("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            exchange.SetHeader("WWW-Authenticate", ChallengeOf(exchange));
        }

        Send(exchange, status, problem, isLimited ? "limited" : isMissing ? "credentials_needed" : "credentials_refused", null, false);
        AuditAction action = isLimited ? AuditAction.LimitReached
            : isMissing ? AuditAction.AnonymousAccessDenied
            : AuditAction.AuthenticationFailed;
        AuditEvent record = Fill(exchange, action, AuditOutcome.Failure);
        record.User = result.PresentedName;
        record.Reason = result.Reason ?? result.Status.ToString().ToLowerInvariant();
        record.Problem = problem.Id;
        record.Status = status;
        environment.Trail.Write(record);
    }

    /// <summary>Whether the audit policy wants the record of an allowed request; known before step 7, whatever becomes of it.</summary>
    public bool IsRecorded(HttpExchange exchange) => environment.Trail.IsRecorded(new AuditSubject(AuditAction.AccessGranted, exchange.GateName)
    {
        User = exchange.Login?.Principal.Name,
        Realm = exchange.Login?.Principal.Realm,
        Actor = exchange.Actor?.Principal.Name,
        ActorRealm = exchange.Actor?.Principal.Realm,
        Roles = exchange.RoleList,
        Operations = exchange.Operations,
    });

    /// <summary>Ends a request that was allowed: answers for a forward that failed before anything was sent, and records.</summary>
    public void Complete(HttpExchange exchange, AuditSlot slot, in ForwardOutcome outcome)
    {
        if (outcome.Problem is { } problem)
        {
            counters.Fail();
            if (outcome.CanAnswer)
            {
                AnswerFailed(exchange, outcome, problem);
            }

            if (outcome.Result == ForwardResult.UpstreamRefusedOwner)
            {
                Alarm(exchange, problem, AuditOutcome.Failure, exchange.Control.Detail);
            }
        }

        if (!slot.IsNeeded)
        {
            return;
        }

        if (exchange.PartlyRefused is { } refusedParts)
        {
            AuditEvent part = Fill(exchange, AuditAction.AccessDenied, AuditOutcome.Failure);
            part.Operations = refusedParts;
            part.Reason = "no_grant";
            part.Problem = GateProblems.AccessDenied.Id;
            part.Status = 403;
            part.Receipt = environment.Trail.NewReceipt();
            environment.Trail.Write(part);
        }

        if (exchange.Verdict is { } verdict)
        {
            counters.Deny();
            AuditEvent refused = Fill(exchange, verdict.Action, AuditOutcome.Failure);
            refused.Status = exchange.Status;
            refused.Reason = verdict.Reason;
            refused.Problem = verdict.ProblemId;
            refused.Receipt = verdict.Receipt;
            environment.Trail.Complete(slot, refused);
            return;
        }

        AuditEvent record = Fill(exchange, AuditAction.AccessGranted, outcome.Problem is null ? AuditOutcome.Success : AuditOutcome.Failure);
        record.Status = exchange.HasStarted || outcome.CanAnswer ? exchange.Status : outcome.Status;
        record.Forward = outcome.Word;
        record.Problem = outcome.Problem?.Id;
        record.Reason = exchange.CutReason;
        record.RequestBytes = outcome.RequestBytes;
        record.ResponseBytes = outcome.ResponseBytes;
        environment.Trail.Complete(slot, record);
    }

    /// <summary>Fills the exchange's record with what is known of the request.</summary>
    public AuditEvent Fill(HttpExchange exchange, AuditAction action, AuditOutcome outcome)
    {
        AuditEvent record = exchange.Record;
        record.Reset();
        record.Action = action;
        record.Outcome = outcome;
        record.Time = exchange.Began;
        record.Duration = (long)environment.Time.GetElapsedTime(exchange.BeganTimestamp).TotalNanoseconds;
        record.RequestId = exchange.RequestId;
        record.ConnectionId = exchange.Connection.Connection.Id;
        record.Source = exchange.Source;
        record.Gate = exchange.GateName;
        record.Method = RequestMethods.IsKnown(exchange.Method) ? exchange.Method : null;
        record.Path = exchange.Path;
        record.Message = exchange.Course?.Note;
        if (exchange.Login is { } login)
        {
            record.User = login.Principal.Name;
            record.Realm = login.Principal.Realm;
            record.ApiKey = ApiKeys.IdOf((exchange.Actor ?? login).Principal);
            record.RunBy = exchange.Actor?.Principal.ToString();
        }

        if (exchange.Snapshot is { } snapshot)
        {
            record.Roles = exchange.RoleList;
            record.Generation = snapshot.Generation;
            record.Operations = exchange.Operations;
            record.Own = exchange.Ownership == Policy.Ownership.Unknown ? null : exchange.Ownership == Policy.Ownership.Own;
            if (exchange.Login is { } mapped)
            {
                RecordedFacts.Put(record, mapped.Principal, snapshot);
            }
        }

        if (exchange.Connection.ClientCertificate is { } certificate)
        {
            record.HasClientCertificate = true;
            record.ClientCertificate = certificate.Subject;
        }

        if (exchange.Gate.BodyMask is { } mask && exchange.Body.Buffered is { IsEmpty: false } body && (exchange.Course is { IsBodySecret: false } || exchange.Endpoint is { IsBodySecret: false }))
        {
            // Only what step 5 had to hold anyway, and only on a gate that asks for it.
            mask.Describe(body.Span, record);
        }
        else if (exchange.Gate.BodyMask is { } second && exchange.Course?.MaskedBody is { } masked)
        {
            second.Describe(System.Text.Encoding.UTF8.GetBytes(masked), record);
        }

        return record;
    }

    /// <summary>Records a refusal; its receipt, or null where there is none to give.</summary>
    private string? Record(HttpExchange exchange, Refusal refusal)
    {
        AuditEvent record = Fill(exchange, refusal.Action, AuditOutcome.Failure);
        record.Reason = refusal.Reason;
        record.Problem = refusal.Problem.Id;
        record.Receipt = refusal.HasReceipt ? environment.Trail.NewReceipt() : null;
        record.Status = refusal.Status;
        return environment.Trail.Write(record) ? record.Receipt : null;
    }

    private static void AnswerFailed(HttpExchange exchange, in ForwardOutcome outcome, ProblemDefinition problem)
    {
        int status = outcome.Result switch
        {
            ForwardResult.UpstreamTimeout => 504,
            ForwardResult.ClientTooLarge => 413,
            ForwardResult.ClientCutShort or ForwardResult.ClientMalformed => 400,
            ForwardResult.Cut => 403,
            ForwardResult.ClientGone => 0,
            _ => 502,
        };
        Send(exchange, status, problem, outcome.Word, null, outcome.Guilty != GuiltySide.Upstream);
    }

    private static void Send(
        HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, bool closesConnection)
    {
        if (status == 0)
        {
            exchange.Abort();
            return;
        }

        if (closesConnection)
        {
            exchange.CloseAfter();
        }

        ArrayBufferWriter<byte> body = new(256);
        if (exchange.Gate.Steps is { } system)
        {
            system.WriteError(exchange, status, problem, reason, receipt, body);
            exchange.Answer(status, body.WrittenSpan, system.ErrorType);
            return;
        }

        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("id", problem.Id);
            json.WriteString("reason", reason);
            if (receipt is not null)
            {
                json.WriteString("receipt", receipt);
                json.WriteString("help", $"gatehouse explain {receipt}");
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        exchange.Answer(status, body.WrittenSpan);
    }

    /// <summary>An account for emergencies logged in.</summary>
    public void AlarmOfBreakGlass(HttpExchange exchange)
    {
        Alarm(exchange, IdentityProblems.BreakGlassUsed, AuditOutcome.Success, "a break-glass account logged in");
        Log.BreakGlass(environment.Loggers.CreateLogger<GateAnswer>(), exchange.Login!.Principal.Name, exchange.GateName, exchange.Source.Address);
    }

    /// <summary>A process of a user who is not allowed connected to a gate for local programs.</summary>
    public void AlarmOfStranger(HttpExchange exchange, string user)
    {
        Alarm(exchange, IdentityProblems.LocalUserRefused, AuditOutcome.Failure, $"a process of {user}, who is not in allow_users, connected");
        Log.LocalUserRefused(environment.Loggers.CreateLogger<GateAnswer>(), user, exchange.GateName);
    }

    private static string ChallengeOf(HttpExchange exchange) =>
        exchange.Gate.Model.Local is null ? exchange.Gate.Steps?.Challenge(exchange) ?? Challenge : LocalRealm.Challenge;

    private void Alarm(HttpExchange exchange, ProblemDefinition problem, AuditOutcome outcome, string? message)
    {
        AuditEvent record = Fill(exchange, AuditAction.Alarm, outcome);
        record.Problem = problem.Id;
        record.Message = message;
        environment.Trail.Write(record);
    }
}

/// <summary>Step 4 of a gate for local programs: the connection is the login, and no header is looked at.</summary>
internal static class LocalLogin
{
    /// <summary>Logs a request in; false: it was refused, and answered. A stranger's connection ends with it, so that there is one alarm for each.</summary>
    public static async ValueTask<bool> RunAsync(HttpExchange exchange, LocalRealm local, GateAnswer answer)
    {
        AuthenticationResult result = await local.AuthenticateAsync(exchange.Connection.Connection);
        if (result is { Status: AuthenticationStatus.Accepted, Authenticated: { } login })
        {
            exchange.LogIn(login);
            return true;
        }

        if (result.PresentedName is { } stranger)
        {
            answer.AlarmOfStranger(exchange, stranger);
        }

        exchange.CloseAfter();
        answer.RefuseLogin(exchange, result);
        return false;
    }
}
