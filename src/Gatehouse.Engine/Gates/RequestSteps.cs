using System.Runtime.CompilerServices;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates.Headers;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Engine.Gates;

/// <summary>Steps 4 to 8 of one HTTP request, in order; each refusal is a value that <see cref="GateAnswer"/> turns into an answer and a record.</summary>
internal sealed class RequestSteps(GateEnvironment environment, GateCounters counters, Action<HttpExchange, Exception> giveUp)
{
    private static readonly Refusal WrongHost = new(421, GateProblems.WrongHost, "host_not_served", AuditAction.TamperedRequest);
    private static readonly Refusal ForeignOrigin = new(403, GateProblems.OriginRefused, "origin_not_allowed", AuditAction.TamperedRequest);
    internal static readonly Refusal NoUpgrade = new(403, GateProblems.UpgradeRefused, "upgrade_not_allowed", AuditAction.AccessDenied);
    private static readonly Refusal LoginFell = new(401, GateProblems.CredentialsRefused, "login_fell", AuditAction.AuthenticationFailed);
    private static readonly Refusal MayNotRun = Refusal.Denied(GateProblems.AccessDenied, "run_as");
    private static readonly Refusal NoSlot = new(503, GateProblems.NoAuditSlot, "no_audit_slot", AuditAction.None);

    private readonly GateAnswer _answer = new(environment, counters);
    private readonly PreflightLimit _preflights = new(environment);

    /// <summary>
    /// Runs a request that has begun to its end; faults go to <c>giveUp</c>. What needs no waiting runs without a state
    /// machine up to step 7.
    /// </summary>
    public ValueTask RunAsync(HttpExchange exchange)
    {
        try
        {
            Refusal? refusal = CheckForm(exchange);
            if (refusal is not null)
            {
                _answer.Refuse(exchange, refusal);
                return ValueTask.CompletedTask;
            }

            if (exchange.Method == "OPTIONS")
            {
                // The gate's own CORS: OPTIONS needs no login and never reaches the upstream.
                if (_preflights.Admits(exchange))
                {
                    exchange.Gate.CrossSite.AnswerOptions(exchange);
                }
                else
                {
                    counters.Deny();
                }

                return ValueTask.CompletedTask;
            }

            // 4. authenticate
            if (exchange.Gate.Steps is { } system)
            {
                return RunSystemAsync(exchange, isLoggedIn: !system.HasLogins && TryLogInFast(exchange));
            }

            if (!TryLogInFast(exchange))
            {
                return LogInAndRunAsync(exchange);
            }

            // 5. classify
            refusal = Find(exchange);
            if (refusal is null && exchange.Endpoint!.BodyMode == BodyMode.Json) // Find found it
            {
                return ReadAndRunAsync(exchange);
            }

            return MayForward(exchange, refusal) ? ForwardAsync(exchange) : ValueTask.CompletedTask;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            giveUp(exchange, fault);
            return ValueTask.CompletedTask;
        }
    }

