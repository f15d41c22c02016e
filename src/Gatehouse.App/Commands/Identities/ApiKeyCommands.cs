using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Identities;

/// <summary><c>gatehouse apikey</c>.</summary>
internal static class ApiKeyCommands
{
    private const string Path = "/v1/apikeys";

    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "apikey", "keys by which programs act for a user, with all of its rights or fewer", Make(tree), List(tree), Revoke(tree));

    private static Command Make(CommandTree tree)
    {
        Argument<string> name = new("NAME") { Description = "a name for people" };
        Option<string?> owner = new("--owner") { Description = "the user it acts for; else who calls", HelpName = "USER" };
        Option<string?> expires = new("--expires") { Description = "ends then: 2026-12-31, 2026-12-31T12:00:00Z, or in 12h, 90d", HelpName = "TIME" };
        Option<string[]> grants = new("--grant") { Description = "only this of the owner's rights: SYSTEM:ACTIONS:RESOURCES, more than once", HelpName = "GRANT" };
        Option<string[]> sources = new("--when-source") { Description = "all these grants only from this network", HelpName = "CIDR" };
        return tree.Make(
            "create",
            "make a key; it is shown this once\nexample: gatehouse apikey create backup --owner backup-job --expires 90d --grant 'etcd:kv.range:app/**'",
            async (context, cancellation) =>
            {
                ConditionsView? when = context.Value(sources) is { Length: > 0 } networks ? new ConditionsView { Sources = networks } : null;
                GrantView[]? narrowed = context.Value(grants) is { Length: > 0 } texts ? [.. texts.Select(text => Parse(text, when))] : null;
                if (when is not null && narrowed is null)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "`--when-source` is a condition on grants, and there are none", "--grant '*:*' --when-source CIDR");
                }

                var request = new ApiKeyCreateRequest
                {
                    Name = context.Value(name),
                    Owner = context.Value(owner),
                    Expires = Time(context.Value(expires)),
                    Grants = narrowed,
                };
                Answer<ApiKeyCreateResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, Path, request, Json.ApiKeyCreateRequest, Json.ApiKeyCreateResponse, cancellation);
                context.Print(answer, made =>
                {
                    context.Screen.Line($"key {made.Id} of {made.Owner}{(made.Expires is null ? "" : $", until {Shown(made.Expires)}")}{(made.Derived ? ", without rights: a key made it" : "")}");
                    context.Screen.Line($"shown only now: {made.Key}");
                });
                return ExitCodes.Fine;
            },
            name, owner, expires, grants, sources);
    }

    private static Command List(CommandTree tree)
    {
        Option<string?> owner = new("--owner") { Description = "this user's", HelpName = "USER" };
        Option<bool> all = new("--all") { Description = "everybody's" };
        return tree.MakeQuery(
            "list",
            "list keys: one's own, somebody's, or everybody's\nexample: gatehouse apikey list --all",
            context => Path + AdminClient.Query(("owner", context.Value(owner)), ("all", context.Value(all) ? "true" : null)),
            Json.ApiKeyListResponse,
            static (screen, list) =>
            {
                Table table = new Table("ID", "NAME", "OWNER", "GRANTS", "CREATED", "EXPIRES", "MADE BY").WithStyle(static (column, text) =>
                    column == 5 && text.EndsWith("(over)", StringComparison.Ordinal) ? Style.Yellow : Style.None);
                foreach (ApiKeyView key in list.Keys)
                {
                    string grants = key.Derived ? "(none)"
                        : key.Grants is not { } some ? "(all of the owner's)"
                        : some.Count == 0 ? "(none)"
                        : string.Join("; ", some.Select(static grant => (grant.Effect == GrantEffect.Deny ? "deny " : "") + GrantText.Format(grant)));
                    table.Add(key.Id, key.Name, key.Owner, grants, Shown(key.Created), key.Expires is null ? "never" : Shown(key.Expires) + (key.Expired ? " (over)" : ""), key.CreatedBy);
                }

                table.Write(screen, "no keys");
            },
            owner, all);
    }

    private static Command Revoke(CommandTree tree)
    {
        Argument<string> id = new("ID") { Description = "the key's public part, the 20 characters behind gh_" };
        return tree.Make(
            "revoke",
            "revoke a key; its connections are cut\nexample: gatehouse apikey revoke 4fT0bQnLw2yXk9aVd7sE",
            async (context, cancellation) =>
            {
                string key = context.Value(id);
                if (key.Length > ApiKeySecret.IdLength && key.StartsWith(ApiKeySecret.Prefix, StringComparison.Ordinal))
                {
                    // Not sent on: what is in the path may stand in somebody's log.
                    throw CommandFailure.CannotRun(
                        AdministrationProblems.CommandLine, "this is the whole key, and every local user can read arguments", "give the 20 characters behind gh_ only, and revoke the key soon");
                }

                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, $"{Path}/{AdminClient.Segment(key)}", Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"key {key} revoked"));
                return ExitCodes.Fine;
            },
            id);
    }

    private static GrantView Parse(string text, ConditionsView? when)
    {
        if (!GrantText.TryParse(text, GrantEffect.Allow, out GrantView? grant, out string? reason))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.GrantSyntax, $"`{text}` is no grant: {reason}");
        }

        grant!.When = when;
        return grant;
    }

    private static DateTimeOffset? Time(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length is > 1 and < 6 && text[^1] is 'h' or 'd' && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            return text[^1] == 'h' ? now.AddHours(number) : now.AddDays(number);
        }

        return UserCommands.Time(text);
    }

    private static string? Shown(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
