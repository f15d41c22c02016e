using System.Net.Security;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>What somebody holds who copied a node's data folder and its key, or who has a cluster of their own.</summary>
internal sealed class CopiedTrust : IDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly NodeTrust _trust;

    private CopiedTrust(TemporaryFolder folder, NodeTrust trust)
    {
        _folder = folder;
        _trust = trust;
        Certificate = SslStreamCertificateContext.Create(trust.Mesh.Certificate, [.. trust.Mesh.Chain], offline: true);
    }

    public string ClusterId => _trust.ClusterId;

    public ReadOnlyMemory<byte> Secret => _trust.View.Secrets[0];

    /// <summary>The node's mesh certificate with its key.</summary>
    public SslStreamCertificateContext Certificate { get; }

    /// <summary>Copies what a daemon has on disk now.</summary>
    public static async Task<CopiedTrust> OfAsync(Daemon daemon)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ShellResult copy = await Shell.RunAsync(
            "cp", ["-a", Path.Combine(daemon.Data, "node.json"), Path.Combine(daemon.Data, "ca.crt"), Path.Combine(daemon.Data, "trust"), folder["data"]]);
        string key = Directory.GetFiles(Path.Combine(daemon.Folder["config"], "gatehouse"), "*.key").Single();
        return copy.ExitCode == 0 ? await OpenAsync(folder, "copy", key) : throw new InvalidOperationException(copy.ToString());
    }

    /// <summary>Another cluster, whose first node has this name.</summary>
    public static Task<CopiedTrust> OfAnotherClusterAsync(string node)
    {
        var folder = new TemporaryFolder();
        return OpenAsync(folder, node, folder["node.key"]);
    }

    public void Dispose()
    {
        _trust.Dispose();
        _folder.Dispose();
    }

    private static async Task<CopiedTrust> OpenAsync(TemporaryFolder folder, string node, string key) =>
        new(folder, await TrustBootstrap.EnsureAsync(
            new TrustOptions { DataDirectory = folder["data"], NodeName = node, NodeKeyPath = key, Time = TimeProvider.System }, CancellationToken.None));
}
