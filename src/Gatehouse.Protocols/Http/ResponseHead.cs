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

/// <summary>stub</summary>
public sealed class HeaderBlock
{
    public int Count => throw new NotSupportedException();
    public ReadOnlySpan<byte> Name(int index) => throw new NotSupportedException();
    public ReadOnlySpan<byte> Value(int index) => throw new NotSupportedException();
    /// <summary>hop-by-hop, named in Connection, framing, or the gate's own (CORS, Alt-Svc)</summary>
    public bool IsStripped(int index) => throw new NotSupportedException();
}

/// <summary>stub</summary>
public sealed class ResponseHead
{
    public int StatusCode => throw new NotSupportedException();
    public bool IsHttp10 => throw new NotSupportedException();
    public HeaderBlock Headers => throw new NotSupportedException();
    public BodyFraming Framing => throw new NotSupportedException();
    /// <summary>-1 when there is none</summary>
    public long ContentLength => throw new NotSupportedException();
    public bool KeepAlive => throw new NotSupportedException();
    public ResponseError Error => throw new NotSupportedException();
}

/// <summary>stub</summary>
public static class ResponseHeadParser
{
    public static ParseStatus TryParse(ReadOnlySpan<byte> buffer, ResponseHead into, int maxHeadBytes, bool requestWasHead, out int consumed) => throw new NotSupportedException();
}

/// <summary>stub</summary>
public enum ResponseError : byte { None = 0 }

/// <summary>stub</summary>
public static class ResponseErrors
{
    public static string Word(ResponseError error) => throw new NotSupportedException();
}

/// <summary>What the chunked decoder says.</summary>
public enum ChunkStatus : byte
{
    /// <summary>All input was consumed and there is no data; more bytes are needed.</summary>
    NeedMore = 0,

    /// <summary>Data was found; call again with what was not consumed.</summary>
    Data,

    /// <summary>The body, trailers included, is complete.</summary>
    Done,

    /// <summary>Refused; the connection must be closed.</summary>
    Bad,
}

/// <summary>stub</summary>
public sealed class ChunkedDecoder
{
    public HeaderBlock Trailers => throw new NotSupportedException();
    public ResponseError Error => throw new NotSupportedException();
    public void Reset() => throw new NotSupportedException();
    public ChunkStatus Decode(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> data) => throw new NotSupportedException();
}

/// <summary>What is done with a header of a request.</summary>
public enum HeaderDecision : byte
{
    /// <summary>It goes on.</summary>
    Forward = 0,

    /// <summary>It is left out.</summary>
    Strip,

    /// <summary>The request is refused.</summary>
    Refuse,
}

/// <summary>stub</summary>
public static class HeaderRules
{
    public static HeaderDecision ForRequest(string name) => throw new NotSupportedException();
    /// <summary>is `name` listed in the comma list `connection`?</summary>
    public static bool IsNamedIn(string connection, string name) => throw new NotSupportedException();
    public static HeaderDecision ForResponse(ReadOnlySpan<byte> name) => throw new NotSupportedException();
}
