using System.Buffers;
using Gatehouse.Audit;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Emqx;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Emqx;

/// <summary>Steps 4 to 7 of a gate whose system is <c>emqx-api</c>. One object a gate model; the sessions are the node's.</summary>
internal sealed class EmqxSteps : ISystemSteps
{
    private static readonly Refusal NotPassed = Refusal.Denied(EmqxProblems.OwnLogin, "upstream_login");
    private static readonly AuthenticationResult Unreadable = new(AuthenticationStatus.Malformed) { Reason = "login_body" };

    private readonly GateEnvironment _environment;
    private readonly DashboardSessions _sessions;
    private readonly DashboardAnswers _answers;
    private readonly EmqxAlarms _alarms;
    private readonly bool _isKnown;

    public EmqxSteps(GateModel model, GateEnvironment environment, DashboardSessions sessions)
    {
        _environment = environment;
        _sessions = sessions;
        _answers = new DashboardAnswers(environment, sessions);
        _alarms = new EmqxAlarms(environment, model.Name);
        _isKnown = EmqxIdentity.IsThere(model);
        if (EmqxIdentity.Look(model) is { } problem)
        {
            _alarms.Raise(problem);
        }
    }

    /// <inheritdoc/>
    public bool HasLogins => true;

    /// <summary>Whether a request is the dashboard's login.</summary>
    public static bool IsLogin(HttpExchange exchange) => EmqxCatalogue.IsLogin(exchange.Method, exchange.Target);

    /// <summary>
    /// A browser asks for name and password of its own accord only where Basic is named: for pages, not for what the dashboard's
    /// scripts send, which have a login page.
    /// </summary>
    public string Challenge(HttpExchange exchange) =>
        DashboardSessions.IsToken(exchange.Headers.Authorization) || IsLogin(exchange)
            ? "Bearer realm=\"gatehouse\""
            : "Basic realm=\"gatehouse\", charset=\"UTF-8\"";

    /// <inheritdoc/>
    public async ValueTask<SystemLogin?> LogInAsync(HttpExchange exchange)
    {
        if (RequestMatching.Parse(exchange) is not null)
        {
            return null; // refused later on, once it is known who asks
        }

        return IsLogin(exchange) ? await LogInByBodyAsync(exchange)
            : DashboardSessions.IsToken(exchange.Headers.Authorization) ? new SystemLogin(await LogInByTokenAsync(exchange), IsNew: false)
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Refusal?> PrepareAsync(HttpExchange exchange)
    {
        exchange.Operations.Clear();
        if (exchange.Course is EmqxCourse { Presented: { } presented })
        {
            // Who acts for somebody else would be given a token of that other.
            exchange.Operations.Begin(EmqxCatalogue.Login);
            exchange.Course = new EmqxCourse { IsBodySecret = true, Answer = e => _answers.LogInAsync(e, presented) };
            return exchange.Actor is null ? null : Refusal.Tampered("run_as");
        }

        exchange.Course = new EmqxCourse();
        if (EmqxCatalogue.IsLogout(exchange.Method, exchange.Target))
        {
            exchange.Course = new EmqxCourse { IsAnyPrincipal = true, IsBodySecret = true, Answer = _answers.LogOutAsync };
            return await ReadAsync(exchange) == 0 ? null : Refusal.Tampered("body_malformed");
        }

        if (EmqxCatalogue.IsOwnLogin(exchange.Target))
        {
            return NotPassed;
        }

        Refusal? refusal = RequestMatching.Match(exchange);
        if (refusal is not null)
        {
            return refusal.Problem == GateProblems.UnknownOperation && EmqxCatalogue.MayBeUnknown(exchange.Target) ? PrepareUnknown(exchange) : refusal;
        }

        refusal = RequestBodies.Check(exchange);
        if (refusal is null && exchange.Endpoint!.BodyMode == BodyMode.Json) // Match found it
        {
            refusal = await RequestBodies.ReadJsonAsync(exchange);
        }

        refusal ??= RequestMatching.Classify(exchange);
        exchange.Course = new EmqxCourse { IsOpen = refusal is null && exchange.Operations[0].Action.Name is "dashboard.read" or "status.read" };
        return refusal;
    }

    /// <inheritdoc/>
    public ValueTask<ForwardOutcome> ForwardAsync(HttpExchange exchange)
    {
        var course = (EmqxCourse)exchange.Course!; // PrepareAsync set it
        if (course.Answer is { } answer)
        {
            return answer(exchange);
        }

        return _isKnown || course.IsOpen
            ? exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange) // a gate of this system has an upstream
            : new(DashboardAnswers.Refuse(exchange, StatusCodes.Status502BadGateway, EmqxProblems.NoIdentity, "no_identity"));
    }

