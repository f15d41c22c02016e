using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Texts;

/// <summary>
/// The way to a setting: names of objects, and numbers from 0 for items of lists. Written with dots (<c>listeners.ssl.default.bind</c>,
/// <c>cluster.peer_addresses.0</c>); a name with a dot, a quote or a space in it stands in double quotes. Upper and lower case differ.
/// </summary>
public sealed class SettingPath : IEquatable<SettingPath>
{
    private readonly SettingPath? _parent;

    // Linked from the end, so that a deep tree does not hold every name once for each level.
    private SettingPath(SettingPath? parent, string name)
    {
        _parent = parent;
        Name = name;
        Depth = parent is null ? 0 : parent.Depth + 1;
    }

    /// <summary>The root.</summary>
    public static SettingPath Root { get; } = new(null, "");

    /// <summary>The last name, or empty for the root.</summary>
    public string Name { get; }

    /// <summary>How many names it has.</summary>
    public int Depth { get; }

    /// <summary>Whether it is the root.</summary>
    public bool IsRoot => _parent is null;

    /// <summary>Without the last name; the root's parent is the root.</summary>
    public SettingPath Parent => _parent ?? this;

    /// <summary>Its names, outermost first.</summary>
    public ImmutableArray<string> Segments
    {
        get
        {
            var names = new string[Depth];
            int at = Depth;
            for (SettingPath here = this; here._parent is not null; here = here._parent)
            {
                names[--at] = here.Name;
            }

            return [.. names];
        }
    }

    /// <summary>Of names as they are, dots in them included.</summary>
    public static SettingPath Of(params ReadOnlySpan<string> segments)
    {
        SettingPath path = Root;
        foreach (string segment in segments)
        {
            path = path.Add(segment);
        }

        return path;
    }

    /// <summary>Reads the written form; an empty text is the root.</summary>
    public static SettingPath Parse(string text)
    {
        SettingPath path = Root;
        if (text.Length == 0)
        {
            return path;
        }

        var segment = new StringBuilder();
        bool isQuoted = false;
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            if (isQuoted && c == '\\' && at + 1 < text.Length)
            {
                segment.Append(text[++at]);
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == '.' && !isQuoted)
            {
                path = path.Add(segment.ToString());
                segment.Clear();
            }
            else
            {
                segment.Append(c);
            }
        }

        return path.Add(segment.ToString());
    }

    /// <summary>With one name more.</summary>
    public SettingPath Add(string name) => new(this, name);

    /// <summary>With the number of an item.</summary>
    public SettingPath Add(int index) => Add(index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>With all names of another behind.</summary>
    public SettingPath Add(SettingPath other) => other._parent is null ? this : Add(other._parent).Add(other.Name);

    /// <summary>Its first names.</summary>
    public SettingPath Take(int count)
    {
        SettingPath path = this;
        while (path.Depth > count)
        {
            path = path.Parent;
        }

        return path;
    }

    /// <summary>Whether it is <paramref name="other"/> or lies below it.</summary>
    public bool StartsWith(SettingPath other) => Depth >= other.Depth && Take(other.Depth).Equals(other);

    /// <inheritdoc/>
    public bool Equals(SettingPath? other)
    {
        if (other is null || other.Depth != Depth)
        {
            return false;
        }

        SettingPath here = this;
        while (!ReferenceEquals(here, other) && here._parent is not null && other._parent is not null)
        {
            if (here.Name != other.Name)
            {
                return false;
            }

            (here, other) = (here._parent, other._parent);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SettingPath);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        for (SettingPath here = this; here._parent is not null; here = here._parent)
        {
            hash.Add(here.Name, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', Segments.Select(Written));

    private static string Written(string segment) =>
        segment.Length == 0 || segment.AsSpan().IndexOfAny(".\"\\ ") >= 0
            ? "\"" + segment.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
            : segment;
}
