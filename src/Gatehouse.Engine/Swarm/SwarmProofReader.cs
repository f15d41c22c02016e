using System.Buffers;
using System.IO.Pipelines;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Swarm;

/// <summary>Reads what proves a key: the first 44 bytes, which stay in the pipe.</summary>
internal sealed class SwarmProofReader(PipeReader input)
{
    private readonly byte[] _first = new byte[PnetHeader.ProofSize];
    private int _count;

    /// <summary>What has come of them.</summary>
    public ReadOnlySpan<byte> First => _first.AsSpan(0, _count);

    /// <summary>Waits for them; the reason why they do not come, or null.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken deadline)
    {
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync(deadline);
                ReadOnlySequence<byte> first = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, _first.Length));
                first.CopyTo(_first);
                _count = (int)first.Length;
                if (_count == _first.Length)
                {
                    // All of it is there to be read again at once.
                    input.AdvanceTo(read.Buffer.Start);
                    return null;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    return Reason(SwarmReasons.Short);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return Reason(SwarmReasons.Deadline);
        }
        catch (IOException)
        {
            return Reason(SwarmReasons.Short);
        }
    }

    /// <summary>Why 44 bytes prove nothing.</summary>
    public string WhyNot() => Reason(SwarmReasons.WrongKey);

    /// <summary>
    /// Throws away what comes until the caller goes or its time is over: when the gate knew that the key was wrong is nobody's business.
    /// </summary>
    public async ValueTask WaitOutAsync(CancellationToken deadline)
    {
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync(deadline);
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    return;
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // Its time is over, or it has gone.
        }
    }

    private string Reason(string otherwise) => _count >= PnetHeader.HeaderSize && PnetHeader.IsClear(First) ? SwarmReasons.NoKey : otherwise;
}
