using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Mqtt;

/// <summary><c>gatehouse client-id</c>.</summary>
internal static class ClientIdCommands
{
    private const string Path = "/v1/client-ids";
    private const long Forever = uint.MaxValue;

    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "client-id", "MQTT client ids: whose they are, and until when", List(tree), Show(tree), Release(tree));

    private static Command List(CommandTree tree)
    {
        Option<string?> broker = Broker();
        Option<string?> user = new("--user") { Description = "only this user's", HelpName = "NAME" };
        Option<int?> limit = new("--limit") { Description = "at most so many; 1000 without", HelpName = "N" };
        Option<string?> after = new("--after") { Description = "go on behind this key", HelpName = "KEY" };
        return tree.MakeQuery(
            "list",
            "list client ids that are connected, or with which a broker may still keep a session\nexample: gatehouse client-id list --user anna",
            context => Path + AdminClient.Query(
                ("broker", context.Value(broker)),
                ("user", context.Value(user)),
                ("limit", context.Parsed.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)),
                ("after", context.Value(after))),
            Json.ClientIdListResponse,
            static (screen, list) =>
            {
                Table table = new Table("CLIENT ID", "BROKER", "OWNER", "STATE", "UNTIL", "KEY").WithStyle(static (column, text) =>
                    column == 3 && text == "damaged" ? Style.Red : Style.None);
                foreach (ClientIdView one in list.ClientIds)
                {
                    table.Add(Id(one), one.Broker, Owner(one), one.State, Until(one), one.Key);
                }

                table.Write(screen, "no client ids");
                if (list.Next is { } next)
                {
                    screen.Problem($"there are more: --after {next}");
                }
            },
            broker, user, limit, after);
    }

    private static Command Show(CommandTree tree)
    {
        (Argument<string?> id, Option<string?> broker, Option<string?> key) = Which();
        return tree.Make(
            "show",
            "show whose a client id is\nexample: gatehouse client-id show pump-17",
            async (context, cancellation) =>
            {
                ClientIdView one = await FindAsync(context, context.Parsed.GetValue(id), context.Value(broker), context.Value(key), cancellation);
                Answer<ClientIdView> answer = await context.Client.GetAsync($"{Path}/{AdminClient.Segment(one.Key)}", Json.ClientIdView, cancellation);
                context.Print(answer, found => Tell(context.Screen, found));
                return ExitCodes.Fine;
            },
            id, broker, key);
    }

    private static Command Release(CommandTree tree)
    {
        (Argument<string?> id, Option<string?> broker, Option<string?> key) = Which();
        Option<bool> yes = new("--yes") { Description = "do not ask" };
        return tree.Make(
            "release",
            "make a client id nobody's; end its session on the broker before\nexample: gatehouse client-id release pump-17 --yes",
            async (context, cancellation) =>
            {
                ClientIdView one = await FindAsync(context, context.Parsed.GetValue(id), context.Value(broker), context.Value(key), cancellation);
                if (!context.Value(yes))
                {
                    Confirm(context.Screen, one);
                }

                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, $"{Path}/{AdminClient.Segment(one.Key)}", Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"client id {Id(one)} of {one.Broker} is nobody's now"));
                return ExitCodes.Fine;
            },
            id, broker, key, yes);
    }

    private static Option<string?> Broker() => new("--broker") { Description = "only this broker's, as `client-id list` shows it", HelpName = "BROKER" };

    private static (Argument<string?> Id, Option<string?> Broker, Option<string?> Key) Which() => (
        new("ID") { Description = "the client id", Arity = ArgumentArity.ZeroOrOne },
        Broker(),
        new("--key") { Description = "its key instead, for ids that nobody can type", HelpName = "KEY" });

    private static async Task<ClientIdView> FindAsync(
        CommandContext context, string? id, string? broker, string? key, CancellationToken cancellation)
    {
        if (id is null == key is null || (key is not null && broker is not null))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "either ID or --key says which one", "gatehouse client-id list shows them");
        }

        if (key is not null)
        {
            return (await context.Client.GetAsync($"{Path}/{AdminClient.Segment(key)}", Json.ClientIdView, cancellation)).Value;
        }

        Answer<ClientIdListResponse> found = await context.Client.GetAsync(
            Path + AdminClient.Query(("id", id), ("broker", broker)), Json.ClientIdListResponse, cancellation);
        return found.Value.ClientIds switch
        {
            [var one] => one,
            [] => throw CommandFailure.Refused(AdministrationProblems.NotFound, $"client id `{id}` is nobody's", "gatehouse client-id list shows those that are somebody's"),
            var many => throw CommandFailure.Refused(
                AdministrationProblems.InvalidValue,
                $"client id `{id}` is owned on {many.Count} brokers: {string.Join(", ", many.Take(5).Select(static one => one.Broker))}",
                "--broker says on which"),
        };
    }

    // On the error stream: the answer alone is on the output.
    private static void Confirm(Screen screen, ClientIdView one)
    {
        screen.Problem($"whoever connects to {one.Broker} with client id {Id(one)} then gets what the broker still keeps for {Owner(one)}: subscriptions and messages");
        screen.Error.Write("type yes to make it nobody's: ");
        if (Console.In.ReadLine()?.Trim() != "yes")
        {
            throw CommandFailure.Refused(AdministrationProblems.InvalidValue, "that is not yes; nothing was changed");
        }
    }

    private static void Tell(Screen screen, ClientIdView one) => new Facts()
        .Add("client id", Id(one))
        .Add("broker", one.Broker)
        .Add("owner", Owner(one))
        .Add("state", one.State, one.State == "damaged" ? Style.Red : Style.None)
        .Add("connections", one.Connections.ToString(CultureInfo.InvariantCulture))
        .Add("session kept", one.SessionExpiry switch
        {
            0 => "as long as it is connected",
            Forever => "for ever",
            long seconds => $"{seconds.ToString(CultureInfo.InvariantCulture)} s after its connection",
        })
        .Add("until", Until(one))
        .Add("key", one.Key)
        .Write(screen);

    private static string Id(ClientIdView one) => one.Cut ? one.ClientId + "…" : one.ClientId;

    private static string Owner(ClientIdView one) => one.User is null ? "(unknown)" : $"{one.Realm}/{one.User}";

    private static string? Until(ClientIdView one) => one.State == "connected" ? null
        : one.Until is { } until ? until.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "for ever";
}
