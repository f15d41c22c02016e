using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>What an index may be called.</summary>
internal static class IndexNames
{
    public static void Validate(string name)
    {
        if (name.Length == 0)
        {
            throw ElasticsearchException.Invalid(name, "must not be empty");
        }

        if (name[0] is '_' or '-' or '+')
        {
            throw ElasticsearchException.Invalid(name, "must not start with '_', '-', or '+'");
        }

        if (name is "." or "..")
        {
            throw ElasticsearchException.Invalid(name, "must not be '.' or '..'");
        }

        if (name.IndexOfAny(['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ',']) >= 0)
        {
            throw ElasticsearchException.Invalid(name, "must not contain the following characters [' ','\"','*',',','/','<','>','?','\\','|']");
        }

        if (name.Contains('#'))
        {
            throw ElasticsearchException.Invalid(name, "must not contain '#'");
        }

        if (name.Contains(':'))
        {
            throw ElasticsearchException.Invalid(name, "must not contain ':'");
        }

        if (!string.Equals(name, name.ToLowerInvariant(), StringComparison.Ordinal))
        {
            throw ElasticsearchException.Invalid(name, "must be lowercase");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(name) > 255)
        {
            throw ElasticsearchException.Invalid(name, "index name is too long, (" + name.Length + " > 255)");
        }
    }

    /// <summary>A comma list as Java splits one: nothing at its end counts.</summary>
    public static IReadOnlyList<string> Split(string? list)
    {
        if (string.IsNullOrEmpty(list))
        {
            return [];
        }

        // A comma inside date math's braces is not expected; Elasticsearch splits there too.
        List<string> parts = [.. list.Split(',')];
        while (parts.Count > 0 && parts[^1].Length == 0)
        {
            parts.RemoveAt(parts.Count - 1);
        }

        return parts;
    }
}
