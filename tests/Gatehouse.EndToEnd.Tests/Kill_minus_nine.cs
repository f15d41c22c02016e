using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>A daemon killed while it changes state and answers requests: what was acknowledged is there, the trail verifies.</summary>
public sealed class Kill_minus_nine
{
    private const int Kills = 12;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_is_corrupt()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        var acknowledged = new List<string>();
        var random = new Random(20260101);
        for (int kill = 0; kill < Kills; kill++)
        {
            using var stop = new CancellationTokenSource();
            int before = acknowledged.Count;
            Task writer = WriteRolesAsync(daemon, kill, acknowledged, stop.Token);
            Task reader = AskAsync(daemon, stop.Token);
            await UntilAcknowledgedAsync(acknowledged, before + 1);
            await Task.Delay(random.Next(50, 900), TestContext.Current.CancellationToken);
            daemon.Signal(9);
            await stop.CancelAsync();
            await Task.WhenAll(writer, reader);
            await daemon.WaitForEndAsync();

            await daemon.StartAsync();
            string[] roles = [.. (await daemon.JsonAsync("role", "list")).GetProperty("roles").EnumerateArray().Select(static r => r.GetProperty("name").GetString()!)];
            acknowledged.Except(roles).ShouldBeEmpty();
            ShellResult verified = await daemon.CliAsync(["audit", "verify"]);
            verified.ExitCode.ShouldBe(0, verified.ToString());
        }

        string[] changes = [.. daemon.Trail().Where(static r => r.GetProperty("event.action").GetString() == "security_config_change").Select(static r => r.GetRawText())];
        foreach (string role in acknowledged)
        {
            changes.ShouldContain(c => c.Contains(role, StringComparison.Ordinal));
        }
    }

    // However slow the machine is: a daemon that is killed before anything was acknowledged shows nothing.
    private static async Task UntilAcknowledgedAsync(List<string> acknowledged, int count)
    {
        for (int i = 0; i < 3000; i++)
        {
            lock (acknowledged)
            {
                if (acknowledged.Count >= count)
                {
                    return;
                }
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("no change was acknowledged within 30 s");
    }

    private static async Task WriteRolesAsync(Daemon daemon, int kill, List<string> acknowledged, CancellationToken stop)
    {
        using HttpClient client = daemon.Client(daemon.AdminPort, "admin", daemon.Password);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"role-{kill}-{i}");
            try
            {
                using HttpResponseMessage answer = await client.PutAsync(
                    $"/v1/roles/{name}",
                    new StringContent("""{"grants":[{"system":"http","actions":["get"],"resources":["whoami/**"]}]}""", System.Text.Encoding.UTF8, "application/json"),
                    CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                {
                    lock (acknowledged)
                    {
                        acknowledged.Add(name);
                    }
                }
                else
                {
                    throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(CancellationToken.None));
                }
            }
            catch (Exception cut) when (cut is HttpRequestException or SocketException)
            {
                return;
            }
        }
    }

    private static async Task AskAsync(Daemon daemon, CancellationToken stop)
    {
        using HttpClient client = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync("/", CancellationToken.None);
                JsonDocument.Parse(await answer.Content.ReadAsStringAsync(CancellationToken.None)).Dispose();
            }
            catch (Exception cut) when (cut is HttpRequestException or SocketException)
            {
                return;
            }
        }
    }
}
