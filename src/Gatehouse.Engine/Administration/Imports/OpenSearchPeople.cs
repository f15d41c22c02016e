using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>
/// OpenSearch's internal users and role mappings. Passwords are hashes of another kind and stay behind: users are made without one and
/// disabled. A user here has roles and no groups: what mappings give by name or backend role becomes the user's own.
/// </summary>
internal sealed class OpenSearchPeople(ImportReport report, IReadOnlySet<string> presentUsers)
{
    private readonly List<(string Role, ImmutableArray<string> Users, ImmutableArray<string> Groups)> _given = [];

    /// <summary>Reads <c>roles_mapping.yml</c>.</summary>
    public void ReadMappings(ForeignFile file)
    {
        foreach ((YamlScalar name, YamlNode value) in OpenSearchFiles.Entries(file))
        {
            ImportRow row = report.Row("mapping", name.Text);
            string? fault = RoleNames.Fault(name.Text) ?? (value is YamlMapping ? null : "is no mapping");
            if (fault is not null)
            {
                report.Leave(file, name, row, fault);
                continue;
            }

            var members = (YamlMapping)value;
            ImmutableArray<string> users = Names(file, row, members.Find("users"));
            ImmutableArray<string> groups = Names(file, row, members.Find("backend_roles"));
            foreach (YamlEntry other in members.Entries.Where(static e => !IsKnown(e.Key.Text) && !ForeignFile.IsNothing(e.Value)))
            {
                report.Leave(file, other.Key, row, $"`{RoleNames.Shown(other.Key.Text)}` has no counterpart");
            }

            _given.Add((name.Text, users, groups));
            row.Taken = users.Length + groups.Length;
            if (!users.IsEmpty)
            {
                report.Mappings[name.Text + "-users"] = new MappingView { Roles = [name.Text], Users = users };
            }

            if (!groups.IsEmpty)
            {
                report.Mappings[name.Text + "-groups"] = new MappingView { Roles = [name.Text], Groups = groups };
            }
        }
    }

    /// <summary>Reads <c>internal_users.yml</c>, after the mappings.</summary>
    public void ReadUsers(ForeignFile file)
    {
        foreach ((YamlScalar name, YamlNode value) in OpenSearchFiles.Entries(file))
        {
            ImportRow row = report.Row("user", name.Text);
            string? fault = !UserName.IsValid(name.Text, out string? why) ? $"cannot be a name here: {why}"
                : value is not YamlMapping ? "is no mapping"
                : presentUsers.Contains(name.Text) ? "is a user here already and stays as it is"
                : null;
            if (fault is not null)
            {
                report.Leave(file, name, row, fault);
                continue;
            }

            var members = (YamlMapping)value;
            IEnumerable<string> backend = Texts(members.Find("backend_roles"));
            string[] roles =
            [
                .. Texts(members.Find("opendistro_security_roles"))
                    .Concat(_given.Where(given => given.Users.Any(pattern => Matches(pattern, name.Text)) || given.Groups.Any(group => backend.Any(b => Matches(group, b))))
                        .Select(static given => given.Role))
                    .Distinct(StringComparer.Ordinal)
                    .Where(static role => RoleNames.Fault(role) is null)
                    .Order(StringComparer.Ordinal),
            ];
            row.Taken = roles.Length;
            row.Say($"disabled and without a password: gatehouse user passwd {name.Text}, gatehouse user set {name.Text} --enable");
            report.Users[name.Text] = new PolicyUserView { Roles = roles, Enabled = false };
        }
    }

    /// <summary>Takes out roles that are nowhere: nobody else shall give them a meaning later.</summary>
    public void DropUnknown(Func<string, bool> isKnown)
    {
        foreach ((string name, MappingView? mapping) in report.Mappings.Where(pair => !pair.Value!.Roles.All(isKnown)).ToArray())
        {
            report.Mappings.Remove(name);
            report.Rows.Find(row => row.Kind == "mapping" && row.Name == mapping!.Roles[0])?.Say("its role is in none of the files, nothing is given");
        }

        foreach ((string name, PolicyUserView? user) in report.Users.ToArray())
        {
            if (!user!.Roles.All(isKnown))
            {
                report.Rows.Find(row => row.Kind == "user" && row.Name == name)?.Say("roles that are in none of the files are not given");
                report.Users[name] = user with { Roles = [.. user.Roles.Where(isKnown)] };
            }
        }
    }

    private static bool IsKnown(string member) => member is "users" or "backend_roles" or "description" or "reserved" or "hidden" or "static";

    private static IEnumerable<string> Texts(YamlNode? node) => (ForeignFile.Texts(node) ?? []).Select(static text => text.Text);

    private ImmutableArray<string> Names(ForeignFile file, ImportRow row, YamlNode? node)
    {
        if (ForeignFile.Texts(node) is not { } texts)
        {
            report.Leave(file, node!, row, "is no list of names"); // nothing would be an empty list
            return [];
        }

        var names = ImmutableArray.CreateBuilder<string>();
        foreach (YamlScalar text in texts)
        {
            // `?` and regular expressions are theirs alone.
            if (text.Text.Contains('?', StringComparison.Ordinal) || text.Text.StartsWith('/'))
            {
                report.Leave(file, text, row, $"`{RoleNames.Shown(text.Text)}` is a pattern of a kind that is not known here");
            }
            else if (!names.Contains(text.Text))
            {
                names.Add(text.Text);
            }
        }

        return names.ToImmutable();
    }

    private static bool Matches(string pattern, string name) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), name, ignoreCase: false);
}
