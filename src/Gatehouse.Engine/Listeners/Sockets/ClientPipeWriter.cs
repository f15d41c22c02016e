using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>
/// The write side of a client's connection. A client that is gone is a completed reader, not an exception; what is written
/// after that is dropped. Completing it asynchronously is the end of writing, not of the stream.
/// </summary>
internal sealed class ClientPipeWriter : PipeWriter
{
    private readonly PipeWriter _inner;
    private bool _isDead;

    /// <summary>Pipes into a stream; <paramref name="end"/> says there that nothing more comes.</summary>
    public ClientPipeWriter(Stream stream, Func<ValueTask> end, int minimumBufferSize) => _inner = Create(
        new EndingStream(this, stream, end), new StreamPipeWriterOptions(minimumBufferSize: minimumBufferSize, leaveOpen: false));

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _inner.UnflushedBytes;

    /// <inheritdoc/>
    public override void Advance(int bytes) => _inner.Advance(bytes);

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _inner.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _inner.GetSpan(sizeHint);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        Judge(_inner.FlushAsync(cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        Judge(_inner.WriteAsync(source, cancellationToken));

    private ValueTask<FlushResult> Judge(ValueTask<FlushResult> flushing) =>
        flushing.IsCompletedSuccessfully ? new ValueTask<FlushResult>(Judge(flushing.Result)) : AwaitAsync(flushing);

    private FlushResult Judge(FlushResult result) => _isDead ? new FlushResult(result.IsCanceled, isCompleted: true) : result;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> AwaitAsync(ValueTask<FlushResult> flushing) => Judge(await flushing);

    /// <summary>Takes what the pipe flushes, also where nobody gets it any more: kept, it would pile up.</summary>
    private sealed class EndingStream(ClientPipeWriter owner, Stream stream, Func<ValueTask> end) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (owner._isDead)
            {
                return ValueTask.CompletedTask;
            }

            ValueTask writing;
            try
            {
                writing = stream.WriteAsync(buffer, cancellationToken);
            }
            catch (IOException)
            {
                owner._isDead = true;
                return ValueTask.CompletedTask;
            }

            return writing.IsCompletedSuccessfully ? writing : AwaitAsync(writing);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            if (owner._isDead)
            {
                return Task.CompletedTask;
            }

            Task flushing = stream.FlushAsync(cancellationToken);
            return flushing.IsCompletedSuccessfully ? flushing : AwaitAsync(new ValueTask(flushing)).AsTask();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await end();
        }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        private async ValueTask AwaitAsync(ValueTask writing)
        {
            try
            {
                await writing;
            }
            catch (IOException)
            {
                owner._isDead = true;
            }
        }
    }
}
