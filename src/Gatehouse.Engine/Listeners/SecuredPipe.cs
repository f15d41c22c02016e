using System.IO.Pipelines;
using System.Net.Security;
using Gatehouse.Engine.Listeners.Sockets;

namespace Gatehouse.Engine.Listeners;

/// <summary>The clear-text side of a TLS connection as pipes. Buffers are held only while bytes are on their way.</summary>
internal sealed class SecuredPipe : IDuplexPipe, IAsyncDisposable
{
    // One TLS record: bodies move record by record. No pool of 4 KiB blocks could serve it; the shared array pool does.
    private const int RecordLength = 16 * 1024;

    private static readonly StreamPipeReaderOptions ReaderOptions =
        new(bufferSize: RecordLength, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true);

    public SecuredPipe(SslStream tls)
    {
        Input = PipeReader.Create(tls, ReaderOptions);
        Output = new ClientPipeWriter(tls, () => TlsShutdown.SendAsync(tls), RecordLength);
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
