using System.Buffers;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Ipfs;

/// <summary>What the gate answers in the upstream's place.</summary>
internal static class IpfsAnswers
{
    /// <summary>Sends JSON.</summary>
    public static ForwardOutcome Send(HttpExchange exchange, int status, ReadOnlySpan<byte> json)
    {
        if (exchange.HasBody && exchange.Body.Reader is not null)
        {
            exchange.CloseAfter(); // nobody read it
        }

        exchange.Answer(status, json);
        exchange.Control.Phase = ForwardPhase.Done;
        exchange.Control.Status = status;
        exchange.Control.ResponseBytes = json.Length;
        return exchange.Control.Outcome(ForwardResult.Ok);
    }

    /// <summary>An error instead of a forward.</summary>
    public static ForwardOutcome Refuse(HttpExchange exchange, int status, ProblemDefinition problem, string reason)
    {
        ArrayBufferWriter<byte> body = new(256);
        IpfsErrors.Write(exchange, status, problem, reason, null, body);
        exchange.Verdict = new CourseVerdict(Audit.AuditAction.AccessDenied, reason, problem.Id, null);
        return Send(exchange, status, body.WrittenSpan);
    }
}
