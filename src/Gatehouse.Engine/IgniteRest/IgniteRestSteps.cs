using System.Buffers;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;
using Gatehouse.Protocols.Multipart;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>
/// Steps 5 to 7 of a gate in front of Ignite's REST API. Bodies that say what is wanted are read before they are forwarded; those
/// of deployment units are checked and written anew while they pass. One object a gate model.
/// </summary>
internal sealed class IgniteRestSteps(GateModel model, GateEnvironment environment) : ISystemSteps
{
    private static readonly Refusal NoUnit = new(400, IgniteRestProblems.BadUpload, "empty_body", AuditAction.AccessDenied);
    private static readonly Refusal NotMultipart = new(415, GateProblems.BodyTypeRefused, "content_type", AuditAction.AccessDenied);

    private readonly IgniteRestConfiguration _settings = model.Configuration.IgniteRest ?? new IgniteRestConfiguration();
    private readonly OpenRestHealth? _health = model.Configuration.IgniteRest is { OpenHealth: true } ? new OpenRestHealth(environment.Time) : null;

    /// <inheritdoc/>
    public string ErrorType => IgniteRestErrors.ContentType;

    /// <inheritdoc/>
    public async ValueTask<bool> AnswerOpenlyAsync(HttpExchange exchange)
    {
        // A login that is presented is looked at, and its owner gets the node's own answer.
        if (_health is null || exchange.Method != "GET" || exchange.HasBody || exchange.Headers.Authorization is not null
            || !_health.TryAsk(exchange.RawTarget, exchange.Gate.Forwarder!, out Task<bool>? asked)) // a gate of this system has an upstream
        {
            return false;
        }

        bool isWell = await asked;
        exchange.Answer(isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, isWell ? "{\"status\":\"UP\"}"u8 : "{\"status\":\"DOWN\"}"u8);
        return true;
    }

    /// <inheritdoc/>
    public string Challenge(HttpExchange exchange) => "Basic realm=\"gatehouse\", charset=\"UTF-8\"";

    /// <inheritdoc/>
    public async ValueTask<Refusal?> PrepareAsync(HttpExchange exchange)
    {
        exchange.Operations.Clear();
        exchange.Course = new IgniteRestCourse { IsBodySecret = true };
        Refusal? refusal = RequestMatching.Match(exchange);
        if (refusal is not null)
        {
            return refusal;
        }

        CatalogueEndpoint endpoint = exchange.Endpoint!; // Match found it
        UnitBody? unit = null;
        if (IgniteRestCatalogue.BodyOf(endpoint) == IgniteRestBody.Unit)
        {
            refusal = BeginUnit(exchange, endpoint, out unit);
        }
        else
        {
            refusal = IgniteRestCatalogue.IsWholeBody(endpoint) ? await RequestBodies.ReadWholeAsync(exchange) : RequestBodies.Check(exchange);
        }

        if (refusal is not null)
        {
            return refusal;
        }

        var course = new IgniteRestCourse { Unit = unit, IsBodySecret = endpoint.IsBodySecret || unit is not null, HidesPage = true };
        exchange.Course = course;
        ReadOnlyMemory<byte> body = IgniteRestCatalogue.IsWholeBody(endpoint) ? exchange.Body.Buffered : default;
        if (IgniteRestReader.TryRead(endpoint, exchange.Method, exchange.Target, body.Span, exchange.Operations, out IgniteRestRequest? request, out IgniteRestFault? fault))
        {
            course.Request = request;
            return null;
        }

        exchange.Operations.Clear();
        ProblemDefinition problem = endpoint.BodyMode == BodyMode.None || unit is not null ? IgniteRestProblems.BadName : IgniteRestProblems.BadBody;
        return new Refusal(400, problem, fault.Reason, AuditAction.AccessDenied);
    }

    /// <inheritdoc/>
    public async ValueTask<ForwardOutcome> ForwardAsync(HttpExchange exchange)
    {
        var course = (IgniteRestCourse)exchange.Course!; // PrepareAsync set it
        if (course.Unit is not { } unit)
        {
            return await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // a gate of this system has an upstream
        }

        exchange.Permit.EnsureValid();
        try
        {
            // The node hears of an upload when its first file has a name that passes.
            await unit.BeginAsync();
        }
        catch (ForwardFault fault)
        {
            return unit.Fault is { } known ? Refuse(exchange, known) : exchange.Control.Outcome(fault.Result);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException)
        {
            exchange.Control.Detail = fault.Message;
            return exchange.Control.Outcome(ForwardResult.ClientCutShort);
        }

        ForwardOutcome outcome = await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // likewise
        return unit.Fault is { } wrong && outcome.CanAnswer ? Refuse(exchange, wrong) : outcome;
    }

    /// <inheritdoc/>
    public void WriteError(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into) =>
        IgniteRestErrors.Write(status, problem, reason, receipt, into);

    private Refusal? BeginUnit(HttpExchange exchange, CatalogueEndpoint endpoint, out UnitBody? unit)
    {
        unit = null;
        if (!exchange.HasBody)
        {
            return NoUnit;
        }

        if (!MultipartType.TryReadBoundary(exchange.Headers.ContentType, out byte[] boundary))
        {
            return NotMultipart;
        }

        if (exchange.Headers.HasContentEncoding)
        {
            return NotMultipart with { Reason = "content_encoding" };
        }

        if (exchange.Headers.ContentLength > _settings.MaxUnitSize)
        {
            return new Refusal(413, IgniteRestProblems.UploadTooLarge, "upload_too_large", AuditAction.AccessDenied);
        }

        exchange.StreamBody(_settings.MaxUnitSize);
        bool isZip = endpoint.Template.Contains("/units/zip/", StringComparison.Ordinal);
        unit = new UnitBody(exchange.Body.Reader!, boundary, _settings, isZip); // there is a body

        // Its parts are written anew, so its length is not the client's, and its limit was looked at before.
        exchange.UseBody(new RequestBody(unit, default, null, long.MaxValue));
        return null;
    }

    private static ForwardOutcome Refuse(HttpExchange exchange, UnitFault fault)
    {
        ArrayBufferWriter<byte> body = new(512);
        IgniteRestErrors.Write(fault.Status, fault.Problem, fault.Reason, null, body);
        exchange.Verdict = new CourseVerdict(AuditAction.AccessDenied, fault.Reason, fault.Problem.Id, null);
        exchange.CloseAfter(); // nobody reads the rest of the body
        exchange.Answer(fault.Status, body.WrittenSpan, IgniteRestErrors.ContentType);
        exchange.Control.Phase = ForwardPhase.Done;
        exchange.Control.Status = fault.Status;
        exchange.Control.ResponseBytes = body.WrittenCount;
        return exchange.Control.Outcome(ForwardResult.Ok);
    }
}
