using System.Globalization;
using System.Text.RegularExpressions;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Hardening;

/// <summary>
/// Stores and settings that harden wrote for Ignite and Elasticsearch, in Java as those systems use them, and for EMQX in OpenSSL as Erlang uses
/// it: keytool and openssl open them, and testssl.sh gives grade A.
/// </summary>
public sealed partial class Java_and_OpenSSL_with_what_harden_wrote : IAsyncLifetime
{
    private const string Host = "localhost";

    // A server of Java's own TLS, as both systems have it: a store, its password, versions and suites. The first line of input has the password.
    private const string Server = """
        import java.io.*;
        import java.security.KeyStore;
        import javax.net.ssl.*;

        public class TlsEnd {
            public static void main(String[] args) throws Exception {
                char[] password = new BufferedReader(new InputStreamReader(System.in)).readLine().toCharArray();
                KeyStore keys = KeyStore.getInstance("PKCS12");
                try (InputStream in = new FileInputStream(args[1])) { keys.load(in, password); }
                KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                managers.init(keys, password);
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(managers.getKeyManagers(), null, null);
                SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(Integer.parseInt(args[0]), 50, java.net.InetAddress.getLoopbackAddress());
                if (!args[2].isEmpty()) server.setEnabledProtocols(args[2].split(","));
                SSLParameters parameters = server.getSSLParameters();
                parameters.setUseCipherSuitesOrder(true);
                server.setSSLParameters(parameters);
                server.setEnabledCipherSuites(args[3].split(","));
                System.out.println("ready " + args[0]);
                while (true) {
                    SSLSocket socket = (SSLSocket) server.accept();
                    new Thread(() -> {
                        try (socket) {
                            socket.setSoTimeout(5000);
                            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
                            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) { }
                            socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes());
                            socket.getOutputStream().flush();
                        } catch (IOException ended) { }
                    }).start();
                }
            }
        }
        """;

