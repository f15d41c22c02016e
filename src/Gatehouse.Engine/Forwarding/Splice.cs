using System.Buffers;
using System.IO.Pipelines;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Carries bytes both ways between a client and an upstream; each direction ends on its own (half-close is kept).</summary>
internal static class Splice
{
    /// <summary>
    /// Runs until both directions have ended; without <paramref name="halfClose"/> the upstream's end is the end of both, for
    /// clients that cannot be told that one direction is over.
    /// </summary>
    /// <exception cref="IOException">One side broke.</exception>
    public static async Task RunAsync(
        PipeReader fromClient, PipeWriter toClient, UpstreamConnection upstream, ForwardControl control, bool halfClose)
    {
        Task up = UploadAsync(fromClient, upstream, control);
        Task down = DownloadAsync(toClient, upstream, control);
        Task last = await Task.WhenAny(up, down);
        if (last.IsCompletedSuccessfully && last == down && !halfClose)
        {
            fromClient.CancelPendingRead();
            await up.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else if (last.IsCompletedSuccessfully)
        {
            if (last == down)
            {
                // The upstream has said everything; the client may finish what it has to say.
                await toClient.CompleteAsync();
            }

            last = last == up ? down : up;
            await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!last.IsCompletedSuccessfully)
        {
            upstream.Abort();
            fromClient.CancelPendingRead();
            toClient.CancelPendingFlush();
            await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await last;
        }

        await toClient.CompleteAsync();
    }

    private static async Task UploadAsync(PipeReader from, UpstreamConnection upstream, ForwardControl control)
    {
        while (true)
        {
            ReadResult read = await ReadAsync(from);
            if (read.IsCanceled)
            {
                throw new ForwardFault(ForwardResult.UpstreamCut, "the other direction broke");
            }

            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
            {
                await upstream.SendAsync(segment);
                control.RequestBytes += segment.Length;
            }

            from.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                await upstream.ShutdownSendAsync();
                return;
            }
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader from)
    {
        try
        {
            return await from.ReadAsync();
        }
        catch (IOException)
        {
            throw new ForwardFault(ForwardResult.ClientGone, "the client's connection broke");
        }
    }

    private static async Task DownloadAsync(PipeWriter to, UpstreamConnection upstream, ForwardControl control)
    {
        while (true)
        {
            if (!upstream.Received.IsEmpty)
            {
                control.ResponseBytes += upstream.Received.Length;
                to.Write(upstream.Received);
                upstream.Consume(upstream.Received.Length);
                FlushResult flush = await to.FlushAsync();
                if (flush.IsCompleted || flush.IsCanceled)
                {
                    throw new ForwardFault(ForwardResult.ClientGone, "the client stopped reading");
                }
            }

            int count = await upstream.ReceiveMoreAsync();
            if (count == 0 && upstream.IsCutOff)
            {
                throw new ForwardFault(ForwardResult.UpstreamCut, "the upstream's TLS ended without its close_notify");
            }

            if (count == 0)
            {
                return;
            }
        }
    }
}
