using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse role</c>.</summary>
internal static class RoleCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "role", "roles and their grants", Set(tree), List(tree), Show(tree), Remove(tree));

    private static Command Set(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string[]> allow = new("--grant") { Description = "allows: SYSTEM:ACTIONS:RESOURCES, lists with commas", HelpName = "GRANT" };
        Option<string[]> deny = new("--deny") { Description = "denies, whatever else allows it", HelpName = "GRANT" };
        Option<string[]> sources = new("--when-source") { Description = "all these grants only from this network", HelpName = "CIDR" };
        Option<string?> description = new("--description") { Description = "free text", HelpName = "TEXT" };
        Option<string?> file = new("-f", "--file") { Description = "the role as YAML, or as JSON as `role show --json` prints it; - for stdin", HelpName = "FILE" };
        return tree.Make(
            "set",
            "make a role, or replace what it grants\nexample: gatehouse role set reader --grant 'etcd:kv.range,watch:app/**'",
            async (context, cancellation) =>
            {
                string role = context.Value(name);
                bool hasGrants = context.Value(allow) is { Length: > 0 } || context.Value(deny) is { Length: > 0 };
                RoleView view = (context.Value(file), hasGrants) switch
                {
                    (not null, true) => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "grants come from the file or from options, not from both"),
                    ({ } path, false) => RoleFileInput.Read(path),
                    (null, true) => FromOptions(context, allow, deny, sources),
                    _ => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a role needs grants", "--grant 'etcd:kv.range:app/**', or -f FILE"),
                };
                view.Name = view.Name ?? role;
                view.BuiltIn = null;
                view.Description = context.Value(description) ?? view.Description;
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Put, $"/v1/roles/{AdminClient.Segment(role)}", view, Json.RoleView, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"role {role} set, {view.Grants.Count} {(view.Grants.Count == 1 ? "grant" : "grants")}"));
                return ExitCodes.Fine;
            },
            name, allow, deny, sources, description, file);
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list roles\nexample: gatehouse role list",
        static _ => "/v1/roles",
        Json.RoleListResponse,
        static (screen, list) =>
        {
            var table = new Table("NAME", "KIND", "GRANTS", "DESCRIPTION");
            foreach (RoleView role in list.Roles)
            {
                table.Add(
                    role.Name,
                    Kind(role),
                    string.Join("; ", role.Grants.Select(static grant => (grant.Effect == GrantEffect.Deny ? "deny " : "") + GrantText.Format(grant))),
                    role.Description);
            }

            table.Write(screen, "no roles");
        });

    private static Command Show(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.MakeQuery(
            "show",
            "show a role\nexample: gatehouse role show reader --json > reader.json",
            context => $"/v1/roles/{AdminClient.Segment(context.Value(name))}",
            Json.RoleView,
            static (screen, role) =>
            {
                new Facts().Add("name", role.Name).Add("kind", Kind(role)).Add("description", role.Description).Write(screen);
                foreach (GrantView grant in role.Grants)
                {
                    bool isDeny = grant.Effect == GrantEffect.Deny;
                    screen.Output.WriteLine($"  {screen.Styled(isDeny ? "deny " : "allow", isDeny ? Style.Red : Style.Green)}  {Screen.Plain(GrantText.Format(grant))}");
                }
            },
            name);
    }

    private static Command Remove(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.Make(
            "rm",
            "remove a role that nobody has\nexample: gatehouse role rm reader",
            async (context, cancellation) =>
            {
                string role = context.Value(name);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, $"/v1/roles/{AdminClient.Segment(role)}", Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"role {role} removed"));
                return ExitCodes.Fine;
            },
            name);
    }

    private static RoleView FromOptions(CommandContext context, Option<string[]> allow, Option<string[]> deny, Option<string[]> sources)
    {
        ConditionsView? when = context.Value(sources) is { Length: > 0 } networks ? new ConditionsView { Sources = networks } : null;
        List<GrantView> grants =
        [
            .. (context.Value(allow) ?? []).Select(static text => Parse(text, GrantEffect.Allow)),
            .. (context.Value(deny) ?? []).Select(static text => Parse(text, GrantEffect.Deny)),
        ];
        grants.ForEach(grant => grant.When = when);
        return new RoleView { Grants = grants };
    }

    private static GrantView Parse(string text, GrantEffect effect) => GrantText.TryParse(text, effect, out GrantView? grant, out string? reason)
        ? grant!
        : throw CommandFailure.CannotRun(AdministrationProblems.GrantSyntax, $"`{text}` is no grant: {reason}");

    private static string Kind(RoleView role) => role.BuiltIn == true ? "built in" : "own";

    private static Argument<string> Name() => new("NAME") { Description = "the role's name" };
}
