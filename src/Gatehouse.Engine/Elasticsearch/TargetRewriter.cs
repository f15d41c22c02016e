using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// A request target with other lists of index expressions in it. It is written and read again by the one parser, so that what is
/// forwarded obeys the same rules as what came.
/// </summary>
internal sealed class TargetRewriter(CanonicalTarget target)
{
    private readonly List<byte[]> _segments = [.. Enumerable.Range(0, target.SegmentCount).Select(i => target.Segment(i).ToArray())];
    private readonly HashSet<string> _dropped = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private (int At, byte[] Segment)? _inserted;

    /// <summary>Whether anything changed.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Puts another text in the place of a segment.</summary>
    public void Replace(int segment, string text)
    {
        _segments[segment] = Encoding.UTF8.GetBytes(text);
        HasChanged = true;
    }

    /// <summary>Puts a segment in; all numbers of segments are those of the target as it came.</summary>
    public void Insert(int at, string text)
    {
        _inserted = (at, Encoding.UTF8.GetBytes(text));
        HasChanged = true;
    }

    /// <summary>Leaves a query parameter out.</summary>
    public void Drop(string parameter)
    {
        HasChanged |= target.TryGetParameter(Encoding.UTF8.GetBytes(parameter), out _);
        _dropped.Add(parameter);
    }

    /// <summary>Gives a query parameter another value.</summary>
    public void SetParameter(string name, string value)
    {
        _values[name] = value;
        HasChanged = true;
    }

    /// <summary>The new target; null where it would be too long or is no target any more.</summary>
    public CanonicalTarget? Make()
    {
        if (_inserted is { } inserted)
        {
            _segments.Insert(inserted.At, inserted.Segment);
        }

        var raw = new StringBuilder();
        foreach (byte[] segment in _segments)
        {
            raw.Append('/');
            raw.Append(CanonicalTarget.Encode(segment));
        }

        char separator = '?';
        for (int i = 0; i < target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            if (_dropped.Contains(name))
            {
                continue;
            }

            raw.Append(separator);
            separator = '&';
            raw.Append(CanonicalTarget.Encode(target.ParameterName(i)));
            if (_values.TryGetValue(name, out string? value))
            {
                raw.Append('=');
                raw.Append(CanonicalTarget.Encode(Encoding.UTF8.GetBytes(value)));
            }
            else if (target.ParameterHasValue(i))
            {
                raw.Append('=');
                raw.Append(CanonicalTarget.Encode(target.ParameterValue(i)));
            }
        }

        var made = new CanonicalTarget();
        return made.Parse(raw.Length == 0 ? "/" : raw.ToString()) == TargetError.None ? made : null;
    }
}
