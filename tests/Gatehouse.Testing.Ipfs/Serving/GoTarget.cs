using System.Text;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>A request target as Go's net/http reads it: the path is decoded once and wholly, so that %2F is a slash.</summary>
internal sealed record GoTarget(string Path, GoQuery Query, string RawQuery)
{
    /// <summary>Null where Go answers 400: a bad escape or a target that is no path.</summary>
    public static GoTarget? Parse(string raw)
    {
        int mark = raw.IndexOf('?');
        string path = mark < 0 ? raw : raw[..mark];
        string query = mark < 0 ? "" : raw[(mark + 1)..];
        if (path.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || path.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            int slash = path.IndexOf('/', path.IndexOf("//", StringComparison.Ordinal) + 2);
            path = slash < 0 ? "" : path[slash..];
        }

        return path.StartsWith('/') && Decode(path, isQuery: false) is { } decoded
            ? new GoTarget(decoded, GoQuery.Parse(query), query)
            : path.Length == 0 ? new GoTarget("", GoQuery.Parse(query), query) : null;
    }

    /// <summary>Percent-decodes once; null on a bad escape.</summary>
    public static string? Decode(string text, bool isQuery)
    {
        var bytes = new List<byte>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    return null;
                }

                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
            else if (text[i] == '+' && isQuery)
            {
                bytes.Add((byte)' ');
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Writes a path with escapes, as url.URL.EscapedPath does.</summary>
    public static string Escape(string path)
    {
        var text = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(path))
        {
            text.Append(char.IsAsciiLetterOrDigit((char)b) || "-_.~$&+,/:;=@".Contains((char)b) ? ((char)b).ToString() : $"%{b:X2}");
        }

        return text.ToString();
    }

    /// <summary>gorilla/mux's cleanPath: no empty and no dot segments; a slash at the end stays.</summary>
    public static string Clean(string path)
    {
        var kept = new List<string>();
        foreach (string segment in path.Split('/'))
        {
            if (segment == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (segment.Length > 0 && segment is not ("." or ".."))
            {
                kept.Add(segment);
            }
        }

        string clean = "/" + string.Join('/', kept);
        return path.EndsWith('/') && clean != "/" ? clean + "/" : clean;
    }
}

/// <summary>A query as Go's url.ParseQuery reads it: a pair with a semicolon or a bad escape is dropped, the first value counts.</summary>
internal sealed class GoQuery
{
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public IEnumerable<string> Names => _pairs.Select(p => p.Key).Distinct();

    /// <summary>The first value, or nothing.</summary>
    public string this[string name] => _pairs.FirstOrDefault(p => p.Key == name).Value ?? "";

    public bool Has(string name) => _pairs.Exists(p => p.Key == name);

    public IReadOnlyList<string> All(string name) => [.. _pairs.Where(p => p.Key == name).Select(p => p.Value)];

    /// <summary>strconv.ParseBool of the first value.</summary>
    public bool? Bool(string name) => this[name] switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    public static GoQuery Parse(string raw)
    {
        var query = new GoQuery();
        foreach (string pair in raw.Split('&').Where(p => p.Length > 0 && !p.Contains(';')))
        {
            int equals = pair.IndexOf('=');
            string? name = GoTarget.Decode(equals < 0 ? pair : pair[..equals], isQuery: true);
            string? value = equals < 0 ? "" : GoTarget.Decode(pair[(equals + 1)..], isQuery: true);
            if (name is not null && value is not null)
            {
                query._pairs.Add(KeyValuePair.Create(name, value));
            }
        }

        return query;
    }
}
