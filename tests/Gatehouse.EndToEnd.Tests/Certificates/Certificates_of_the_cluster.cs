using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

#pragma warning disable CA2025 // What is handed to a task is awaited before it goes.
namespace Gatehouse.EndToEnd.Tests.Certificates;

/// <summary>Certificates that the cluster's CA makes, with curl, openssl and keytool at the other end.</summary>
public sealed class Certificates_of_the_cluster
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_user_logs_in_with_curl_and_is_cut_when_the_certificate_is_revoked()
    {
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon(Gate(port)).StartAsync();
        await SetPeopleAsync(daemon);
        string folder = daemon.Folder["alice"];
        Fine(await daemon.CliAsync(["cert", "issue", "--profile", "client", "--user", "alice", "--out", folder]));
        File.GetUnixFileMode(Path.Combine(folder, "alice.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await CurlAsync(daemon, port, folder)).ShouldBe("200");

        // Over PKCS#12 too, with a password that was made.
        Fine(await daemon.CliAsync(["cert", "issue", "--profile", "client", "--user", "bob", "--format", "pkcs12", "--out", folder]));
        (await CurlAsync(daemon, port, folder, "--cert-type P12 --cert \"$folder/bob.p12:$(cat \"$folder/bob.password\")\"")).ShouldBe("200");

        using TcpClient kept = new();
        await kept.ConnectAsync("127.0.0.1", port, Cancelled);
        using X509Certificate2 own = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "alice.crt"), Path.Combine(folder, "alice.key"));
        await using SslStream tls = await HandshakeAsync(kept, own);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), Cancelled);
        byte[] buffer = new byte[64 * 1024];
        int length = await tls.ReadAsync(buffer, Cancelled);
        Encoding.ASCII.GetString(buffer, 0, length).ShouldStartWith("HTTP/1.1 200");
        Task<int> rest = ReadToEndAsync(tls, buffer);

        Fine(await daemon.CliAsync(["cert", "revoke", "--user", "alice", "--reason", "keyCompromise"]));
        long since = Stopwatch.GetTimestamp();
        await rest.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        TimeSpan took = Stopwatch.GetElapsedTime(since);
        TestContext.Current.TestOutputHelper?.WriteLine($"cut {took.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)} ms after the command");
        took.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        (await CurlAsync(daemon, port, folder)).ShouldBe("000");

        // The key stays refused in a certificate made before or after; a new one is good.
        (await daemon.CliAsync(["cert", "renew", Path.Combine(folder, "alice.crt")])).Error.ShouldContain("GH3108");
        Fine(await daemon.CliAsync(["cert", "renew", Path.Combine(folder, "alice.crt"), "--new-key"]));
        (await CurlAsync(daemon, port, folder)).ShouldBe("200");

        await CrlAsync(daemon, folder);
    }

    [Fact(Timeout = 120_000)]
    public async Task Requests_are_signed_for_the_names_of_the_command_only()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        ShellResult made = await Shell.BashAsync(
            "openssl req -new -newkey rsa:2048 -nodes -keyout w.key -out w.csr -subj /CN=evil -addext subjectAltName=DNS:bank.example.org -addext basicConstraints=CA:TRUE", directory: daemon.Folder.Path);
        Fine(made);
        ShellResult signed = await daemon.CliAsync(["cert", "sign", daemon.Folder["w.csr"], "--profile", "server", "--name", "web.example.org", "--out", daemon.Folder["w.crt"]]);
        Fine(signed);
        signed.Error.ShouldContain("bank.example.org");
        ShellResult text = await Shell.BashAsync("openssl verify -CAfile data/ca.crt -verify_hostname web.example.org w.crt && openssl x509 -in w.crt -noout -text", directory: daemon.Folder.Path);
        Fine(text);
        text.Output.ShouldNotContain("bank");
        text.Output.ShouldNotContain("evil");
        text.Output.ShouldContain("CA:FALSE");

        JsonElement inspected = await daemon.JsonAsync("cert", "inspect", daemon.Folder["w.crt"]);
        inspected.GetProperty("certificates")[0].GetProperty("of_this_cluster").GetBoolean().ShouldBeTrue();

        // A node's place in the mesh is not to be had this way.
        (await daemon.CliAsync(["cert", "sign", daemon.Folder["w.csr"], "--profile", "node", "--user", "n9"])).Error.ShouldContain("GH3109");

        // With the daemon down the same work is done on the store itself, and on record when it is up again.
        (await daemon.StopAsync()).ShouldBe(0);
        Fine(await daemon.CliAsync(["cert", "issue", "--profile", "ignite", "--name", "n1.example.org", "--out", daemon.Folder["ignite"]]));
        ShellResult java = await Shell.BashAsync(
            "keytool -list -v -keystore ignite/n1.example.org.p12 -storetype PKCS12 -storepass:file ignite/n1.example.org.password && keytool -list -keystore ignite/n1.example.org-trust.p12 -storetype PKCS12 -storepass:file ignite/n1.example.org.password",
            directory: daemon.Folder.Path);
        Fine(java);
        java.Output.ShouldContain("Alias name: ignite");
        java.Output.ShouldContain("trustedCertEntry");
        (await daemon.JsonAsync("cert", "list")).GetProperty("certificates").GetArrayLength().ShouldBe(2);
        daemon.Trail().Count(static record => record.GetRawText().Contains("issue certificate", StringComparison.Ordinal)).ShouldBe(2);
    }

    private static string Gate(int port) =>
        $"  people: {{protocol: http, system: http, listen: \"127.0.0.1:{port}\", upstream: \"builtin:whoami\", realms: [cards], client_ca_file: cluster}}\n";

    private static async Task SetPeopleAsync(Daemon daemon)
    {
        await daemon.SetRoleAsync("writer", "http:*:**");
        string file = daemon.Folder["cards.yaml"];
        await File.WriteAllTextAsync(file, "kind: pki\ncertificate: {name_from: subject.CN}\n", Cancelled);
        Fine(await daemon.CliAsync(["realm", "set", "cards", "-f", file]));
        Fine(await daemon.CliAsync(["mapping", "set", "writers", "--role", "writer", "--realm", "cards"]));
    }

    private static async Task<string> CurlAsync(Daemon daemon, int port, string folder, string identity = "--cert \"$folder/alice.crt\" --key \"$folder/alice.key\"")
    {
        ShellResult result = await Shell.BashAsync(
            $"folder='{folder}'; curl -s -o /dev/null -w '%{{http_code}}' --cacert '{daemon.CaFile}' {identity} https://localhost:{port}/ || true");
        return result.Output.Trim();
    }

    private static async Task CrlAsync(Daemon daemon, string folder)
    {
        string url = $"https://localhost:{daemon.AdminPort}/v1/crl/users.crl";
        ShellResult list = await Shell.BashAsync(
            $"curl -sf --cacert '{daemon.CaFile}' {url} | openssl crl -inform DER -CAfile '{daemon.CaFile}' -noout -text", seconds: 20);
        Fine(list);
        (list.Output + list.Error).ShouldContain("verify OK");
        list.Output.ShouldContain("Key Compromise");
        Fine(await daemon.CliAsync(["cert", "crl", "users", "--out", Path.Combine(folder, "users.pem")]));
        ShellResult good = await Shell.BashAsync($"openssl verify -crl_check -CAfile '{daemon.CaFile}' -CRLfile '{folder}/users.pem' '{folder}/alice.crt'");
        Fine(good);
    }

    private static async Task<SslStream> HandshakeAsync(TcpClient connection, X509Certificate2 own)
    {
        var tls = new SslStream(connection.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true),
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            },
            Cancelled);
        return tls;
    }

    private static async Task<int> ReadToEndAsync(SslStream tls, byte[] buffer)
    {
        try
        {
            int read;
            do
            {
                read = await tls.ReadAsync(buffer, Cancelled);
            }
            while (read > 0);
            return 0;
        }
        catch (IOException)
        {
            // Cut in the middle: that too is an end.
            return -1;
        }
    }

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());
}
