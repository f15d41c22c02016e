using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
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
        return read.View is null ? throw Failure(read.Problems, ExitCodes.CannotRun) : read;
    }

    /// <summary><c>--revision N</c>.</summary>
    public static Option<long?> RevisionOption() => new("--revision") { Description = "the generation that was read; refuse where another is in force", HelpName = "GENERATION" };

    /// <summary>Sends a file, and gives problems of the answer their places in it.</summary>
    public static async Task<Answer<T>> SendAsync<T>(
        CommandContext context, string verb, string path, long? revision, bool isAdding, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        PolicyFileResult read = Read(path);
        var request = new PolicyChangeRequest { Policy = read.View!, Add = isAdding, Revision = revision }; // read
        try
        {
            return await context.Client.SendAsync(HttpMethod.Post, $"/v1/policy/{verb}", request, AdminJson.Default.PolicyChangeRequest, type, cancellation);
        }
        catch (CommandFailure refused)
        {
            Place(refused.Error, read);
            throw;
        }
    }

    /// <summary>Problems of files as what ends the command.</summary>
    public static CommandFailure Failure(IReadOnlyList<Problem> problems, int exitCode)
    {
        ErrorBody first = Body(problems[0]);
        first.More = problems.Count > 1 ? [.. problems.Skip(1).Select(Body)] : null;
        return new CommandFailure(first, exitCode);
    }

    private static void Place(ErrorBody error, PolicyFileResult read)
    {
        error.Location = read.PlaceOf(error.Location)?.ToString() ?? error.Location;
        foreach (ErrorBody more in error.More ?? [])
        {
            Place(more, read);
        }
    }

    /// <summary>A problem in the API's form.</summary>
    public static ErrorBody Body(Problem problem) => new() { Id = problem.Id, Text = problem.Text, Hint = problem.Hint, Location = problem.Location?.ToString() };
}
