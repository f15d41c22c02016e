using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>Reads an audit policy from a file, JSON or YAML, both as strictly as the daemon.</summary>
internal static class AuditPolicyFile
{
    public static AuditPolicyView Read(string path)
    {
        InputFile file = InputFile.Read(path);
        try
        {
            // A mistyped member must not keep out of the trail what should be in it.
            return JsonSerializer.Deserialize(file.IsJson ? file.Content : FromYaml(file.Content, file.Name), AdminJson.Default.AuditPolicyView) ?? throw new JsonException();
        }
        catch (JsonException wrong)
        {
            string place = wrong.Path is null or "$" ? "" : $" at `{wrong.Path}`";
            string line = file.IsJson && wrong.LineNumber is { } number ? $" (line {number + 1})" : "";
            throw CommandFailure.CannotRun(
                AdministrationProblems.UnreadableInput,
                $"`{file.Name}` is no audit policy{place}{line}: a member is unknown, repeated or of the wrong type, or it is not strict JSON",
                "`gatehouse audit policy show --json` prints one",
                wrong);
        }
    }

    // Apart, so that JSON does not load the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] FromYaml(byte[] bytes, string source)
    {
        List<Problem> problems = [];
        YamlNode? root = YamlText.Decode(bytes, source, problems) is { } text && YamlText.Check(text, source, problems)
            ? YamlTree.Parse(text, source, problems)
            : null;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, root ?? new YamlScalar("", YamlScalarStyle.Quoted, default), false, Empty);
        }

        return problems.Count == 0 ? buffer.ToArray() : throw new ProblemException(problems[0]);

        // A list without anything behind its key matches everything where `[]` matches nothing: it is not guessed which was meant.
        void Empty(YamlNode node) => problems.Add(ConfigurationProblems.WrongType.Because(
            "nothing stands behind this key; leave it out, or write `[]` or `{}`", new ProblemLocation(source, node.Span.Line, node.Span.Column)));
    }

    // Every value of a policy is a text or a list of texts, but for the revision.
    private static void Write(Utf8JsonWriter json, YamlNode node, bool isRevision, Action<YamlNode> empty)
    {
        switch (node)
        {
            case YamlMapping mapping:
                json.WriteStartObject();
                foreach (YamlEntry entry in mapping.Entries)
                {
                    json.WritePropertyName(entry.Key.Text);
                    Write(json, entry.Value, json.CurrentDepth == 1 && entry.Key.Text == "revision", empty);
                }

                json.WriteEndObject();
                break;
            case YamlSequence sequence:
                json.WriteStartArray();
                foreach (YamlNode item in sequence.Items)
                {
                    Write(json, item, isRevision: false, empty);
                }

                json.WriteEndArray();
                break;
            case YamlScalar { IsEmpty: false } scalar when isRevision && long.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number):
                json.WriteNumberValue(number);
                break;
            case YamlScalar { IsEmpty: false } scalar:
                json.WriteStringValue(scalar.Text);
                break;
            default:
                empty(node);
                json.WriteNullValue();
                break;
        }
    }
}