    private async ValueTask LogInAndRunAsync(HttpExchange exchange)
    {
        try
        {
            if (!await LogInAsync(exchange))
            {
                return;
            }

            Refusal? refusal = Find(exchange);
            if (refusal is null && exchange.Endpoint!.BodyMode == BodyMode.Json) // Find found it
            {
                refusal = await RequestBodies.ReadJsonAsync(exchange);
            }

            if (MayForward(exchange, refusal))
            {
                await ForwardAsync(exchange);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            giveUp(exchange, fault);
        }
    }

    /// <summary>The steps of a gate whose system has its own.</summary>
    private async ValueTask RunSystemAsync(HttpExchange exchange, bool isLoggedIn)
    {
        try
        {
            if (await exchange.Gate.Steps!.AnswerOpenlyAsync(exchange) // there is one
                || (!isLoggedIn && !await LogInAsync(exchange)))
            {
                return;
            }

            BeActed(exchange);

            // What step 5 answers tells of the rights of whom it is done for: nobody learns them who may not act so.
            Refusal? refusal = RequestMatching.Parse(exchange) ?? CheckActor(exchange) ?? await exchange.Gate.Steps!.PrepareAsync(exchange); // there is one
            refusal ??= Authorize(exchange);
            if (refusal is null)
            {
                await ForwardAsync(exchange);
            }
            else
            {
                _answer.Refuse(exchange, refusal);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            giveUp(exchange, fault);
        }
    }

    private async ValueTask ReadAndRunAsync(HttpExchange exchange)
    {
        try
        {
            Refusal? refusal = await RequestBodies.ReadJsonAsync(exchange);
            if (MayForward(exchange, refusal))
            {
                await ForwardAsync(exchange);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            giveUp(exchange, fault);
        }
    }

    /// <summary>After step 4: who acts as whom, and which endpoint takes the request.</summary>
    private Refusal? Find(HttpExchange exchange)
    {
        BeActed(exchange);
        return RequestMatching.Match(exchange) ?? RequestBodies.Check(exchange);
    }

    private void BeActed(HttpExchange exchange)
    {
        if (exchange.Headers.RunAs is { } name)
        {
            exchange.ActAs(name, environment.Snapshots.Current);
        }
    }

    /// <summary>The rest of step 5 and step 6; false when the request was refused, and answered.</summary>
    private bool MayForward(HttpExchange exchange, Refusal? refusal)
    {
        refusal ??= RequestMatching.Classify(exchange) ?? Authorize(exchange);
        if (refusal is null)
        {
            return true;
        }

        _answer.Refuse(exchange, refusal);
        return false;
    }

    /// <summary>What must hold before anybody is asked who they are: form, method, host, origin.</summary>
    private static Refusal? CheckForm(HttpExchange exchange)
    {
        RequestHeaders headers = exchange.Headers;
        if (exchange.ReadHeaders() is { } wrong)
        {
            return Refusal.Tampered(wrong);
        }

        if (!RequestMethods.IsKnown(exchange.Method))
        {
            return Refusal.Tampered("method_unknown");
        }

        RequestMemo memo = exchange.Memo;
        if (!ReferenceEquals(memo.Host, headers.Host) || !ReferenceEquals(memo.HostGate, exchange.Gate))
        {
            if (!exchange.Gate.Hosts.Serves(headers.Host!)) // Read refuses a request without
            {
                return WrongHost;
            }

            memo.Host = headers.Host;
            memo.HostGate = exchange.Gate;
        }

        if (headers.Upgrade is not null
            && (exchange.IsHttp2 || !exchange.Gate.Model.Configuration.Upgrade.Contains(headers.Upgrade, StringComparer.OrdinalIgnoreCase)))
        {
            return NoUpgrade;
        }

        // A page of another origin may neither change anything nor open a websocket with the browser's credentials.
        bool changesSomething = !RequestMethods.IsSafe(exchange.Method) || headers.Upgrade is not null;
        return exchange.Gate.CrossSite.MayBegin(headers, exchange.Method, changesSomething) ? null : ForeignOrigin;
    }

    private bool TryLogInFast(HttpExchange exchange)
    {
        if (exchange.Headers.Authorization is not { } authorization || exchange.Gate.Model.Local is not null)
        {
            return false;
        }

        SecuritySnapshot snapshot = environment.Snapshots.Current;
        RequestMemo memo = exchange.Memo;
        if (ReferenceEquals(authorization, memo.Authorization) && memo.Epoch == snapshot.Epoch
            && ReferenceEquals(memo.LoginGate, exchange.Gate) && memo.Login!.IsFresh(exchange.Began)) // set together with the header
        {
            exchange.LogIn(memo.Login!); // set together with the header
            return true;
        }

        if (!environment.Authenticator.TryGetCached(exchange.LoginRequest, snapshot, exchange.Began, out Authenticated? login))
        {
            return false;
        }

        Remember(exchange, login!, snapshot); // true means it is there
        return true;
    }

    private static void Remember(HttpExchange exchange, Authenticated login, SecuritySnapshot snapshot)
    {
        exchange.Memo.Authorization = exchange.Headers.Authorization;
        exchange.Memo.Login = login;
        exchange.Memo.Epoch = snapshot.Epoch;
        exchange.Memo.LoginGate = exchange.Gate;
        exchange.LogIn(login);
    }

    private async ValueTask<bool> LogInAsync(HttpExchange exchange)
    {
        if (exchange.Gate.Model.Local is { } local)
        {
            return await LocalLogin.RunAsync(exchange, local, _answer);
        }

        if (exchange.Gate.Steps is { HasLogins: true } system)
        {
            if (await system.LogInAsync(exchange) is { } own)
            {
                return TakeOver(exchange, own);
            }

            if (TryLogInFast(exchange))
            {
                return true;
            }
        }

        SecuritySnapshot snapshot = environment.Snapshots.Current;
        AuthenticationResult result = await environment.Authenticator.AuthenticateAsync(
            exchange.LoginRequest, snapshot, CancellationToken.None);
        if (result is { Status: AuthenticationStatus.Accepted, Authenticated: { } login })
        {
            Remember(exchange, login, snapshot);
            if (login.IsBreakGlass)
            {
                _answer.AlarmOfBreakGlass(exchange);
            }

            return true;
        }

        _answer.RefuseLogin(exchange, result);
        return false;
    }

    /// <summary>A login of the system's own: nothing of it is remembered by the header, which says something else.</summary>
    private bool TakeOver(HttpExchange exchange, SystemLogin own)
    {
        if (own.Result is not { Status: AuthenticationStatus.Accepted, Authenticated: { } login })
        {
            _answer.RefuseLogin(exchange, own.Result);
            return false;
        }

        exchange.LogIn(login);
        if (login.IsBreakGlass && own.IsNew)
        {
            _answer.AlarmOfBreakGlass(exchange);
        }

        return true;
    }

    private Refusal? CheckActor(HttpExchange exchange) =>
        exchange.Actor is null || exchange.MayRun(environment.Snapshots.Current, environment.Time.GetUtcNow()) ? null : MayNotRun;

    private Refusal? Authorize(HttpExchange exchange)
    {
        Decision decision = exchange.Decide(environment.Snapshots, environment.Time, out bool loginStands);
        exchange.Permit = decision.Permit;
        if (decision.IsAllowed)
        {
            return null;
        }

        return exchange.Actor is not null && !exchange.MayRun(environment.Snapshots.Current, environment.Time.GetUtcNow())
            ? MayNotRun
            : !loginStands ? LoginFell : decision.Denial.Reason switch
            {
                DenialReason.ExplicitDeny => Refusal.Denied(GateProblems.AccessDenied, "explicit_deny"),
                DenialReason.UnknownOperation => Refusal.Denied(GateProblems.UnknownOperation, "unknown_operation"),
                _ => Refusal.Denied(GateProblems.AccessDenied, exchange.Snapshot!.NoGrant), // Decide set it
            };
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ForwardAsync(HttpExchange exchange)
    {
        IAuditTrail trail = environment.Trail;
        AuditSlot slot = AuditSlot.NotNeeded;
        bool isForwarding = false;
        try
        {
            // 8. audit: the slot is reserved before step 7; what the audit policy keeps out needs none
            if (_answer.IsRecorded(exchange) && !trail.TryReserve(out slot))
            {
                slot = await trail.ReserveAsync(CancellationToken.None);
            }

            if (!slot.IsValid)
            {
                _answer.Refuse(exchange, NoSlot);
                return;
            }

            if (trail.IsStrict && slot.IsNeeded && !await DecideAsync(exchange, slot))
            {
                return;
            }

            // 7. forward
            isForwarding = true;
            ForwardOutcome outcome = exchange.Gate.BuiltIn is { } builtIn ? await builtIn.AnswerAsync(exchange.Permit, exchange)
                : exchange.Gate.Steps is { } system ? await system.ForwardAsync(exchange)
                : await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // one of the two is there

            // 8. audit
            isForwarding = false;
            _answer.Complete(exchange, slot, outcome);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (isForwarding)
            {
                // A bug of ours: what may have been done is on record all the same.
                _answer.Complete(exchange, slot, exchange.Control.Outcome(ForwardResult.GateFault));
            }

            giveUp(exchange, fault);
        }
    }

    // Strict: the decision is on disk before anything is forwarded.
    private async ValueTask<bool> DecideAsync(HttpExchange exchange, AuditSlot slot)
    {
        _answer.Fill(exchange, AuditAction.AccessDecided, AuditOutcome.Success);
        if (await environment.Trail.DecideAsync(slot, exchange.Record))
        {
            return true;
        }

        environment.Trail.Release(slot);
        _answer.Refuse(exchange, NoSlot);
        return false;
    }

}
