using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse conn</c>.</summary>
internal static class ConnectionCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group("conn", "live connections", List(tree), Kill(tree));

    private static Command List(CommandTree tree)
    {
        Option<string?> user = new("--user") { Description = "only this user's", HelpName = "NAME" };
        Option<string?> gate = new("--gate") { Description = "only this gate's", HelpName = "NAME" };
        return tree.MakeQuery(
            "list",
            "list live connections\nexample: gatehouse conn list --user anna",
            context => "/v1/connections" + AdminClient.Query(("user", context.Value(user)), ("gate", context.Value(gate))),
            Json.ConnectionListResponse,
            static (screen, list) =>
            {
                var table = new Table("ID", "GATE", "SOURCE", "USER", "SINCE", "RUNS");
                foreach (ConnectionView one in list.Connections)
                {
                    table.Add(
                        one.Id.ToString(CultureInfo.InvariantCulture),
                        one.Gate,
                        one.Source,
                        one.User is null ? null : $"{one.Realm}/{one.User}",
                        one.Since.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                        string.Join("; ", one.Work));
                }

                table.Write(screen, "no connections");
            },
            user, gate);
    }

    private static Command Kill(CommandTree tree)
    {
        Argument<long?> id = new("ID") { Description = "the connection's number", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> user = new("--user") { Description = "all of a user's", HelpName = "NAME" };
        Option<string?> gate = new("--gate") { Description = "all of a gate's", HelpName = "NAME" };
        return tree.Make(
            "kill",
            "cut live connections\nexample: gatehouse conn kill --user anna",
            async (context, cancellation) =>
            {
                long? number = context.Parsed.GetValue(id);
                string? name = context.Value(user);
                string? where = context.Value(gate);
                if ((number is null ? 0 : 1) + (name is null ? 0 : 1) + (where is null ? 0 : 1) != 1)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "one of ID, --user and --gate says what to cut", "gatehouse conn list shows the numbers");
                }

                string path = number is not null
                    ? $"/v1/connections/{number.Value.ToString(CultureInfo.InvariantCulture)}"
                    : "/v1/connections" + AdminClient.Query(("user", name), ("gate", where));
                Answer<ConnectionKillResponse> answer = await context.Client.SendAsync(HttpMethod.Delete, path, Json.ConnectionKillResponse, cancellation);
                context.Print(answer, killed => context.Screen.Line($"{killed.Killed} {(killed.Killed == 1 ? "connection" : "connections")} cut"));
                return ExitCodes.Fine;
            },
            id, user, gate);
    }
}
