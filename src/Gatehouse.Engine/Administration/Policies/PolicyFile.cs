using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Documents;
using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// The policy as a file: YAML with the members of <see cref="PolicyView"/>, read as strictly as gatehouse.yaml. Pure; anchors,
/// aliases and tags are refused as they appear, so that nothing can be expanded.
/// </summary>
internal static class PolicyFile
{
    /// <summary>Largest file that is read.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    private static readonly AdminJson Json = AdminJson.Default;

    // A file names things by their keys, and what counts changes is the store's.
    private static readonly DocumentRules Rules = new()
    {
        Hidden = new (Type, string)[]
        {
            (typeof(RoleView), "name"), (typeof(RoleView), "built_in"), (typeof(RealmView), "name"), (typeof(RealmView), "version"),
            (typeof(MappingView), "name"), (typeof(DirectoryView), "bind_password_set"), (typeof(TokenView), "keys_set"), (typeof(AuditPolicyView), "revision"),
        }.ToFrozenSet(),
        Lines = new[] { "authorities", "keys", "crls" }.ToFrozenSet(StringComparer.Ordinal),
    };

    /// <summary>Reads a file as it lies on disk; <paramref name="source"/> names it in problems.</summary>
    public static PolicyFileResult Read(ReadOnlySpan<byte> utf8, string source)
    {
        var found = new List<Problem>();
        if (utf8.Length > MaxBytes)
        {
            found.Add(ConfigurationProblems.TooLarge.Because($"larger than {Quantities.WriteSize(MaxBytes)}", new ProblemLocation(source)));
        }

        YamlNode? root = found.Count == 0 && YamlText.Decode(utf8, source, found) is { } text && YamlText.Check(text, source, found)
            ? YamlTree.Parse(text, source, found)
            : null;
        if (found.Count > 0)
        {
            return new PolicyFileResult { Problems = [.. found] };
        }

        var reading = new Reading(source);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            new DocumentReader(reading, Rules, Json.Options, json).Write(
                root ?? new YamlMapping([], false, new YamlSpan(0, 0, 1, 1)), typeof(PolicyView), "");
        }

        if (reading.Problems.Count > 0)
        {
            return new PolicyFileResult { Problems = [.. reading.Problems] };
        }

        PolicyView view = JsonSerializer.Deserialize(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), Json.PolicyView)
            ?? throw new JsonException("null");
        return new PolicyFileResult { View = view, Places = reading.Places };
    }

    /// <summary>Writes a policy as a file; the same policy gives the same text.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="comment">Lines for people above it.</param>
    public static string Write(PolicyView policy, params ReadOnlySpan<string> comment)
    {
        var text = new StringBuilder();
        foreach (string line in comment)
        {
            text.Append("# ").Append(line).Append('\n');
        }

        JsonObject members = JsonSerializer.SerializeToNode(policy, Json.PolicyView)!.AsObject(); // not null
        foreach ((string name, JsonNode? section) in members)
        {
            // An empty section says something; an empty list within one only where audit events are ignored by it.
            if (name != "audit" && section is not null)
            {
                Prune(section);
            }
        }

        using JsonDocument document = JsonDocument.Parse(members.ToJsonString());
        new DocumentWriter(text).Members(document.RootElement, 0);
        return text.ToString();
    }

    private static void Prune(JsonNode node)
    {
        if (node is JsonArray list)
        {
            foreach (JsonNode item in list.OfType<JsonNode>())
            {
                Prune(item);
            }
        }
        else if (node is JsonObject value)
        {
            foreach ((string name, JsonNode? member) in value.ToArray())
            {
                if (member is JsonArray { Count: 0 } || (member is JsonValue && name == "effect" && value.ContainsKey("actions") && member.GetValue<string>() == "allow"))
                {
                    value.Remove(name);
                }
                else if (member is not null)
                {
                    Prune(member);
                }
            }
        }
    }
}

/// <summary>A policy file as read: what it says, or what is wrong with it.</summary>
internal sealed record PolicyFileResult
{
    /// <summary>What it says; null with a problem.</summary>
    public PolicyView? View { get; init; }

    /// <summary>What is wrong, in the order of the file.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>Where each key stood, by its keys divided by <c>/</c>.</summary>
    public IReadOnlyDictionary<string, ProblemLocation> Places { get; init; } = ImmutableDictionary<string, ProblemLocation>.Empty;

    /// <summary>A problem that was found later, at its place in the file where it names one (<c>users/anna</c>).</summary>
    public Problem Placed(Problem problem) => problem with { Location = PlaceOf(problem.Location?.Source) ?? problem.Location };

    /// <summary>The place of a key, or of the nearest one above it.</summary>
    public ProblemLocation? PlaceOf(string? path)
    {
        while (path is { Length: > 0 })
        {
            if (Places.TryGetValue(path, out ProblemLocation? place))
            {
                return place;
            }

            path = path[..Math.Max(0, path.LastIndexOf('/'))];
        }

        return null;
    }
}
