using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;
using Gatehouse.Problems.Hints;

namespace Gatehouse.Engine.Configuration.Documents;

/// <summary>
/// Turns a YAML document into the JSON of one of the API's types, as strictly as gatehouse.yaml is read: the type says which keys
/// there are and what they hold, so that a member of the API is a key of the file at once. Every problem has its line and column.
/// </summary>
internal sealed class DocumentReader(Reading.Reading reading, DocumentRules rules, JsonSerializerOptions options, Utf8JsonWriter json)
{
    private const int MaxText = 4096;
    private const int MaxLines = 256 * 1024;

    // RFC 3339 with an offset: without one two readers would mean two moments.
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private readonly Dictionary<Type, FrozenDictionary<string, JsonPropertyInfo>> _members = [];
    private readonly Dictionary<Type, ImmutableArray<string>> _words = [];

    /// <summary>Writes a node as a value of a type; <paramref name="path"/> has its keys, divided by <c>/</c>.</summary>
    public void Write(YamlNode node, Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        Type? generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (path.Length > 0)
        {
            reading.Mark(path, node);
        }

        if (generic == typeof(IReadOnlyDictionary<,>))
        {
            WriteNamed(node, type.GenericTypeArguments[1], path);
        }
        else if (generic == typeof(IReadOnlyList<>))
        {
            WriteList(node, type.GenericTypeArguments[0], path);
        }
        else if (IsScalar(type))
        {
            WriteScalar(node, type, path);
        }
        else
        {
            WriteObject(node, type, path);
        }
    }

    private static bool IsScalar(Type type) =>
        type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(DateTimeOffset) || type.IsEnum;

    private void WriteObject(YamlNode node, Type type, string path)
    {
        json.WriteStartObject();
        if (AsMapping(node, path) is { } mapping)
        {
            FrozenDictionary<string, JsonPropertyInfo> members = MembersOf(type);
            HashSet<string> seen = new(StringComparer.Ordinal);
            foreach ((YamlScalar key, YamlNode value) in mapping.Entries)
            {
                if (reading.IsFull)
                {
                    break;
                }

                if (!members.TryGetValue(key.Text, out JsonPropertyInfo? member))
                {
                    reading.Report(
                        ConfigurationProblems.UnknownKey,
                        $"unknown key {Reading.Reading.Shown(key.Text)}{In(path)}{NearestWord.Hint(key.Text, members.Keys.Except(seen))}",
                        key,
                        "known: " + string.Join(", ", members.Keys.Order(StringComparer.Ordinal)));
                }
                else if (!seen.Add(key.Text))
                {
                    reading.Report(ConfigurationProblems.Duplicate, $"key `{key.Text}` stands twice{In(path)}", key);
                }
                else
                {
                    json.WritePropertyName(key.Text);
                    Write(value, member.PropertyType, Below(path, key.Text));
                    reading.Mark(Below(path, key.Text), key);
                }
            }

            foreach (JsonPropertyInfo missing in members.Values.Where(member => member.IsRequired && !seen.Contains(member.Name)).OrderBy(static member => member.Name, StringComparer.Ordinal))
            {
                reading.Report(ConfigurationProblems.MissingKey, $"there is no `{missing.Name}`{In(path)}", node);
            }
        }

        json.WriteEndObject();
    }

    private void WriteNamed(YamlNode node, Type type, string path)
    {
        json.WriteStartObject();
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((YamlScalar key, YamlNode value) in AsMapping(node, path)?.Entries ?? [])
        {
            if (reading.IsFull)
            {
                break;
            }

            if (key.IsEmpty || key.Text.Length is 0 or > MaxText || key.Text.Any(char.IsControl))
            {
                reading.Report(ConfigurationProblems.Name, $"{Reading.Reading.Shown(key.Text)} is no name{In(path)}", key);
            }
            else if (!seen.Add(key.Text))
            {
                reading.Report(ConfigurationProblems.Duplicate, $"{Reading.Reading.Shown(key.Text)} stands twice{In(path)}", key);
            }
            else
            {
                json.WritePropertyName(key.Text);
                Write(value, type, Below(path, key.Text));
                reading.Mark(Below(path, key.Text), key);
            }
        }

        json.WriteEndObject();
    }

    private void WriteList(YamlNode node, Type type, string path)
    {
        json.WriteStartArray();
        if (node is YamlScalar { IsEmpty: true })
        {
            NothingThere(node);
        }
        else if (node is YamlSequence list)
        {
            int i = 0;
            foreach (YamlNode item in list.Items.TakeWhile(_ => !reading.IsFull))
            {
                Write(item, type, Below(path, (i++).ToString(CultureInfo.InvariantCulture)));
            }
        }
        else if (IsScalar(type) && node is YamlScalar)
        {
            // A list may be a single value, as everywhere.
            WriteScalar(node, type, path);
        }
        else
        {
            reading.Report(ConfigurationProblems.WrongType, $"a list is expected{In(path)}", node, "begin each entry with `- `");
        }

        json.WriteEndArray();
    }

