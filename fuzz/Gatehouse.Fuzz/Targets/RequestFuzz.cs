using Gatehouse.Protocols.Http;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Heads of requests: the verdict on a prefix never contradicts the verdict on the whole, pieces give what the whole gives,
/// and what is remembered of the head before changes nothing.
/// </summary>
public sealed class RequestFuzz : IFuzzTarget
{
    private readonly RequestHead _used = new();

    /// <inheritdoc/>
    public string Name => "request";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "GET / HTTP/1.1\r\n", "POST /a HTTP/1.0\r\n", " HTTP/1.1", " HTTP/2.0", "\r\n\r\n", "\n", "\r", ": ", " :", "Host: a\r\n", "\r\n x",
        "Content-Length: 5\r\n", "Content-Length: +5\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "\0", "\u00e4", "  ", "\t",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        RequestHead fresh = new();
        ParseStatus whole = RequestHeadParser.TryParse(input, fresh, out int consumed);
        switch (whole)
        {
            case ParseStatus.Done:
                Require(consumed <= input.Length && input[..consumed].EndsWith("\r\n\r\n"u8), "a head ends with an empty line");
                CheckHead(fresh, input[..consumed]);
                break;
            case ParseStatus.Bad:
                Require(fresh.Error != RequestError.None && consumed == 0 && fresh.Count == 0, "a refusal has a reason and nothing else");
                break;
            default:
                Require(consumed == 0, "nothing is consumed before the head is complete");
                break;
        }

        // The same in pieces, on a head that has seen all the inputs before.
        int end = whole == ParseStatus.Done ? consumed : Math.Min(input.Length, 600);
        ParseStatus part = ParseStatus.NeedMore;
        for (int i = 0; i < end && part == ParseStatus.NeedMore; i++)
        {
            part = RequestHeadParser.TryParse(input[..i], _used, out _);
            Require(part != ParseStatus.Done, "no prefix of a head is a head");
            Require(part == ParseStatus.NeedMore || whole == ParseStatus.Bad, "what begins wrong stays wrong");
        }

        if (part == ParseStatus.NeedMore)
        {
            ParseStatus again = RequestHeadParser.TryParse(input, _used, out int used);
            Require(again == whole && used == consumed, "pieces give what the whole gives");
            if (whole == ParseStatus.NeedMore)
            {
                // Not fed on: the next input is another connection's.
                RequestHeadParser.TryParse("\n"u8, _used, out _);
            }
            else if (whole == ParseStatus.Done)
            {
                Same(fresh, _used);
                Require(RequestHeadParser.TryParse(input, _used, out _) == ParseStatus.Done && _used.HasSameHeaders, "the same again");
                Same(fresh, _used);
            }
        }
    }

    private static void Same(RequestHead a, RequestHead b)
    {
        Require(a.Method == b.Method && a.RawTarget == b.RawTarget && a.IsHttp10 == b.IsHttp10, "the same line");
        Require(a.ContentLength == b.ContentLength && a.Count == b.Count, "the same headers");
        for (int i = 0; i < a.Count; i++)
        {
            Require(a.Name(i).SequenceEqual(b.Name(i)) && a.Value(i).SequenceEqual(b.Value(i)), "the same header");
        }
    }

    private static void CheckHead(RequestHead head, ReadOnlySpan<byte> bytes)
    {
        Require(head.Method.Length > 0 && head.RawTarget.Length > 0 && !head.RawTarget.Contains(' '), "a line of three words");
        int line = bytes.IndexOf((byte)'\n');
        Require(bytes[..(line - 1)].SequenceEqual(
            System.Text.Encoding.ASCII.GetBytes($"{head.Method} {head.RawTarget} HTTP/1.{(head.IsHttp10 ? 0 : 1)}")), "the line is what it says");
        for (int i = 0; i < head.Count; i++)
        {
            Require(head.Name(i).Length > 0 && head.Value(i).IndexOfAny("\r\n\0"u8) < 0, "a field is one line");
        }
    }
}
