using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Requests that name what an earlier one has opened.</summary>
internal static class HandleReaders
{
    private const string ScrollId = "scroll_id";

    /// <summary>The next page of a scroll.</summary>
    public static void Scroll(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        bool inBody = body is not null && body.Root.Has(ScrollId, out JsonElement id) && IsText(request, id);
        RequireOne(request, inBody);
    }

    /// <summary>Ends scrolls; all of them is an administrator's.</summary>
    public static void ClearScroll(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        bool inBody = body is not null && body.Root.Has(ScrollId, out JsonElement ids) && IsTexts(request, ids, out bool isAll) && Note(request, isAll);
        RequireOne(request, inBody);
        if (InPath(request) is { } given)
        {
            Note(request, given.Split(',').Contains("_all", StringComparer.Ordinal));
        }
    }

    /// <summary>A body that must hold a handle, or handles.</summary>
    public static void Named(Classification request, string member)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null || !body.Root.Has(member, out JsonElement ids) || !IsTexts(request, ids, out bool isAll))
        {
            request.Refuse("missing_handle");
            return;
        }

        Note(request, isAll);
    }

    private static bool Note(Classification request, bool isAll)
    {
        if (isAll)
        {
            request.IsOwned = false;
            request.Need("cluster:manage");
        }

        return true;
    }

    private static void RequireOne(Classification request, bool inBody)
    {
        bool inPath = InPath(request) is { Length: > 0 };
        bool inQuery = request.Parameter("scroll_id"u8) is { Length: > 0 };
        if ((inBody ? 1 : 0) + (inPath ? 1 : 0) + (inQuery ? 1 : 0) != 1)
        {
            request.Refuse(inBody || inPath || inQuery ? "two_names" : "missing_handle");
        }
    }

    private static string? InPath(Classification request) =>
        request.Target.SegmentCount > 2 ? System.Text.Encoding.UTF8.GetString(request.Target.Segment(2)) : null;

    private static bool IsText(Classification request, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            request.Refuse("unexpected_type");
        }

        return true;
    }

    private static bool IsTexts(Classification request, JsonElement value, out bool isAll)
    {
        isAll = false;
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        foreach (JsonElement item in items)
        {
            IsText(request, item);
            isAll |= item.ValueKind == JsonValueKind.String && item.GetString()!.Split(',').Contains("_all", StringComparer.Ordinal);
        }

        return items.Length > 0;
    }
}
