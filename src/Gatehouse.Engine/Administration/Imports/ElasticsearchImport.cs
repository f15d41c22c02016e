using System.Buffers;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>
/// Elasticsearch's <c>roles.yml</c>, the JSON of <c>GET /_security/role</c>, and <c>role_mapping.yml</c>. Roles of one user add up there as
/// here, and a role without restrictions on documents or fields lifts those of another: leaving a restricted entry out only takes
/// rights away. Source: Elastic's reference, "Defining roles" and "Mapping users and groups to roles".
/// </summary>
internal sealed class ElasticsearchImport(ImportReport report, IReadOnlySet<string> present)
{
    private static readonly SearchValues<char> PatternCharacters = SearchValues.Create("*?/${}");

    /// <summary>Reads one file: each name is a role, or the list of whom a role is given to.</summary>
    public void Read(ForeignFile file)
    {
        foreach ((YamlScalar name, YamlNode value) in file.Root.Entries)
        {
            if (value is YamlMapping members)
            {
                Role(file, name, members);
            }
            else
            {
                Mapping(file, name, value);
            }
        }
    }

    private void Role(ForeignFile file, YamlScalar name, YamlMapping members)
    {
        ImportRow row = report.Row("role", name.Text);
        if (members.Find("metadata") is YamlMapping metadata && ForeignFile.IsTrue(metadata.Find("_reserved")))
        {
            row.Say("comes with Elasticsearch, not imported");
            return;
        }

        if (RoleNames.Fault(name.Text) is { } fault)
        {
            report.Leave(file, name, row, fault);
            return;
        }

        var role = new RoleDraft(file, report, row);
        bool isWhole = true;
        foreach ((YamlScalar key, YamlNode value) in members.Entries)
        {
            isWhole &= Member(role, key, value);
        }

        role.Finish(isWhole);
    }

    /// <summary>Reads a member; false where the role has no rights without it being understood.</summary>
    private bool Member(RoleDraft role, YamlScalar key, YamlNode value)
    {
        switch (key.Text)
        {
            case "cluster":
                Words(role, value, "cluster:", []);
                return true;
            case "indices" or "index":
                Indices(role, value);
                return true;
            case "run_as":
                RunAs(role, value);
                return true;
            case "description":
                role.Description = RoleNames.Description(value);
                return true;
            case "metadata":
                return true;
            case "transient_metadata" when value is YamlMapping state && (state.Find("enabled") is null || ForeignFile.IsTrue(state.Find("enabled"))):
                return true;
            case "applications" or "global" or "remote_indices" or "remote_cluster":
                if (!ForeignFile.IsNothing(value))
                {
                    role.Leave(key, $"`{key.Text}` has no counterpart");
                }

                return true;
            default:
                if (ForeignFile.IsNothing(value))
                {
                    return true;
                }

                // A restriction of the role, or something that we do not know and that may be one.
                role.Leave(key, $"`{RoleNames.Shown(key.Text)}` may restrict the role and is not understood; all of the role is left out");
                return false;
        }
    }

    private static void Words(RoleDraft role, YamlNode value, string head, IReadOnlyList<string> resources, bool allowRestricted = false)
    {
        if (ForeignFile.Texts(value) is not { } words)
        {
            role.Leave(value, "privileges are not a list of words");
            return;
        }

        foreach (YamlScalar word in words)
        {
            if (word.Text is "none")
            {
                continue;
            }

            if (word.Text.AsSpan().ContainsAny(":*/"))
            {
                role.Leave(word, $"`{RoleNames.Shown(word.Text)}` names internal actions, and no privilege is the same");
                continue;
            }

            role.Add(word, new GrantView { System = RoleDraft.Cluster, Actions = [head + word.Text.ToLowerInvariant()], Resources = resources, AllowRestricted = allowRestricted });
        }
    }

    private static void Indices(RoleDraft role, YamlNode value)
    {
        if (value is not YamlSequence entries)
        {
            if (!ForeignFile.IsNothing(value))
            {
                role.Leave(value, "`indices` is not a list of entries");
            }

            return;
        }

        foreach (YamlNode entry in entries.Items)
        {
            if (entry is not YamlMapping members)
            {
                role.Leave(entry, "an entry of `indices` is no mapping");
            }
            else if (Restriction(members) is { } why)
            {
                role.Leave(entry, why);
            }
            else if (RoleNames.Patterns(role, members.Find("names"), entry) is { } patterns)
            {
                Words(role, members.Find("privileges") ?? entry, "index:", patterns, ForeignFile.IsTrue(members.Find("allow_restricted_indices")));
            }
        }
    }

    /// <summary>What of an entry limits it in a way that cannot be said here.</summary>
    private static string? Restriction(YamlMapping entry)
    {
        foreach ((YamlScalar key, YamlNode value) in entry.Entries)
        {
            switch (key.Text)
            {
                case "names" or "privileges" or "allow_restricted_indices":
                    break;
                case "query" when !ForeignFile.IsNothing(value):
                    return "`query` restricts documents";
                case "field_security" when !IsEveryField(value):
                    return "`field_security` restricts fields";
                case "query" or "field_security":
                    break;
                default:
                    return $"`{RoleNames.Shown(key.Text)}` is not understood";
            }
        }

        return null;
    }

    private static bool IsEveryField(YamlNode value) => ForeignFile.IsNothing(value)
        || (value is YamlMapping fields
            && fields.Entries.All(static e => e.Key.Text is "grant" or "except")
            && ForeignFile.IsNothing(fields.Find("except"))
            && ForeignFile.Texts(fields.Find("grant")) is { } granted && granted.Any(static g => g.Text == "*"));

    private void RunAs(RoleDraft role, YamlNode value)
    {
        foreach (YamlScalar name in ForeignFile.Texts(value) ?? [])
        {
            // Whoever acts as a user of this cluster has that user's rights in Gatehouse too.
            string? why = name.Text.AsSpan().ContainsAny(PatternCharacters) ? "is a pattern, and would reach users of Gatehouse's own"
                : present.Contains(name.Text) ? "is a user here already, whose rights may be others"
                : null;
            if (why is not null)
            {
                role.Leave(name, $"`run_as: {RoleNames.Shown(name.Text)}` {why}");
            }
            else
            {
                role.Add(name, new GrantView { System = "gatehouse", Actions = ["run-as"], Resources = [name.Text] });
            }
        }
    }

    private void Mapping(ForeignFile file, YamlScalar name, YamlNode value)
    {
        ImportRow row = report.Row("mapping", name.Text);
        string? fault = RoleNames.Fault(name.Text);
        if (fault is not null || ForeignFile.Texts(value) is not { } people)
        {
            report.Leave(file, name, row, fault ?? "is neither a role nor a list of distinguished names");
            return;
        }

        foreach (YamlScalar person in people.Where(static person => !person.Text.Contains('=', StringComparison.Ordinal)))
        {
            report.Leave(file, person, row, "is no distinguished name");
        }

        string[] names = [.. people.Select(static person => person.Text).Where(static text => text.Contains('=', StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
        if (names.Length > 0)
        {
            row.Taken = names.Length;
            row.Say("names of groups; a user's own name is matched by the attribute `dn`");
            report.Mappings[name.Text + "-groups"] = new MappingView { Roles = [name.Text], Groups = names };
            report.Mappings[name.Text + "-users"] = new MappingView
            {
                Roles = [name.Text],
                Attributes = new Dictionary<string, IReadOnlyList<string>?> { ["dn"] = names },
            };
        }
    }
}
