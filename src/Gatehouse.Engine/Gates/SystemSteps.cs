using System.Buffers;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Realms;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// Steps 5 to 7 of a system of which a line of a catalogue does not say enough: it reads bodies in its own way, narrows what
/// is asked for, answers some requests itself, and writes errors as its clients expect them. One object a gate model.
/// </summary>
internal interface ISystemSteps
{
    /// <summary>Whether it knows logins that no header carries, or tokens of its own.</summary>
    bool HasLogins => false;

    /// <summary>Whether it takes what the gate's catalogue has and nothing else.</summary>
    bool IsByCatalogue => false;

    /// <summary>
    /// Answers what the upstream itself answers to everybody, without a login; nothing of a client's reaches the upstream by it. False: it
    /// is none of that.
    /// </summary>
    ValueTask<bool> AnswerOpenlyAsync(HttpExchange exchange) => ValueTask.FromResult(false);

    /// <summary>Media type of its errors.</summary>
    string ErrorType => "application/json";

    /// <summary>How clients are asked for credentials.</summary>
    string Challenge(HttpExchange exchange);

    /// <summary>
    /// 4. authenticate, before any realm sees the request, where <see cref="HasLogins"/> says so. Null: the request carries none of
    /// its own, and it goes as everywhere.
    /// </summary>
    ValueTask<SystemLogin?> LogInAsync(HttpExchange exchange) => ValueTask.FromResult<SystemLogin?>(null);

    /// <summary>
    /// 5. classify, and what of 6 narrows: fills <see cref="HttpExchange.Operations"/> with what is to be decided and
    /// <see cref="HttpExchange.Course"/> with how it goes on. Null: it can be decided.
    /// </summary>
    ValueTask<Refusal?> PrepareAsync(HttpExchange exchange);

    /// <summary>7. forwards, or answers in the upstream's place.</summary>
    ValueTask<ForwardOutcome> ForwardAsync(HttpExchange exchange);

    /// <summary>Writes the body of an error; may set headers.</summary>
    void WriteError(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into);
}

/// <summary>What came of a login of the system's own.</summary>
/// <param name="Result">What the realms say.</param>
/// <param name="IsNew">Whether credentials were presented, and not what was given out for them before.</param>
internal sealed record SystemLogin(AuthenticationResult Result, bool IsNew);

/// <summary>What is recorded of a request that the system itself refused while it answered it.</summary>
/// <param name="Action">Kind of record.</param>
/// <param name="Reason">Frozen word.</param>
/// <param name="ProblemId">Permanent problem.</param>
/// <param name="Receipt">By which it can be explained, or null.</param>
internal sealed record CourseVerdict(Audit.AuditAction Action, string Reason, string ProblemId, string? Receipt);

/// <summary>How a request of such a system goes on after step 5.</summary>
internal class RequestCourse
{
    /// <summary>Whether any authenticated principal may, or the system decides itself when it answers.</summary>
    public bool IsAnyPrincipal { get; init; }

    /// <summary>What is forwarded instead of the target as it came, or null.</summary>
    public CanonicalTarget? Target { get; set; }

    /// <summary>Whether the body that is forwarded has no coding any more.</summary>
    public bool IsUnpacked { get; init; }

    /// <summary>What changes the response, or null.</summary>
    public ResponseFilter? Filter { get; set; }

    /// <summary>
    /// Whether the upstream is not told which page and browser ask: Kubo refuses pages by a list of its own (<c>Origin</c>, <c>Referer</c>,
    /// <c>User-Agent</c>), where the gate has decided already.
    /// </summary>
    public bool HidesPage { get; init; }

    /// <summary>Whether the upstream is told that Kibana's own server asks.</summary>
    public bool IsFromKibana { get; set; }

    /// <summary>Whether it may be recorded what the body says.</summary>
    public bool IsBodySecret { get; init; }

    /// <summary>Media type of the body that is forwarded, where it is not the client's; else null.</summary>
    public virtual string? ContentType => null;

    /// <summary>What is recorded of the request besides, or null; never a secret.</summary>
    public virtual string? Note => null;

    /// <summary>
    /// What may be recorded in place of a secret body, on gates that record bodies: the system masked what it knows to be secret. Null:
    /// nothing of it.
    /// </summary>
    public virtual string? MaskedBody => null;

    /// <summary>The request is over, allowed or not: gives back what was held for it.</summary>
    public virtual void End()
    {
        // Most hold nothing.
    }
}
