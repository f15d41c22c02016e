using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>A role from a file or the standard input, JSON or YAML: JSON begins with a brace.</summary>
internal static class RoleFileInput
{
    private const int MaxFile = 1024 * 1024;

    /// <summary>Reads it; <c>-</c> is the standard input.</summary>
    public static RoleView Read(string path)
    {
        byte[] content = Content(path);
        string source = path == "-" ? "standard input" : path;
        return content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..] ? FromJson(content, source) : FromYaml(content, source);
    }

    private static byte[] Content(string path)
    {
        try
        {
            using Stream stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            byte[] buffer = new byte[MaxFile + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length <= MaxFile
                ? buffer[..length]
                : throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"`{path}` is longer than 1 MiB");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"`{path}` cannot be read: {wrong.Message}", inner: wrong);
        }
    }

    private static RoleView FromJson(byte[] content, string source)
    {
        try
        {
            // Strict, as the daemon reads it: a mistyped member must not make a wider role.
            return JsonSerializer.Deserialize(content, AdminJson.Default.RoleView) ?? throw new JsonException();
        }
        catch (JsonException wrong)
        {
            string place = wrong.LineNumber is { } line ? $" (line {line + 1})" : "";
            throw CommandFailure.CannotRun(
                AdministrationProblems.UnreadableInput,
                $"`{source}` is no role{place}: a member is unknown, repeated, missing or of the wrong type, or it is not strict JSON",
                "`gatehouse role show NAME --json` prints one",
                wrong);
        }
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RoleView FromYaml(byte[] content, string source)
    {
        if (RoleFile.Read(content, source, out ImmutableArray<Problem> problems) is { } role)
        {
            return role;
        }

        ErrorBody first = Body(problems[0]);
        first.More = problems.Length > 1 ? [.. problems.Skip(1).Select(Body)] : null;
        throw new CommandFailure(first, ExitCodes.CannotRun);
    }

    private static ErrorBody Body(Problem problem) => new() { Id = problem.Id, Text = problem.Text, Hint = problem.Hint, Location = problem.Location?.ToString() };
}
