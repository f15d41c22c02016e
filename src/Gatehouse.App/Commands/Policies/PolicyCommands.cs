using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Trust;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy</c>.</summary>
internal static class PolicyCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "policy", "users, roles, realms, mappings, address rules and audit policy as one file", Export(tree), PolicyCheckCommand.Create(tree));

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
                    context.Screen.Output.Write(text);
                }

                return ExitCodes.Fine;
            },
            file, hashes);
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
