using System.Buffers;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Elasticsearch.Security;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>Requests to the security API on their way through a gate: it is answered here, whoever asks and whatever for.</summary>
internal sealed class SecurityCalls(SecurityApi api, GateEnvironment environment)
{
    private const long MaxBody = 1024 * 1024;

    /// <summary>Whether a target is the security API's.</summary>
    public static bool Owns(CanonicalTarget target) => SecurityApi.Owns(Segments(target));

    /// <summary>Step 5: reads the body. Any principal may ask; what it may have is decided with the answer.</summary>
    public async ValueTask<Refusal?> PrepareAsync(HttpExchange exchange)
    {
        if (exchange.HasBody && exchange.Headers.HasContentEncoding)
        {
            return ElasticsearchRefusals.BodyCoding;
        }

        if (exchange.HasBody && !ElasticsearchClassifier.IsJson(exchange.Headers.ContentType))
        {
            return ElasticsearchRefusals.BodyType;
        }

        int status = await exchange.BufferBodyAsync(MaxBody);
        if (status != 0)
        {
            return ElasticsearchBodies.RefusalOf(status);
        }

        exchange.Course = new ElasticsearchCourse { IsAnyPrincipal = true, IsBodySecret = true, Answer = AnswerAsync };
        return null;
    }

    private async ValueTask<ForwardOutcome> AnswerAsync(HttpExchange exchange)
    {
        exchange.Permit.EnsureValid();
        SecuritySnapshot snapshot = exchange.Snapshot!; // the decision set it
        if (!exchange.TryGetContext(snapshot, environment.Time.GetUtcNow(), out AuthorizationContext context))
        {
            return LocalAnswer.Send(exchange, 401, ElasticError.ToBytes(401, ElasticError.Security, "unable to authenticate").Span);
        }

        SecurityReply reply = await api.AnswerAsync(
            new SecurityCall
            {
                Method = exchange.Method,
                Segments = Segments(exchange.Target),
                Query = Query(exchange.Target),
                Body = exchange.Body.Buffered,
                Login = exchange.Login!, // step 4 comes before
                Actor = exchange.Actor,
                Snapshot = snapshot,
                Context = context,
                Realms = exchange.Gate.Model.Configuration.Realms,
            },
            CancellationToken.None);
        if (reply.Action == AuditAction.AccessGranted && reply.Problem is null)
        {
            return LocalAnswer.Send(exchange, reply.Status, reply.Json.Span);
        }

        return Refuse(exchange, reply);
    }

    /// <summary>A refusal is on record as one, and can be explained by its receipt.</summary>
    private ForwardOutcome Refuse(HttpExchange exchange, in SecurityReply reply)
    {
        // A right of Gatehouse's own that is missing is named in the answer already.
        bool isDenied = reply.Action == AuditAction.AccessDenied && reply.Operations is not null;
        string? receipt = isDenied ? environment.Trail.NewReceipt() : null;
        if (reply.Operations is { } asked)
        {
            exchange.Operations.CopyFrom(asked);
        }

        exchange.Verdict = new CourseVerdict(
            reply.Action, reply.Reason ?? "refused", isDenied ? GateProblems.AccessDenied.Id : reply.Problem?.Id ?? GateProblems.BodyRefused.Id, receipt);
        if (!isDenied)
        {
            return LocalAnswer.Send(exchange, reply.Status, reply.Json.Span);
        }

        ArrayBufferWriter<byte> body = new(512);
        ElasticsearchErrors.WriteDenied(exchange, asked: reply.Operations, reply.Denial, receipt, body);
        return LocalAnswer.Send(exchange, reply.Status, body.WrittenSpan);
    }

    private static string[] Segments(CanonicalTarget target)
    {
        string[] segments = new string[target.SegmentCount];
        for (int i = 0; i < segments.Length; i++)
        {
            segments[i] = Encoding.UTF8.GetString(target.Segment(i));
        }

        return segments;
    }

    private static Dictionary<string, string> Query(CanonicalTarget target)
    {
        Dictionary<string, string> query = new(StringComparer.Ordinal);
        for (int i = 0; i < target.ParameterCount; i++)
        {
            // A name that comes twice means one thing here and another there: the first counts nowhere else.
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            query[target.IsRepeated(i) ? name + " (repeated)" : name] = Encoding.UTF8.GetString(target.ParameterValue(i));
        }

        return query;
    }
}
