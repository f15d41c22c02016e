using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Queries;

/// <summary>Values of a document's fields and how they compare.</summary>
internal static class FieldValues
{
    /// <summary>Every value of a field; <c>_id</c> and <c>_index</c> are fields too.</summary>
    public static IEnumerable<JsonNode> Of(IndexState index, Document document, string path) => path switch
    {
        "_id" => [JsonValue.Create(document.Id)],
        "_index" => [JsonValue.Create(index.Name)],
        _ => Below(document.Source, Mapping.SourcePath(index.Mappings, path)),
    };

    /// <summary>The terms under which a text is found.</summary>
    public static IEnumerable<string> Tokens(string text)
    {
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool isWord = i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_'
                || (text[i] is '.' or '\'' && i > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i - 1]) && char.IsLetterOrDigit(text[i + 1])));
            if (isWord && start < 0)
            {
                start = i;
            }
            else if (!isWord && start >= 0)
            {
                yield return text[start..i].ToLowerInvariant();
                start = -1;
            }
        }
    }

    /// <summary>Orders numbers as numbers, dates as dates and the rest as text.</summary>
    public static int Compare(JsonNode? left, JsonNode? right)
    {
        if (left is null || right is null)
        {
            return left is null ? right is null ? 0 : 1 : -1;
        }

        if (Number(left) is { } a && Number(right) is { } b)
        {
            return a.CompareTo(b);
        }

        return string.CompareOrdinal(left.Text(), right.Text());
    }

    public static bool AreSame(JsonNode left, JsonNode right) =>
        left.Text() == right.Text() || (IsNumber(left) || IsNumber(right) ? Number(left) is { } a && Number(right) is { } b && a.Equals(b) : false);

    public static double? Number(JsonNode node) =>
        node.GetValueKind() is JsonValueKind.Number or JsonValueKind.String && double.TryParse(node.Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>A date as milliseconds of the epoch; <c>now-1d/d</c> and <c>2024-01-01||+1M</c> are understood.</summary>
    public static double? Date(JsonNode node, DateTimeOffset now)
    {
        if (node.GetValueKind() == JsonValueKind.Number)
        {
            return Number(node);
        }

        string text = node.Text() ?? "";
        if (text.StartsWith("now", StringComparison.Ordinal))
        {
            return DateMath.Calculate(text[3..], now).ToUnixTimeMilliseconds();
        }

        int bars = text.IndexOf("||", StringComparison.Ordinal);
        return DateTimeOffset.TryParse(bars < 0 ? text : text[..bars], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? (bars < 0 ? at : DateMath.Calculate(text[(bars + 2)..], at)).ToUnixTimeMilliseconds()
            : Number(node);
    }

    private static bool IsNumber(JsonNode node) => node.GetValueKind() == JsonValueKind.Number;

    private static IEnumerable<JsonNode> Below(JsonNode? node, string path)
    {
        if (node is JsonArray array)
        {
            return array.SelectMany(i => Below(i, path));
        }

        if (path.Length == 0)
        {
            return node is null or JsonObject ? [] : [node];
        }

        if (node is not JsonObject map)
        {
            return [];
        }

        // A source may hold "a.b" as one key or as an object in another.
        var found = new List<JsonNode>();
        for (int dot = path.IndexOf('.'); ; dot = path.IndexOf('.', dot + 1))
        {
            string head = dot < 0 ? path : path[..dot];
            if (map[head] is { } value)
            {
                found.AddRange(Below(value, dot < 0 ? "" : path[(dot + 1)..]));
            }

            if (dot < 0)
            {
                return found;
            }
        }
    }
}
