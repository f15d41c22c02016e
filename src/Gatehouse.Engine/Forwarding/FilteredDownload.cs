using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Passes a response body on through a filter: its length is known at its end only.</summary>
internal static class FilteredDownload
{
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
        while (!Take(connection, filter, framing, ref remaining, filtered))
        {
            await PassAsync(exchange, filtered);
            if (await connection.ReceiveMoreAsync() == 0)
            {
                if (framing != BodyFraming.UntilClose || connection.IsCutOff)
                {
                    throw new ForwardFault(ForwardResult.UpstreamCut, "the upstream closed within its response");
                }

                break;
            }
        }

        Require(filter.Finish(filtered));
        await PassAsync(exchange, filtered);
        if (exchange.TakesRawChunks)
        {
            exchange.Output.Write("0\r\n\r\n"u8);
        }

        await ResponseDownload.FlushAsync(exchange.Output);
    }

    /// <summary>Hands what was received to the filter; true at the end of the body.</summary>
    private static bool Take(
        UpstreamConnection connection, ResponseFilter filter, BodyFraming framing, ref long remaining, ArrayBufferWriter<byte> filtered)
    {
        if (framing == BodyFraming.Chunked)
        {
            return TakeChunks(connection, filter, filtered);
        }

        int count = (int)Math.Min(remaining, connection.Received.Length);
        if (count > 0)
        {
            Require(filter.Push(connection.Received[..count], filtered));
            connection.Consume(count);
            remaining -= count;
        }

        return remaining == 0;
    }

    private static bool TakeChunks(UpstreamConnection connection, ResponseFilter filter, ArrayBufferWriter<byte> filtered)
    {
        while (true)
        {
            ChunkStatus status = connection.Chunks.Decode(connection.Received, out int consumed, out ReadOnlySpan<byte> data);
            if (!data.IsEmpty)
            {
                Require(filter.Push(data, filtered));
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
                    return false;
            }
        }
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
