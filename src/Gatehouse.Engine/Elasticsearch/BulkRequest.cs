using System.Buffers;
using System.Text;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Problems;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// One <c>_bulk</c>: whoever may write anything at all may send it, and each item is decided by itself, on the policy of the
/// request's start; refused ones fail singly inside a 200, as Elasticsearch does.
/// </summary>
internal sealed class BulkRequest : IDisposable
{
    private static readonly SystemAction[] Writes =
    [
        SystemAction.Intern(Privileges.System, "index:create_doc"), SystemAction.Intern(Privileges.System, "index:delete"),
    ];

    private readonly BulkJudge _judge;
    private readonly BulkFilter _filter;
    private readonly string _user;
    private Inflater? _inflater;

    private BulkRequest(BulkJudge judge, BulkFilter filter, string user)
    {
        _judge = judge;
        _filter = filter;
        _user = user;
    }

    /// <summary>Whether any item could be allowed; otherwise the request as a whole is refused.</summary>
    public bool MayWriteAnything { get; private init; }

    /// <summary>What was allowed and refused, for the record.</summary>
    public BulkJudge Judge => _judge;

    /// <summary>Begins one, and says what is decided of it as a whole.</summary>
    public static BulkRequest Begin(
        HttpExchange exchange, ElasticsearchRoute route, CompiledPolicy policy, in AuthorizationContext context, KnownNames? names, IBulkCourse course)
    {
        bool refreshes = exchange.Target.TryGetParameter("refresh"u8, out ReadOnlySpan<byte> refresh) && !refresh.SequenceEqual("false"u8);
        byte[] index = route.IndexSegment < 0 ? [] : exchange.Target.Segment(route.IndexSegment).ToArray();
        var judge = new BulkJudge(policy, context, names, course);
        return new BulkRequest(judge, new BulkFilter(index, refreshes, judge, new BulkLimits()), context.Principal.Name)
        {
            MayWriteAnything = MayWrite(exchange.Operations, policy, context),
        };
    }

    /// <summary>Reads until the first item that may go on; null when the request can be decided as a whole.</summary>
    public async ValueTask<Refusal?> ReadAsync(HttpExchange exchange)
    {
        exchange.StreamBody(ElasticsearchBodies.MaxBulk);
        if (!Inflater.TryCreate(exchange.Headers.ContentEncoding, new InflateLimits { MaxBytes = ElasticsearchBodies.MaxBulk }, out _inflater))
        {
            return ElasticsearchRefusals.BodyCoding;
        }

        var body = new BulkBody(exchange.Body.Reader!, _filter, ElasticsearchBodies.MaxBulk, _inflater); // there is a body
        try
        {
            BulkError error = await body.BeginAsync();
            if (error != BulkError.None)
            {
                return ElasticsearchRefusals.Of(BulkErrors.Word(error));
            }
        }
        catch (BadHttpRequestException fault)
        {
            return ElasticsearchBodies.RefusalOf(fault.StatusCode);
        }
        catch (ForwardFault fault) when (fault.Result == ForwardResult.ClientTooLarge)
        {
            return ElasticsearchRefusals.BodyTooLarge;
        }
        catch (ForwardFault fault) when (fault.Result == ForwardResult.ClientMalformed)
        {
            return ElasticsearchRefusals.OfCoding(InflateError.Corrupt);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            return ElasticsearchBodies.RefusalOf(-1);
        }

        if (body.IsDone && _filter.Forwarded == 0)
        {
            exchange.UseBody(RequestBody.None);
            exchange.Course = new ElasticsearchCourse { Answer = AnswerAsync, Bulk = this };
            return null;
        }

        exchange.UseBody(new RequestBody(body, default, null, ElasticsearchBodies.MaxBulk));
        exchange.Course = new ElasticsearchCourse { IsUnpacked = true, Filter = new BulkResponse(_filter, _user), Bulk = this };
        return null;
    }

    /// <summary>Gives up what unpacking holds.</summary>
    public void Dispose() => _inflater?.Dispose();

    private static bool MayWrite(OperationSet operations, CompiledPolicy policy, in AuthorizationContext context)
    {
        foreach (SystemAction action in Writes)
        {
            operations.Clear();
            operations.Begin(action);
            if (Authorizer.Decide(policy, context, operations).IsAllowed)
            {
                return true;
            }
        }

        // What is missing is named by the weakest right that would have been enough.
        operations.Clear();
        operations.Begin(Writes[0]);
        return false;
    }

    /// <summary>Every item was refused: the upstream has nothing to do.</summary>
    private ValueTask<ForwardOutcome> AnswerAsync(HttpExchange exchange)
    {
        exchange.Permit.EnsureValid();
        int next = 0;
        return LocalAnswer.SendAsync(exchange, into => BulkAnswer.WriteAllRefused(_filter.Refused, BulkAnswer.ReasonFor(_user), ref next, into));
    }
}

/// <summary>The response to a bulk: the refused items take their places in it.</summary>
internal sealed class BulkResponse(BulkFilter filter, string user) : ResponseFilter
{
    private BulkAnswer? _answer;

    /// <inheritdoc/>
    public override bool Begins(Protocols.Http.ResponseHead head)
    {
        if (head.StatusCode != StatusCodes.Status200OK || filter.Refused.Count == 0)
        {
            return false;
        }

        _answer = new BulkAnswer(filter.Refused, BulkAnswer.ReasonFor(user));
        return IsPlainJson(head);
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output) => _answer!.Push(piece, output) == JsonStreamError.None; // Begins made it

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, out int used) =>
        _answer!.Push(piece, output, out used) == JsonStreamError.None; // likewise

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output) => _answer!.Finish() == JsonStreamError.None; // likewise
}
