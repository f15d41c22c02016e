using Gatehouse.Engine.Forwarding;

namespace Gatehouse.Engine.Http1;

/// <summary>A connection after both sides agreed on another protocol: its bytes both ways, those included that came already.</summary>
internal sealed class Http1UpgradedStream(Http1Input input, Stream stream) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (input.Received.IsEmpty)
        {
            await using CancellationTokenRegistration cancel =
                cancellationToken.UnsafeRegister(static state => ((Http1Input)state!).CancelNext(), input);
            int count = await input.MoreAsync();
            if (count == PostedRead.Cancelled)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }

        int taken = Math.Min(buffer.Length, input.Received.Length);
        input.Received[..taken].CopyTo(buffer.Span);
        input.Consume(taken);
        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await stream.WriteAsync(buffer, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

    // Everything is asynchronous; a blocking call on a socket thread would be a bug.
    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
