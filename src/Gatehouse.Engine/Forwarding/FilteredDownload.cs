using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Passes a response body on through a filter: its length is known at its end only.</summary>
internal static class FilteredDownload
{
    private static readonly HeaderBlock None = new();

    /// <summary>Sends head and body.</summary>
    /// <exception cref="ForwardFault">The body was not complete, or not what the filter can read.</exception>
    public static async ValueTask RunAsync(UpstreamConnection connection, ClientExchange exchange, ResponseFilter filter)
    {
        ResponseHead head = connection.Response;
        BodyFraming framing = head.Framing;
        long remaining = framing == BodyFraming.Length ? head.ContentLength : long.MaxValue;
        ArrayBufferWriter<byte> filtered = new(16 * 1024);
        await exchange.StartResponseAsync(head, BodyFraming.Chunked);
        connection.Chunks.Reset();
        ReadOnlyMemory<byte> rest = default;
        bool isOver = false;
        bool isHeadSent = false;
        while (!isOver)
        {
            isOver = Take(connection, filter, framing, ref remaining, ref rest, filtered, out bool needsMore);
            while (!rest.IsEmpty)
            {
                await PassAsync(exchange, filtered);
                rest = rest[Push(filter, rest.Span, filtered)..];
            }

            if (isOver)
            {
                break;
            }

            if (!isHeadSent && filtered.WrittenCount == 0)
            {
                // A client may wait for the head before it goes on with its own body, and the upstream for that body.
                await ResponseDownload.FlushAsync(exchange.Output);
            }

            isHeadSent = true;
            await PassAsync(exchange, filtered);

            if (needsMore && await connection.ReceiveMoreAsync() == 0)
            {
                if (framing != BodyFraming.UntilClose || connection.IsCutOff)
                {
                    throw new ForwardFault(ForwardResult.UpstreamCut, "the upstream closed within its response");
                }

                isOver = true;
            }
        }

        HeaderBlock trailers = framing == BodyFraming.Chunked ? connection.Chunks.Trailers : None;
        filter.End(trailers);
        Require(await filter.FinishAsync(filtered));
        await PassAsync(exchange, filtered);
        ResponseDownload.WriteEnd(trailers, exchange);
        await ResponseDownload.FlushAsync(exchange.Output);
    }

    /// <summary>
    /// Hands what was received to the filter, up to where it has something to be passed on first: what it left is in
    /// <paramref name="rest"/>. True at the end of the body.
    /// </summary>
    private static bool Take(
        UpstreamConnection connection, ResponseFilter filter, BodyFraming framing, ref long remaining, ref ReadOnlyMemory<byte> rest,
        ArrayBufferWriter<byte> filtered, out bool needsMore)
    {
        if (framing == BodyFraming.Chunked)
        {
            return TakeChunks(connection, filter, ref rest, filtered, out needsMore);
        }

        int count = (int)Math.Min(remaining, connection.Received.Length);
        if (count > 0)
        {
            count = Push(filter, connection.Received[..count], filtered);
            connection.Consume(count);
            remaining -= count;
        }

        needsMore = remaining > 0 && connection.Received.IsEmpty;
        return remaining == 0;
    }

    private static bool TakeChunks(
        UpstreamConnection connection, ResponseFilter filter, ref ReadOnlyMemory<byte> rest, ArrayBufferWriter<byte> filtered, out bool needsMore)
    {
        needsMore = false;
        while (rest.IsEmpty)
        {
            ChunkStatus status = connection.Chunks.Decode(connection.Received, out int consumed, out ReadOnlySpan<byte> data);
            if (!data.IsEmpty)
            {
                int used = Push(filter, data, filtered);
                rest = used == data.Length ? default : data[used..].ToArray();
            }

            connection.Consume(consumed);
            switch (status)
            {
                case ChunkStatus.Data:
                    continue;
                case ChunkStatus.Done:
                    return true;
                case ChunkStatus.Bad:
                    throw new ForwardFault(ForwardResult.UpstreamMalformed, "bad chunk");
                default:
                    needsMore = true;
                    return false;
            }
        }

        return false;
    }

    private static int Push(ResponseFilter filter, ReadOnlySpan<byte> piece, ArrayBufferWriter<byte> filtered)
    {
        Require(filter.Push(piece, filtered, out int used));
        return used;
    }

    private static async ValueTask PassAsync(ClientExchange exchange, ArrayBufferWriter<byte> filtered)
    {
        if (filtered.WrittenCount > 0)
        {
            ResponseDownload.WriteData(exchange, exchange.Output, filtered.WrittenSpan);
            filtered.ResetWrittenCount();
            await ResponseDownload.FlushAsync(exchange.Output);
        }
    }

    private static void Require(bool isFine)
    {
        if (!isFine)
        {
            throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response is not the JSON that it should be");
        }
    }
}
