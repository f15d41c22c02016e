using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.ProxyProtocol;

namespace Gatehouse.Engine.Listeners;

/// <summary>Takes a PROXY protocol header off the beginning of a connection.</summary>
internal static class ProxyHeaderReader
{
    /// <summary>The header, or null when it is missing, malformed or cut off.</summary>
    public static async ValueTask<ProxyHeader?> ReadAsync(PipeReader input, CancellationToken deadline)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync(deadline);
            ProxyHeaderStatus status = Parse(read.Buffer, out ProxyHeader header, out int consumed);
            if (status == ProxyHeaderStatus.Parsed)
            {
                input.AdvanceTo(read.Buffer.GetPosition(consumed));
                return header;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (status == ProxyHeaderStatus.Invalid || read.IsCompleted || read.IsCanceled)
            {
                return null;
            }
        }
    }

    private static ProxyHeaderStatus Parse(ReadOnlySequence<byte> data, out ProxyHeader header, out int consumed)
    {
        if (data.IsSingleSegment)
        {
            return ProxyHeaderParser.Parse(data.FirstSpan, out header, out consumed);
        }

        // More than the longest header is never looked at.
        ReadOnlySequence<byte> head = data.Length > ProxyHeaderParser.MaxLength ? data.Slice(0, ProxyHeaderParser.MaxLength) : data;
        return ProxyHeaderParser.Parse(head.ToArray(), out header, out consumed);
    }
}
