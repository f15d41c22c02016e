using System.Buffers;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Ipfs;

/// <summary>Steps 5 to 7 of a gate in front of IPFS Cluster or Kubo. One object a gate model; the ledger is the node's.</summary>
internal sealed class IpfsSteps(GateModel model, GateEnvironment environment, PinLedger ledger, PinMarks marks) : ISystemSteps
{
    private static readonly Refusal NotPassed = Refusal.Denied(IpfsProblems.UpstreamToken, "upstream_token");

    private readonly string _system = model.System;
    private readonly IpfsConfiguration _settings = model.Configuration.Ipfs ?? new IpfsConfiguration();
    private readonly OpenHealth? _health = OpenHealth.Of(model, environment.Time);
    private readonly PinRights _pins = new(model, environment, ledger, marks);

    /// <inheritdoc/>
    public async ValueTask<bool> AnswerOpenlyAsync(HttpExchange exchange)
    {
        if (exchange.RawTarget != "/health" || exchange.Method != "GET" || exchange.HasBody || _health is null)
        {
            return false;
        }

        bool isWell = await _health.AskAsync(exchange.Gate.Forwarder!); // a gate of these systems has an upstream
        exchange.Answer(isWell ? StatusCodes.Status204NoContent : StatusCodes.Status503ServiceUnavailable, []);
        return true;
    }

    /// <summary>Pinning clients know Bearer tokens only; the others ask browsers and people for a password.</summary>
    public string Challenge(HttpExchange exchange) =>
        _system == IpfsCatalogues.PinningSystem ? "Bearer realm=\"gatehouse\"" : "Basic realm=\"gatehouse\", charset=\"UTF-8\"";

    /// <inheritdoc/>
    public bool IsByCatalogue => true;

    /// <inheritdoc/>
    public async ValueTask<Refusal?> PrepareAsync(HttpExchange exchange)
    {
        exchange.Operations.Clear();
        exchange.Course = new IpfsCourse();
        Refusal? refusal = RequestMatching.Match(exchange);
        if (refusal is not null)
        {
            return refusal;
        }

        CatalogueEndpoint endpoint = exchange.Endpoint!; // Match found it
        if (IpfsCatalogues.IsAnsweredByGate(_system, endpoint))
        {
            return NotPassed;
        }

        refusal = RequestBodies.Check(exchange, _settings.MaxAdd);
        if (refusal is null && endpoint.BodyMode == BodyMode.Json)
        {
            refusal = await RequestBodies.ReadJsonAsync(exchange);
        }

        if (refusal is not null)
        {
            return refusal;
        }

        CanonicalTarget target = exchange.Target;
        PinOwnership? named = null;
        refusal = _system == IpfsCatalogues.PinningSystem ? PinningIds.Resolve(exchange, _settings.Cluster, ledger, out target, out named) : null;
        if (refusal is not null)
        {
            return refusal;
        }

        ReadOnlyMemory<byte> body = endpoint.BodyMode == BodyMode.Json ? exchange.Body.Buffered : default;
        if (!IpfsReader.TryRead(_system, endpoint, exchange.Method, target, body.Span, exchange.Operations, out IpfsRequest? request, out IpfsFault? fault))
        {
            exchange.Operations.Clear();
            return new Refusal(400, fault.Problem, fault.Reason, AuditAction.AccessDenied);
        }

        var course = new IpfsCourse { Request = request, Named = named, Target = named is null ? null : target, HidesPage = true };
        exchange.Course = course;
        if (model.IsLocal)
        {
            // What Cluster pins at its Kubo is no pin of a user's: the ledger of owners is not concerned.
            _ = IpfsCatalogues.TryTakeForCall(endpoint, exchange.Operations);
            return null;
        }

        refusal = await _pins.WeighAsync(exchange, request, course);
        if (refusal is not null)
        {
            course.End(); // whoever reads a refusal slowly must not keep a pin
        }

        return refusal;
    }

    /// <inheritdoc/>
    public async ValueTask<ForwardOutcome> ForwardAsync(HttpExchange exchange)
    {
        RequestCourse course = exchange.Course!; // PrepareAsync set it
        try
        {
            return course is IpfsCourse { Answer: { } answer }
                ? await answer(exchange)
                : await exchange.Gate.Forwarder!.ForwardAsync(exchange.Permit, exchange); // a gate of these systems has an upstream
        }
        finally
        {
            course.End(); // before the client has read all of its answer
        }
    }

    /// <inheritdoc/>
    public void WriteError(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into) =>
        IpfsErrors.Write(exchange, status, problem, reason, receipt, into);
}
