using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Listeners;

/// <summary>
/// A connection's pipes as the stream that <see cref="System.Net.Security.SslStream"/> wants below it. Writes are gathered in
/// the pipe until the flush that ends each of its messages, so a response of several records is one send.
/// </summary>
internal sealed class TransportStream(IDuplexPipe transport) : Stream
{
    private const int GatherAtMost = 64 * 1024;

    private readonly PipeReader _input = transport.Input;
    private readonly PipeWriter _output = transport.Output;
    private int _gathered;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask<ReadResult> read = _input.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully
            ? new ValueTask<int>(Take(read.GetAwaiter().GetResult(), buffer.Span))
            : AwaitRead(read, buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _output.Write(buffer.Span);
        _gathered += buffer.Length;
        return _gathered >= GatherAtMost ? Flush(cancellationToken) : ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _gathered == 0 ? Task.CompletedTask : Flush(cancellationToken).AsTask();

    // TLS runs asynchronously only; a blocking call on a socket thread would be a bug.
    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitRead(ValueTask<ReadResult> read, Memory<byte> buffer) => Take(await read, buffer.Span);

    private int Take(ReadResult result, Span<byte> destination)
    {
        ReadOnlySequence<byte> data = result.Buffer;
        if (result.IsCanceled)
        {
            _input.AdvanceTo(data.Start, data.Start);
            throw new OperationCanceledException("the read was cancelled");
        }

        // A zero-byte read waits for data and leaves it: nothing is consumed, nothing counts as examined.
        int count = (int)Math.Min(data.Length, destination.Length);
        SequencePosition end = data.GetPosition(count);
        data.Slice(0, end).CopyTo(destination);
        _input.AdvanceTo(end);
        return count;
    }

    private ValueTask Flush(CancellationToken cancellationToken)
    {
        _gathered = 0;
        ValueTask<FlushResult> flush = _output.FlushAsync(cancellationToken);
        if (flush.IsCompletedSuccessfully)
        {
            _ = flush.GetAwaiter().GetResult();
            return ValueTask.CompletedTask;
        }

        return AwaitFlush(flush);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask AwaitFlush(ValueTask<FlushResult> flush) => await flush;
}
