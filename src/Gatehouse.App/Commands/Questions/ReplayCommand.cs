using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Commands.Policies;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands.Questions;

/// <summary><c>gatehouse policy replay</c>.</summary>
internal static class ReplayCommand
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree)
    {
        Option<string> file = PolicyInput.FileOption();
        Option<string> since = new("--since") { Description = "decisions not before: 15m, 2h, 7d ago, or a time", HelpName = "TIME", DefaultValueFactory = static _ => "24h" };
        Option<string?> gate = new("--gate") { Description = "only decisions of this gate", HelpName = "NAME" };
        Option<bool> add = new("--import") { Description = "as `policy import` would: nothing is removed" };
        return tree.Make(
            "replay",
            "try a policy on the recorded decisions: who and what would flip; exit code 1 if any does\nexample: gatehouse policy replay -f policy.yaml --since 24h",
            async (context, cancellation) =>
            {
                var request = new PolicyReplayRequest
                {
                    Policy = Read(context.Value(file)!), // required
                    Add = context.Value(add),
                    Since = DateTimeOffset.Parse(AuditFilter.Time(context.Value(since))!, CultureInfo.InvariantCulture), // it has a default
                    Gate = context.Value(gate),
                };
                Answer<PolicyReplayResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/policy/replay", request, AdminJson.Default.PolicyReplayRequest, Json.PolicyReplayResponse, cancellation);
                context.Print(answer, found => Write(context.Screen, found));
                return answer.Value.Denied + answer.Value.Allowed > 0 ? ExitCodes.Findings : ExitCodes.Fine;
            },
            file, since, gate, add);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PolicyView Read(string path) => PolicyInput.Read(path).View!; // else it was a failure

    private static void Write(Screen screen, PolicyReplayResponse found)
    {
        QuestionText.Coverage(screen, found.Trail);
        Table table = new Table("BECOMES", "COUNT", "WHO", "GATE", "WHAT", "ON", "WHY", "EXAMPLE").WithStyle(static (column, text) => (column, text) switch
        {
            (0, ReplayWords.Denied) => Style.Red,
            (0, ReplayWords.Allowed) => Style.Yellow,
            _ => Style.None,
        });
        foreach (ReplayFlip flip in found.Flips)
        {
            table.Add(
                flip.Becomes,
                flip.Count.ToString(CultureInfo.InvariantCulture),
                flip.Identity,
                flip.Gate,
                string.Join(", ", flip.Operations),
                string.Join(", ", flip.Resources.Take(3)) + (flip.Resources.Count > 3 || flip.MoreResources ? ", ..." : ""),
                flip.Reason.Replace('_', ' '),
                flip.Receipt ?? (flip.RequestId is null ? null : "request " + flip.RequestId));
        }

        table.Write(screen, "nothing flips");
        screen.Problem(string.Create(
            CultureInfo.InvariantCulture,
            $"{found.Replayed} decisions made again on generation {found.Generation} and on the file: {found.Denied} become denied, {found.Allowed} become allowed"));
        if (found.LeftOut > 0)
        {
            screen.Problem(string.Create(CultureInfo.InvariantCulture, $"{found.LeftOut} of them have no line: there are too many different ones; ask about one gate, or a shorter time"));
        }

        QuestionText.Notes(screen, found.Notes);
    }

    private static class ReplayWords
    {
        public const string Denied = "denied";
        public const string Allowed = "allowed";
    }
}
