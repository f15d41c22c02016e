using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Carries bytes both ways between a client and an upstream; each direction ends on its own (half-close is kept).</summary>
internal static class Splice
{
    /// <summary>
    /// Runs until both directions have ended; without <paramref name="halfClose"/> the upstream's end is the end of both, for
    /// clients that cannot be told that one direction is over. With <paramref name="ciphers"/> bytes are encrypted anew on the way.
    /// </summary>
    /// <exception cref="IOException">One side broke.</exception>
    public static async Task RunAsync(
        PipeReader fromClient, PipeWriter toClient, UpstreamConnection upstream, ForwardControl control, bool halfClose, SpliceCiphers? ciphers = null)
    {
        Task up = UploadAsync(fromClient, upstream, control, ciphers);
        Task down = DownloadAsync(toClient, upstream, control, ciphers);
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

    private static async Task UploadAsync(PipeReader from, UpstreamConnection upstream, ForwardControl control, SpliceCiphers? ciphers)
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
                await (ciphers is null ? upstream.SendAsync(segment) : SendAsync(upstream, segment, ciphers));
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

    private static async ValueTask SendAsync(UpstreamConnection upstream, ReadOnlyMemory<byte> bytes, SpliceCiphers ciphers)
    {
        // Not in place: the pipe's memory is not ours to write to.
        byte[] copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            bytes.CopyTo(copy);
            ciphers.Upload(copy.AsSpan(0, bytes.Length));
            await upstream.SendAsync(copy.AsMemory(0, bytes.Length));
        }
        finally
        {
            // Between the two encryptions nothing stays: what is given back is as it went out.
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static void Write(PipeWriter to, ReadOnlySpan<byte> bytes, SpliceCiphers? ciphers)
    {
        if (ciphers is null)
        {
            to.Write(bytes);
            return;
        }

        Span<byte> room = to.GetSpan(bytes.Length)[..bytes.Length];
        bytes.CopyTo(room);
        ciphers.Download(room);
        to.Advance(bytes.Length);
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

    private static async Task DownloadAsync(PipeWriter to, UpstreamConnection upstream, ForwardControl control, SpliceCiphers? ciphers)
    {
        while (true)
        {
            if (!upstream.Received.IsEmpty)
            {
                control.ResponseBytes += upstream.Received.Length;
                Write(to, upstream.Received, ciphers);
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

/// <summary>Takes one encryption off and puts another on, both ways. Each has one user at a time: the direction's pump.</summary>
internal sealed class SpliceCiphers(XSalsa20 fromClient, XSalsa20 toUpstream, XSalsa20 fromUpstream, XSalsa20 toClient) : IDisposable
{
    /// <summary>Bytes of the client for the upstream.</summary>
    public void Upload(Span<byte> bytes)
    {
        fromClient.Apply(bytes);
        toUpstream.Apply(bytes);
    }

    /// <summary>Bytes of the upstream for the client.</summary>
    public void Download(Span<byte> bytes)
    {
        fromUpstream.Apply(bytes);
        toClient.Apply(bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        fromClient.Dispose();
        toUpstream.Dispose();
        fromUpstream.Dispose();
        toClient.Dispose();
    }
}