    /// <inheritdoc/>
    public void WriteError(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into) =>
        EmqxErrors.Write(exchange, status, problem, reason, receipt, into);

    /// <summary>Whatever this version of Gatehouse does not know, whoever may do everything may send.</summary>
    private static Refusal? PrepareUnknown(HttpExchange exchange)
    {
        exchange.Operations.Begin(EmqxCatalogue.Unknown);
        if (exchange.HasBody)
        {
            exchange.StreamBody(exchange.Gate.Model.Configuration.MaxBody);
        }

        return null;
    }

    private async ValueTask<SystemLogin> LogInByBodyAsync(HttpExchange exchange)
    {
        bool isThere = !exchange.Headers.HasContentEncoding
            && LoginBody.IsJson(exchange.Headers.ContentType)
            && await ReadAsync(exchange) == 0;
        string? name = null;
        string? password = null;
        bool isRead = isThere && LoginBody.TryRead(exchange.Body.Buffered.Span, out name, out password);

        // Nothing of it is looked at any more, by nobody: no record can hold it.
        exchange.UseBody(RequestBody.None);
        if (!isRead)
        {
            return new SystemLogin(Unreadable, IsNew: true);
        }

        string header = LoginBody.AsHeader(name!, password!); // read
        AuthenticationResult result = await _environment.Authenticator.AuthenticateAsync(
            exchange.LoginRequest with { Authorization = header }, _environment.Snapshots.Current, CancellationToken.None);
        if (name == LoginBody.DefaultName && password == LoginBody.DefaultPassword)
        {
            _alarms.DefaultTried(exchange);
        }

        if (result.Status == AuthenticationStatus.Accepted)
        {
            exchange.Course = new EmqxCourse { IsBodySecret = true, Presented = header };
        }

        return new SystemLogin(result, IsNew: true);
    }

    private async ValueTask<AuthenticationResult> LogInByTokenAsync(HttpExchange exchange)
    {
        AuthenticationResult over = new(AuthenticationStatus.Refused) { Reason = "dashboard_session_over" };
        if (!_sessions.TryOpen(exchange.GateName, exchange.Headers.Authorization!, out DashboardSession? session, out string? presented)) // IsToken
        {
            return over;
        }

        Snapshots.SecuritySnapshot snapshot = _environment.Snapshots.Current;
        DateTimeOffset now = _environment.Time.GetUtcNow();
        Authenticated login = session.Login;
        if (!login.IsCurrent(snapshot, now) || !login.MayComeThrough(exchange.Gate.Model.Configuration.Realms, snapshot))
        {
            _sessions.End(session);
            return over with { PresentedName = login.Principal.Name };
        }

        if (login.IsFresh(now))
        {
            return new AuthenticationResult(AuthenticationStatus.Accepted, login, login.Principal.Name);
        }

        AuthenticationResult again = await _environment.Authenticator.AuthenticateAsync(
            exchange.LoginRequest with { Authorization = presented }, snapshot, CancellationToken.None);
        if (again.Authenticated is { } renewed)
        {
            session.Login = renewed;
        }
        else if (again.Status is AuthenticationStatus.Refused or AuthenticationStatus.Inactive)
        {
            _sessions.End(session);
        }

        return again;
    }

    private static ValueTask<int> ReadAsync(HttpExchange exchange) => exchange.BufferBodyAsync(LoginBody.MaxLength);
}
