using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>Reads a document of the API from a file, JSON or YAML, both as strictly as the daemon; what YAML calls a value, the API's type decides.</summary>
internal static class DocumentFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The file, <c>-</c> for the standard input.</param>
    /// <param name="type">How the API reads it.</param>
    /// <param name="noun">What it is, for problems: <c>realm</c>.</param>
    /// <param name="hint">Where to get one.</param>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    /// <exception cref="ProblemException">Its YAML cannot be read.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type, string noun, string hint)
    {
        InputFile file = InputFile.Read(path);
        try
        {
            return JsonSerializer.Deserialize(file.IsJson ? file.Content : FromYaml(file, type), type) ?? throw new JsonException();
        }
        catch (JsonException wrong)
        {
            // The exception's own text may quote the value, which may be a password.
            string place = wrong.Path is null or "$" ? "" : $" at `{wrong.Path}`";
            string line = file.IsJson && wrong.LineNumber is { } number ? $" (line {number + 1})" : "";
            throw CommandFailure.CannotRun(
                AdministrationProblems.UnreadableInput,
                $"`{file.Name}` is no {noun}{place}{line}: a member is unknown, repeated, missing or of the wrong type, or it is not strict JSON",
                hint,
                wrong);
        }
    }

    // Apart, so that JSON does not load the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] FromYaml(InputFile file, JsonTypeInfo type)
    {
        List<Problem> problems = [];
        YamlNode? root = YamlText.Decode(file.Content, file.Name, problems) is { } text && YamlText.Check(text, file.Name, problems)
            ? YamlTree.Parse(text, file.Name, problems)
            : null;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            new YamlWriter(json, file.Name, problems, type.Options).Write(root ?? new YamlScalar("", YamlScalarStyle.Quoted, default), type.Type);
        }

        return problems.Count == 0 ? buffer.ToArray() : throw new ProblemException(problems[0]);
    }

    private sealed class YamlWriter(Utf8JsonWriter json, string source, List<Problem> problems, JsonSerializerOptions options)
    {
        public void Write(YamlNode node, Type type)
        {
            switch (node)
            {
                case YamlMapping mapping:
                    json.WriteStartObject();
                    foreach (YamlEntry entry in mapping.Entries)
                    {
                        json.WritePropertyName(entry.Key.Text);
                        Write(entry.Value, MemberOf(type, entry.Key.Text));
                    }

                    json.WriteEndObject();
                    break;
                case YamlSequence sequence:
                    WriteList(sequence.Items);
                    break;

                // A list may be a single value, as everywhere.
                case YamlScalar { IsEmpty: false } scalar when type == typeof(IReadOnlyList<string>):
                    WriteList([scalar]);
                    break;
                case YamlScalar { IsEmpty: false } scalar:
                    WriteScalar(scalar, Nullable.GetUnderlyingType(type) ?? type);
                    break;
                default:
                    // It is not guessed whether nothing, everything or the default was meant.
                    problems.Add(ConfigurationProblems.WrongType.Because(
                        "nothing stands behind this key; leave it out, or write `[]` or `{}`", new ProblemLocation(source, node.Span.Line, node.Span.Column)));
                    json.WriteNullValue();
                    break;
            }
        }

        private void WriteList(IEnumerable<YamlNode> items)
        {
            json.WriteStartArray();
            foreach (YamlNode item in items)
            {
                Write(item, typeof(string));
            }

            json.WriteEndArray();
        }

        private void WriteScalar(YamlScalar scalar, Type type)
        {
            bool isPlain = scalar.Style == YamlScalarStyle.Plain;
            if (isPlain && type == typeof(bool) && scalar.Text is "true" or "false")
            {
                json.WriteBooleanValue(scalar.Text == "true");
            }
            else if (isPlain && type == typeof(int) && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            {
                json.WriteNumberValue(number);
            }
            else
            {
                json.WriteStringValue(scalar.Text);
            }
        }

        // An unknown member goes on as text, and is refused by its name.
        private Type MemberOf(Type type, string name) =>
            type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
                ? type.GenericTypeArguments[1]
                : options.GetTypeInfo(type).Properties.FirstOrDefault(property => property.Name == name)?.PropertyType ?? typeof(string);
    }
}