    private readonly Daemon _daemon = new();
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _daemon.StartAsync();
        await File.WriteAllTextAsync(_folder["TlsEnd.java"], Server, Cancelled);
        Fine(await Shell.RunAsync("javac", ["-d", _folder.Path, _folder["TlsEnd.java"]]));
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _folder.Dispose();
    }

    [Fact(Timeout = 180_000)]
    public async Task Stores_of_Ignite_open_with_keytool_and_openssl()
    {
        string file = await IgniteAsync();
        string keys = Password(file, "keyStore"), trust = Password(file, "trustStore");
        keys.ShouldNotBe(trust);

        string listed = Fine(await Shell.RunAsync("keytool", ["-list", "-v", "-storetype", "PKCS12", "-keystore", _folder["ignite/gatehouse-node.p12"]], keys + "\n"));
        listed.ShouldContain("Your keystore contains 1 entry");
        listed.ShouldContain("Alias name: ignite");
        listed.ShouldContain("PrivateKeyEntry");
        listed.ShouldContain("Certificate chain length: 2");
        listed.ShouldContain("DNSName: ignite1.example.org");
        string trusted = Fine(await Shell.RunAsync("keytool", ["-list", "-v", "-storetype", "PKCS12", "-keystore", _folder["ignite/gatehouse-trust.p12"]], trust + "\n"));
        trusted.ShouldContain("Your keystore contains 1 entry");
        trusted.ShouldContain("trustedCertEntry");

        // The same with openssl: key and certificate belong together, and lead to the cluster's root.
        string taken = Fine(await Shell.BashAsync(
            """
            openssl pkcs12 -in gatehouse-node.p12 -passin env:secret -nodes -nocerts 2>/dev/null | openssl pkey -pubout | sha256sum &&
            openssl pkcs12 -in gatehouse-node.p12 -passin env:secret -nokeys -clcerts >leaf.pem 2>/dev/null &&
            openssl pkcs12 -in gatehouse-node.p12 -passin env:secret -nokeys -cacerts >above.pem 2>/dev/null &&
            openssl x509 -in leaf.pem -noout -pubkey | sha256sum &&
            openssl verify -CAfile "$ca" -untrusted above.pem -purpose sslserver leaf.pem && openssl verify -CAfile "$ca" -untrusted above.pem -purpose sslclient leaf.pem
            """,
            new Dictionary<string, string> { ["secret"] = keys, ["ca"] = _daemon.CaFile },
            directory: _folder["ignite"]));
        string[] lines = taken.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe(lines[1]);
        string.Join(", ", lines[2..]).ShouldBe("leaf.pem: OK, leaf.pem: OK");
        Fine(await Shell.BashAsync("openssl pkcs12 -in gatehouse-node.p12 -passin pass:wrong -nokeys && exit 1 || exit 0", directory: _folder["ignite"]));
    }

    [Fact(Timeout = 400_000)]
    public async Task Ends_of_TLS_made_from_them_get_grade_A()
    {
        string ignite = await IgniteAsync();
        string elastic = await ElasticAsync();
        string emqx = await EmqxAsync();
        int[] ports = [Ports.Free(), Ports.Free(), Ports.Free()];

        await using LabProcess first = await JavaAsync(ports[0], _folder["ignite/gatehouse-node.p12"], Password(ignite, "keyStore"), "", Suites().Match(ignite).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal));
        Fine(await Shell.BashAsync(
            "openssl pkcs12 -export -in gatehouse-node.crt -inkey gatehouse-node.key -passout env:secret -out node.p12", new Dictionary<string, string> { ["secret"] = "of-this-test" }, directory: _folder["elasticsearch"]));
        await using LabProcess second = await JavaAsync(ports[1], _folder["elasticsearch/node.p12"], "of-this-test", List(elastic, "xpack.security.http.ssl.supported_protocols"), List(elastic, "xpack.security.http.ssl.cipher_suites"));
        Fine(await Shell.BashAsync("awk '/BEGIN CERTIFICATE/ {n++} n > 1' gatehouse-erlang.crt >above.pem", directory: _folder["emqx"]));
        await using LabProcess third = OpenSsl(ports[2], emqx);
        await third.WaitForAsync("ACCEPT");

        Auditor[] seen = await Task.WhenAll(ports.Select(port => Auditor.LookAsync(_daemon, Host, port)));

        foreach (Auditor one in seen)
        {
            one.Weak.ShouldBeEmpty();
            one.Of("TLS1_1").ShouldStartWith("not offered");
            one.Of("TLS1_2").ShouldStartWith("offered");
            one.Of("TLS1_3").ShouldStartWith("offered");
            one.Grade.ShouldBe("A");
        }
    }

    private async Task<string> IgniteAsync()
    {
        string file = await WriteAsync("ignite", "ignite-config.conf", "ignite {\n  network.port = 3344\n}\n");
        await HardenAsync("ignite", file, "--gate", "--name", "ignite1.example.org");
        return await File.ReadAllTextAsync(file, Cancelled);
    }

    private async Task<string> ElasticAsync()
    {
        string file = await WriteAsync("elasticsearch", "elasticsearch.yml", "cluster.name: logs\nxpack.security.enabled: false\n");
        await HardenAsync("elasticsearch", file, "--gate", "--name", "es1.example.org");
        return await File.ReadAllTextAsync(file, Cancelled);
    }

    private async Task<string> EmqxAsync()
    {
        string file = await WriteAsync("emqx", "emqx.conf", "node { name = \"emqx@127.0.0.1\", cookie = \"emqxsecretcookie\" }\n");
        await HardenAsync("emqx", file, "--product-version", "5.8.6", "--name", Host);
        return await File.ReadAllTextAsync(file, Cancelled);
    }

    private async Task<string> WriteAsync(string folder, string name, string text)
    {
        Directory.CreateDirectory(_folder[folder]);
        string file = _folder[$"{folder}/{name}"];
        await File.WriteAllTextAsync(file, text, Cancelled);
        return file;
    }

    private async Task HardenAsync(string system, string file, params string[] more) =>
        Fine(await _daemon.CliAsync(["harden", system, "--file", file, "--backup", _folder["backups"], "--apply", .. more]));

    private async Task<LabProcess> JavaAsync(int port, string store, string password, string versions, string suites)
    {
        var process = new LabProcess(
            $"java at {port}", ["java", "-Djdk.tls.rejectClientInitiatedRenegotiation=true", "-cp", _folder.Path, "TlsEnd", port.ToString(CultureInfo.InvariantCulture), store, versions, suites], new Dictionary<string, string>(), _folder.Path);
        await process.WriteLineAsync(password);
        await process.WaitForAsync("ready");
        return process;
    }

    // gen_rpc hands versions and suites to OpenSSL's library under the same names.
    private LabProcess OpenSsl(int port, string configuration)
    {
        string[] suites = [.. List(configuration, "rpc.ciphers").Split(',')];
        List(configuration, "rpc.tls_versions").ShouldBe("tlsv1.3,tlsv1.2");
        return new LabProcess(
            $"openssl at {port}",
            [
                "openssl", "s_server", "-accept", $"127.0.0.1:{port}", "-www", "-cert", _folder["emqx/gatehouse-erlang.crt"], "-cert_chain", _folder["emqx/above.pem"], "-key", _folder["emqx/gatehouse-erlang.key"],
                "-min_protocol", "TLSv1.2", "-serverpref", "-cipher", string.Join(':', suites.Where(static s => !s.StartsWith("TLS_", StringComparison.Ordinal))),
                "-ciphersuites", string.Join(':', suites.Where(static s => s.StartsWith("TLS_", StringComparison.Ordinal))),
            ],
            new Dictionary<string, string>(),
            _folder.Path);
    }

    private static string Password(string configuration, string store) =>
        Regex.Match(configuration, store + """\b[^}]*?password\s*=\s*"?([A-Za-z0-9]+)"?""", RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Groups[1].Value is { Length: > 0 } password
            ? password
            : throw new InvalidOperationException($"{store} has no password in:\n{configuration}");

    // A list in the syntax of either file, as words with commas.
    private static string List(string configuration, string path)
    {
        string name = path[(path.LastIndexOf('.') + 1)..];
        string body = Regex.Match(configuration, $"""{name}\s*[=:]\s*\[([^\]]*)\]""", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;
        return string.Join(',', body.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static word => word.Trim('"', '\'')));
    }

    private static string Fine(ShellResult result)
    {
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    [GeneratedRegex("ciphers\\s*=\\s*\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Suites();
}
