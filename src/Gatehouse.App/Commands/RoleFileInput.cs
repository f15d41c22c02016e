using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration.Files;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>A role from a file or the standard input, JSON or YAML.</summary>
internal static class RoleFileInput
{
    /// <summary>Reads it; <c>-</c> is the standard input.</summary>
    public static RoleView Read(string path)
    {
        InputFile file = InputFile.Read(path);
        return file.IsJson ? FromJson(file) : FromYaml(file);
    }

    private static RoleView FromJson(InputFile file)
    {
        try
        {
            // Strict, as the daemon reads it: a mistyped member must not make a wider role.
            return JsonSerializer.Deserialize(file.Content, AdminJson.Default.RoleView) ?? throw new JsonException();
        }
        catch (JsonException wrong)
        {
            string place = wrong.LineNumber is { } line ? $" (line {line + 1})" : "";
            throw CommandFailure.CannotRun(
                AdministrationProblems.UnreadableInput,
                $"`{file.Name}` is no role{place}: a member is unknown, repeated, missing or of the wrong type, or it is not strict JSON",
                "`gatehouse role show NAME --json` prints one",
                wrong);
        }
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RoleView FromYaml(InputFile file)
    {
        if (RoleFile.Read(file.Content, file.Name, out ImmutableArray<Problem> problems) is { } role)
        {
            return role;
        }

        ErrorBody first = Body(problems[0]);
        first.More = problems.Length > 1 ? [.. problems.Skip(1).Select(Body)] : null;
        throw new CommandFailure(first, ExitCodes.CannotRun);
    }

    private static ErrorBody Body(Problem problem) => new() { Id = problem.Id, Text = problem.Text, Hint = problem.Hint, Location = problem.Location?.ToString() };
}
