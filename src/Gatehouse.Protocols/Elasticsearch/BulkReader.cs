using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// <c>_bulk</c>: one action a line, and behind all but <c>delete</c> exactly one line that is not looked at. Only one action and
/// only known members of it; its index is a string, the path's, or refused.
/// </summary>
internal static class BulkReader
{
    /// <summary>Reads all of it.</summary>
    public static void Read(Classification request)
    {
        var lines = new LineReader(request.Body);
        var strict = new StrictJson();
        bool any = false;
        bool refreshes = request.Parameter("refresh"u8) is not (null or "false");
        while (request.Refusal is null && lines.TryRead(out ReadOnlyMemory<byte> line))
        {
            BulkError error = BulkActionLine.Read(line.Span, strict, out BulkActionLine item);
            if (error != BulkError.None)
            {
                request.Refuse(BulkErrors.Word(error));
                return;
            }

            any = true;
            Item(request, ref item, refreshes);
            if (item.Verb != BulkVerb.Delete && (!lines.TryRead(out ReadOnlyMemory<byte> source) || source.IsEmpty))
            {
                request.Refuse(BulkErrors.Word(BulkError.MalformedLines));
            }
        }

        if (lines.IsCut || !any)
        {
            request.Refuse(BulkErrors.Word(BulkError.MalformedLines));
        }
    }

    private static void Item(Classification request, ref BulkActionLine item, bool refreshes)
    {
        string? index = item.HasIndex ? BulkNames.Text(item.Index, item.IsIndexEscaped) : request.GivenIndices;
        if (index is null)
        {
            request.Refuse(BulkErrors.Word(BulkError.MissingIndex));
            return;
        }

        request.NeedName(item.Privilege!, index);
        if (refreshes)
        {
            request.Need("index:maintenance", index);
        }
    }
}
