using System.Globalization;
using System.Text;

namespace Gatehouse.Testing.Metrics;

/// <summary>
/// Reads the Prometheus text exposition format, version 0.0.4, more strictly than Prometheus does: each family in one piece
/// with <c>HELP</c> and <c>TYPE</c> before its samples, no sample twice, no timestamps, a line feed at the end.
/// </summary>
public sealed class Exposition
{
    private readonly Dictionary<string, string> _samples = new(StringComparer.Ordinal);

    private Exposition()
    {
    }

    /// <summary>Type of each family.</summary>
    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Help of each family, escapes undone.</summary>
    public Dictionary<string, string> Help { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of samples with their labels in order of name, escapes undone: <c>name{a=1,b=2}</c>.</summary>
    public IReadOnlyCollection<string> Samples => _samples.Keys;

    /// <summary>The value of a sample, named as in <see cref="Samples"/>.</summary>
    public double this[string sample] => _samples.TryGetValue(sample, out string? value)
        ? Number(value)
        : throw new KeyNotFoundException($"there is no {sample} among: {string.Join(' ', _samples.Keys)}");

    /// <summary>Reads a page.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Exposition Parse(string page)
    {
        var read = new Exposition();
        if (page.Length > 0 && !page.EndsWith('\n'))
        {
            throw new FormatException("the last line has no line feed");
        }

        string? help = null;
        string? family = null;
        foreach (string line in page.Split('\n')[..^1])
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                (help, string text) = TwoWords(line[7..]);
                Unless(IsName(help) && read.Help.TryAdd(help, Unescape(text, quotes: false)), line);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                (family, string type) = TwoWords(line[7..]);
                Unless(family == help && type is "counter" or "gauge" && read.Types.TryAdd(family, type), line);
            }
            else
            {
                (string name, string labels, string value) = Sample(line);
                Unless(name == family && name == help && read._samples.TryAdd(name + labels, value), line);
                Unless(read.Types[name] != "counter" || Number(value) >= 0, line);
            }
        }

        return read;
    }

    private static (string Name, string Labels, string Value) Sample(string line)
    {
        int end = line.IndexOfAny(['{', ' ']);
        Unless(end > 0 && IsName(line[..end]), line);
        string name = line[..end];
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        int at = end;
        if (line[at] == '{')
        {
            do
            {
                at++;
                int equals = line.IndexOf("=\"", at, StringComparison.Ordinal);
                Unless(equals > at && IsName(line[at..equals]) && !line[at..equals].Contains(':', StringComparison.Ordinal), line);
                int close = equals + 2;
                while (close < line.Length && line[close] != '"')
                {
                    close += line[close] == '\\' ? 2 : 1;
                }

                Unless(close + 1 < line.Length && labels.TryAdd(line[at..equals], Unescape(line[(equals + 2)..close], quotes: true)), line);
                at = close + 1;
            }
            while (line[at] == ',');
            Unless(line[at] == '}', line);
            at++;
        }

        Unless(at < line.Length && line[at] == ' ', line);
        string value = line[(at + 1)..];
        Number(value);
        return (name, labels.Count == 0 ? "" : "{" + string.Join(',', labels.Select(static l => $"{l.Key}={l.Value}")) + "}", value);
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture),
    };

    private static string Unescape(string text, bool quotes)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                Unless(!quotes || text[i] != '"', text);
                plain.Append(text[i]);
                continue;
            }

            i++;
            Unless(i < text.Length && (text[i] is '\\' or 'n' || (quotes && text[i] == '"')), text);
            plain.Append(text[i] == 'n' ? '\n' : text[i]);
        }

        return plain.ToString();
    }

    private static (string Word, string Others) TwoWords(string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        Unless(space > 0, text);
        return (text[..space], text[(space + 1)..]);
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':');

    private static void Unless(bool isWell, string line)
    {
        if (!isWell)
        {
            throw new FormatException(line);
        }
    }
}
