using System.Text;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Http;

/// <summary>RFC 9112 sections 2 to 5, without the repairs that it allows.</summary>
public sealed class RequestHeadTests
{
    [Fact]
    public void A_head_is_read()
    {
        RequestHead head = Done("POST /a%20b?c HTTP/1.1\r\nHost: localhost:1\r\nX-Empty:\r\nX-Space: \t a b\t \r\nContent-Length: 12\r\n\r\nbody", out int consumed);

        head.Method.ShouldBe("POST");
        head.RawTarget.ShouldBe("/a%20b?c");
        head.IsHttp10.ShouldBeFalse();
        head.ContentLength.ShouldBe(12);
        Fields(head).ShouldBe(["Host=localhost:1", "X-Empty=", "X-Space=a b", "Content-Length=12"]);
        consumed.ShouldBe(93);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n\r\n", RequestError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n", RequestError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", RequestError.BadLineEnd)]
    [InlineData("GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", RequestError.FoldedLine)]
    [InlineData("GET / HTTP/1.1\r\nX : a\r\n\r\n", RequestError.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\n: a\r\n\r\n", RequestError.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nnocolon\r\n\r\n", RequestError.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nX\u00e9: a\r\n\r\n", RequestError.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nX: \0\r\n\r\n", RequestError.BadHeaderValue)]
    [InlineData("GET / HTTP/1.1\r\nX: \u007f\r\n\r\n", RequestError.BadHeaderValue)]
    [InlineData("GET / HTTP/1.1\r\nX: \u00ff\r\n\r\n", RequestError.BadHeaderValue)]
    [InlineData("GET  / HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET /  HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET /\tHTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET / a HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData(" GET / HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("\r\nGET / HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET /\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET / http/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET / HTTP/1.1 \r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET / HTTP/1.10\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("G\u00e9T / HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("GET /\u00e9 HTTP/1.1\r\n\r\n", RequestError.BadRequestLine)]
    [InlineData("PRI * HTTP/2.0\r\n\r\n", RequestError.BadVersion)]
    [InlineData("GET / HTTP/1.2\r\n\r\n", RequestError.BadVersion)]
    [InlineData("GET / HTTP/0.9\r\n\r\n", RequestError.BadVersion)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 1 1\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", RequestError.BadContentLength)]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n\r\n", RequestError.BadContentLength)]
    public void What_others_would_repair_is_refused(string text, RequestError error)
    {
        RequestHead head = new();

        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(text), head, out int consumed).ShouldBe(ParseStatus.Bad);

        head.Error.ShouldBe(error);
        consumed.ShouldBe(0);
        head.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("GET /\r\n", RequestError.BadRequestLine)]
    [InlineData("GET / HTTP/1.1\nHost", RequestError.BadLineEnd)]
    [InlineData("\u0016\u0003\u0001", RequestError.BadRequestLine)]
    [InlineData("PRI * HTTP/2.0\r\n", RequestError.BadVersion)]
    public void What_can_never_become_a_head_is_not_waited_for(string begin, RequestError error)
    {
        RequestHead head = new();

        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(begin), head, out _).ShouldBe(ParseStatus.Bad);

        head.Error.ShouldBe(error);
    }

    [Fact]
    public void Lengths_are_limited_before_and_after_the_end_is_there()
    {
        RequestHead head = new();
        string line = "GET /" + new string('a', RequestHeadParser.MaxRequestLine);
        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(line), head, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(RequestError.RequestLineTooLong);
        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(line + " HTTP/1.1\r\n\r\n"), head, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(RequestError.RequestLineTooLong);

        string headers = "GET / HTTP/1.1\r\nX: " + new string('a', RequestHeadParser.MaxHead);
        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(headers), head, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(RequestError.HeadTooLong);
        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(headers + "\r\n\r\n"), head, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(RequestError.HeadTooLong);

        string many = "GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("a: b\r\n", RequestHead.MaxHeaders + 1)) + "\r\n";
        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(many), head, out _).ShouldBe(ParseStatus.Bad);
        head.Error.ShouldBe(RequestError.TooManyHeaders);
    }

    [Fact]
    public void What_is_remembered_of_the_last_head_never_shows()
    {
        RequestHead head = new();
        string[] heads =
        [
            "GET /a HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\n", "POST /longer HTTP/1.0\r\nHost: x\r\nA: 1\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nA: 2\r\n\r\n", "GET /a HTTP/1.1\r\n\r\n", "GET /b HTTP/1.1\r\n\r\n",
            "GET /b HTTP/1.1\r\nContent-Length: 3\r\n\r\n", "PUT /b HTTP/1.1\r\nContent-Length: 3\r\n\r\n", "PUT /b HTTP/1.1\r\n\r\n",
        ];
        bool[] same = [false, true, true, true, false, false, true, false, true, false];
        for (int index = 0; index < heads.Length; index++)
        {
            RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(heads[index]), head, out _).ShouldBe(ParseStatus.Done);
            RequestHead fresh = Done(heads[index], out _);
            Fields(head).ShouldBe(Fields(fresh), heads[index]);
            $"{head.Method} {head.RawTarget} {head.IsHttp10} {head.ContentLength}".ShouldBe($"{fresh.Method} {fresh.RawTarget} {fresh.IsHttp10} {fresh.ContentLength}");
            head.HasSameHeaders.ShouldBe(same[index], heads[index]);
        }
    }

    [Fact]
    public void After_a_refusal_nothing_is_remembered()
    {
        RequestHead head = Done("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", out _);
        RequestHeadParser.TryParse("GET /a HTTP/1.1\r\nHost : x\r\n\r\n"u8, head, out _).ShouldBe(ParseStatus.Bad);

        RequestHeadParser.TryParse("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"u8, head, out _).ShouldBe(ParseStatus.Done);

        head.HasSameHeaders.ShouldBeFalse();
        Fields(head).ShouldBe(["Host=x"]);
    }

    [Fact]
    public void A_repeated_target_is_the_same_string()
    {
        RequestHead head = Done("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", out _);
        string target = head.RawTarget;

        RequestHeadParser.TryParse("GET /a HTTP/1.1\r\nHost: y\r\n\r\n"u8, head, out _).ShouldBe(ParseStatus.Done);

        ReferenceEquals(head.RawTarget, target).ShouldBeTrue();
    }

    private static RequestHead Done(string text, out int consumed)
    {
        RequestHead head = new();
        RequestHeadParser.TryParse(Encoding.Latin1.GetBytes(text), head, out consumed).ShouldBe(ParseStatus.Done);
        return head;
    }

    private static string[] Fields(RequestHead head) =>
        [.. Enumerable.Range(0, head.Count).Select(i => $"{Encoding.Latin1.GetString(head.Name(i))}={Encoding.Latin1.GetString(head.Value(i))}")];
}
