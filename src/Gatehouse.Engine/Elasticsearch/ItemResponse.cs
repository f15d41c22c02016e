using System.Buffers;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>The response to a composite request: the refused items take their places in what another filter made of it.</summary>
/// <param name="refused">The refused items.</param>
/// <param name="inner">Changes the response before; null where nobody else does.</param>
internal sealed class ItemResponse(ItemRefusals refused, ResponseFilter? inner) : ResponseFilter
{
    private readonly ArrayBufferWriter<byte> _between = new();
    private ResponseFilter? _inner;
    private ItemAnswer? _answer;

    /// <inheritdoc/>
    public override bool Begins(ResponseHead head)
    {
        _inner = inner is not null && inner.Begins(head) ? inner : null;
        if (head.StatusCode == StatusCodes.Status200OK && IsPlainJson(head))
        {
            _answer = new ItemAnswer(refused);
        }

        return _answer is not null || _inner is not null;
    }

    /// <inheritdoc/>
    public override bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (_inner is null || _answer is null)
        {
            return _inner?.Push(piece, output) ?? Add(piece, output);
        }

        _between.ResetWrittenCount();
        return _inner.Push(piece, _between) && Add(_between.WrittenSpan, output);
    }

    /// <inheritdoc/>
    public override bool Finish(IBufferWriter<byte> output)
    {
        if (_inner is null || _answer is null)
        {
            return _inner?.Finish(output) ?? _answer!.Finish() == JsonStreamError.None; // one of the two is there
        }

        _between.ResetWrittenCount();
        return _inner.Finish(_between) && Add(_between.WrittenSpan, output) && _answer.Finish() == JsonStreamError.None;
    }

    private bool Add(ReadOnlySpan<byte> piece, IBufferWriter<byte> output) => _answer!.Push(piece, output) == JsonStreamError.None; // likewise
}
