using System.CommandLine;
using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Identities;

/// <summary><c>gatehouse realm</c>.</summary>
internal static class RealmCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "realm",
        "where users are verified besides the native ones: directories, certificates, tokens",
        Set(tree), List(tree), Show(tree), Remove(tree), Switch(tree, "enable", true), Switch(tree, "disable", false), RealmTestCommand.Create(tree));

    /// <summary>The path of a realm.</summary>
    public static string PathOf(string name) => $"/v1/realms/{AdminClient.Segment(name)}";

    private static Command Set(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string> file = new("-f", "--file")
        {
            Description = "the realm as YAML or JSON, - for stdin; with its version in it, a change of somebody else is not overwritten",
            HelpName = "FILE",
            Required = true,
        };
        Option<string?> authorities = new("--authorities-file") { Description = "PEM file to put in as `authorities`", HelpName = "FILE" };
        Option<string?> password = new("--bind-password-file") { Description = "read the directory's bind password from a file, - for stdin; else a former one stays", HelpName = "FILE" };
        Option<bool> ask = new("--ask-bind-password") { Description = "ask for the bind password" };
        return tree.Make(
            "set",
            "make a realm, or replace its settings\nexample: gatehouse realm set corp -f corp.yaml --bind-password-file bind.txt",
            async (context, cancellation) =>
            {
                string path = context.Value(file)!; // required
                string? secret = context.Value(password);
                if ((secret is not null && context.Value(ask)) || (secret == "-" && path == "-"))
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "the bind password comes from one place, and not from that of the realm", "give one of them");
                }

                string realm = context.Value(name);
                RealmView view = DocumentFile.Read(path, AdminJson.Default.RealmView, "realm", "`gatehouse realm show NAME --json` prints one");
                if (context.Value(authorities) is { } pem)
                {
                    PutAuthorities(view, Encoding.UTF8.GetString(InputFile.Read(pem).Content));
                }

                if (secret is not null || context.Value(ask))
                {
                    DirectoryView directory = view.Directory
                        ?? throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "a bind password is for realms with `directory`");
                    directory.BindPassword = secret is not null ? PasswordInput.FromFile(secret) : PasswordInput.Ask(context.Screen, $"Password of {directory.BindDn}");
                }

                return await PutAsync(context, realm, view, $"realm {realm} set", cancellation);
            },
            name, file, authorities, password, ask);
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list realms in the order in which they are asked\nexample: gatehouse realm list",
        static _ => "/v1/realms",
        Json.RealmListResponse,
        static (screen, list) =>
        {
            Table table = new Table("ORDER", "NAME", "KIND", "STATE", "WHERE", "DESCRIPTION").WithStyle(static (column, text) =>
                column == 3 && text == "disabled" ? Style.Yellow : Style.None);
            table.Add("0", RealmNames.Native, "built in", "enabled", null, "users of `gatehouse user`, and their API keys");
            foreach (RealmView realm in list.Realms)
            {
                table.Add(realm.Order.ToString(CultureInfo.InvariantCulture), realm.Name, KindWords.Of(realm.Kind), State(realm), Where(realm), realm.Description);
            }

            table.Write(screen, "");
        });

    private static Command Show(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.MakeQuery(
            "show",
            "show a realm, without its secrets\nexample: gatehouse realm show corp --json > corp.json",
            context => PathOf(context.Value(name)),
            Json.RealmView,
            static (screen, realm) =>
            {
                Facts facts = new Facts()
                    .Add("name", realm.Name)
                    .Add("kind", KindWords.Of(realm.Kind))
                    .Add("order", realm.Order.ToString(CultureInfo.InvariantCulture))
                    .Add("state", State(realm), realm.Enabled ? Style.None : Style.Yellow)
                    .Add("description", realm.Description)
                    .Add("version", realm.Version?.ToString(CultureInfo.InvariantCulture));
                RealmFacts.Add(facts, realm);
                facts.Write(screen);
            },
            name);
    }

    private static Command Remove(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<bool> force = new("--force") { Description = "though mappings or gates name it; mappings of this realm only go along" };
        return tree.Make(
            "rm",
            "remove a realm that no mapping or gate names; whom it let in is cut\nexample: gatehouse realm rm corp",
            async (context, cancellation) =>
            {
                string realm = context.Value(name);
                string path = PathOf(realm) + AdminClient.Query(("force", context.Value(force) ? "true" : null));
                Answer<ChangeResponse> answer = await context.Client.SendAsync(HttpMethod.Delete, path, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"realm {realm} removed"));
                return ExitCodes.Fine;
            },
            name, force);
    }

    private static Command Switch(CommandTree tree, string word, bool isEnabled)
    {
        Argument<string> name = Name();
        return tree.Make(
            word,
            isEnabled ? "let a realm verify people again\nexample: gatehouse realm enable corp" : "let nobody in by a realm, and cut whom it let in\nexample: gatehouse realm disable corp",
            async (context, cancellation) =>
            {
                string realm = context.Value(name);
                Answer<RealmView> read = await context.Client.GetAsync(PathOf(realm), Json.RealmView, cancellation);
                RealmView view = read.Value;
                view.Enabled = isEnabled;
                return await PutAsync(context, realm, view, $"realm {realm} {word}d", cancellation);
            },
            name);
    }

    private static async Task<int> PutAsync(CommandContext context, string realm, RealmView view, string text, CancellationToken cancellation)
    {
        Answer<ChangeResponse> answer = await context.Client.SendAsync(HttpMethod.Put, PathOf(realm), view, Json.RealmView, Json.ChangeResponse, cancellation);
        context.Print(answer, _ => context.Screen.Line(text));
        return ExitCodes.Fine;
    }

    private static void PutAuthorities(RealmView view, string pem)
    {
        if (view.Directory is { } directory)
        {
            directory.Authorities = pem;
        }
        else if (view.Certificate is { } certificate)
        {
            certificate.Authorities = pem;
        }
        else if (view.Token is { } token)
        {
            token.Authorities = pem;
        }
        else
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "authorities are for realms with `directory`, `certificate` or `token`");
        }
    }

    private static string State(RealmView realm) => realm.Enabled ? "enabled" : "disabled";

    private static string? Where(RealmView realm) =>
        realm.Directory is { } directory ? string.Join(' ', directory.Urls)
        : realm.Token is { } token ? token.Issuer
        : realm.Certificate is { } certificate ? certificate.NameFrom
        : realm.Anonymous is { } anonymous ? string.Join(',', anonymous.Roles)
        : null;

    private static Argument<string> Name() => new("NAME") { Description = "the realm's name" };
}
