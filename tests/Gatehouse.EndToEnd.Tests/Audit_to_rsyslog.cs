using System.Globalization;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>A daemon whose trail goes to a real rsyslog over TLS, which knows it by its certificate.</summary>
public sealed class Audit_to_rsyslog
{
    private const string Name = "gate.example";

    [Fact]
    public async Task Every_record_arrives_whole_or_marked_and_again_after_a_crash_of_the_receiver()
    {
        using var authority = new DirectoryAuthority("log authority");
        await using RsyslogServer server = await new RsyslogServer(authority, Name, "logs.example").StartAsync();
        await using Daemon daemon = await Make(authority, server.Port, "logs.example", authority).StartAsync();
        using HttpClient client = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        using HttpResponseMessage longest = await client.GetAsync("/" + new string('p', 7900), TestContext.Current.CancellationToken);
        using HttpClient stranger = daemon.Client(daemon.WhoamiPort, "Журнал-田", "wrong-password-1");
        using HttpResponseMessage wide = await stranger.GetAsync("/", TestContext.Current.CancellationToken);
        await UntilAsync(() => Numbers(server).Length >= daemon.Trail().Length - 2);

        await server.KillAsync();
        using HttpResponseMessage meanwhile = await client.GetAsync("/meanwhile", TestContext.Current.CancellationToken);
        await server.StartAsync();
        await UntilAsync(() => server.Messages.Any(static m => m.Contains("/meanwhile", StringComparison.Ordinal)));
        daemon.Signal(15);
        await daemon.WaitForEndAsync();
        await UntilAsync(() => server.Messages.Any(static m => m.Contains("\"gatehouse.closed\":true", StringComparison.Ordinal)));

        string[] messages = server.Messages;
        messages.ShouldAllBe(static m => m.StartsWith('<') && m.Contains(">1 ", StringComparison.Ordinal), "each frame is one message");
        messages.Max(static m => Encoding.UTF8.GetByteCount(m)).ShouldBeLessThanOrEqualTo(8000);
        messages.ShouldContain(static m => m.EndsWith("...[cut]", StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(m) > 7990);
        string[] lines = [.. daemon.Trail().Select(static r => r.GetRawText())];
        Numbers(server).Distinct().Order().ShouldBe(Enumerable.Range(1, lines.Length).Select(static n => (long)n));
        string whole = messages.First(static m => m.Contains("Журнал", StringComparison.Ordinal));
        lines.ShouldContain(whole[(whole.IndexOf("] \uFEFF{", StringComparison.Ordinal) + 3)..], "the record itself, byte by byte");
    }

    /// <summary>Debian 12's rsyslog with OpenSSL checks a sender's authority and, unlike what its manual says, not its name.</summary>
    [Theory, InlineData("logs.example", true), InlineData("wrong.example", false)]
    public async Task A_stranger_on_either_side_ends_it(string serverName, bool isStranger)
    {
        using var authority = new DirectoryAuthority("log authority");
        using var other = new DirectoryAuthority("log authority");
        await using RsyslogServer server = await new RsyslogServer(authority, Name, "logs.example").StartAsync();
        await using Daemon daemon = await Make(authority, server.Port, serverName, isStranger ? other : authority).StartAsync();
        await UntilAsync(() => daemon.Error.Contains("GH8010", StringComparison.Ordinal));
        server.Messages.ShouldBeEmpty();
    }

    private static Daemon Make(DirectoryAuthority authority, int port, string serverName, DirectoryAuthority own)
    {
        var folder = new TemporaryFolder();
        (string certificate, string key) = own.Sign(Name);
        File.WriteAllText(folder["log-ca.pem"], authority.Pem);
        File.WriteAllText(folder["own.pem"], certificate);
        File.WriteAllText(folder["own.key"], key);
        File.SetUnixFileMode(folder["own.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new Daemon(
            string.Create(CultureInfo.InvariantCulture, $"audit:\n  outputs:\n    siem:\n      address: syslog+tls://127.0.0.1:{port}\n      server_name: {serverName}\n")
            + "      ca: log-ca.pem\n      certificate_file: own.pem\n      key_file: own.key\n", folder);
    }

    private static long[] Numbers(RsyslogServer server) =>
        [.. server.Messages.Select(static m => long.Parse(m.Split("seq=\"")[1].Split('"')[0], CultureInfo.InvariantCulture))];

    private static async Task UntilAsync(Func<bool> isDone)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isDone())
        {
            await Task.Delay(50, limit.Token);
        }
    }
}
