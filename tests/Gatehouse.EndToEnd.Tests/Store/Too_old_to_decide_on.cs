using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>A daemon whose etcd hangs, with a clock of its own: what it decides until <c>max_stale</c>, what it refuses after it, and when it does neither any more.</summary>
[Collection(nameof(SecuredEtcd))]
public sealed class Too_old_to_decide_on(SecuredEtcd etcd) : IAsyncLifetime
{
    private const string Password = "a long way home";
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly TemporaryFolder _folder = new();
    private readonly int _files = Ports.Free();
    private readonly int _mqtt = Ports.Free();
    private readonly int _metrics = Ports.Free();
    private readonly ScriptedUpstream _upstream = ScriptedUpstream.Answering(Answer);
    private MosquittoBroker _broker = null!; // InitializeAsync makes it
    private ShiftedClock _clock = null!; // likewise
    private Daemon _daemon = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        _clock = new ShiftedClock(_folder);
        _broker = await MosquittoBroker.StartAsync();
        _daemon = new Daemon(
            $$"""
            gates:
              files: { protocol: http, system: http, listen: '127.0.0.1:{{_files}}', upstream: 'http://127.0.0.1:{{_upstream.Port}}' }
              mqtt: { protocol: mqtt, tls: false, listen: '127.0.0.1:{{_mqtt}}', upstream: 'tcp://127.0.0.1:{{_broker.Port}}' }
            metrics: 127.0.0.1:{{_metrics}}
            {{etcd.Yaml}}
            """);
        foreach ((string name, string value) in _clock.Environment)
        {
            _daemon.Environment[name] = value;
        }

        await _daemon.StartAsync();
        await _daemon.SetRoleAsync("all", "http:*:**", "mqtt:publish,subscribe:#");
        await _daemon.AddUserAsync("anna", Password, "all");
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await _broker.DisposeAsync();
        await _upstream.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Everything_but_the_admin_API_is_refused_until_the_store_is_back_restarts_included()
    {
        (await AskAsync(_daemon.WhoamiPort)).Status.ShouldBe(HttpStatusCode.OK);
        await using Player player = await PlayAsync("CONNACK present=0 code=00");
        string receipt;
        etcd.Cluster.Hang(0);
        try
        {
            // 71 hours: as if nothing were.
            _clock.Move(TimeSpan.FromHours(71));
            await UntilAsync("GH2080");
            (await _daemon.StatusAsync()).GetProperty("problems").GetRawText().ShouldNotContain("GH2081");
            (await AskAsync(_daemon.WhoamiPort)).Status.ShouldBe(HttpStatusCode.OK);
            (await AskAsync(_files)).Status.ShouldBe(HttpStatusCode.OK);
            await player.FenceAsync();
            player.News().ShouldBeEmpty();
            (await _daemon.CliAsync(["user", "rm", "anna"])).Error.ShouldContain("GH2083");

            // 73: who lost a right since then is not known here.
            _clock.Move(TimeSpan.FromHours(73));
            await player.EndAsync(20);
            player.News().ShouldBe(["DISCONNECT 87", "end"]);
            await UntilAsync("GH2081");
            await RefusedAsync();
            (await _daemon.CliAsync(["user", "rm", "anna"])).Error.ShouldContain("GH2081");

            // What is denied at this node alone makes nothing young again.
            SecuredEtcd.Fine(await _daemon.CliAsync(["revoke", "user", "native/nobody", "--local"]));
            await RefusedAsync();

            receipt = JsonDocument.Parse((await AskAsync(_files)).Body).RootElement.GetProperty("error").GetProperty("receipt").GetString()!;

            // Nor does a restart, from the first request on.
            (await _daemon.StopAsync()).ShouldBe(0, _daemon.Error);
            var clock = Stopwatch.StartNew();
            await _daemon.StartAsync();
            TestContext.Current.SendDiagnosticMessage($"started without the store in {clock.Elapsed.TotalSeconds:0.0} s");
            await RefusedAsync();
        }
        finally
        {
            etcd.Cluster.Wake(0);
        }

        for (int i = 0; (await AskAsync(_daemon.WhoamiPort)).Status != HttpStatusCode.OK; i++)
        {
            i.ShouldBeLessThan(200, "the store is back");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        (await AskAsync(_files)).Status.ShouldBe(HttpStatusCode.OK);
        (await _daemon.CliAsync(["explain", receipt])).Output.ShouldContain("state_too_old");
        await using Player again = await PlayAsync("CONNACK present=0 code=00");
        (await Shell.RunAsync("curl", ["-s", $"http://127.0.0.1:{_metrics}/healthz"])).Output.ShouldBe("ok\n");
        _daemon.Trail().Count(static record => record.GetRawText().Contains("GH2081", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(2, "gone and back");
    }

    /// <summary>What needs a grant, what needs a login only, and the way in of a broker are closed; the admin API and health answer.</summary>
    private async Task RefusedAsync()
    {
        foreach (int port in (int[])[_daemon.WhoamiPort, _files])
        {
            (HttpStatusCode status, string body) = await AskAsync(port);
            status.ShouldBe(HttpStatusCode.Forbidden);
            body.ShouldContain("\"state_too_old\"");
        }

        await using Player player = await PlayAsync("CONNACK present=0 code=87");
        (await Shell.RunAsync("curl", ["-s", $"http://127.0.0.1:{_metrics}/healthz"])).Output.ShouldContain("state_too_old");
        (await _daemon.JsonAsync("user", "show", "anna")).GetProperty("name").GetString().ShouldBe("anna");
    }

    private async Task<Player> PlayAsync(string expected)
    {
        Player player = await Player.OpenAsync(new MqttEndpoint(_mqtt), 5);
        await player.ConnectAsync(new ConnectFields(5, "old") { User = "anna", Password = Password });
        player.News()[0].ShouldBe(expected);
        return player;
    }

    private async Task<(HttpStatusCode Status, string Body)> AskAsync(int port)
    {
        using HttpClient client = _daemon.Client(port, "anna", Password);
        using HttpResponseMessage answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task UntilAsync(string problem)
    {
        for (int i = 0; !(await _daemon.StatusAsync()).GetProperty("problems").GetRawText().Contains(problem, StringComparison.Ordinal); i++)
        {
            i.ShouldBeLessThan(100, problem);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
