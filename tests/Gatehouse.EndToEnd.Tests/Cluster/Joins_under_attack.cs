using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>Real hosts join a real daemon while somebody kills, listens, floods, or comes second.</summary>
[Collection(nameof(EnrolmentCluster))]
public sealed class Joins_under_attack(EnrolmentCluster cluster)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("begun", false)]
    [InlineData("connected", false)]
    [InlineData("reserved", false)]
    [InlineData("accepted", false)]
    [InlineData("proven", false)]
    [InlineData("asking", false)]
    [InlineData("completed", true)]
    [InlineData("prepared", true)]
    [InlineData("configured", true)]
    [InlineData("renamed", true)]
    public async Task A_join_killed_at_any_step_leaves_nothing_that_the_next_one_does_not_finish(string step, bool isMember)
    {
        using var host = new NewHost();
        string name = cluster.NewName();
        (string token, string id) = await cluster.TokenAsync(name);
        using (Process killed = await host.StartUntilAsync(token, step))
        {
            killed.Kill();
            await killed.WaitForExitAsync(Cancellation);
        }

        Directory.Exists(host.Data).ShouldBe(step == "renamed");
        File.Exists(host.Configuration).ShouldBe(step is "configured" or "renamed");
        (await cluster.NodesAsync()).Contains(name).ShouldBe(isMember);
        (await cluster.TokensAsync()).Contains(id).ShouldBe(!isMember, "the token goes with the generation that has the node");

        ShellResult again = await host.JoinAsync(token);

        if (step == "renamed")
        {
            again.ExitCode.ShouldNotBe(0);
            again.Error.ShouldContain("GH3209");
        }
        else
        {
            again.ExitCode.ShouldBe(0, again.ToString());
        }

        host.ShouldBeNode(name);
        (await cluster.NodesAsync()).Count(n => n == name).ShouldBe(1);
        (await cluster.TokensAsync()).ShouldNotContain(id);
    }

    [Fact]
    public async Task The_command_killed_at_any_moment_finishes_when_it_is_run_again()
    {
        var random = new Random(20300101);
        int finished = 0;
        using var measured = new NewHost();
        long start = Stopwatch.GetTimestamp();
        ShellResult whole = await measured.JoinAsync((await cluster.TokenAsync(cluster.NewName())).Token);
        whole.ExitCode.ShouldBe(0, whole.ToString());
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        for (int kill = 0; kill < 10; kill++)
        {
            using var host = new NewHost();
            string name = cluster.NewName();
            (string token, _) = await cluster.TokenAsync(name);
            using (Process command = host.Start(token))
            {
                await Task.Delay(time * (0.3 + (0.8 * random.NextDouble())), Cancellation);
                command.Kill(entireProcessTree: true);
                await command.WaitForExitAsync(Cancellation);
            }

            bool isDone = Directory.Exists(host.Data);
            finished += isDone ? 1 : 0;
            ShellResult again = await host.JoinAsync(token);
            (again.ExitCode == 0 || (isDone && again.Error.Contains("GH3209", StringComparison.Ordinal))).ShouldBeTrue(again.ToString());
            host.ShouldBeNode(name);
            (await cluster.NodesAsync()).Count(n => n == name).ShouldBe(1);
        }

        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{finished} of 10 were done before the kill; a whole join took {time.TotalMilliseconds:0} ms"));
    }

    [Fact]
    public async Task A_join_that_died_before_it_asked_is_cleaned_by_one_with_another_token()
    {
        using var host = new NewHost();
        (string token, string id) = await cluster.TokenAsync(cluster.NewName());
        using (Process killed = await host.StartUntilAsync(token, "proven"))
        {
            killed.Kill();
            await killed.WaitForExitAsync(Cancellation);
        }

        host.Rest.ShouldContain(static path => path.StartsWith("data.joining", StringComparison.Ordinal));
        string name = cluster.NewName();
        ShellResult fresh = await host.JoinAsync((await cluster.TokenAsync(name)).Token);
        fresh.ExitCode.ShouldBe(0, fresh.ToString());
        host.ShouldBeNode(name);

        // What the first one was given ends with its token.
        (await cluster.Daemon.CliAsync(["token", "revoke", id])).ExitCode.ShouldBe(0);
        ShellResult list = await cluster.Daemon.CliAsync(["cert", "list", "--json"]);
        using JsonDocument certificates = JsonDocument.Parse(list.Output);
        string[] states = [.. certificates.RootElement.GetProperty("certificates").EnumerateArray().Where(c => c.GetProperty("issued_by").GetString() == "token/" + id).Select(static c => c.GetProperty("state").GetString()!)];
        states.ShouldBe(["revoked", "revoked"]);
    }

    [Fact]
    public async Task Of_two_hosts_with_one_token_one_joins_and_nothing_is_left_of_the_other()
    {
        for (int round = 0; round < 3; round++)
        {
            using var first = new NewHost();
            using var second = new NewHost();
            string name = cluster.NewName();
            (string token, string id) = await cluster.TokenAsync(name);

            ShellResult[] results = await Task.WhenAll(first.JoinAsync(token), second.JoinAsync(token));

            results.Count(static r => r.ExitCode == 0).ShouldBe(1, results[0].ToString() + results[1]);
            (NewHost winner, NewHost loser, ShellResult lost) = results[0].ExitCode == 0 ? (first, second, results[1]) : (second, first, results[0]);

            // Refused, or not known any more, or without the room that a token has where this address has used up its own.
            ((string[])["GH3205", "GH3206", "GH3207"]).ShouldContain(problem => lost.Error.Contains(problem, StringComparison.Ordinal), lost.ToString());
            loser.Rest.ShouldBeEmpty();
            winner.ShouldBeNode(name);
            (await cluster.NodesAsync()).Count(n => n == name).ShouldBe(1);
            (await cluster.TokensAsync()).ShouldNotContain(id);
        }
    }

    [Fact]
    public async Task Whoever_ends_TLS_with_another_certificate_never_hears_the_token()
    {
        string folder = cluster.Daemon.Folder["web"];
        ShellResult issued = await cluster.Daemon.CliAsync(["cert", "issue", "--profile", "server", "--name", "web.example.org", "--name", "127.0.0.1", "--out", folder]);
        issued.ExitCode.ShouldBe(0, issued.ToString());
        using X509Certificate2 leaf = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "web.example.org.crt"), Path.Combine(folder, "web.example.org.key"));
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Path.Combine(folder, "web.example.org.crt"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = new CertificateRequest("CN=alpha", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        foreach (SslStreamCertificateContext shown in (SslStreamCertificateContext[])
            [SslStreamCertificateContext.Create(leaf, [chain[1]], offline: true), SslStreamCertificateContext.Create(own, null, offline: true)])
        {
            await using var between = new Between(cluster.Daemon.AdminPort, shown);
            using var host = new NewHost();
            (string token, string id) = await cluster.TokenAsync(cluster.NewName(), between.Address);

            ShellResult joined = await host.JoinAsync(token);

            joined.ExitCode.ShouldNotBe(0);
            joined.Error.ShouldContain("GH3207");
            host.Rest.ShouldBeEmpty();
            string heard = between.Heard;
            heard.ShouldStartWith("GET /v1/enrolment/authority?token=" + id);
            heard.ShouldNotContain("POST");
            byte[] secret = System.Buffers.Text.Base64Url.DecodeFromChars(token.AsSpan(4))[8..40];
            foreach (string form in (string[])[Convert.ToBase64String(secret), Convert.ToHexString(secret), Convert.ToBase64String(SHA256.HashData(secret)), token[20..60]])
            {
                heard.Contains(form, StringComparison.OrdinalIgnoreCase).ShouldBeFalse();
            }

            (await cluster.TokensAsync()).ShouldContain(id);
        }
    }

    [Fact]
    public async Task A_name_of_another_node_is_refused_until_the_operator_says_that_both_are_on_one_host()
    {
        using var host = new NewHost("version: 1\nmetrics: off\ntls: { names: [alpha, gate.example.org] }\n");
        string name = cluster.NewName();
        (string token, string id) = await cluster.TokenAsync(name);

        ShellResult refused = await host.JoinAsync(token);

        refused.ExitCode.ShouldNotBe(0);
        refused.Error.ShouldContain("GH3224");
        refused.Error.ShouldContain("--same-host alpha");
        host.Rest.ShouldBe(["gatehouse.yaml"]);
        await UntilRecordedAsync(id, "impossible", "GH3224");
        ShellResult allowed = await cluster.Daemon.CliAsync(["token", "create", "--node", name, "--address", cluster.Address, "--same-host", "alpha"]);
        allowed.ExitCode.ShouldBe(0, allowed.ToString());
        (await cluster.Daemon.CliAsync(["token", "list"])).Output.ShouldContain("shares alpha");
        ShellResult joined = await host.JoinAsync(allowed.Output.Trim());
        joined.ExitCode.ShouldBe(0, joined.ToString());
        (await cluster.Daemon.CliAsync(["node", "show", name])).Output.ShouldContain("alpha, shared with another node");
    }

    [Fact]
    public async Task A_flood_of_wrong_tokens_keeps_nobody_out()
    {
        Daemon daemon = cluster.Daemon;
        long before = Resident(daemon);
        int records = Count(daemon);
        using var stop = new CancellationTokenSource();
        var statuses = new ConcurrentDictionary<int, int>();
        Task[] floods = [.. Enumerable.Range(0, 8).Select(lane => FloodAsync(lane, statuses, stop.Token))];
        while (!statuses.ContainsKey(429))
        {
            await Task.Delay(50, Cancellation);
        }

        using var host = new NewHost();
        string name = cluster.NewName();
        ShellResult joined = await host.JoinAsync((await cluster.TokenAsync(name)).Token);
        await stop.CancelAsync();
        await Task.WhenAll(floods);

        joined.ExitCode.ShouldBe(0, joined.ToString());
        (await cluster.NodesAsync()).ShouldContain(name);
        statuses.Keys.ShouldBe([401, 429], ignoreOrder: true);
        int refused = statuses.Values.Sum();
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture, $"{statuses[401]} were looked at, {statuses[429]} were too many; {before / 1024} MiB before, {Resident(daemon) / 1024} MiB after"));
        statuses[401].ShouldBeLessThanOrEqualTo(900, "300 a minute, over at most three minutes");
        (Resident(daemon) - before).ShouldBeLessThan(150 * 1024, "KiB");
        for (int i = 0; Count(daemon) - records < refused; i++)
        {
            i.ShouldBeLessThan(200, $"{refused} were refused, {Count(daemon) - records} are in the trail");
            await Task.Delay(50, Cancellation);
        }
    }

    private async Task FloodAsync(int lane, ConcurrentDictionary<int, int> statuses, CancellationToken stop)
    {
        for (int round = 0; !stop.IsCancellationRequested; round++)
        {
            // Each connection from another address of this host.
            var from = new IPEndPoint(new IPAddress([127, 0, (byte)(lane + 1), (byte)((round % 250) + 1)]), 0);
            using var handler = new SocketsHttpHandler
            {
                UseProxy = false,
                SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
                ConnectCallback = async (context, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(from);
                    await socket.ConnectAsync(IPAddress.Loopback, cluster.Daemon.AdminPort, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            };
            using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{cluster.Address}/") };
            for (int i = 0; i < 25 && !stop.IsCancellationRequested; i++)
            {
                string zero = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
                using var body = new StringContent(
                    $$"""{"token":"{{RandomNumberGenerator.GetHexString(16, lowercase: true)}}","key":"{{zero}}","signing_key":"{{zero}}","signature":"{{zero}}","node":"x","wrap_key":"{{zero}}","mesh_request":"{{zero}}","server_request":"{{zero}}"}""",
                    Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                try
                {
                    using HttpResponseMessage answer = await client.PostAsync(new Uri("v1/enrolment/begin", UriKind.Relative), body, CancellationToken.None);
                    statuses.AddOrUpdate((int)answer.StatusCode, 1, static (_, count) => count + 1);
                }
                catch (HttpRequestException)
                {
                    // A budget of connections is one of the limits.
                    break;
                }
            }
        }
    }

    private async Task UntilRecordedAsync(string token, string reason, string problem)
    {
        for (int i = 0; !cluster.Daemon.Trail().Any(r => Text(r, "user.name") == token && Text(r, "gatehouse.reason") == reason && Text(r, "error.code") == problem); i++)
        {
            i.ShouldBeLessThan(100, $"no record of {token}: {reason} {problem}");
            await Task.Delay(50, Cancellation);
        }
    }

    // What a summary counts, too.
    private static int Count(Daemon daemon) => daemon.Trail()
        .Where(static r => Text(r, "gatehouse.gate") == "admin" && Text(r, "event.outcome") == "failure" && Text(r, "event.action") is "authentication_failed" or "limit_reached")
        .Sum(static r => r.TryGetProperty("gatehouse.count", out JsonElement count) ? count.GetInt32() : 1);

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long Resident(Daemon daemon)
    {
        string line = File.ReadLines($"/proc/{daemon.ProcessId}/status").Single(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Ends TLS of whoever calls, opens TLS to the daemon, and passes everything on, both ways.</summary>
    private sealed class Between : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly StringBuilder _heard = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _run;

        public Between(int port, SslStreamCertificateContext shown)
        {
            _listener.Start();
            _run = RunAsync(port, shown);
        }

        public string Address => "127.0.0.1:" + ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        public string Heard
        {
            get
            {
                lock (_heard)
                {
                    return _heard.ToString();
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _run;
            _stop.Dispose();
        }

        private async Task RunAsync(int port, SslStreamCertificateContext shown)
        {
            List<Task> calls = [];
            try
            {
                while (true)
                {
                    calls.Add(CallAsync(await _listener.AcceptSocketAsync(_stop.Token), port, shown));
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(calls);
            }
        }

        private async Task CallAsync(Socket socket, int port, SslStreamCertificateContext shown)
        {
            try
            {
                await using var caller = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await caller.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = shown }, _stop.Token);
                using var tcp = new TcpClient();
                await tcp.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
                await using var daemon = new SslStream(tcp.GetStream(), false, static (_, _, _, _) => true);
                await daemon.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, _stop.Token);
                await Task.WhenAny(PassAsync(caller, daemon, true), PassAsync(daemon, caller, false));
            }
            catch (Exception fault) when (fault is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The caller does not like it.
            }
        }

        private async Task PassAsync(SslStream from, SslStream to, bool isCaller)
        {
            byte[] buffer = new byte[16 * 1024];
            int count;
            while ((count = await from.ReadAsync(buffer, _stop.Token)) > 0)
            {
                if (isCaller)
                {
                    lock (_heard)
                    {
                        _heard.Append(Encoding.Latin1.GetString(buffer, 0, count));
                    }
                }

                await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
    }
}
