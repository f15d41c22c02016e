using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;
using Gatehouse.Problems.Hints;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>One mapping of the file: its keys, and how each changes the record.</summary>
internal sealed class Section<T>(string what, params ImmutableArray<Key<T>> keys)
{
    private readonly FrozenDictionary<string, Key<T>> _keys = keys.ToFrozenDictionary(static k => k.Name, StringComparer.Ordinal);

    /// <summary>The keys in the order of the documentation.</summary>
    public ImmutableArray<Key<T>> Keys => keys;

    /// <summary>Reads a mapping on top of <paramref name="value"/>.</summary>
    public T Read(Reading reading, YamlNode node, string path, T value)
    {
        reading.Mark(path, node);
        if (node is YamlScalar { IsEmpty: true })
        {
            return Missing(reading, node, [], value);
        }

        if (node is not YamlMapping mapping)
        {
            reading.Report(ConfigurationProblems.WrongType, $"{what} is a mapping of keys to values", node);
            return value;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((YamlScalar key, YamlNode entry) in mapping.Entries)
        {
            if (reading.IsFull)
            {
                return value;
            }

            if (!_keys.TryGetValue(key.Text, out Key<T>? known))
            {
                string hint = NearestWord.Hint(key.Text, _keys.Keys.Except(seen));
                reading.Report(
                    ConfigurationProblems.UnknownKey,
                    $"unknown key {Reading.Shown(key.Text)} in {what}{hint}",
                    key,
                    "known: " + string.Join(", ", keys.Select(static k => k.Name)));
            }
            else if (!seen.Add(key.Text))
            {
                reading.Report(ConfigurationProblems.Duplicate, $"key `{key.Text}` stands twice in {what}", key);
            }
            else
            {
                string place = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
                reading.Mark(place, entry);
                value = known.Apply(reading, entry, value);
            }
        }

        return Missing(reading, node, seen, value);
    }

    private T Missing(Reading reading, YamlNode node, HashSet<string> seen, T value)
    {
        foreach (Key<T> key in keys.Where(k => k.Required && !seen.Contains(k.Name)))
        {
            reading.Report(ConfigurationProblems.MissingKey, $"{what} has no `{key.Name}`", node);
        }

        return value;
    }
}

/// <summary>One key of a section.</summary>
/// <param name="Name">As written.</param>
/// <param name="Apply">Reads the value and gives the changed record.</param>
internal sealed record Key<T>(string Name, Func<Reading, YamlNode, T, T> Apply)
{
    /// <summary>Whether it must be there.</summary>
    public bool Required { get; init; }
}
