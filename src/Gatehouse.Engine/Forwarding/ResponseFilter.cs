using System.Buffers;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// Changes the body of a response on its way to the client: takes out what the caller may not see, seals handles. One object a
/// request. What it cannot read it does not let through.
/// </summary>
internal abstract class ResponseFilter
{
    /// <summary>
    /// Looks at the head of a response that has a body. False passes the body on as it is; it fails, before the client has
    /// got anything, where the body is in a form that cannot be read.
    /// </summary>
    /// <exception cref="ForwardFault">It cannot be read.</exception>
    public abstract bool Begins(ResponseHead head);

    /// <summary>Takes a piece of the body; what may go on already is written. False: it is not what it should be.</summary>
    public abstract bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output);

    /// <summary>The same, of one that may add so much that it must be passed on in between.</summary>
    /// <param name="piece">A piece of the body.</param>
    /// <param name="output">Takes what may go on.</param>
    /// <param name="used">How many bytes were taken; fewer than all: come again with the rest once the output is empty.</param>
    public virtual bool Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, out int used)
    {
        used = piece.Length;
        return Push(piece, output);
    }

    /// <summary>The body is complete.</summary>
    public abstract bool Finish(IBufferWriter<byte> output);

    /// <summary>The trailers came, right before the body's end is told.</summary>
    public virtual void End(HeaderBlock trailers)
    {
        // Few look at them.
    }

    /// <summary>The same, of one that does something before the client learns of the end.</summary>
    public virtual ValueTask<bool> FinishAsync(IBufferWriter<byte> output) => ValueTask.FromResult(Finish(output));

    /// <summary>Whether a response's body is JSON without a coding; fails where it is neither that nor empty.</summary>
    /// <exception cref="ForwardFault">It has a coding, or another type.</exception>
    protected static bool IsPlainJson(ResponseHead head)
    {
        if (head.Headers.TryGet("content-encoding"u8, out ReadOnlySpan<byte> coding) && !System.Text.Ascii.EqualsIgnoreCase(coding, "identity"u8))
        {
            throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response is compressed though nobody asked for it");
        }

        if (head.Headers.TryGet("content-type"u8, out ReadOnlySpan<byte> type)
            && (type.StartsWith("application/json"u8) || type.StartsWith("application/vnd.elasticsearch+json"u8)))
        {
            return true;
        }

        throw new ForwardFault(ForwardResult.UpstreamMalformed, "the response must be looked into and is not JSON");
    }
}