    private void WriteScalar(YamlNode node, Type type, string path)
    {
        if (node is not YamlScalar scalar)
        {
            reading.Report(ConfigurationProblems.WrongType, $"a single value is expected{In(path)}, not a list or mapping", node);
            json.WriteNullValue();
        }
        else if (scalar.IsEmpty)
        {
            NothingThere(node);
            json.WriteNullValue();
        }
        else if (type == typeof(bool))
        {
            json.WriteBooleanValue(reading.Boolean(scalar));
        }
        else if (type == typeof(int) || type == typeof(long))
        {
            json.WriteNumberValue(reading.Count(scalar, 0, int.MaxValue));
        }
        else if (type.IsEnum)
        {
            json.WriteStringValue(reading.Word(scalar, WordsOf(type), path[(path.LastIndexOf('/') + 1)..]));
        }
        else
        {
            CheckText(scalar, type, path);
            json.WriteStringValue(scalar.Text);
        }
    }

    // What the file itself may not hold may still be written in escapes, where one sees it; control characters may not.
    private void CheckText(YamlScalar scalar, Type type, string path)
    {
        string text = scalar.Text;
        if (type == typeof(DateTimeOffset))
        {
            if (!DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
            {
                reading.Report(ConfigurationProblems.Quantity, $"{Reading.Reading.Shown(text)} is no time: 2026-12-31T12:00:00Z, or with an offset", scalar);
            }

            return;
        }

        bool isLines = rules.Lines.Contains(KeyOf(path));
        bool isBad = text.Length > (isLines ? MaxLines : MaxText)
            || text.Any(c => char.IsControl(c) && !(isLines && c is '\n' or '\r' or '\t'))
            || !IsWellFormed(text);
        if (isBad)
        {
            reading.Report(ConfigurationProblems.Characters, $"the value is too long, holds a control character or goes over several lines{In(path)}", scalar);
        }
    }

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private YamlMapping? AsMapping(YamlNode node, string path)
    {
        if (node is YamlScalar { IsEmpty: true })
        {
            NothingThere(node);
        }
        else if (node is not YamlMapping)
        {
            reading.Report(ConfigurationProblems.WrongType, $"keys and values are expected{In(path)}", node);
        }

        return node as YamlMapping;
    }

    // It is not guessed whether nothing, everything or the default was meant.
    private void NothingThere(YamlNode node) => reading.Report(
        ConfigurationProblems.WrongType, "nothing stands behind this key", node, "leave it out, or write `[]` or `{}`");

    private FrozenDictionary<string, JsonPropertyInfo> MembersOf(Type type)
    {
        if (!_members.TryGetValue(type, out FrozenDictionary<string, JsonPropertyInfo>? members))
        {
            members = options.GetTypeInfo(type).Properties
                .Where(member => !rules.Hidden.Contains((type, member.Name)))
                .ToFrozenDictionary(static member => member.Name, StringComparer.Ordinal);
            _members.Add(type, members);
        }

        return members;
    }

    private ImmutableArray<string> WordsOf(Type type)
    {
        if (!_words.TryGetValue(type, out ImmutableArray<string> words))
        {
            JsonTypeInfo info = options.GetTypeInfo(type);
            words = [.. Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => JsonSerializer.Serialize(Enum.ToObject(type, value), info).Trim('"'))];
            _words.Add(type, words);
        }

        return words;
    }

    private static string KeyOf(string path)
    {
        // The entry of a list is what the list is.
        string key = path[(path.LastIndexOf('/') + 1)..];
        return key.All(char.IsAsciiDigit) && path.LastIndexOf('/') is > 0 and int slash ? KeyOf(path[..slash]) : key;
    }

    private static string Below(string path, string key) => path.Length == 0 ? key : $"{path}/{key}";

    private static string In(string path) => path.Length == 0 ? "" : $" in {Reading.Reading.Shown(path)}";
}

/// <summary>What the type alone does not say of a document.</summary>
internal sealed record DocumentRules
{
    /// <summary>Members that the API has and a file does not.</summary>
    public FrozenSet<(Type Type, string Member)> Hidden { get; init; } = [];

    /// <summary>Members that go over several lines.</summary>
    public FrozenSet<string> Lines { get; init; } = [];
}
