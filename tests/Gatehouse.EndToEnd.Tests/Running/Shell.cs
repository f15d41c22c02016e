using System.Diagnostics;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>Runs real programs to their end, bounded in time.</summary>
internal static class Shell
{
    public static async Task<ShellResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        double seconds = 60,
        string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "/",
        };
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} ran for more than {seconds} s: {await output} {await error}", late);
        }

        return new ShellResult(process.ExitCode, await output, await error);
    }

    public static Task<ShellResult> BashAsync(string line, IReadOnlyDictionary<string, string>? environment = null, double seconds = 60, string? directory = null) =>
        RunAsync("bash", ["-c", line], null, environment, seconds, directory);
}

/// <summary>How a program ended.</summary>
internal sealed record ShellResult(int ExitCode, string Output, string Error)
{
    /// <summary>Output and error, for messages of assertions.</summary>
    public override string ToString() => new StringBuilder().Append("exit ").Append(ExitCode).AppendLine().Append(Output).AppendLine().Append(Error).ToString();
}
