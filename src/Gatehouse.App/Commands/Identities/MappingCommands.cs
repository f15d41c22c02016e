using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Identities;

/// <summary><c>gatehouse mapping</c>.</summary>
internal static class MappingCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "mapping", "which roles people of realms have, by name, group, attribute or network", Set(tree), List(tree), Show(tree), Remove(tree));

    private static Command Set(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string[]> roles = new("--role") { Description = "a role that it gives, more than once", HelpName = "ROLE" };
        Option<string[]> realms = new("--realm") { Description = "for people of this realm", HelpName = "REALM" };
        Option<string[]> users = new("--user") { Description = "for this name; * is any run of characters", HelpName = "USER" };
        Option<string[]> groups = new("--group") { Description = "for members of this group, a name or a distinguished name", HelpName = "GROUP" };
        Option<string[]> attributes = new("--attribute") { Description = "for whom this attribute has this value", HelpName = "NAME=VALUE" };
        Option<string[]> networks = new("--network") { Description = "for clients from this network", HelpName = "CIDR" };
        Option<bool> disabled = new("--disabled") { Description = "gives nothing yet" };
        Option<string?> file = new("-f", "--file") { Description = "the mapping as YAML, or as JSON as `mapping show --json` prints it; - for stdin", HelpName = "FILE" };
        Option<string[]>[] conditions = [realms, users, groups, attributes, networks];
        return tree.Make(
            "set",
            "make a mapping, or replace it; conditions of different kinds must all hold, of one kind any\nexample: gatehouse mapping set writers --role writer --realm corp --group 'cn=writers,ou=groups,dc=example,dc=com'",
            async (context, cancellation) =>
            {
                string mapping = context.Value(name);
                bool hasOptions = context.Value(disabled) || conditions.Append(roles).Any(option => context.Value(option) is { Length: > 0 });
                MappingView view = (context.Value(file), hasOptions) switch
                {
                    (not null, true) => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a mapping comes from the file or from options, not from both"),
                    ({ } path, false) => DocumentFile.Read(path, AdminJson.Default.MappingView, "mapping", "`gatehouse mapping show NAME --json` prints one"),
                    (null, true) => new MappingView
                    {
                        Roles = context.Value(roles) ?? [],
                        Enabled = !context.Value(disabled),
                        Realms = context.Value(realms) ?? [],
                        Users = context.Value(users) ?? [],
                        Groups = context.Value(groups) ?? [],
                        Attributes = Attributes(context.Value(attributes) ?? []),
                        Networks = context.Value(networks) ?? [],
                    },
                    _ => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a mapping needs a role and a condition", "--role ROLE --realm REALM --group GROUP, or -f FILE"),
                };
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Put, PathOf(mapping), view, Json.MappingView, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"mapping {mapping} set"));
                return ExitCodes.Fine;
            },
            name, roles, realms, users, groups, attributes, networks, disabled, file);
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list mappings\nexample: gatehouse mapping list",
        static _ => "/v1/mappings",
        Json.MappingListResponse,
        static (screen, list) =>
        {
            var table = new Table("NAME", "STATE", "ROLES", "REALMS", "USERS", "GROUPS", "ATTRIBUTES", "NETWORKS");
            foreach (MappingView mapping in list.Mappings)
            {
                table.Add(
                    mapping.Name, mapping.Enabled ? "enabled" : "disabled", List(mapping.Roles), List(mapping.Realms), List(mapping.Users), string.Join(" | ", mapping.Groups),
                    Shown(mapping.Attributes), List(mapping.Networks));
            }

            table.Write(screen, "no mappings");
        });

    private static Command Show(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.MakeQuery(
            "show",
            "show a mapping\nexample: gatehouse mapping show writers --json > writers.json",
            context => PathOf(context.Value(name)),
            Json.MappingView,
            static (screen, mapping) => new Facts()
                .Add("name", mapping.Name)
                .Add("state", mapping.Enabled ? "enabled" : "disabled", mapping.Enabled ? Style.None : Style.Yellow)
                .Add("roles", List(mapping.Roles))
                .Add("realms", List(mapping.Realms))
                .Add("users", List(mapping.Users))
                .Add("groups", string.Join(" | ", mapping.Groups))
                .Add("attributes", Shown(mapping.Attributes))
                .Add("networks", List(mapping.Networks))
                .Write(screen),
            name);
    }

    private static Command Remove(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.Make(
            "rm",
            "remove a mapping; who had its roles loses them at once\nexample: gatehouse mapping rm writers",
            async (context, cancellation) =>
            {
                string mapping = context.Value(name);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(HttpMethod.Delete, PathOf(mapping), Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"mapping {mapping} removed"));
                return ExitCodes.Fine;
            },
            name);
    }

    private static Dictionary<string, IReadOnlyList<string>?>? Attributes(string[] pairs)
    {
        Dictionary<string, IReadOnlyList<string>?> attributes = new(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            // Values have `=` of their own more often than names.
            string[] parts = pair.Split('=', 2);
            if (parts is not [{ Length: > 0 } key, { Length: > 0 } value])
            {
                throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{pair}` is not NAME=VALUE");
            }

            attributes[key] = [.. attributes.GetValueOrDefault(key) ?? [], value];
        }

        return attributes.Count == 0 ? null : attributes;
    }

    private static string List(IReadOnlyList<string> list) => string.Join(", ", list);

    private static string Shown(IReadOnlyDictionary<string, IReadOnlyList<string>?>? attributes) =>
        string.Join(", ", (attributes ?? new Dictionary<string, IReadOnlyList<string>?>()).Select(static pair => $"{pair.Key}={string.Join('|', pair.Value ?? [])}"));

    private static string PathOf(string name) => $"/v1/mappings/{AdminClient.Segment(name)}";

    private static Argument<string> Name() => new("NAME") { Description = "the mapping's name" };
}
