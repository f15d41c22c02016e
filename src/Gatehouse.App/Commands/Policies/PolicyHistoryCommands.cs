using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy history</c> and <c>rollback</c>.</summary>
internal static class PolicyHistoryCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command History(CommandTree tree)
    {
        Option<int> limit = new("--limit") { Description = "at most so many, newest first; 1000 at most", HelpName = "N", DefaultValueFactory = static _ => 20 };
        return tree.MakeQuery(
            "history",
            "the generations that are kept: when, who, and what was changed\nexample: gatehouse policy history --limit 50",
            context => "/v1/policy/history" + AdminClient.Query(("limit", context.Value(limit).ToString(CultureInfo.InvariantCulture))),
            Json.PolicyHistoryResponse,
            Show,
            limit);
    }

    public static Command Rollback(CommandTree tree)
    {
        Option<long?> to = new("--to") { Description = "the generation to go back to (`policy history`); else the one before", HelpName = "GENERATION" };
        Option<bool> dryRun = new("--dry-run", "--diff") { Description = "only say what it would change, as `policy diff`; exit code 1 where anything would" };
        Option<long?> revision = PolicyInput.RevisionOption();
        return tree.Make(
            "rollback",
            "go back to the policy of an earlier generation; API keys and passwords stay as they are\nexample: gatehouse policy rollback --to 11 --dry-run",
            async (context, cancellation) =>
            {
                var request = new PolicyRollbackRequest { To = context.Value(to), Revision = context.Value(revision) };
                if (context.Value(dryRun))
                {
                    Answer<PolicyDiffResponse> diff = await context.Client.SendAsync(
                        HttpMethod.Post, "/v1/policy/rollback/diff", request, AdminJson.Default.PolicyRollbackRequest, Json.PolicyDiffResponse, cancellation);
                    context.Print(diff, found => PolicyDiffCommand.Show(context.Screen, found));
                    return diff.Value.Differs ? ExitCodes.Findings : ExitCodes.Fine;
                }

                Answer<PolicyChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/policy/rollback", request, AdminJson.Default.PolicyRollbackRequest, Json.PolicyChangeResponse, cancellation);
                context.Print(answer, change => PolicyCommands.Show(context, change));
                return ExitCodes.Fine;
            },
            to, dryRun, revision);
    }

    private static void Show(Screen screen, PolicyHistoryResponse history)
    {
        Table table = new("GENERATION", "WHEN", "WHO", "WHAT");
        foreach (PolicyHistoryEntry entry in history.Generations)
        {
            table.Add(
                entry.Generation.ToString(CultureInfo.InvariantCulture) + (entry.Generation == history.Generation ? " in force" : ""),
                entry.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                entry.Actor,
                entry.Summary);
        }

        table.Write(screen, "none is kept");
        screen.Problem(string.Create(
            CultureInfo.InvariantCulture, $"kept: {history.KeptDays} days after the next one, {history.KeptMost} at most; gatehouse policy rollback --to N --dry-run shows the way back"));
    }
}
