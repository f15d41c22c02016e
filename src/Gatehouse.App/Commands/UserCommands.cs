using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse user</c>.</summary>
internal static class UserCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "user", "users and their passwords", Add(tree), Set(tree), List(tree), Show(tree), Remove(tree), Password(tree));

    private static Command Add(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string[]> roles = Roles("--role", "a role it gets");
        Option<string?> fullName = FullName();
        Option<string?> expires = new("--expires") { Description = "as if disabled from then on: 2026-12-31 or 2026-12-31T12:00:00Z", HelpName = "TIME" };
        Option<bool> disabled = new("--disabled") { Description = "may not log in yet" };
        Option<bool> none = new("--no-password") { Description = "without a password" };
        Option<bool> service = new("--service") { Description = "a service account: no password, now or later; acts by API keys" };
        Option<bool> breakGlass = new("--break-glass") { Description = "for emergencies: each login raises an alarm" };
        (Option<string?> file, Option<bool> generate) = PasswordOptions();
        return tree.Make(
            "add",
            "add a user; the password is asked for\nexample: gatehouse user add anna --role reader",
            async (context, cancellation) =>
            {
                string user = context.Value(name);
                bool isWithout = context.Value(none) || context.Value(service);
                if (isWithout && (context.Value(file) is not null || context.Value(generate)))
                {
                    throw Contradiction(context.Value(service) ? "--service" : "--no-password");
                }

                string? password = isWithout ? null : NewPassword(context, user, file, generate);
                var request = new UserAddRequest
                {
                    Name = user,
                    Password = password,
                    Roles = context.Value(roles) ?? [],
                    FullName = context.Value(fullName),
                    Enabled = !context.Value(disabled),
                    Expires = Time(context.Value(expires)),
                    Service = context.Value(service),
                    BreakGlass = context.Value(breakGlass),
                };
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/users", request, Json.UserAddRequest, Json.ChangeResponse, cancellation);
                return Done(context, answer, $"user {user} added", context.Value(generate) ? password : null);
            },
            name, roles, fullName, expires, disabled, none, service, breakGlass, file, generate);
    }

    private static Command Set(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string[]> roles = Roles("--roles", "exactly these roles, with commas; '' for none");
        Option<string[]> add = Roles("--add-role", "one more role");
        Option<string[]> remove = Roles("--remove-role", "one role less");
        Option<string?> fullName = FullName();
        Option<bool> enable = new("--enable") { Description = "may log in" };
        Option<bool> disable = new("--disable") { Description = "may not log in; live connections are cut" };
        Option<string?> expires = new("--expires") { Description = "as if disabled from then on, or never", HelpName = "TIME" };
        return tree.Make(
            "set",
            "change a user\nexample: gatehouse user set anna --add-role writer",
            async (context, cancellation) =>
            {
                if (context.Value(enable) && context.Value(disable))
                {
                    throw Contradiction("--enable");
                }

                bool isNever = string.Equals(context.Value(expires), "never", StringComparison.Ordinal);
                var request = new UserSetRequest
                {
                    Roles = Given(context, roles) is { } all ? [.. all.SelectMany(static r => r.Split(',', StringSplitOptions.RemoveEmptyEntries))] : null,
                    AddRoles = Given(context, add),
                    RemoveRoles = Given(context, remove),
                    FullName = context.Value(fullName),
                    Enabled = context.Value(enable) ? true : context.Value(disable) ? false : null,
                    Expires = isNever ? null : Time(context.Value(expires)),
                    NeverExpires = isNever,
                };
                if (request == new UserSetRequest())
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "nothing to change was given", "gatehouse user set --help");
                }

                string user = context.Value(name);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Patch, $"/v1/users/{AdminClient.Segment(user)}", request, Json.UserSetRequest, Json.ChangeResponse, cancellation);
                return Done(context, answer, $"user {user} changed");
            },
            name, roles, add, remove, fullName, enable, disable, expires);
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list users\nexample: gatehouse user list",
        static _ => "/v1/users",
        Json.UserListResponse,
        static (screen, list) =>
        {
            Table table = new Table("NAME", "ROLES", "STATE", "EXPIRES", "FULL NAME").WithStyle(static (column, text) => column == 2 ? StateStyle(text) : Style.None);
            foreach (UserView user in list.Users)
            {
                table.Add(user.Name, string.Join(',', user.Roles), State(user), Shown(user.Expires), user.FullName);
            }

            table.Write(screen, "no users");
        });

    private static Command Show(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.MakeQuery(
            "show",
            "show a user\nexample: gatehouse user show anna",
            context => $"/v1/users/{AdminClient.Segment(context.Value(name))}",
            Json.UserView,
            static (screen, user) => new Facts()
                .Add("name", user.Name)
                .Add("full name", user.FullName)
                .Add("roles", string.Join(", ", user.Roles))
                .Add("state", State(user), StateStyle(State(user)))
                .Add("expires", Shown(user.Expires))
                .Add("password", user.HasPassword ? "set" : user.Service ? "none: a service account" : "none")
                .Add("created", Shown(user.Created))
                .Add("changed", Shown(user.Changed))
                .Write(screen),
            name);
    }

    private static Command Remove(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.Make(
            "rm",
            "remove a user; live connections are cut\nexample: gatehouse user rm anna",
            async (context, cancellation) =>
            {
                string user = context.Value(name);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, $"/v1/users/{AdminClient.Segment(user)}", Json.ChangeResponse, cancellation);
                return Done(context, answer, $"user {user} removed");
            },
            name);
    }

    private static Command Password(CommandTree tree)
    {
        Argument<string> name = Name();
        (Option<string?> file, Option<bool> generate) = PasswordOptions();
        Option<bool> endService = new("--end-service") { Description = "make an ordinary user of a service account" };
        return tree.Make(
            "passwd",
            "set a user's password; it is asked for\nexample: gatehouse user passwd anna --generate",
            async (context, cancellation) =>
            {
                string user = context.Value(name);
                string password = NewPassword(context, user, file, generate);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post,
                    $"/v1/users/{AdminClient.Segment(user)}/password",
                    new PasswordRequest { Password = password, EndService = context.Value(endService) },
                    Json.PasswordRequest,
                    Json.ChangeResponse,
                    cancellation);
                return Done(context, answer, $"password of {user} changed", context.Value(generate) ? password : null);
            },
            name, file, generate, endService);
    }

    /// <summary>Prints what came of a change, and a generated password once.</summary>
    public static int Done(CommandContext context, Answer<ChangeResponse> answer, string text, string? generated = null)
    {
        if (generated is not null)
        {
            answer = new Answer<ChangeResponse>(
                System.Text.Encoding.UTF8.GetBytes($"{{\"generation\":{answer.Value.Generation},\"password\":\"{generated}\"}}"), answer.Value);
        }

        context.Print(answer, _ =>
        {
            context.Screen.Line(text);
            if (generated is not null)
            {
                context.Screen.Line($"password, shown only now: {generated}");
            }
        });
        return ExitCodes.Fine;
    }

    private static string NewPassword(CommandContext context, string user, Option<string?> file, Option<bool> generate) =>
        (context.Value(file), context.Value(generate)) switch
        {
            (not null, true) => throw Contradiction("--generate"),
            ({ } path, false) => PasswordInput.FromFile(path),
            (null, true) => PasswordInput.Generate(),
            _ => PasswordInput.AskTwice(context.Screen, user),
        };

    private static CommandFailure Contradiction(string option) =>
        CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{option}` contradicts another option", "give one of them");

    private static string[]? Given(CommandContext context, Option<string[]> option) =>
        context.Parsed.GetResult(option) is { Implicit: false } ? context.Value(option) : null;

    /// <summary>A time as people write it on the command line.</summary>
    public static DateTimeOffset? Time(string? text)
    {
        if (text is null)
        {
            return null;
        }

        return DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset time)
            ? time
            : throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{text}` is no time", "2026-12-31 or 2026-12-31T12:00:00Z");
    }

    private static string State(UserView user) => (user.Enabled ? "enabled" : "disabled") + (user.BreakGlass ? ", break-glass" : "");

    private static Style StateStyle(string state) => state == "disabled" ? Style.Yellow : Style.None;

    private static string? Shown(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static Argument<string> Name() => new("NAME") { Description = "the user's name" };

    // Either spelling works in both commands: nobody should have to remember which has which.
    private static Option<string[]> Roles(string option, string description) =>
        option switch
        {
            "--role" => new(option, "--roles") { Description = description, HelpName = "ROLE" },
            "--roles" => new(option, "--role") { Description = description, HelpName = "ROLE" },
            _ => new(option) { Description = description, HelpName = "ROLE" },
        };

    private static Option<string?> FullName() => new("--full-name") { Description = "free text", HelpName = "TEXT" };

    private static (Option<string?> File, Option<bool> Generate) PasswordOptions() => (
        new("--password-file") { Description = "read the password from a file, - for stdin", HelpName = "FILE" },
        new("--generate") { Description = "make a password and print it once" });
}
