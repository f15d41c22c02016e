using System.Buffers;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>Frames that a gate writes itself, behind the handshake: without magic.</summary>
public static class IgniteWriter
{
    /// <summary>An error in answer to a request. The connection stays usable, and all clients show code and message.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="code">The code.</param>
    /// <param name="message">The text.</param>
    /// <param name="traceId">An id that the client shows with it, null for none.</param>
    public static void Error(IBufferWriter<byte> to, long requestId, int code, string message, Guid? traceId = null)
    {
        var frame = new IgniteFrameWriter(to, (3 * MessagePackWriter.MostOfNumber) + IgniteFailure.Measure(message), withMagic: false);
        frame.Values.Number(requestId);
        frame.Values.Number((int)IgniteResponseFlags.Error);
        frame.Values.Number(0); // no observable timestamp
        IgniteFailure.Write(ref frame.Values, traceId, code, message);
        frame.End(to);
    }

    /// <summary>A request without operands: 1, 3, 48, 71.</summary>
    public static void Request(IBufferWriter<byte> to, int opcode, long requestId)
    {
        var frame = new IgniteFrameWriter(to, 2 * MessagePackWriter.MostOfNumber, withMagic: false);
        frame.Values.Number(opcode);
        frame.Values.Number(requestId);
        frame.End(to);
    }
}
