using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Commands.Questions;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy</c>.</summary>
internal static class PolicyCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "policy", "users, roles, realms, mappings, address rules and audit policy as one file", Export(tree), PolicyCheckCommand.Create(tree), PolicyDiffCommand.Create(tree), PolicyTestCommand.Create(tree), ReplayCommand.Create(tree), Apply(tree), PolicyImportCommand.Create(tree), PolicyHistoryCommands.History(tree), PolicyHistoryCommands.Rollback(tree));

    private static Command Export(CommandTree tree)
    {
        Option<string?> file = new("-f", "--file") { Description = "write it there (0600) and not to the terminal", HelpName = "FILE" };
        Option<bool> hashes = new("--with-hashes") { Description = "with the hashes of passwords, which can be guessed at offline" };
        return tree.Make(
            "export",
            "write the policy as a file, sorted; no API keys, no secrets of realms\nexample: gatehouse policy export -f policy.yaml",
            async (context, cancellation) =>
            {
                Answer<PolicyExportResponse> answer = await context.Client.GetAsync(
                    "/v1/policy" + (context.Value(hashes) ? "?hashes=true" : ""), Json.PolicyExportResponse, cancellation);
                if (context.IsJson && context.Value(file) is null)
                {
                    context.PrintJson(answer.Raw);
                    return ExitCodes.Fine;
                }

                string text = Text(answer.Value, context.Value(hashes));
                if (context.Value(file) is { } path)
                {
                    SecretFile.Write(Path.GetFullPath(path), Encoding.UTF8.GetBytes(text));
                    context.Screen.Line($"policy of generation {answer.Value.Generation} written to {path}");
                }
                else
                {
                    await context.Screen.Output.WriteAsync(text.AsMemory(), cancellation);
                }

                return ExitCodes.Fine;
            },
            file, hashes);
    }

    private static Command Apply(CommandTree tree)
    {
        Option<string> file = PolicyInput.FileOption();
        Option<long?> revision = PolicyInput.RevisionOption();
        return tree.Make(
            "apply",
            "put a policy file in force in one step, when its tests hold; removes what its sections do not name\nexample: gatehouse policy apply -f policy.yaml --revision 12",
            (context, cancellation) => ChangeAsync(context, context.Value(file)!, context.Value(revision), isAdding: false, cancellation),
            file, revision);
    }

    /// <summary>Puts a file in force.</summary>
    public static async Task<int> ChangeAsync(CommandContext context, string file, long? revision, bool isAdding, CancellationToken cancellation)
    {
        Answer<PolicyChangeResponse> answer = await PolicyInput.SendAsync(
            context, "apply", file, revision, isAdding, Json.PolicyChangeResponse, cancellation);
        context.Print(answer, change => Show(context, change));
        return ExitCodes.Fine;
    }

    /// <summary>What a change came to.</summary>
    public static void Show(CommandContext context, PolicyChangeResponse change)
    {
        string tests = change.Tests == 0 ? "" : $", {change.Tests} {(change.Tests == 1 ? "test holds" : "tests hold")}";
        context.Screen.Line(change.Changed ? $"generation {change.Generation} is in force{tests}" : $"nothing to change: generation {change.Generation} has it all{tests}");
        foreach (PolicySectionChange section in change.Sections)
        {
            context.Screen.Line("  " + PolicyDiffCommand.Line(section));
        }
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Text(PolicyExportResponse answer, bool withHashes) => PolicyFile.Write(
        answer.Policy,
        [
            $"Policy of generation {answer.Generation}: gatehouse policy apply -f FILE --revision {answer.Generation}",
            withHashes ? "With hashes of passwords: keep it as secret as these." : "Without passwords: users keep those they have.",
        ]);
}
