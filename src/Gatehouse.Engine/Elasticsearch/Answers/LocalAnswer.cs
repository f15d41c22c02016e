using System.Buffers;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Elasticsearch.Answers;

/// <summary>Answers that the gate gives in the upstream's place.</summary>
internal static class LocalAnswer
{
    /// <summary>What is put together before it is sent on, in bytes.</summary>
    private const int PieceSize = 64 * 1024;

    private static ReadOnlySpan<byte> Head =>
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-elastic-product: Elasticsearch\r\nCache-Control: no-store\r\n\r\n"u8;

    /// <summary>Sends one; what came of it.</summary>
    public static ForwardOutcome Send(HttpExchange exchange, int status, ReadOnlySpan<byte> json)
    {
        // Elastic's clients take a 2xx without it for a server that is none of theirs.
        exchange.SetHeader(ElasticsearchErrors.ProductHeader, "Elasticsearch");
        exchange.Answer(status, json);
        exchange.Control.Phase = ForwardPhase.Done;
        exchange.Control.Status = status;
        exchange.Control.ResponseBytes = json.Length;
        return exchange.Control.Outcome(ForwardResult.Ok);
    }

    /// <summary>Sends one of status 200 that is made bit by bit, so that memory does not grow with it.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="write">Writes a bit; true with the last one.</param>
    public static async ValueTask<ForwardOutcome> SendAsync(HttpExchange exchange, Func<IBufferWriter<byte>, bool> write)
    {
        ArrayBufferWriter<byte> piece = new(PieceSize);
        bool isLast = Fill(write, piece);
        if (isLast)
        {
            return Send(exchange, StatusCodes.Status200OK, piece.WrittenSpan);
        }

        ForwardControl control = exchange.Control;
        try
        {
            ResponseHead head = new();
            ResponseHeadParser.TryParse(Head, head, Head.Length, requestWasHead: false, out _);
            control.Phase = ForwardPhase.ResponseBody;
            control.Status = head.StatusCode;
            control.HasResponse = true;
            await exchange.StartResponseAsync(head, BodyFraming.Chunked);
            while (!control.IsCancelled)
            {
                ResponseDownload.WriteData(exchange, exchange.Output, piece.WrittenSpan);
                if (isLast && exchange.TakesRawChunks)
                {
                    exchange.Output.Write("0\r\n\r\n"u8);
                }

                await ResponseDownload.FlushAsync(exchange.Output);
                if (isLast)
                {
                    control.Phase = ForwardPhase.Done;
                    return control.Outcome(ForwardResult.Ok);
                }

                piece.ResetWrittenCount();
                isLast = Fill(write, piece);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException)
        {
            control.Detail = fault.Message;
        }

        exchange.Abort();
        return control.Outcome(control.IsCancelled ? control.Reason : ForwardResult.ClientGone);
    }

    private static bool Fill(Func<IBufferWriter<byte>, bool> write, ArrayBufferWriter<byte> piece)
    {
        while (piece.WrittenCount < PieceSize)
        {
            if (write(piece))
            {
                return true;
            }
        }

        return false;
    }
}
