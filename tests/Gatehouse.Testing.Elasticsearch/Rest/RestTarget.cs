using System.Text;

namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>
/// A request target read as Elasticsearch reads it: the path is split before it is decoded, only the first empty segment is
/// dropped, the query is split on <c>&amp;</c> and <c>;</c> and ends at a raw <c>#</c>.
/// </summary>
internal sealed record RestTarget(string Path, IReadOnlyList<string> Segments, IReadOnlyDictionary<string, string> Query)
{
    public static RestTarget Parse(string raw)
    {
        int mark = raw.IndexOf('?');
        string path = mark < 0 ? raw : raw[..mark];
        if (path.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || path.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            int slash = path.IndexOf('/', path.IndexOf("//", StringComparison.Ordinal) + 2);
            path = slash < 0 ? "/" : path[slash..];
        }

        List<string> segments = [.. path.Split('/')];
        while (segments.Count > 0 && segments[^1].Length == 0)
        {
            segments.RemoveAt(segments.Count - 1);
        }

        if (segments.Count > 0 && segments[0].Length == 0)
        {
            segments.RemoveAt(0);
        }

        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        if (mark >= 0)
        {
            ReadQuery(raw[(mark + 1)..], query);
        }

        return new RestTarget(path, segments, query);
    }

    /// <summary>Percent-decodes once; a plus sign is a space in a query only.</summary>
    public static string Decode(string text, bool isQuery)
    {
        if (!text.Contains('%') && !(isQuery && text.Contains('+')))
        {
            return text;
        }

        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 1 < text.Length && text[i + 1] == '%')
            {
                bytes.Add((byte)'%');
                i++;
            }
            else if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte value))
                {
                    throw ElasticsearchException.IllegalArgument($"unterminated escape sequence at end of string: {text}");
                }

                bytes.Add(value);
                i += 2;
            }
            else if (text[i] == '+' && isQuery)
            {
                bytes.Add((byte)' ');
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1));
                i += char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 1 : 0;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static void ReadQuery(string text, Dictionary<string, string> query)
    {
        int fragment = text.IndexOf('#');
        foreach (string pair in (fragment < 0 ? text : text[..fragment]).Split('&', ';'))
        {
            if (pair.Length == 0)
            {
                continue;
            }

            int equals = pair.IndexOf('=');
            string name = Decode(equals < 0 ? pair : pair[..equals], isQuery: true);
            query[name] = equals < 0 ? "" : Decode(pair[(equals + 1)..], isQuery: true);
        }
    }
}
