using System.CommandLine;
using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Policies;

/// <summary>A policy file that a command is given.</summary>
internal static class PolicyInput
{
    /// <summary><c>-f FILE</c>, which must be there.</summary>
    public static Option<string> FileOption() => new("-f", "--file") { Description = "the policy file, YAML; - for stdin", HelpName = "FILE", Required = true };

    /// <summary>Its bytes.</summary>
    public static InputFile Open(string path) => InputFile.Read(path, PolicyFile.MaxBytes);

    /// <summary>Reads it.</summary>
    /// <exception cref="CommandFailure">It is no policy file.</exception>
    public static PolicyFileResult Read(string path)
    {
        InputFile input = Open(path);
        PolicyFileResult read = PolicyFile.Read(input.Content, input.Name);
        return read.View is null ? throw Failure(read.Problems) : read;
    }

    /// <summary>A problem in the API's form.</summary>
    public static ErrorBody Body(Problem problem) => new() { Id = problem.Id, Text = problem.Text, Hint = problem.Hint, Location = problem.Location?.ToString() };

    private static CommandFailure Failure(ImmutableArray<Problem> problems)
    {
        ErrorBody first = Body(problems[0]);
        first.More = problems.Length > 1 ? [.. problems.Skip(1).Select(Body)] : null;
        return new CommandFailure(first, ExitCodes.CannotRun);
    }
}
