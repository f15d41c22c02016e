using System.Diagnostics;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>What a host has on which <c>gatehouse join</c> runs.</summary>
internal sealed class NewHost : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public NewHost(string? configuration = null)
    {
        if (configuration is not null)
        {
            File.WriteAllText(Configuration, configuration);
            File.SetUnixFileMode(Configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public string Data => _folder["data"];

    public string Configuration => _folder["gatehouse.yaml"];

    /// <summary>Files that a join left, by their paths within the host.</summary>
    public string[] Rest =>
    [
        .. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder.Path, path)).Order(StringComparer.Ordinal),
    ];

    private Dictionary<string, string> Environment => new(StringComparer.Ordinal) { ["XDG_CONFIG_HOME"] = _folder["config"], ["HOME"] = _folder.Path, ["NO_COLOR"] = "1" };

    /// <summary>Runs the command to its end.</summary>
    public Task<ShellResult> JoinAsync(string token) =>
        Shell.RunAsync(Repository.Launcher, ["join", "-", "--data", Data, "--config", Configuration], token + "\n", Environment);

    /// <summary>Starts the command.</summary>
    public Process Start(string token) => Start(Repository.Launcher, token, "join", "-", "--data", Data, "--config", Configuration);

    /// <summary>Starts a join that stands still at one step, and waits until it is there.</summary>
    public async Task<Process> StartUntilAsync(string token, string step)
    {
        Process process = Start(
            System.Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet",
            token, Path.Combine(AppContext.BaseDirectory, "Gatehouse.Subject.dll"), "join", Data, Configuration, step);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string? line = await process.StandardOutput.ReadLineAsync(limit.Token);
        return line == "at " + step ? process : throw new InvalidOperationException($"the join did not come to `{step}`: {line} {await process.StandardError.ReadToEndAsync(limit.Token)}");
    }

    /// <summary>That there is a node, with one key and nothing unfinished.</summary>
    public void ShouldBeNode(string name)
    {
        using JsonDocument node = JsonDocument.Parse(File.ReadAllText(Path.Combine(Data, "node.json")));
        node.RootElement.EnumerateObject().ShouldContain(p => p.Value.ToString() == name);
        string[] rest = Rest;
        rest.ShouldContain("gatehouse.yaml");
        rest.Count(static path => path.EndsWith(".key", StringComparison.Ordinal) && path.StartsWith("config/", StringComparison.Ordinal)).ShouldBe(1);
        rest.ShouldNotContain(static path => path.StartsWith("data.joining", StringComparison.Ordinal) || path.EndsWith("join.json", StringComparison.Ordinal) || path.EndsWith("joining.sealed", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private Process Start(string program, string token, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.WriteLine(token);
        process.StandardInput.Close();
        return process;
    }
}
