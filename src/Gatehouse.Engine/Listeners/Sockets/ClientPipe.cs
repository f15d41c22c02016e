using System.IO.Pipelines;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>Pipes over the raw bytes of a connection, for listeners without TLS. Buffers are held only while bytes are on their way.</summary>
internal sealed class ClientPipe(ClientStream stream) : IDuplexPipe
{
    private static readonly StreamPipeReaderOptions ReaderOptions =
        new(bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true);

    /// <inheritdoc/>
    public PipeReader Input { get; } = PipeReader.Create(stream, ReaderOptions);

    /// <summary>Completing it asynchronously sends the end; reading goes on.</summary>
    public PipeWriter Output { get; } = new ClientPipeWriter(stream, stream.EndAsync, minimumBufferSize: 4096);

    /// <summary>Completes both sides; what was written is sent. Throws what writing throws.</summary>
    /// <param name="isReading">A read was left under way: its buffer must not go back to the pool.</param>
    public async ValueTask CompleteAsync(bool isReading)
    {
        if (!isReading)
        {
            await Input.CompleteAsync();
        }

        await Output.CompleteAsync();
    }
}
