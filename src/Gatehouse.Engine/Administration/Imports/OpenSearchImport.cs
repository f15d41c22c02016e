using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>
/// OpenSearch's roles. Where documents or fields are restricted another role of the same user does not lift that there
/// (<c>plugins.security.dfm_empty_overrides_all</c> is off by default): such an entry is not just left out, reading is denied in its place.
/// Source: OpenSearch's documentation, "Modifying the YAML files" and "Document-level security".
/// </summary>
internal sealed class OpenSearchImport(ImportReport report)
{
    private readonly OpenSearchActions _actions = new();

    /// <summary>Reads <c>action_groups.yml</c>.</summary>
    public void ReadGroups(ForeignFile file)
    {
        foreach ((YamlScalar name, YamlNode value) in OpenSearchFiles.Entries(file))
        {
            YamlNode? actions = value is YamlMapping members ? members.Find("allowed_actions") : value;
            if (ForeignFile.Texts(actions) is { } texts)
            {
                _actions.Define(name.Text, texts);
            }
            else
            {
                report.Leave(file, name, report.Row("group", name.Text), "is no list of actions");
                _actions.Define(name.Text, []);
            }
        }
    }

    /// <summary>Reads <c>roles.yml</c>, after the groups.</summary>
    public void ReadRoles(ForeignFile file)
    {
        foreach ((YamlScalar name, YamlNode value) in OpenSearchFiles.Entries(file))
        {
            ImportRow row = report.Row("role", name.Text);
            string? fault = RoleNames.Fault(name.Text) ?? (value is YamlMapping ? null : "is no mapping");
            if (fault is not null)
            {
                report.Leave(file, name, row, fault);
                continue;
            }

            var role = new RoleDraft(file, report, row);
            bool isWhole = true;
            foreach ((YamlScalar key, YamlNode member) in ((YamlMapping)value).Entries)
            {
                isWhole &= Member(role, key, member);
            }

            role.Finish(isWhole);
        }
    }

    private bool Member(RoleDraft role, YamlScalar key, YamlNode value)
    {
        switch (key.Text)
        {
            case "reserved" or "hidden" or "static":
                return true;
            case "description":
                role.Description = RoleNames.Description(value);
                return true;
            case "cluster_permissions":
                Actions(role, value, key, isCluster: true, []);
                return true;
            case "index_permissions":
                Indices(role, key, value);
                return true;
            case "tenant_permissions":
                if (!ForeignFile.IsNothing(value))
                {
                    role.Leave(key, "tenants of Dashboards have no counterpart");
                }

                return true;
            default:
                if (ForeignFile.IsNothing(value))
                {
                    return true;
                }

                // Such as what is excluded: it takes rights away from other roles too, so that nothing can stand in for it.
                role.Refuse(key, $"`{RoleNames.Shown(key.Text)}` is not understood and may take rights away");
                return false;
        }
    }

    private void Indices(RoleDraft role, YamlNode key, YamlNode value)
    {
        if (ForeignFile.IsNothing(value))
        {
            return;
        }

        if (value is not YamlSequence entries)
        {
            role.Refuse(key, "`index_permissions` is not a list of entries");
            return;
        }

        foreach (YamlNode entry in entries.Items)
        {
            if (entry is not YamlMapping members)
            {
                role.Refuse(entry, "an entry of `index_permissions` is no mapping");
            }
            else if (Restriction(members) is { } why)
            {
                Restrict(role, members, why);
            }
            else if (RoleNames.Patterns(role, members.Find("index_patterns"), entry) is { } patterns)
            {
                Actions(role, members.Find("allowed_actions"), entry, isCluster: false, patterns);
            }
        }
    }

    private static string? Restriction(YamlMapping entry)
    {
        foreach ((YamlScalar key, YamlNode value) in entry.Entries)
        {
            switch (key.Text)
            {
                case "index_patterns" or "allowed_actions":
                    break;
                case "dls" when !ForeignFile.IsNothing(value):
                    return "`dls` restricts documents";
                case "fls" when !ForeignFile.IsNothing(value):
                    return "`fls` restricts fields";
                case "masked_fields" when !ForeignFile.IsNothing(value):
                    return "`masked_fields` hides what fields hold";
                case "dls" or "fls" or "masked_fields":
                    break;
                default:
                    return $"`{RoleNames.Shown(key.Text)}` is not understood";
            }
        }

        return null;
    }

    private static void Restrict(RoleDraft role, YamlMapping entry, string why)
    {
        IReadOnlyList<YamlScalar> texts = ForeignFile.Texts(entry.Find("index_patterns")) ?? [];
        if (texts.Count == 0)
        {
            role.Refuse(entry, why + ", and names no index");
        }

        foreach (YamlScalar text in texts)
        {
            if (!ForeignPatterns.TryRead(text.Text, out string? pattern, out string? unsaid))
            {
                role.Refuse(text, $"{why}, and {unsaid}");
                continue;
            }

            // Their `*` reaches names with a dot; a deny must not reach less.
            role.Deny(
                text,
                new GrantView
                {
                    Effect = GrantEffect.Deny,
                    System = RoleDraft.Cluster,
                    Actions = ["index:read", "index:read_cross_cluster", "index:read_failure_store"],
                    Resources = [pattern == "*" ? "**" : pattern],
                },
                why);
            if (pattern.Length > 1 && pattern[0] is '*' or '?')
            {
                role.Refuse(text, $"{why}, and `{RoleNames.Shown(pattern)}` would have to reach hidden names too");
            }
        }
    }

    private void Actions(RoleDraft role, YamlNode? value, YamlNode at, bool isCluster, IReadOnlyList<string> patterns)
    {
        if (ForeignFile.Texts(value) is not { } texts)
        {
            role.Leave(at, "actions are not a list of words");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (YamlScalar action in _actions.Expand(texts))
        {
            if (OpenSearchActions.IsNotNeeded(action.Text))
            {
                role.Row.Taken++;
                continue;
            }

            if (OpenSearchActions.PrivilegesOf(action.Text, isCluster) is not { } privileges)
            {
                role.Leave(action, $"action `{RoleNames.Shown(action.Text)}` has no privilege that is the same or less");
                continue;
            }

            string[] words = [.. privileges.Select(word => (isCluster ? "cluster:" : "index:") + word).Where(seen.Add)];
            if (words.Length > 0)
            {
                role.Add(action, new GrantView { System = RoleDraft.Cluster, Actions = words, Resources = patterns });
            }
        }
    }
}
