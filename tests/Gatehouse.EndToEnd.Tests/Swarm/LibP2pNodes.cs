using System.Diagnostics;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Swarm;

/// <summary>Real js-libp2p nodes in one process, which answers each line with one.</summary>
internal sealed class LibP2pNodes : IAsyncDisposable
{
    private readonly Process _process;

    private LibP2pNodes(Process process) => _process = process;

    public static async Task<LibP2pNodes> StartAsync()
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/libp2p");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        var start = new ProcessStartInfo("node", ["--import", "./polyfill.mjs", "node.mjs"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new LibP2pNodes(Process.Start(start)!);
    }

    /// <summary>The answer to a line; what lines there are stands in node.mjs.</summary>
    public async Task<string> AskAsync(string line)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(40));
        await _process.StandardInput.WriteLineAsync(line);
        return await _process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException($"the nodes ended at: {line}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
