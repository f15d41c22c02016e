using System.IO.Pipelines;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// One client request as forwarding sees it, whatever server it came in by. The gate implements it; forwarding drives it
/// from one flow of control, apart from <see cref="Control"/>.
/// </summary>
internal abstract class ClientExchange
{
    /// <summary>Where cuts and the client's going arrive.</summary>
    public ForwardControl Control { get; } = new();

    /// <summary>Whether the answer has no body whatever it says.</summary>
    public abstract bool IsHead { get; }

    /// <summary>Whether a repetition is harmless (RFC 9110 section 9.2.2).</summary>
    public abstract bool IsIdempotent { get; }

    /// <summary>What the body is and how it is framed towards the upstream.</summary>
    public abstract RequestBody Body { get; }

    /// <summary>The protocol that the client asks to change to and may, or null.</summary>
    public abstract string? Upgrade { get; }

    /// <summary>What changes the body of the response, or null.</summary>
    public virtual ResponseFilter? Filter => null;

    /// <summary>Whether chunks are framed by forwarding (a client of HTTP/1.1), so that trailers and a cut can be told.</summary>
    public abstract bool TakesRawChunks { get; }

    /// <summary>Where response body bytes go.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>Writes request line and end-to-end headers in canonical form, without Host, framing and Connection.</summary>
    public abstract void WriteHead(HeadBuffer into);

    /// <summary>Takes status and headers of the response over; the body follows through <see cref="Output"/>.</summary>
    public abstract ValueTask StartResponseAsync(ResponseHead head, BodyFraming framing);

    /// <summary>Takes the trailers over; only where chunks are not raw.</summary>
    public abstract void AddTrailers(HeaderBlock trailers);

    /// <summary>Changes protocol after the upstream agreed; gives the client's bytes.</summary>
    public abstract ValueTask<Stream> UpgradeAsync(ResponseHead head);

    /// <summary>Lets the client see a failure: never a short success.</summary>
    public abstract void Abort();
}

/// <summary>A request body.</summary>
/// <param name="Reader">Where a streamed body comes from; null otherwise.</param>
/// <param name="Buffered">A body that is there as a whole.</param>
/// <param name="Length">Its length as announced, or null for chunked.</param>
/// <param name="Limit">Most bytes a streamed one may have.</param>
internal readonly record struct RequestBody(PipeReader? Reader, ReadOnlyMemory<byte> Buffered, long? Length, long Limit)
{
    /// <summary>No body at all, and no Content-Length either.</summary>
    public static RequestBody None { get; } = new(null, default, null, 0);

    /// <summary>Whether there is one (a length of 0 counts).</summary>
    public bool IsPresent => Reader is not null || Length is not null;
}
