using Gatehouse.Protocols.Http;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Heads of answers: the verdict on a prefix never contradicts the verdict on the whole.</summary>
public sealed class ResponseFuzz : IFuzzTarget
{
    private const int Limit = 4096;

    private readonly ResponseHead _head = new();

    /// <inheritdoc/>
    public string Name => "response";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "HTTP/1.1 200 OK\r\n", "HTTP/1.0 ", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 \r\n", "204", "304", "\r\n", "\n", "\r", ": ", " :",
        "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Connection: x\r\n", "\r\n x", "chunked, chunked", "\0",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        ParseStatus whole = ResponseHeadParser.TryParse(input, _head, Limit, false, out int consumed);
        switch (whole)
        {
            case ParseStatus.Done:
                Require(consumed > 0 && consumed <= Math.Min(input.Length, Limit), "a head ends within the input and the limit");
                Require(input[..consumed].EndsWith("\r\n\r\n"u8), "a head ends with an empty line");
                CheckHead();
                break;
            case ParseStatus.Bad:
                Require(_head.Error != ResponseError.None && consumed == 0 && _head.Headers.Count == 0, "a refusal has a reason and nothing else");
                break;
            default:
                Require(consumed == 0, "nothing is consumed before the head is complete");
                break;
        }

        int end = whole == ParseStatus.Done ? consumed : Math.Min(input.Length, 600);
        for (int i = 0; i < end; i++)
        {
            ParseStatus part = ResponseHeadParser.TryParse(input[..i], _head, Limit, false, out _);
            Require(part != ParseStatus.Done, "no prefix of a head is a head");
            Require(part == ParseStatus.NeedMore || whole == ParseStatus.Bad, "what begins wrong stays wrong");
        }
    }

    private void CheckHead()
    {
        Require(_head.StatusCode is 101 or (>= 200 and <= 599), "a final status");
        Require(_head.Framing != BodyFraming.Length || _head.ContentLength > 0, "a length has a number");
        Require(_head.Framing != BodyFraming.Chunked || (_head.ContentLength < 0 && !_head.IsHttp10), "one framing");
        Require(_head.Framing != BodyFraming.UntilClose || !_head.KeepAlive, "until close ends the connection");
        for (int i = 0; i < _head.Headers.Count; i++)
        {
            Require(_head.Headers.Name(i).Length > 0 && _head.Headers.Value(i).IndexOfAny("\r\n\0"u8) < 0, "a field is one line");
        }
    }
}
