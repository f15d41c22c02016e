using System.Buffers;
using System.IO.Pipelines;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// The bytes of a connection of Kestrel's own transport, which has pipes. Writes are gathered in the pipe until the flush, so
/// that an answer of several TLS records is one send.
/// </summary>
internal sealed class TransportStream(IDuplexPipe transport) : Sockets.ClientStream
{
    private const int GatherAtMost = 64 * 1024;

    private readonly PipeReader _input = transport.Input;
    private readonly PipeWriter _output = transport.Output;
    private int _gathered;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _output.Write(buffer.Span);
        _gathered += buffer.Length;
        return _gathered >= GatherAtMost ? SendAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _gathered == 0 ? Task.CompletedTask : SendAsync(cancellationToken).AsTask();

    /// <inheritdoc/>
    public override ValueTask EndAsync() => _output.CompleteAsync();

    /// <inheritdoc/>
    protected override async ValueTask<int> ReceiveAsync(Memory<byte> into, bool isOwn, CancellationToken cancellation)
    {
        ReadResult read = await _input.ReadAsync(cancellation);
        ReadOnlySequence<byte> data = read.Buffer;
        if (read.IsCanceled)
        {
            _input.AdvanceTo(data.Start, data.Start);
            throw new OperationCanceledException("the read was cancelled");
        }

        int count = (int)Math.Min(data.Length, into.Length);
        SequencePosition end = data.GetPosition(count);
        data.Slice(0, end).CopyTo(into.Span);
        _input.AdvanceTo(end);
        return isOwn ? Hold(count) : count;
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        _gathered = 0;
        await _output.FlushAsync(cancellationToken);
    }
}
