using System.Globalization;
using System.Text.Json;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands;

/// <summary>One record of the trail as one line for people: when, what, who, from where, what for, why not.</summary>
internal static class AuditLine
{
    /// <summary>Writes it.</summary>
    public static void Write(Screen screen, JsonElement record)
    {
        string action = Text(record, "event.action") ?? "?";
        bool isFailure = Text(record, "event.outcome") == "failure";
        List<string> parts = [];
        string? user = Text(record, "user.name");
        parts.Add(user is null ? "-" : $"{Text(record, "gatehouse.realm")}/{user}");
        parts.Add(Text(record, "source.ip") ?? "local");
        AddIf(parts, Text(record, "gatehouse.gate"), "");
        string? method = Text(record, "http.request.method");
        AddIf(parts, method is null ? null : $"{method} {Text(record, "url.path")}", "");
        AddIf(parts, Text(record, "gatehouse.call"), "");
        AddIf(parts, Operations(record), "");
        AddIf(parts, Text(record, "gatehouse.count") is { } count and not "1" ? count + " times" : null, "");
        AddIf(parts, Text(record, "http.response.status_code"), "");
        AddIf(parts, Text(record, "gatehouse.statement"), "");
        AddIf(parts, Text(record, "gatehouse.upstream_code"), "upstream_code=");
        AddIf(parts, Text(record, "gatehouse.target"), "");
        AddIf(parts, Text(record, "gatehouse.reason"), "reason=");
        AddIf(parts, Text(record, "error.code"), "");
        AddIf(parts, Text(record, "gatehouse.receipt"), "");
        AddIf(parts, Text(record, "message"), "");
        screen.Output.WriteLine(
            $"{screen.Styled(Time(record), Style.Dim)}  {screen.Styled(action.PadRight(22), isFailure ? Style.Red : Style.None)}  {Screen.Plain(string.Join("  ", parts))}");
    }

    private static string Time(JsonElement record) =>
        Text(record, "@timestamp") is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : "?";

    private static string? Operations(JsonElement record)
    {
        if (Find(record, "gatehouse.operations") is not { ValueKind: JsonValueKind.Array } operations)
        {
            return null;
        }

        IEnumerable<string> texts = operations.EnumerateArray().Take(4).Select(static operation =>
        {
            string resources = string.Join(',', Names(operation, "resources").Concat(Names(operation, "prefix").Select(static name => name + "*")).Concat(Names(operation, "filter")).Take(4));
            return $"{Text(operation, "system")}:{Text(operation, "action")}{(resources.Length == 0 ? "" : ":" + resources)}";
        });
        int more = operations.GetArrayLength() - 4;
        return string.Join(' ', texts) + (more > 0 ? $" (and {more} more)" : "");
    }

    private static IEnumerable<string> Names(JsonElement operation, string member) =>
        operation.TryGetProperty(member, out JsonElement names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Select(static name => name.ToString())
            : [];

    private static void AddIf(List<string> parts, string? text, string before)
    {
        if (!string.IsNullOrEmpty(text))
        {
            parts.Add(before + text);
        }
    }

    private static string? Text(JsonElement record, string name) => Find(record, name) is { } found ? found.ToString() : null;

    // ECS names are written with dots or as nested objects; both are read.
    private static JsonElement? Find(JsonElement record, string name)
    {
        if (record.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (record.TryGetProperty(name, out JsonElement found))
        {
            return found;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && record.TryGetProperty(name[..dot], out JsonElement inner) ? Find(inner, name[(dot + 1)..]) : null;
    }
}
