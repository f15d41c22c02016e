using System.Globalization;
using System.Text;

namespace Gatehouse.Engine.Telemetry;

/// <summary>
/// Writes the Prometheus text exposition format, version 0.0.4: <c>HELP</c>, <c>TYPE</c>, samples, each on a line that ends
/// with a line feed. A family is written in one piece and once, as the format asks.
/// </summary>
internal sealed class MetricsText
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(8 * 1024);
    private readonly HashSet<string> _families = new(StringComparer.Ordinal);
    private string _family = "";

    /// <summary>Begins a family that only grows; its name ends with <c>_total</c>.</summary>
    public MetricsText Counter(string name, string help) =>
        name.EndsWith("_total", StringComparison.Ordinal) ? Begin(name, "counter", help) : throw new ArgumentException(name, nameof(name));

    /// <summary>Begins a family that goes up and down.</summary>
    public MetricsText Gauge(string name, string help) => Begin(name, "gauge", help);

    /// <summary>A sample of the family begun last.</summary>
    public MetricsText Sample(long value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Labels(labels);
        _text.Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    /// <summary>A sample of the family begun last.</summary>
    public MetricsText Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Labels(labels);
        _text.Append(value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        }).Append('\n');
        return this;
    }

    /// <summary>A sample that is 1 or 0.</summary>
    public MetricsText Sample(bool value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample(value ? 1L : 0L, labels);

    /// <summary>Everything written.</summary>
    public override string ToString() => _text.ToString();

    private MetricsText Begin(string name, string type, string help)
    {
        if (!IsName(name) || !_families.Add(name))
        {
            throw new ArgumentException($"`{name}` is no metric name, or was written already", nameof(name));
        }

        _family = name;
        _text.Append("# HELP ").Append(name).Append(' ');
        Escape(help, quotes: false);
        _text.Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    private void Labels(ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_family);
        for (int i = 0; i < labels.Length; i++)
        {
            if (!IsName(labels[i].Name))
            {
                throw new ArgumentException($"`{labels[i].Name}` is no label name", nameof(labels));
            }

            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            Escape(labels[i].Value, quotes: true);
            _text.Append('"');
        }

        _text.Append(labels.IsEmpty ? " " : "} ");
    }

    // Help text escapes the backslash and the line feed, a label's value the quotation mark as well.
    private void Escape(string text, bool quotes)
    {
        foreach (char c in text)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '"' when quotes => _text.Append("\\\""),
                _ => _text.Append(c),
            };
        }
    }

    // Colons are for recording rules, and names beginning with two underscores for Prometheus itself.
    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && !name.StartsWith("__", StringComparison.Ordinal)
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
