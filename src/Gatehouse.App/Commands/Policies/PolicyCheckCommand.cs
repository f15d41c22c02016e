using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Policies;

/// <summary><c>gatehouse policy check</c>: needs no daemon.</summary>
internal static class PolicyCheckCommand
{
    public static Command Create(CommandTree tree)
    {
        Option<string> file = PolicyInput.FileOption();
        return tree.Make(
            "check",
            "check a policy file as the daemon would, without one; exit code 1 when something is wrong\nexample: gatehouse policy check -f policy.yaml",
            (context, _) => Task.FromResult(Run(context, file)),
            file);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Run(CommandContext context, Option<string> file)
    {
        InputFile input = PolicyInput.Open(context.Value(file)!); // required
        PolicyFileResult read = PolicyFile.Read(input.Content, input.Name);
        IEnumerable<Problem> problems = read.View is { } view
            ? PolicyCandidate.Make(new ClusterDocument(), 0, view, PolicyMerge.Alone, TimeProvider.System.GetUtcNow()).Problems.Select(read.Placed)
            : read.Problems;
        ErrorBody[] found = [.. problems.Select(PolicyInput.Body)];
        if (context.IsJson)
        {
            var answer = new CheckResponse { File = input.Name, Passed = found.Length == 0, Problems = found };
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(answer, AdminJson.Default.CheckResponse));
        }
        else if (found.Length == 0)
        {
            context.Screen.Line($"{input.Name} is fine: {Sections(read.View!)}"); // no problem: it was read
        }

        foreach (ErrorBody problem in context.IsJson ? [] : found)
        {
            context.Screen.Problem(CommandTree.LineOf(problem));
        }

        return found.Length == 0 ? ExitCodes.Fine : ExitCodes.Findings;
    }

    private static string Sections(PolicyView view)
    {
        (string Name, int? Count)[] sections =
        [
            ("users", view.Users?.Count), ("roles", view.Roles?.Count), ("realms", view.Realms?.Count), ("mappings", view.Mappings?.Count),
            ("networks", view.Networks?.Count), ("tests", view.Tests?.Count),
        ];
        string[] there = [.. sections.Where(static s => s.Count is not null).Select(static s => $"{s.Count} {s.Name}"), .. view.Audit is null ? Array.Empty<string>() : ["an audit policy"]];
        return there.Length == 0 ? "it says nothing" : string.Join(", ", there);
    }
}
