namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>etcd with TLS on a host of a lab, for the daemons of the others.</summary>
internal static class LabEtcd
{
    public const int Port = 2379;

    /// <summary>Starts it; the file with the authority of its certificate.</summary>
    public static async Task<string> StartAsync(LabHost host)
    {
        TemporaryFolder folder = host.Folder;
        using (var authority = new DirectoryAuthority("etcd of the lab"))
        {
            (string certificate, string key) = authority.Sign(host.Address.ToString());
            await File.WriteAllTextAsync(folder["etcd-ca.pem"], authority.Pem);
            await File.WriteAllTextAsync(folder["etcd.pem"], certificate);
            await File.WriteAllTextAsync(folder["etcd.key"], key);
        }

        host.Start("etcd",
        [
            "--data-dir", folder["etcd"], "--log-level", "error",
            "--listen-client-urls", $"https://{host.Address}:{Port}", "--advertise-client-urls", $"https://{host.Address}:{Port}",
            "--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380", "--initial-cluster", "default=http://127.0.0.1:2380",
            "--cert-file", folder["etcd.pem"], "--key-file", folder["etcd.key"],
        ]);
        await host.WaitForAsync(host.Address, Port);
        return folder["etcd-ca.pem"];
    }
}
