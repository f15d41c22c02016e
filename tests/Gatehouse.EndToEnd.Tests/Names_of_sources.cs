using System.Net;
using System.Net.Sockets;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>Domains in address rules, with the system's resolver and a name server of the test's own.</summary>
public sealed class Names_of_sources
{
    private const string Server = "127.53.7.1";

    [Fact]
    public async Task A_domain_lets_in_who_has_a_confirmed_name_and_nobody_else()
    {
        // Resolvers ask port 53 only, and which server is the whole host's setting: it is another one for the daemon alone.
        ShellResult able = await Shell.BashAsync("test $(id -u) = 0 && unshare -m true");
        Assert.SkipUnless(able.ExitCode == 0, "needs root: a mount namespace and port 53");

        // Built here if need be: below, nothing but the names of this test resolves.
        (await Shell.RunAsync(Repository.Launcher, ["--version"], seconds: 300)).ExitCode.ShouldBe(0);

        // Names on loopback are believed below localhost only.
        using var dns = new SmallDns(IPAddress.Parse(Server));
        dns.Pointer("127.9.1.1", "app.good.localhost");
        dns.Address("app.good.localhost", "127.9.1.1");
        dns.Pointer("127.9.1.2", "app.good.localhost");
        dns.Pointer("127.9.1.3", "x.bad.good.localhost");
        dns.Address("x.bad.good.localhost", "127.9.1.3");
        string folder = Directory.CreateTempSubdirectory("gatehouse-names-").FullName;
        string resolver = Path.Combine(folder, "resolv.conf");
        await File.WriteAllTextAsync(resolver, $"nameserver {Server}\noptions timeout:1 attempts:1\n", TestContext.Current.CancellationToken);
        await using Daemon daemon = await new Daemon
        {
            Wrapper = ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", resolver],
        }.StartAsync();
        foreach (string[] rule in new[] { new[] { "allow", "*.good.localhost" }, ["allow", "192.0.2.0/24"], ["deny", "*.bad.good.localhost"] })
        {
            ShellResult made = await daemon.CliAsync(["ip", .. rule, "--gate", "whoami"]);
            made.ExitCode.ShouldBe(0, made.ToString());
        }

        (await IsLetInAsync(daemon, "127.9.1.1")).ShouldBeFalse("nothing waits for a name server");
        await UntilAsync(() => IsLetInAsync(daemon, "127.9.1.1"));
        dns.Asked.ShouldContain("1.1.9.127.in-addr.arpa/12");

        // Only claimed, denied, and without a name: asked for, and kept out for good.
        foreach (string other in new[] { "127.9.1.2", "127.9.1.3", "127.9.1.4" })
        {
            (await IsLetInAsync(daemon, other)).ShouldBeFalse(other);
            await UntilAsync(() => Task.FromResult(dns.Asked.Contains($"{other[^1]}.1.9.127.in-addr.arpa/12")));
            await Task.Delay(300, TestContext.Current.CancellationToken);
            (await IsLetInAsync(daemon, other)).ShouldBeFalse(other);
        }

        Directory.Delete(folder, recursive: true);
    }

    // Let in is who gets as far as the handshake: a denied source is closed without a byte.
    private static async Task<bool> IsLetInAsync(Daemon daemon, string source)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, daemon.WhoamiPort);
            await using var tls = new System.Net.Security.SslStream(new NetworkStream(socket), false, static (_, _, _, _) => true);
            await tls.AuthenticateAsClientAsync("127.0.0.1");
            return true;
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
