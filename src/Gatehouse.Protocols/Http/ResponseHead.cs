namespace Gatehouse.Protocols.Http;

/// <summary>How an answer's body ends.</summary>
public enum BodyFraming : byte
{
    /// <summary>There is none.</summary>
    None = 0,

    /// <summary>After <see cref="ResponseHead.ContentLength"/> bytes.</summary>
    Length,

    /// <summary>Chunked, see <see cref="ChunkedDecoder"/>.</summary>
    Chunked,

    /// <summary>With the connection.</summary>
    UntilClose,
}

/// <summary>What a parser says of the bytes so far.</summary>
public enum ParseStatus : byte
{
    /// <summary>More bytes are needed; nothing was consumed.</summary>
    NeedMore = 0,

    /// <summary>Complete.</summary>
    Done,

    /// <summary>Refused; the connection must be closed.</summary>
    Bad,
}

/// <summary>The head of an upstream's answer. Reusable, owned by one connection at a time; filled by <see cref="ResponseHeadParser"/>.</summary>
public sealed class ResponseHead
{
    /// <summary>The status, 100 to 599; of the interim ones only 101 is ever seen.</summary>
    public int StatusCode { get; internal set; }

    /// <summary>Whether it came as HTTP/1.0.</summary>
    public bool IsHttp10 { get; internal set; }

    /// <summary>The fields.</summary>
    public HeaderBlock Headers { get; } = new();

    /// <summary>How the body ends.</summary>
    public BodyFraming Framing { get; internal set; }

    /// <summary>The Content-Length, also where no body follows (HEAD, 304); -1 without one.</summary>
    public long ContentLength { get; internal set; } = -1;

    /// <summary>Whether the connection may serve another request once the body is read.</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>Whether the upstream switched protocols: raw bytes follow.</summary>
    public bool IsUpgrade => StatusCode == 101;

    /// <summary>Why the answer was refused, after <see cref="ParseStatus.Bad"/>.</summary>
    public ResponseError Error { get; internal set; }

    internal void Clear()
    {
        StatusCode = 0;
        IsHttp10 = false;
        Framing = BodyFraming.None;
        ContentLength = -1;
        KeepAlive = false;
        Error = ResponseError.None;
        Headers.Clear();
    }
}
