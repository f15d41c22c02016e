using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// The body of a bulk as it goes to the upstream: what the client sends, without the items that are refused. Pulled by the upload
/// piece by piece, so that memory does not grow with it.
/// </summary>
/// <param name="source">The client's bytes, unpacked.</param>
/// <param name="filter">Leaves out what is refused.</param>
/// <param name="limit">Most bytes it may have.</param>
/// <param name="inflater">Unpacks what the client sends; null where it is not packed.</param>
internal sealed class BulkBody(PipeReader source, BulkFilter filter, long limit, Inflater? inflater) : PipeReader
{
    private readonly ArrayBufferWriter<byte> _unpacked = new();
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private ReadOnlySequence<byte> _handed;
    private int _taken;
    private long _received;
    private bool _isDone;

    /// <summary>Whether every byte was read and understood.</summary>
    public bool IsDone => _isDone;

    /// <summary>Reads until something may be passed on or all was read; the error where it is no bulk.</summary>
    public async ValueTask<BulkError> BeginAsync()
    {
        while (!_isDone && _output.WrittenCount == 0 && filter.Error == BulkError.None)
        {
            ReadResult read = await source.ReadAsync();
            Take(read);
        }

        return filter.Error;
    }

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (_taken == _output.WrittenCount && !_isDone)
        {
            _output.ResetWrittenCount();
            _taken = 0;
            ReadResult read = await source.ReadAsync(cancellationToken);
            if (read.IsCanceled)
            {
                source.AdvanceTo(read.Buffer.Start);
                return new ReadResult(default, isCanceled: true, isCompleted: false);
            }

            Take(read);
            if (filter.Error != BulkError.None)
            {
                // The upstream must never take the part that it has for the whole: the upload ends without its last chunk.
                throw new ForwardFault(ForwardResult.ClientMalformed, $"{BulkErrors.Word(filter.Error)} in line {filter.Line}");
            }
        }

        _handed = new ReadOnlySequence<byte>(_output.WrittenMemory[_taken..]);
        return new ReadResult(_handed, isCanceled: false, isCompleted: _isDone);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => _taken += (int)_handed.Slice(0, consumed).Length;

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void CancelPendingRead() => source.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The client's reader is completed by the connection that has it.
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return false;
    }

    private void Push(in ReadResult read)
    {
        BulkError error = inflater is null ? filter.Push(read.Buffer, _output) : Unpack(read);
        if (error == BulkError.None && read.IsCompleted)
        {
            filter.Finish();
            _isDone = filter.Error == BulkError.None;
        }
    }

    private BulkError Unpack(in ReadResult read)
    {
        foreach (ReadOnlyMemory<byte> piece in read.Buffer)
        {
            _unpacked.ResetWrittenCount();
            Require(inflater!.Push(piece.Span, _unpacked)); // Push asked
            if (filter.Push(_unpacked.WrittenSpan, _output) != BulkError.None)
            {
                return filter.Error;
            }
        }

        if (!read.IsCompleted)
        {
            return BulkError.None;
        }

        _unpacked.ResetWrittenCount();
        Require(inflater!.Finish(_unpacked)); // likewise
        return filter.Push(_unpacked.WrittenSpan, _output);
    }

    private static void Require(InflateError error)
    {
        if (error is InflateError.TooLarge or InflateError.ExpandsTooMuch)
        {
            throw new ForwardFault(ForwardResult.ClientTooLarge, "the unpacked body grew beyond its limit");
        }

        if (error != InflateError.None)
        {
            throw new ForwardFault(ForwardResult.ClientMalformed, "the packed body is not what its coding says");
        }
    }

    private void Take(in ReadResult read)
    {
        _received += read.Buffer.Length;
        if (_received > limit)
        {
            source.AdvanceTo(read.Buffer.End);
            throw new ForwardFault(ForwardResult.ClientTooLarge, "the body grew beyond its limit");
        }

        Push(read);
        source.AdvanceTo(read.Buffer.End);
    }
}
