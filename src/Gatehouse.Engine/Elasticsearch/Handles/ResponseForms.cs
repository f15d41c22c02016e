using System.Text;
using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Whether the response that a client asks for can be looked into; what is not seen here the filter refuses when it comes.</summary>
internal static class ResponseForms
{
    private static readonly string[] Binary = ["yaml", "cbor", "smile"];

    /// <summary>By the parameter <c>format</c> and the header <c>Accept</c>.</summary>
    public static bool CanBeRead(HttpExchange exchange, bool answersAsText)
    {
        if (exchange.Target.TryGetParameter("format"u8, out ReadOnlySpan<byte> format) && !format.IsEmpty)
        {
            string word = Encoding.UTF8.GetString(format).ToLowerInvariant();
            if (word != "json" && !(answersAsText && word is "jdbc" or "txt" or "csv" or "tsv" or "raw" or "arrow"))
            {
                return false;
            }
        }

        string accepted = exchange.Headers.Forwarded("accept"u8);
        return !Binary.Any(form => accepted.Contains(form, StringComparison.OrdinalIgnoreCase));
    }
}
