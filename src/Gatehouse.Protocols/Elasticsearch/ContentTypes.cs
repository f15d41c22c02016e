namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>The media types a body may have: JSON and lines of it, Elastic's own names for them, UTF-8 only. Nothing is guessed.</summary>
internal static class ContentTypes
{
    /// <summary>Whether a body of this type is read.</summary>
    public static bool Accepts(string? value, bool takesLines)
    {
        if (value is null)
        {
            return false;
        }

        string[] parts = value.Split(';');
        bool isKnown = parts[0].Trim(' ', '\t').ToLowerInvariant() switch
        {
            "application/json" or "application/vnd.elasticsearch+json" => true,
            "application/x-ndjson" or "application/vnd.elasticsearch+x-ndjson" => takesLines,
            _ => false,
        };
        return isKnown && parts.Skip(1).All(IsParameter);
    }

    private static bool IsParameter(string text)
    {
        string[] halves = text.Trim(' ', '\t').ToLowerInvariant().Split('=', 2);
        return halves is ["charset", "utf-8" or "\"utf-8\""] or ["compatible-with", "7" or "8" or "9"];
    }
}
