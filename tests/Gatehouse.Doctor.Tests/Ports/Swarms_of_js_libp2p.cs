using System.Diagnostics;
using System.Net;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Libp2p;
using Gatehouse.Protocols.Libp2p;
using Gatehouse.Testing.Network;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>Real js-libp2p nodes, with a key, with another one, and without.</summary>
public sealed class Swarms_of_js_libp2p
{
    [Fact]
    public async Task A_real_swarm_is_known_by_its_key()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string clients = Path.Combine(Root(), "tests/clients/libp2p");
        using (Process install = Process.Start(new ProcessStartInfo("bash", ["-c", "[ -d node_modules ] || timeout 180 npm ci --no-audit --no-fund >/dev/null 2>&1"]) { WorkingDirectory = clients })!)
        {
            await install.WaitForExitAsync(cancellation);
            install.ExitCode.ShouldBe(0);
        }

        using SwarmKey ours = SwarmKey.Generate(), other = SwarmKey.Generate();
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, ours.ToKeyFile(), cancellation);
        using Process nodes = Process.Start(new ProcessStartInfo("node", ["--import", "./polyfill.mjs", "node.mjs"]) { UseShellExecute = false, WorkingDirectory = clients, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            IPEndPoint closed = new(IPAddress.Loopback, FreePorts.Next()), open = new(IPAddress.Loopback, FreePorts.Next());
            (await AskAsync(nodes, $"listen closed {closed.Port} {file}", cancellation)).ShouldBe("listening");
            (await AskAsync(nodes, $"listen open {open.Port} -", cancellation)).ShouldBe("listening");

            (await SwarmQuestion.AskAsync(new Prober([IPAddress.Loopback]), closed, ours, cancellation)).ShouldBe(SwarmVerdict.ProtectedMatch);
            (await SwarmQuestion.AskAsync(new Prober([IPAddress.Loopback]), closed, other, cancellation)).ShouldBeOneOf(SwarmVerdict.ProtectedLikely, SwarmVerdict.ProtectedOther);
            (await SwarmQuestion.AskAsync(new Prober([IPAddress.Loopback]), closed, null, cancellation)).ShouldBe(SwarmVerdict.ProtectedLikely);
            (await SwarmQuestion.AskAsync(new Prober([IPAddress.Loopback]), open, ours, cancellation)).ShouldBe(SwarmVerdict.Open);
            (await SwarmQuestion.AskAsync(new Prober([IPAddress.Loopback]), open, null, cancellation)).ShouldBe(SwarmVerdict.Open);
        }
        finally
        {
            nodes.Kill(entireProcessTree: true);
            await nodes.WaitForExitAsync(cancellation);
            File.Delete(file);
        }
    }

    private static async Task<string> AskAsync(Process nodes, string line, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        await nodes.StandardInput.WriteLineAsync(line.AsMemory(), limit.Token);
        return await nodes.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException($"the nodes ended at: {line}");
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Gatehouse.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
