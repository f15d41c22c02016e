using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>Asks the cluster behind a gate about a pin, in the words of the API that the gate guards.</summary>
internal static class PinQuestions
{
    private const int MaxPin = 4 * 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Whether it is pinned, and the pin.</summary>
    public static async ValueTask<PinAnswer> AskAsync(HttpGateModel gate, Cid pin)
    {
        UpstreamQuestion question = gate.Model.System switch
        {
            IpfsCatalogues.ClusterSystem => UpstreamQuestion.Allocation(pin),
            IpfsCatalogues.PinningSystem => UpstreamQuestion.PinningPin(pin),
            _ => UpstreamQuestion.ProxyPin(pin),
        };
        UpstreamReply reply = await gate.Forwarder!.AskAsync(question, MaxPin, Deadline); // a gate of these systems has an upstream
        return new PinAnswer(IsPinned(gate.Model.System, reply), reply.Body);
    }

    // The proxy words every failure as 500; go-ipfs says of an unknown pin that it is not pinned.
    private static bool? IsPinned(string system, UpstreamReply reply) => reply switch
    {
        { IsComplete: false } => null,
        { Status: 200 } => true,
        { Status: 404 } => false,
        { Status: 500 } when system == IpfsCatalogues.ProxySystem && reply.Body.Span.IndexOf("not pinned"u8) >= 0 => false,
        _ => null,
    };
}

/// <summary>What the cluster says of a pin.</summary>
/// <param name="IsPinned">Whether it has it; null where that could not be learned.</param>
/// <param name="Body">Its answer.</param>
internal readonly record struct PinAnswer(bool? IsPinned, ReadOnlyMemory<byte> Body);
