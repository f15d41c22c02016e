using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Elastic's mapping rules as the conditions of a mapping and back: all of several fields, any of several values of one field. A rule
/// that says more (<c>except</c>, one field twice in <c>all</c>, different fields in <c>any</c>) is refused: it would give roles to
/// others.
/// </summary>
internal static class MappingRules
{
    private const string Attribute = "metadata.";
    private const int MostDepth = 6;

    /// <summary>Reads <c>rules</c> into a mapping; null with a reason where they cannot be said.</summary>
    public static MappingView? Read(JsonFields rules, out string? why)
    {
        why = null;
        var fields = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        if (!TryRead(rules, fields, isAny: false, 0, ref why))
        {
            return null;
        }

        if (fields.TryGetValue("realm.name", out List<string>? realms) && realms.Exists(static realm => realm.Contains('*')))
        {
            why = "[realm.name] names a realm, without wildcards";
            return null;
        }

        return new MappingView
        {
            Users = Of(fields, "username"),
            Groups = Of(fields, "groups"),
            Realms = Of(fields, "realm.name"),
            Attributes = fields.Where(static pair => pair.Key == "dn" || pair.Key.StartsWith(Attribute, StringComparison.Ordinal))
                .ToDictionary(static pair => pair.Key == "dn" ? "dn" : pair.Key[Attribute.Length..], static IReadOnlyList<string>? (pair) => pair.Value, StringComparer.Ordinal),
        };
    }

    /// <summary>Whether a mapping comes back from this form as it was.</summary>
    public static bool CanSay(MappingDocument mapping) => mapping.Networks.IsDefaultOrEmpty;

    /// <summary>Writes <c>rules</c>.</summary>
    public static void Write(Utf8JsonWriter json, MappingDocument mapping)
    {
        json.WriteStartObject("rules");
        json.WriteStartArray("all");
        WriteField(json, "realm.name", mapping.Realms);
        WriteField(json, "username", mapping.Users);
        WriteField(json, "groups", mapping.Groups);
        foreach ((string name, ImmutableArray<string> values) in mapping.Attributes)
        {
            WriteField(json, name == "dn" ? "dn" : Attribute + name, values);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static List<string> Of(SortedDictionary<string, List<string>> fields, string name) => fields.TryGetValue(name, out List<string>? values) ? values : [];

    private static void WriteField(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        if (values.IsDefaultOrEmpty)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteStartObject("field");
        if (values.Length == 1)
        {
            json.WriteString(name, values[0]);
        }
        else
        {
            ElasticRoles.WriteTexts(json, name, values);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    // In `all` each field may stand once; in `any` all of it must be one field.
    private static bool TryRead(JsonFields rule, SortedDictionary<string, List<string>> fields, bool isAny, int depth, ref string? why)
    {
        string[] kinds = [.. rule.Names];
        if (kinds is not [var kind] || depth > MostDepth)
        {
            why ??= "a rule is one of [field], [any] and [all]";
            return false;
        }

        switch (kind)
        {
            case "field":
                return rule.Object("field") is { } field && TryField(field, fields, isAny, ref why);
            case "all":
                IReadOnlyList<JsonFields> all = rule.Objects("all");
                if (isAny && all.Count != 1)
                {
                    why ??= "[all] inside of [any] cannot be said in a mapping of Gatehouse: make two mappings";
                    return false;
                }

                return IsNotEmpty(all, ref why) && TryEach(all, fields, isAny, depth, ref why);
            case "any":
                var values = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
                IReadOnlyList<JsonFields> any = rule.Objects("any");
                if (!IsNotEmpty(any, ref why) || !TryEach(any, values, isAny: true, depth, ref why))
                {
                    return false;
                }

                return values.Count == 1 ? Put(fields, values.Keys.First(), values.Values.First(), isAny, ref why) : Different(ref why);
            default:
                why ??= $"[{AdminRequestReader.Shown(kind)}] cannot be said in a mapping of Gatehouse: only [field], [any] and [all]";
                return false;
        }
    }

    private static bool TryEach(IReadOnlyList<JsonFields> rules, SortedDictionary<string, List<string>> fields, bool isAny, int depth, ref string? why)
    {
        foreach (JsonFields rule in rules)
        {
            if (!TryRead(rule, fields, isAny, depth + 1, ref why))
            {
                return false;
            }
        }

        return true;
    }

    // An empty [all] would hold for everybody.
    private static bool IsNotEmpty(IReadOnlyList<JsonFields> rules, ref string? why)
    {
        why = rules.Count > 0 ? why : why ?? "an empty [all] or [any] is no condition";
        return rules.Count > 0;
    }

    private static bool Different(ref string? why)
    {
        why ??= "[any] of different fields cannot be said in a mapping of Gatehouse: make one mapping for each";
        return false;
    }

    private static bool TryField(JsonFields field, SortedDictionary<string, List<string>> fields, bool isAny, ref string? why)
    {
        string[] names = [.. field.Names];
        if (names is not [var name]
            || !(name is "username" or "groups" or "dn" or "realm.name" || (name.StartsWith(Attribute, StringComparison.Ordinal) && name.Length > Attribute.Length)))
        {
            why ??= "a [field] is one of [username], [groups], [dn], [realm.name] and [metadata.NAME]";
            return false;
        }

        IReadOnlyList<string> values = field.Texts(name) ?? [];
        if (values.Count == 0 || values.Any(static value => value.Length == 0 || value.StartsWith('/') || value.Contains('?')))
        {
            why ??= $"the values of [{AdminRequestReader.Shown(name)}] are texts with *, without ? and regular expressions, and at least one";
            return false;
        }

        return Put(fields, name, values, isAny, ref why);
    }

    private static bool Put(SortedDictionary<string, List<string>> fields, string name, IReadOnlyList<string> values, bool isAny, ref string? why)
    {
        if (!fields.TryGetValue(name, out List<string>? present))
        {
            fields[name] = [.. values];
            return true;
        }

        if (!isAny)
        {
            why ??= $"[{AdminRequestReader.Shown(name)}] twice in [all] cannot be said in a mapping of Gatehouse";
            return false;
        }

        present.AddRange(values);
        return true;
    }
}
