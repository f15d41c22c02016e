using System.Net.Sockets;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>The IP filter closes before TLS, on live connections too, and never locks the host's own administrator out.</summary>
public sealed class Network_rules
{
    [Fact]
    public async Task A_denied_source_sees_no_byte_and_live_connections_are_cut()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        using var live = new TcpClient();
        await live.ConnectAsync("127.0.0.1", daemon.WhoamiPort, TestContext.Current.CancellationToken);
        await using var tls = new System.Net.Security.SslStream(live.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("127.0.0.1");

        ShellResult denied = await daemon.CliAsync(["ip", "deny", "127.0.0.0/8"]);
        denied.ExitCode.ShouldBe(0, denied.ToString());

        using var cut = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        (await ReadToEndAsync(tls, cut.Token)).ShouldBeTrue("the live connection was not cut within a second");
        int read;
        try
        {
            using var late = new TcpClient();
            await late.ConnectAsync("127.0.0.1", daemon.WhoamiPort, TestContext.Current.CancellationToken);
            read = await late.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        catch (Exception reset) when (reset is IOException or SocketException)
        {
            // Closed at once, possibly before the connect returned.
            read = 0;
        }

        read.ShouldBe(0);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        daemon.Trail().ShouldContain(r => r.GetProperty("event.action").GetString() == "connection_denied");

        // More specific wins: one address of the denied network is let in again.
        (await daemon.CliAsync(["ip", "allow", "127.0.0.1"])).ExitCode.ShouldBe(0);
        using HttpResponseMessage answer = await daemon.Client(daemon.WhoamiPort, "admin", daemon.Password).GetAsync("/", TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task A_host_name_and_a_domain_hold_with_the_hosts_own_resolver()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await RunAsync(daemon, "ip", "allow", "192.0.2.0/24", "--gate", "whoami");
        (await IsLetInAsync(daemon)).ShouldBeFalse();
        await RunAsync(daemon, "ip", "allow", "LocalHost.", "--gate", "whoami");
        await LetInAsync(daemon, true);
        string list = (await daemon.CliAsync(["ip", "list"])).Output;
        list.ShouldContain("localhost");
        list.ShouldContain("127.0.0.1");

        // Deny wins the tie: a domain that holds the name behind 127.0.0.1.
        await RunAsync(daemon, "ip", "deny", ".localhost", "--gate", "whoami");
        await LetInAsync(daemon, false);
        await RunAsync(daemon, "ip", "rm", ".LOCALHOST", "--gate", "whoami");
        await LetInAsync(daemon, true);

        // Forward-confirmed: only the name lets in.
        await RunAsync(daemon, "ip", "rm", "localhost", "--gate", "whoami");
        await LetInAsync(daemon, false);
        await RunAsync(daemon, "ip", "allow", ".localhost", "--gate", "whoami");
        await LetInAsync(daemon, true);
    }

    [Fact]
    public async Task An_elasticsearch_filter_is_taken_over_in_one_step()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        string file = Path.Combine(Directory.CreateTempSubdirectory("gatehouse-import-").FullName, "elasticsearch.yml");
        await File.WriteAllTextAsync(
            file,
            "http.host: 0.0.0.0\nxpack.security.http.filter:\n  allow: [127.0.0.0/9]\n  deny: 126.0.0.0/7\n",
            TestContext.Current.CancellationToken);

        ShellResult dry = await daemon.CliAsync(["ip", "import", "-f", file, "--gate", "whoami", "--dry-run"]);
        dry.ExitCode.ShouldBe(0, dry.ToString());
        dry.Output.ShouldBe("deny 126.0.0.0/8 on gate whoami\ndeny 127.128.0.0/9 on gate whoami\n");
        (await daemon.CliAsync(["ip", "list"])).Output.ShouldNotContain("126.0.0.0");

        await RunAsync(daemon, "ip", "import", "-f", file, "--gate", "whoami");
        (await IsLetInAsync(daemon)).ShouldBeTrue();
        (await daemon.CliAsync(["ip", "list"])).Output.ShouldContain("126.0.0.0/8");

        await File.WriteAllTextAsync(file, "http.host: 0.0.0.0\nxpack.security.http.filter.deny: 127.0.0.0/8\n", TestContext.Current.CancellationToken);
        ShellResult there = await daemon.CliAsync(["ip", "import", "-f", file, "--gate", "whoami"]);
        there.ExitCode.ShouldBe(1, there.ToString());
        there.Error.ShouldContain("GH4006");
        await RunAsync(daemon, "ip", "import", "-f", file, "--gate", "whoami", "--replace");
        (await IsLetInAsync(daemon)).ShouldBeFalse();

        await File.WriteAllTextAsync(file, "xpack.security.http.filter.deny: host.example\n", TestContext.Current.CancellationToken);
        ShellResult refused = await daemon.CliAsync(["ip", "import", "-f", file, "--gate", "whoami", "--replace"]);
        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("GH4004");
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static async Task RunAsync(Daemon daemon, params string[] arguments)
    {
        ShellResult result = await daemon.CliAsync(arguments);
        result.ExitCode.ShouldBe(0, result.ToString());
    }

    private static async Task LetInAsync(Daemon daemon, bool expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await IsLetInAsync(daemon) != expected)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    private static async Task<bool> IsLetInAsync(Daemon daemon)
    {
        try
        {
            using HttpResponseMessage answer = await daemon.Client(daemon.WhoamiPort, "admin", daemon.Password)
                .GetAsync("/", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception cut) when (cut is HttpRequestException or SocketException)
        {
            // The client asks a connection for its other end, and says it in another way where that is gone already.
            return false;
        }
    }

    private static async Task<bool> ReadToEndAsync(Stream stream, CancellationToken limit)
    {
        byte[] buffer = new byte[256];
        try
        {
            while (await stream.ReadAsync(buffer, limit) > 0)
            {
            }

            return true;
        }
        catch (IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
