using System.IO.Pipelines;
using System.Net.Security;

namespace Gatehouse.Engine.Listeners;

/// <summary>The clear-text side of a TLS connection as pipes. Buffers are held only while bytes are on their way.</summary>
internal sealed class SecuredPipe : IDuplexPipe, IAsyncDisposable
{
    // One TLS record: bodies move record by record. No pool of 4 KiB blocks could serve it; the shared array pool does.
    private const int RecordLength = 16 * 1024;

    private static readonly StreamPipeReaderOptions ReaderOptions =
        new(bufferSize: RecordLength, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true);

    private static readonly StreamPipeWriterOptions WriterOptions = new(minimumBufferSize: RecordLength, leaveOpen: false);

    public SecuredPipe(SslStream tls)
    {
        Input = PipeReader.Create(tls, ReaderOptions);
        Output = PipeWriter.Create(new ClosingStream(tls), WriterOptions);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <summary>Completing it asynchronously sends close_notify; reading goes on (RFC 8446 section 6.1).</summary>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        await Output.CompleteAsync();
    }

    /// <summary>The write side of TLS: its disposal is close_notify, not the end of the stream.</summary>
    private sealed class ClosingStream(SslStream tls) : Stream
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

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            tls.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            tls.WriteAsync(buffer, offset, count, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => tls.FlushAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await TlsShutdown.SendAsync(tls);
        }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>The orderly end of TLS.</summary>
internal static class TlsShutdown
{
    /// <summary>Sends close_notify where the connection still can; twice does no harm. Never throws for a dead connection.</summary>
    public static async ValueTask SendAsync(SslStream tls)
    {
        try
        {
            await tls.ShutdownAsync();
            await tls.FlushAsync();
        }
        catch (IOException)
        {
            // The transport is gone.
        }
        catch (InvalidOperationException)
        {
            // Disposed, sent before, or a write was cut short: there is nobody to tell.
        }
        catch (OperationCanceledException)
        {
            // Aborted meanwhile.
        }
    }
}
