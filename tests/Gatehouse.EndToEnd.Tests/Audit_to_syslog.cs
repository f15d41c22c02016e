using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>A daemon whose trail goes to syslog, from its first record to its last.</summary>
public sealed class Audit_to_syslog
{
    [Fact]
    public async Task From_the_start_to_the_stop()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var received = new StringBuilder();
        await using (Daemon daemon = await new Daemon($"audit:\n  outputs:\n    siem:\n      address: syslog+tcp://127.0.0.1:{port}\n      facility: local4\n").StartAsync())
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            Task reading = ReadAsync(client.GetStream(), received);
            daemon.Signal(15);
            await daemon.WaitForEndAsync();
            await reading;
            daemon.Error.ShouldNotContain("GH8010");
        }

        string all = received.ToString();
        all.ShouldContain(" gatehouse - segment_started [gatehouse@32473 seq=\"1\" ");
        all.ShouldContain(" gatehouse - node_started ");
        all.ShouldContain(" gatehouse - node_stopped ");
        all.ShouldContain("<166>1 ");
        all.ShouldContain("\"gatehouse.closed\":true");
    }

    [Fact]
    public async Task Outputs_come_and_go_with_the_file_and_a_bad_one_changes_nothing()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        await using Daemon daemon = await new Daemon().StartAsync();
        daemon.WriteConfiguration(To(first));
        using TcpClient a = await first.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var toFirst = new StringBuilder();
        Task readingFirst = ReadAsync(a.GetStream(), toFirst);
        await UntilAsync(() => daemon.Trail().Any(static r => Changed(r, "output siem added")));

        const string Pasted = "pasted-Secret-4711";
        daemon.WriteConfiguration($"audit:\n  outputs:\n    otel:\n      address: otlp+https://127.0.0.1:1\n      ca: ca.pem\n      bearer: {Pasted}\n");
        await UntilAsync(() => daemon.Error.Contains("GH1041", StringComparison.Ordinal));
        ShellResult check = await daemon.CliAsync(["check"]);
        (check.Output + check.Error + daemon.Error).ShouldNotContain(Pasted);
        (check.Output + check.Error).ShouldContain("GH1041");
        daemon.WriteConfiguration(To(first) + "  directory: elsewhere\n");
        await UntilAsync(() => daemon.Error.Contains("GH1040", StringComparison.Ordinal));
        (await daemon.CliAsync(["status"])).Output.ShouldContain("GH1040");

        daemon.WriteConfiguration("audit:\n  durability: strict\n" + To(second)["audit:\n".Length..]);
        using TcpClient b = await second.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var toSecond = new StringBuilder();
        Task readingSecond = ReadAsync(b.GetStream(), toSecond);
        await readingFirst;
        await UntilAsync(() => daemon.Trail().Any(static r => Changed(r, "durability strict; output siem changed")));
        using HttpClient client = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        using HttpResponseMessage answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
        await UntilAsync(() => daemon.Trail().Any(static r => r.GetProperty("event.action").GetString() == "access_decided"));
        daemon.WriteConfiguration("");
        await readingSecond;
        toSecond.ToString().ShouldContain("output siem removed");

        long[] seen = [.. Numbers(toFirst), .. Numbers(toSecond)];
        seen.ShouldBe(Enumerable.Range(1, seen.Length).Select(static n => (long)n), "the second goes on where the first ended");
    }

    private static string To(TcpListener listener) =>
        $"audit:\n  outputs:\n    siem:\n      address: syslog+tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}\n";

    private static bool Changed(System.Text.Json.JsonElement record, string what) =>
        record.GetProperty("event.action").GetString() == "security_config_change" && record.TryGetProperty("message", out System.Text.Json.JsonElement text)
        && text.GetString() == what;

    private static IEnumerable<long> Numbers(StringBuilder received) => received.ToString().Split(" seq=\"").Skip(1)
        .Select(static m => long.Parse(m.Split('"')[0], System.Globalization.CultureInfo.InvariantCulture));

    private static async Task UntilAsync(Func<bool> isDone)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!isDone())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task ReadAsync(NetworkStream stream, StringBuilder into)
    {
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            into.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        stream.Close();
    }
}
