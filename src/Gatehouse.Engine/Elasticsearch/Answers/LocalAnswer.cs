using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Elasticsearch.Answers;

/// <summary>Answers that the gate gives in the upstream's place.</summary>
internal static class LocalAnswer
{
    /// <summary>Sends one; what came of it.</summary>
    public static ForwardOutcome Send(HttpExchange exchange, int status, ReadOnlySpan<byte> json)
    {
        // Elastic's clients take a 2xx without it for a server that is none of theirs.
        exchange.SetHeader(ElasticsearchErrors.ProductHeader, "Elasticsearch");
        exchange.Answer(status, json);
        exchange.Control.Phase = ForwardPhase.Done;
        exchange.Control.Status = status;
        exchange.Control.ResponseBytes = json.Length;
        return exchange.Control.Outcome(ForwardResult.Ok);
    }
}
