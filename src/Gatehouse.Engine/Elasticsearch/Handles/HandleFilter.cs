using System.Buffers;
using System.Text;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Seals the handles that a response gives out, and writes those down that keep their names. One object a request.</summary>
internal sealed class HandleFilter : ResponseFilter
{
    private readonly IReadOnlyList<HandleOutput> _outputs;
    private readonly HandleMaker _maker;
    private readonly bool _answersAsText;
    private readonly JsonRewriter _rewriter;
    private Task _written = Task.CompletedTask;

    /// <summary>Makes one.</summary>
    /// <param name="outputs">Where handles are given out; at least one.</param>
    /// <param name="maker">Makes the handles.</param>
    /// <param name="answersAsText">Whether the line can answer as text, with handles in headers.</param>
    public HandleFilter(IReadOnlyList<HandleOutput> outputs, HandleMaker maker, bool answersAsText)
    {
        _outputs = outputs;
        _maker = maker;
        _answersAsText = answersAsText;
        _rewriter = new JsonRewriter(new JsonPaths([.. outputs.Select(static o => o.Path)]), Replace);
    }

    /// <summary>Ends when the forward has, and what was written down is in the store.</summary>
    public async ValueTask<ForwardOutcome> EndAsync(ValueTask<ForwardOutcome> forward)
    {
        ForwardOutcome outcome = await forward;
        await _written;
        return outcome;
    }

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head)
    {
        if (_answersAsText && IsText(head))
        {
            TakeHeaders(head);
            return false;
        }

        return IsPlainJson(head);
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output) => _rewriter.Push(piece, output) == JsonStreamError.None;

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output) => _rewriter.Finish() == JsonStreamError.None;

    private static bool IsText(ResponseHead head) =>
        head.Headers.TryGet("content-type"u8, out ReadOnlySpan<byte> type)
        && (type.StartsWith("text/"u8) || type.StartsWith("application/vnd.apache.arrow"u8));

    /// <summary>SQL and ES|QL as text: what goes on is named in headers (reference: SQL REST API, response data formats).</summary>
    private void TakeHeaders(ResponseHead head)
    {
        if (head.Headers.TryGet("cursor"u8, out ReadOnlySpan<byte> cursor) && !cursor.IsEmpty)
        {
            throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response has a cursor in a header, where it cannot be sealed");
        }

        if ((head.Headers.TryGet("async-id"u8, out ReadOnlySpan<byte> id) || head.Headers.TryGet("x-elasticsearch-async-id"u8, out id))
            && _outputs.FirstOrDefault(static o => o.Kind >= HandleKind.Task) is { } kept)
        {
            Keep(kept.Kind, Encoding.UTF8.GetString(id));
        }
    }

    private bool Replace(int path, ReadOnlySpan<byte> value, IBufferWriter<byte> replacement)
    {
        string id = Encoding.UTF8.GetString(value);
        HandleKind kind = _outputs[path].Kind;
        if (kind >= HandleKind.Task)
        {
            Keep(kind, id);
            replacement.Write(value);
        }
        else if (!value.IsEmpty)
        {
            replacement.Write(Encoding.ASCII.GetBytes(_maker.SealNew(kind, id)));
        }

        return true;
    }

    private void Keep(HandleKind kind, string id)
    {
        Task written = _maker.KeepAsync(kind, id);
        _written = _written.IsCompletedSuccessfully ? written : Task.WhenAll(_written, written);
    }
}
