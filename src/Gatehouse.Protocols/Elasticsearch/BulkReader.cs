using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// <c>_bulk</c>: one action a line, and behind all but <c>delete</c> exactly one line that is not looked at. Only one action and
/// only known members of it; its index is a string, the path's, or refused.
/// </summary>
internal static class BulkReader
{
    private static readonly HashSet<string> Members = new(StringComparer.Ordinal)
    {
        "_index", "_id", "_type", "routing", "op_type", "version", "version_type", "retry_on_conflict", "pipeline", "_source", "if_seq_no",
        "if_primary_term", "require_alias", "require_data_stream", "dynamic_templates", "list_executed_pipelines",
    };

    /// <summary>Reads all of it.</summary>
    public static void Read(Classification request)
    {
        var lines = new LineReader(request.Body);
        bool any = false;
        while (request.Refusal is null && lines.TryRead(out ReadOnlyMemory<byte> line))
        {
            using StrictBody? body = line.IsEmpty ? null : StrictBody.ReadObject(request, line);
            if (body is null)
            {
                request.Refuse("malformed_lines");
                return;
            }

            any = true;
            if (Item(request, body.Root) && (!lines.TryRead(out ReadOnlyMemory<byte> source) || source.IsEmpty))
            {
                request.Refuse("malformed_lines");
            }
        }

        if (lines.IsCut || !any)
        {
            request.Refuse("malformed_lines");
        }
    }

    /// <summary>Adds an item's operation; true where a line of source follows.</summary>
    private static bool Item(Classification request, JsonElement line)
    {
        JsonProperty[] actions = [.. line.EnumerateObject()];
        if (actions.Length != 1 || actions[0].Value.ValueKind != JsonValueKind.Object)
        {
            request.Refuse("malformed_lines");
            return false;
        }

        JsonElement item = actions[0].Value;
        if (item.EnumerateObject().Any(static m => !Members.Contains(m.Name)))
        {
            request.Refuse("unknown_field");
            return false;
        }

        string? privilege = Privilege(actions[0].Name, item);
        if (privilege is null)
        {
            request.Refuse("unexpected_value");
            return false;
        }

        string? index = IndexOf(request, item);
        if (index is not null)
        {
            request.NeedName(privilege, index);
            if (request.Parameter("refresh"u8) is not (null or "false"))
            {
                request.Need("index:maintenance", index);
            }
        }

        return actions[0].Name != "delete";
    }

    private static string? Privilege(string action, JsonElement item)
    {
        string? type = null;
        if (item.TryGetProperty("op_type", out JsonElement value))
        {
            type = value.ValueKind == JsonValueKind.String ? value.GetString() : "";
        }

        return (action, type) switch
        {
            ("create", null or "create" or "index") => "index:create_doc",
            ("index", "create") => "index:create_doc",
            ("index", null or "index") => "index:create",
            ("update", null) => "index:index",
            ("delete", null) => "index:delete",
            _ => null,
        };
    }

    private static string? IndexOf(Classification request, JsonElement item)
    {
        if (item.TryGetProperty("_index", out JsonElement value) && value.ValueKind != JsonValueKind.Null)
        {
            if (value.ValueKind == JsonValueKind.String)
            {
                return value.GetString();
            }

            request.Refuse("unexpected_type");
            return null;
        }

        if (request.GivenIndices is { } given)
        {
            return given;
        }

        request.Refuse("missing_index");
        return null;
    }
}
