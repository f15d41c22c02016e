using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// From the node to the client: of each frame the head is read, to know which request it answers; the rest goes on as it comes.
/// </summary>
internal sealed class Download(IgniteSession session)
{
    // Heads, error bodies and what jobs answer with are within it; rows are not looked at.
    private const int Looked = 16 * 1024;

    /// <summary>Bytes that went on.</summary>
    public long Bytes { get; private set; }

    /// <summary>Runs until the node ends, or the client takes no more.</summary>
    public async Task<IgniteEnd> RunAsync()
    {
        NodeLink node = session.Node;
        while (true)
        {
            if (TakeWhole(node.Received.Span, out int at, out IgniteFrame frame) is { } malformed)
            {
                return malformed;
            }

            if (at > 0)
            {
                // Whole frames: the gate's own answers may stand between them.
                Bytes += at;
                if (!await session.Client.WriteWholeAsync(node.Received[..at]))
                {
                    return IgniteEnd.Client;
                }

                node.Consume(at);
            }

            if (frame.HeaderLength > 0 && node.Received.Length >= Looked)
            {
                if (!Take(node.Received.Span[frame.HeaderLength..], frame.Length))
                {
                    return IgniteEnd.NodeMalformed;
                }

                if (await StreamAsync(node, frame.TotalLength) is { } end)
                {
                    return end;
                }
            }
            else if (await (frame.HeaderLength > 0 ? node.MoreOfFrameAsync() : node.MoreAsync()) == 0)
            {
                return IgniteEnd.Node;
            }
        }
    }

    /// <summary>Takes all frames that are there as a whole; how many bytes they are, and the head of the next where that is there.</summary>
    private IgniteEnd? TakeWhole(ReadOnlySpan<byte> received, out int at, out IgniteFrame next)
    {
        at = 0;
        while (true)
        {
            IgniteFraming framing = IgniteFrame.TryRead(received[at..], withMagic: false, int.MaxValue - 64, out next, out _);
            if (framing == IgniteFraming.NeedMore)
            {
                return null;
            }

            if (framing == IgniteFraming.Refused || !Take(received.Slice(at + next.HeaderLength, next.Length), next.Length))
            {
                return IgniteEnd.NodeMalformed;
            }

            at += (int)next.TotalLength; // it is all in the buffer
        }
    }

    /// <summary>Passes a frame on piece by piece. Nobody else writes meanwhile.</summary>
    private async ValueTask<IgniteEnd?> StreamAsync(NodeLink node, long length)
    {
        ClientFrames client = session.Client;
        await client.EnterWritingAsync();
        try
        {
            long left = length;
            while (true)
            {
                int part = (int)Math.Min(left, node.Received.Length);
                if (part > 0)
                {
                    Bytes += part;
                    if (!await client.WriteAsync(node.Received[..part]))
                    {
                        return IgniteEnd.Client;
                    }

                    node.Consume(part);
                    left -= part;
                }

                if (left == 0)
                {
                    return null;
                }

                if (await node.MoreOfFrameAsync() == 0)
                {
                    return IgniteEnd.Node;
                }
            }
        }
        finally
        {
            client.LeaveWriting();
        }
    }

    /// <summary>Finds the request that a frame answers; false where it is nothing that a node may send to a client.</summary>
    private bool Take(ReadOnlySpan<byte> payload, int length)
    {
        if (!IgniteResponse.TryParse(payload, out IgniteResponse response, out _) || response.IsServerOperation)
        {
            return false;
        }

        if (response.IsNotification || !session.Pending.TryRemove(response.RequestId, out Call? call))
        {
            // Something that belongs to an earlier request; nothing is learned from it.
            return true;
        }

        ReadOnlySpan<byte> body = payload[response.BodyOffset..];
        int? code = null;
        if (response.IsError)
        {
            code = IgniteResponse.TryReadFailure(body, out IgniteFailure? failure) ? failure!.Code ?? Unknown : Unknown;
        }
        else if (call.Opcode is IgniteOpcodes.ComputeExecute or IgniteOpcodes.ComputeExecuteColocated or IgniteOpcodes.ComputeExecutePartitioned
            or IgniteOpcodes.ComputeExecuteMapreduce
            && IgniteAnswers.TryJobs(body, call.Opcode, out IReadOnlyList<Guid> jobs))
        {
            foreach (Guid job in jobs)
            {
                session.Jobs.Add(job, session.Owner);
            }
        }

        session.Records.Answered(call, length, code, "ok");
        session.Pending.GiveBack(call);
        return true;
    }

    // An error that the node gave no number.
    private const int Unknown = -1;
}
