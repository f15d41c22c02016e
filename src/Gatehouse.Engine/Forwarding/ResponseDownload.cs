using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Passes a response body on: strictly framed, flushed as it comes, at the client's pace.</summary>
internal static class ResponseDownload
{
    /// <summary>Runs until the body is complete.</summary>
    /// <exception cref="ForwardFault">It was not.</exception>
    public static ValueTask RunAsync(UpstreamConnection connection, ClientExchange exchange, BodyFraming framing) => framing switch
    {
        BodyFraming.None => ValueTask.CompletedTask,
        BodyFraming.Length => PassLengthAsync(connection, exchange, connection.Response.ContentLength),
        BodyFraming.Chunked => PassChunkedAsync(connection, exchange),
        _ => PassUntilCloseAsync(connection, exchange),
    };

    private static async ValueTask PassLengthAsync(UpstreamConnection connection, ClientExchange exchange, long remaining)
    {
        PipeWriter output = exchange.Output;
        bool flushed = false;
        while (true)
        {
            int count = (int)Math.Min(remaining, connection.Received.Length);
            if (count > 0)
            {
                Copy(connection.Received[..count], output);
                connection.Consume(count);
                exchange.Control.ResponseBytes += count;
                remaining -= count;
            }

            if (remaining == 0)
            {
                await EndAsync(output, flushed);
                return;
            }

            await FlushAsync(output);
            flushed = true;
            await ReceiveAsync(connection);
        }
    }

    private static async ValueTask PassChunkedAsync(UpstreamConnection connection, ClientExchange exchange)
    {
        connection.Chunks.Reset();
        bool flushed = false;
        while (true)
        {
            ChunkStatus status = DecodeReceived(connection, exchange, out bool wrote);
            if (status == ChunkStatus.Bad)
            {
                throw new ForwardFault(ForwardResult.UpstreamMalformed, "bad chunk");
            }

            if (status == ChunkStatus.Done)
            {
                WriteEnd(connection.Chunks.Trailers, exchange);
                await EndAsync(exchange.Output, flushed);
                return;
            }

            // Without data yet the head goes at once: a stream may begin with a long silence.
            if (wrote || !flushed)
            {
                await FlushAsync(exchange.Output);
                flushed = true;
            }

            await ReceiveAsync(connection);
        }
    }

    /// <summary>Decodes all that was received; its data goes on as one chunk of ours where chunks are raw.</summary>
    private static ChunkStatus DecodeReceived(UpstreamConnection connection, ClientExchange exchange, out bool wrote)
    {
        wrote = false;
        PipeWriter output = exchange.Output;
        while (true)
        {
            ChunkStatus status = connection.Chunks.Decode(connection.Received, out int consumed, out ReadOnlySpan<byte> data);
            if (!data.IsEmpty)
            {
                WriteData(exchange, output, data);
                wrote = true;
            }

            connection.Consume(consumed);
            if (status != ChunkStatus.Data)
            {
                return status;
            }
        }
    }

    private static async ValueTask PassUntilCloseAsync(UpstreamConnection connection, ClientExchange exchange)
    {
        while (true)
        {
            if (!connection.Received.IsEmpty)
            {
                WriteData(exchange, exchange.Output, connection.Received);
                connection.Consume(connection.Received.Length);
                await FlushAsync(exchange.Output);
            }

            int count = await connection.ReceiveMoreAsync();
            if (count == 0 && connection.IsCutOff)
            {
                throw new ForwardFault(ForwardResult.UpstreamCut, "the upstream's TLS ended without its close_notify, and the response has no length");
            }

            if (count == 0)
            {
                break;
            }
        }

        if (exchange.TakesRawChunks)
        {
            Copy("0\r\n\r\n"u8, exchange.Output);
        }

        await EndAsync(exchange.Output, flushed: true);
    }

    // Always asks for at least one byte: once the client is gone the server hands out no room at all to whoever names no size,
    // and BuffersExtensions.Write takes that for a broken writer.
    private static void Copy(ReadOnlySpan<byte> from, PipeWriter to)
    {
        while (!from.IsEmpty)
        {
            Span<byte> room = to.GetSpan(1);
            int count = Math.Min(room.Length, from.Length);
            from[..count].CopyTo(room);
            to.Advance(count);
            from = from[count..];
        }
    }

    /// <summary>Writes body bytes, as one chunk of ours where chunks are raw.</summary>
    internal static void WriteData(ClientExchange exchange, PipeWriter output, ReadOnlySpan<byte> data)
    {
        exchange.Control.ResponseBytes += data.Length;
        if (!exchange.TakesRawChunks)
        {
            Copy(data, output);
            return;
        }

        Span<byte> size = output.GetSpan(20);
        output.Advance(ChunkFrame.WriteSize(size, data.Length));
        Copy(data, output);
        Copy(ChunkFrame.End.Span, output);
    }

    internal static void WriteEnd(HeaderBlock trailers, ClientExchange exchange)
    {
        if (!exchange.TakesRawChunks)
        {
            exchange.AddTrailers(trailers);
            return;
        }

        PipeWriter output = exchange.Output;
        Copy("0\r\n"u8, output);
        for (int index = 0; index < trailers.Count; index++)
        {
            if (!trailers.IsStripped(index))
            {
                Copy(trailers.Name(index), output);
                Copy(": "u8, output);
                Copy(trailers.Value(index), output);
                Copy("\r\n"u8, output);
            }
        }

        Copy("\r\n"u8, output);
    }

    private static async ValueTask ReceiveAsync(UpstreamConnection connection)
    {
        int count = await connection.ReceiveMoreAsync();
        if (count == 0)
        {
            throw new ForwardFault(ForwardResult.UpstreamCut, "the upstream closed within its response");
        }
    }

    /// <summary>A response never flushed before is sent by the server's end of the request, head and body in one write.</summary>
    private static ValueTask EndAsync(PipeWriter output, bool flushed) => flushed ? FlushAsync(output) : ValueTask.CompletedTask;

    /// <summary>Flushes, and fails where the client has gone.</summary>
    internal static ValueTask FlushAsync(PipeWriter output)
    {
        ValueTask<FlushResult> flush = output.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            return FinishFlushAsync(flush);
        }

        ThrowIfGone(flush.Result);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask FinishFlushAsync(ValueTask<FlushResult> flush) => ThrowIfGone(await flush);

    private static void ThrowIfGone(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new ForwardFault(ForwardResult.ClientGone, "the client stopped reading");
        }
    }
}
