using System.Diagnostics;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>Debian's etcd-server on loopback, open as it ships.</summary>
internal sealed class EtcdServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    public int Port { get; } = Ports.Free();

    public async Task<EtcdServer> StartAsync()
    {
        int peer = Ports.Free();
        _process = Process.Start(new ProcessStartInfo("etcd",
        [
            "--data-dir", _folder["etcd"],
            "--listen-client-urls", $"http://127.0.0.1:{Port}", "--advertise-client-urls", $"http://127.0.0.1:{Port}",
            "--listen-peer-urls", $"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peer}",
            "--initial-cluster", $"default=http://127.0.0.1:{peer}",
        ])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.Path,
        })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Ports.WaitForAsync(Port);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _folder.Dispose();
    }
}
