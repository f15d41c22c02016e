using System.Globalization;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>etcd with TLS on a host of a lab, for the daemons of the others.</summary>
internal static class LabEtcd
{
    public const int Port = 2379;

    /// <summary>The user that the daemons are, where there are users.</summary>
    public const string User = "gatehouse";

    // Nodes whose clock is years behind work with it, too.
    private static readonly DateTimeOffset Since = new(2006, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Starts it, open to whoever speaks TLS; the file with the authority of its certificate.</summary>
    public static async Task<string> StartAsync(LabHost host)
    {
        await StartAsync(host, []);
        return host.Folder["etcd-ca.pem"];
    }

    /// <summary>
    /// Starts it with client certificates and one user who has a password and nothing but the prefix, set up as the manual says. The lines
    /// of gatehouse.yaml for a node that begins with it; the password lies in <c>etcd-password</c>, the key in <c>etcd-client.key</c>.
    /// </summary>
    public static async Task<string> StartWithUserAsync(LabHost host, string password)
    {
        TemporaryFolder folder = host.Folder;
        await SecretAsync(folder["etcd-password"], password + "\n");
        await StartAsync(host, ["--client-cert-auth", "--trusted-ca-file", folder["etcd-ca.pem"]]);
        string url = Url(host);
        await RunAsync(
            host,
            $"""
            etcdctl user add root:{password}
            etcdctl role add root
            etcdctl user grant-role root root
            etcdctl user add {User}:{password}
            etcdctl role add {User}
            etcdctl role grant-permission {User} --prefix=true readwrite gatehouse/
            etcdctl user grant-role {User} {User}
            etcdctl auth enable
            """);
        return $"""
            store:
              kind: etcd
              endpoints: ['{url}']
              ca: {folder["etcd-ca.pem"]}
              certificate: {folder["etcd-client.pem"]}
              key: {folder["etcd-client.key"]}
              user: {User}
              password: 'file:{folder["etcd-password"]}'
              compaction: false

            """;
    }

    /// <summary>Everything that is in it, as its root reads it.</summary>
    public static async Task<string> DumpAsync(LabHost host, string password) =>
        (await RunAsync(host, $"etcdctl --user root:{password} get --prefix ''")).Output;

    private static async Task<ShellResult> RunAsync(LabHost host, string lines)
    {
        var environment = new Dictionary<string, string>
        {
            ["ETCDCTL_API"] = "3",
            ["ETCDCTL_ENDPOINTS"] = Url(host),
            ["ETCDCTL_CACERT"] = host.Folder["etcd-ca.pem"],
            ["ETCDCTL_CERT"] = host.Folder["etcd-client.pem"],
            ["ETCDCTL_KEY"] = host.Folder["etcd-client.key"],
        };
        ShellResult result = await host.RunAsync("bash", ["-ec", lines], environment);
        return result.ExitCode == 0 ? result : throw new InvalidOperationException($"etcdctl: {result}");
    }

    private static string Url(LabHost host) => string.Create(CultureInfo.InvariantCulture, $"https://{host.Address}:{Port}");

    private static async Task StartAsync(LabHost host, string[] more)
    {
        TemporaryFolder folder = host.Folder;
        using (var authority = new DirectoryAuthority("etcd of the lab", Since))
        {
            await File.WriteAllTextAsync(folder["etcd-ca.pem"], authority.Pem);
            await WriteAsync(folder["etcd"], authority.Sign(host.Address.ToString()));
            await WriteAsync(folder["etcd-client"], authority.SignWithoutName());
        }

        host.Start("etcd",
        [
            "--data-dir", folder["etcd"], "--log-level", "error",
            "--listen-client-urls", Url(host), "--advertise-client-urls", Url(host),
            "--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380", "--initial-cluster", "default=http://127.0.0.1:2380",
            "--cert-file", folder["etcd.pem"], "--key-file", folder["etcd.key"], .. more,
        ]);
        await host.WaitForAsync(host.Address, Port);
    }

    private static async Task WriteAsync(string name, (string Certificate, string Key) pair)
    {
        await File.WriteAllTextAsync(name + ".pem", pair.Certificate);
        await SecretAsync(name + ".key", pair.Key);
    }

    private static async Task SecretAsync(string path, string content)
    {
        await File.WriteAllTextAsync(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
