using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration;
using Gatehouse.Trust;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse check</c>: the daemon's own validators on gatehouse.yaml, with the daemon up or down.</summary>
internal static class CheckCommand
{
    public static Command Create(CommandTree tree) => tree.Make(
        "check",
        "check gatehouse.yaml as the daemon would; exit code 1 when something is wrong\nexample: gatehouse check --config gatehouse.yaml",
        (context, _) => Task.FromResult(Run(context)));

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(CommandContext context)
    {
        // As the daemon would: with the providers that the file asks for.
        OpenSslConfiguration.ActivateFor(context.ConfigurationFile);
        ConfigurationResult result = ConfigurationCheck.File(context.ConfigurationFile, context.DataFolder);
        ErrorBody[] problems = [.. result.Problems.Select(static p => new ErrorBody { Id = p.Id, Text = p.Text, Hint = p.Hint, Location = p.Location?.ToString() })];
        if (context.IsJson)
        {
            var answer = new CheckResponse { File = context.ConfigurationFile, Passed = problems.Length == 0, Problems = problems };
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(answer, AdminJson.Default.CheckResponse));
        }
        else if (problems.Length == 0)
        {
            context.Screen.Line($"{context.ConfigurationFile} is fine");
        }
        else
        {
            foreach (ErrorBody problem in problems)
            {
                context.Screen.Problem(CommandTree.LineOf(problem));
            }
        }

        return problems.Length == 0 ? ExitCodes.Fine : ExitCodes.Findings;
    }
}
