using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.App.Client;

/// <summary>Ends a command with one line on the error stream and an exit code.</summary>
internal sealed class CommandFailure(ErrorBody error, int exitCode, Exception? inner = null) : Exception(error.Text, inner)
{
    /// <summary>What is wrong.</summary>
    public ErrorBody Error { get; } = error;

    /// <summary>1 findings or refusal, 2 cannot run.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The command cannot run.</summary>
    public static CommandFailure CannotRun(ProblemDefinition definition, string text, string? hint = null, Exception? inner = null) =>
        new(new ErrorBody { Id = definition.Id, Text = text, Hint = hint }, ExitCodes.CannotRun, inner);

    /// <summary>What was asked for is refused.</summary>
    public static CommandFailure Refused(ProblemDefinition definition, string text, string? hint = null) =>
        new(new ErrorBody { Id = definition.Id, Text = text, Hint = hint }, ExitCodes.Findings);
}

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>All is well.</summary>
    public const int Fine = 0;

    /// <summary>Something was found or refused.</summary>
    public const int Findings = 1;

    /// <summary>The command could not run at all.</summary>
    public const int CannotRun = 2;
}
