using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Http;

public sealed class ResponseHeadTests
{
    private const int Limit = 16384;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", BodyFraming.Length, 5, true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:0\r\n\r\n", BodyFraming.None, 0, true)]
    [InlineData("HTTP/1.1 200\r\nContent-Length:  5\t\r\n\r\n", BodyFraming.Length, 5, true)]
    [InlineData("HTTP/1.1 200 \r\ntransfer-encoding: Chunked\r\n\r\n", BodyFraming.Chunked, -1, true)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", BodyFraming.UntilClose, -1, false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", BodyFraming.Length, 5, false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 5\r\n\r\n", BodyFraming.Length, 5, false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", BodyFraming.Length, 5, false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n", BodyFraming.Length, 5, true)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", BodyFraming.UntilClose, -1, false)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", BodyFraming.None, -1, true)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", BodyFraming.None, 0, true)]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", BodyFraming.None, 99, true)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", BodyFraming.Length, 1, true)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", BodyFraming.None, -1, false)]
    public void Head_is_read(string text, BodyFraming framing, long length, bool keepAlive)
    {
        ResponseHead head = new();
        byte[] bytes = Encoding.Latin1.GetBytes(text + "BODY");
        ResponseHeadParser.TryParse(bytes, head, Limit, false, out int consumed).ShouldBe(ParseStatus.Done);
        consumed.ShouldBe(text.Length);
        head.Framing.ShouldBe(framing);
        head.ContentLength.ShouldBe(length);
        head.KeepAlive.ShouldBe(keepAlive);
        for (int i = 0; i < text.Length; i++)
        {
            ResponseHeadParser.TryParse(bytes.AsSpan(0, i), head, Limit, false, out int none).ShouldBe(ParseStatus.NeedMore);
            none.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData("HTTP/2 200 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.2 200 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("http/1.1 200 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.1 999 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("<html>\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n", ResponseError.BadStatusLine)]
    [InlineData("HTTP/1.1 200 O\u0000K\r\n\r\n", ResponseError.BadHeaderValue)]
    [InlineData("HTTP/1.1 200 OK\nA: b\r\n\r\n", ResponseError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", ResponseError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\n\n", ResponseError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", ResponseError.BadLineEnd)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", ResponseError.FoldedLine)]
    [InlineData("HTTP/1.1 200 OK\r\n\tA: b\r\n\r\n", ResponseError.FoldedLine)]
    [InlineData("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", ResponseError.BadHeaderName)]
    [InlineData("HTTP/1.1 200 OK\r\nA b\r\n\r\n", ResponseError.BadHeaderName)]
    [InlineData("HTTP/1.1 200 OK\r\n: b\r\n\r\n", ResponseError.BadHeaderName)]
    [InlineData("HTTP/1.1 200 OK\r\nA(: b\r\n\r\n", ResponseError.BadHeaderName)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\u0000\r\n\r\n", ResponseError.BadHeaderValue)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\u007f\r\n\r\n", ResponseError.BadHeaderValue)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", ResponseError.ConflictingLengths)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", ResponseError.BadContentLength)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", ResponseError.BadTransferEncoding)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", ResponseError.BadTransferEncoding)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", ResponseError.BadTransferEncoding)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;q=1\r\n\r\n", ResponseError.BadTransferEncoding)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", ResponseError.BadTransferEncoding)]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ResponseError.BadTransferEncoding)]
    [InlineData("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", ResponseError.ConflictingLengths)]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ResponseError.ConflictingLengths)]
    [InlineData("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", ResponseError.ConflictingLengths)]
    public void Hostile_head_is_refused(string text, ResponseError expected)
    {
        ResponseHead head = new();
        ResponseHeadParser.TryParse(Encoding.Latin1.GetBytes(text), head, Limit, false, out int consumed).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(expected);
        consumed.ShouldBe(0);
        head.Headers.Count.ShouldBe(0);
    }

    [Fact]
    public void Head_request_has_no_body()
    {
        ResponseHead head = new();
        ResponseHeadParser.TryParse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8, head, Limit, true, out _).ShouldBe(ParseStatus.Done);
        head.Framing.ShouldBe(BodyFraming.None);
        ResponseHeadParser.TryParse("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"u8, head, Limit, true, out _).ShouldBe(ParseStatus.Done);
        head.Framing.ShouldBe(BodyFraming.None);
        head.ContentLength.ShouldBe(7);
        head.KeepAlive.ShouldBeTrue();
    }

    [Fact]
    public void Limits_hold_for_interim_answers_too()
    {
        ResponseHead head = new();
        byte[] interim = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000)));
        ResponseHeadParser.TryParse(interim, head, Limit, false, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(ResponseError.HeadTooLong);
        byte[] headers = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", HeaderBlock.MaxHeaders + 1)) + "\r\n");
        ResponseHeadParser.TryParse(headers, head, Limit, false, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(ResponseError.TooManyHeaders);
    }

    [Fact]
    public void Hop_by_hop_and_named_headers_are_marked()
    {
        ResponseHead head = new();
        byte[] text = Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: x-a, keep-alive\r\nKeep-Alive: 5\r\nContent-Length: 0\r\nAlt-Svc: h3\r\n" +
            "Access-Control-Allow-Origin: *\r\nSet-Cookie: a=b\r\nServer: x\r\n\r\n");
        ResponseHeadParser.TryParse(text, head, Limit, false, out _).ShouldBe(ParseStatus.Done);
        List<string> passed = [];
        for (int i = 0; i < head.Headers.Count; i++)
        {
            if (!head.Headers.IsStripped(i))
            {
                passed.Add(Encoding.ASCII.GetString(head.Headers.Name(i)) + "=" + Encoding.ASCII.GetString(head.Headers.Value(i)));
            }
        }

        passed.ShouldBe(["Set-Cookie=a=b", "Server=x"]);
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\nrest", "hello", ChunkStatus.Done, ResponseError.None)]
    [InlineData("5;a=b\r\nhello\r\n00\r\nX: y\r\n\r\n", "hello", ChunkStatus.Done, ResponseError.None)]
    [InlineData("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", ChunkStatus.Done, ResponseError.None)]
    [InlineData("5\r\nhel", "hel", ChunkStatus.NeedMore, ResponseError.None)]
    [InlineData("\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData("5\nhello\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData("5 \r\nhello\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData(" 5\r\nhello\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData("0x5\r\nhello\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData("-5\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData("1000000000000000\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkSize)]
    [InlineData("5;a\nhello\r\n", "", ChunkStatus.Bad, ResponseError.BadLineEnd)]
    [InlineData("5;a\u0000\r\n", "", ChunkStatus.Bad, ResponseError.BadChunkExtension)]
    [InlineData("5\rhello", "", ChunkStatus.Bad, ResponseError.BadLineEnd)]
    [InlineData("5\r\nhelloX\r\n", "hello", ChunkStatus.Bad, ResponseError.BadLineEnd)]
    [InlineData("5\r\nhello\n0\r\n\r\n", "hello", ChunkStatus.Bad, ResponseError.BadLineEnd)]
    [InlineData("0\r\nX : y\r\n\r\n", "", ChunkStatus.Bad, ResponseError.BadHeaderName)]
    [InlineData("0\r\nX: y\r\n z\r\n\r\n", "", ChunkStatus.Bad, ResponseError.FoldedLine)]
    [InlineData("0\r\nX: y\n\r\n", "", ChunkStatus.Bad, ResponseError.BadLineEnd)]
    [InlineData("0\r\n\n", "", ChunkStatus.Bad, ResponseError.BadLineEnd)]
    public void Chunks_are_decoded_the_same_in_any_split(string text, string data, ChunkStatus status, ResponseError error)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Decode(bytes, bytes.Length).ShouldBe((data, status, error));
        for (int size = 1; size < bytes.Length; size++)
        {
            Decode(bytes, size).ShouldBe((data, status, error));
        }
    }

    [Fact]
    public void Any_split_of_any_chunked_body_gives_the_same()
    {
        Gen<string> pieces = Gen.Elements("1", "a", "0", "\r\n", "\r\n", "5\r\nhello\r\n", "0\r\n\r\n", ";x", "T: v\r\n", "\n", "x", "3\r\nabc\r\n");
        Gen<(string, int)> cases = pieces.ArrayOf().SelectMany(static p => Gen.Choose(1, 9).Select(size => (string.Concat(p), size)));
        Prop.ForAll(cases.ToArbitrary(), static one =>
        {
            byte[] bytes = Encoding.ASCII.GetBytes(one.Item1);
            return Decode(bytes, Math.Max(1, bytes.Length)) == Decode(bytes, one.Item2);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void Trailers_are_handed_out_and_bounded()
    {
        ChunkedDecoder decoder = new();
        decoder.Decode("0\r\nX-Stream-Error: boom\r\nContent-Length: 5\r\n\r\nnext"u8, out int consumed, out _).ShouldBe(ChunkStatus.Done);
        consumed.ShouldBe("0\r\nX-Stream-Error: boom\r\nContent-Length: 5\r\n\r\n".Length);
        decoder.Trailers.Count.ShouldBe(2);
        Encoding.ASCII.GetString(decoder.Trailers.Value(0)).ShouldBe("boom");
        decoder.Trailers.IsStripped(1).ShouldBeTrue();
        decoder.Reset();
        decoder.Decode(Encoding.ASCII.GetBytes("0\r\nX: " + new string('a', 9000)), out _, out _).ShouldBe(ChunkStatus.Bad);
        decoder.Error.ShouldBe(ResponseError.TrailersTooLong);
    }

    [Theory]
    [InlineData("Accept", HeaderDecision.Forward)]
    [InlineData("cookie", HeaderDecision.Forward)]
    [InlineData("X-Opaque-Id", HeaderDecision.Forward)]
    [InlineData("kbn-xsrf", HeaderDecision.Forward)]
    [InlineData("Sec-WebSocket-Key", HeaderDecision.Forward)]
    [InlineData("Connection", HeaderDecision.Strip)]
    [InlineData("KEEP-ALIVE", HeaderDecision.Strip)]
    [InlineData("Authorization", HeaderDecision.Strip)]
    [InlineData("es-secondary-authorization", HeaderDecision.Strip)]
    [InlineData("es-client-authentication", HeaderDecision.Strip)]
    [InlineData("X-Opensearch-Product-Origin", HeaderDecision.Strip)]
    [InlineData("x-elastic-product-origin", HeaderDecision.Strip)]
    [InlineData("SecurityTenant", HeaderDecision.Strip)]
    [InlineData("authorization", HeaderDecision.Strip)]
    [InlineData("Proxy-Authorization", HeaderDecision.Strip)]
    [InlineData("Proxy", HeaderDecision.Strip)]
    [InlineData("X-Forwarded-For", HeaderDecision.Strip)]
    [InlineData("x-forwarded-anything", HeaderDecision.Strip)]
    [InlineData("Forwarded", HeaderDecision.Strip)]
    [InlineData("X-Real-IP", HeaderDecision.Strip)]
    [InlineData("X-Remote-User", HeaderDecision.Strip)]
    [InlineData("Remote-User", HeaderDecision.Strip)]
    [InlineData("X-Authenticated-User", HeaderDecision.Strip)]
    [InlineData("X-Gatehouse-User", HeaderDecision.Strip)]
    [InlineData("es-security-runas-user", HeaderDecision.Strip)]
    [InlineData("X-HTTP-Method-Override", HeaderDecision.Strip)]
    [InlineData("X-Original-URL", HeaderDecision.Strip)]
    [InlineData("X-Rewrite-URL", HeaderDecision.Strip)]
    [InlineData("X-Proxy-User", HeaderDecision.Strip)]
    [InlineData("X-WebAuth-User", HeaderDecision.Strip)]
    [InlineData("X_Forwarded_For", HeaderDecision.Strip)]
    [InlineData("Remote_User", HeaderDecision.Strip)]
    [InlineData("content_length", HeaderDecision.Strip)]
    [InlineData("Grpc-Metadata-Username", HeaderDecision.Strip)]
    [InlineData("Impersonate-User", HeaderDecision.Strip)]
    [InlineData("X-User-Id", HeaderDecision.Strip)]
    [InlineData("X-Consumer-Username", HeaderDecision.Strip)]
    [InlineData("X-Content-Length", HeaderDecision.Refuse)]
    [InlineData("X Y", HeaderDecision.Refuse)]
    [InlineData("", HeaderDecision.Refuse)]
    [InlineData("X\u00e9", HeaderDecision.Refuse)]
    public void Request_header_is_decided_by_name(string name, HeaderDecision expected) =>
        HeaderRules.ForRequest(name).ShouldBe(expected);

    [Fact]
    public void Connection_tokens_are_compared_whole()
    {
        HeaderRules.IsNamedIn("close, X-A ,x-b", "x-a").ShouldBeTrue();
        HeaderRules.IsNamedIn("close, X-A ,x-b", "x").ShouldBeFalse();
        HeaderRules.IsNamedIn("", "x").ShouldBeFalse();
    }

    private static (string Data, ChunkStatus Status, ResponseError Error) Decode(byte[] bytes, int size)
    {
        ChunkedDecoder decoder = new();
        StringBuilder data = new();
        ChunkStatus status = ChunkStatus.NeedMore;
        for (int at = 0; at < bytes.Length && status < ChunkStatus.Done; at += size)
        {
            ReadOnlySpan<byte> input = bytes.AsSpan(at, Math.Min(size, bytes.Length - at));
            do
            {
                status = decoder.Decode(input, out int consumed, out ReadOnlySpan<byte> part);
                data.Append(Encoding.Latin1.GetString(part));
                input = input[consumed..];
            }
            while (status == ChunkStatus.Data);
        }

        return (data.ToString(), status, decoder.Error);
    }
}
