using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>Debian's etcd, open by default, behind the sample's catalogue: who may do what, and what is cut when that changes.</summary>
public sealed class Etcd_behind_the_gate : IAsyncLifetime
{
    private const string ReaderPassword = "reader-password-1";
    private const string WriterPassword = "writer-password-1";
    private const string StrangerPassword = "stranger-password-1";
    private readonly EtcdServer _etcd = new();
    private readonly int _gate = Ports.Free();
    private Daemon _daemon = null!; // made in InitializeAsync, before any test

    public async ValueTask InitializeAsync()
    {
        await _etcd.StartAsync();
        var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Repository.Root, "samples/etcd/etcd.catalogue"), folder["etcd.catalogue"]);
        _daemon = new Daemon(
            $"""
            gates:
              etcd:
                protocol: http
                system: etcd
                listen: 127.0.0.1:{_gate}
                upstream: http://127.0.0.1:{_etcd.Port}
            catalogues:
              etcd:
                file: etcd.catalogue

            """,
            folder);
        await _daemon.StartAsync();
        await _daemon.SetRoleAsync("app-reader", "etcd:kv.range:app/**", "etcd:watch:app/**");
        await _daemon.SetRoleAsync("app-dropper", "etcd:kv.put:app/**", "etcd:kv.delete:app/**");
        await _daemon.SetRoleAsync("app-writer", "etcd:kv.range:app/**", "etcd:kv.put:app/**");
        await _daemon.AddUserAsync("reader", ReaderPassword, "app-reader");
        await _daemon.AddUserAsync("writer", WriterPassword, "app-writer");
        await _daemon.AddUserAsync("stranger", StrangerPassword);
        await _daemon.AddUserAsync("dropper", StrangerPassword, "app-dropper");
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Each_may_do_what_the_role_says_and_nothing_else()
    {
        (await Curl("writer", WriterPassword, "kv/put", Put("app/color", "blue"))).ShouldBe("200");
        (await Curl("reader", ReaderPassword, "kv/range", Key("app/color"))).ShouldBe("200");
        (await Curl("reader", ReaderPassword, "kv/range", Prefix("app/"))).ShouldBe("200");
        (await Curl("admin", _daemon.Password, "cluster/member/list", "{}")).ShouldBe("200");
        (await Curl("admin", _daemon.Password, "kv/deleterange", Key("app/color"))).ShouldBe("200");

        (await Curl("reader", ReaderPassword, "kv/put", Put("app/color", "red"))).ShouldBe("403");
        (await Curl("reader", ReaderPassword, "kv/range", Key("secret/key"))).ShouldBe("403");
        (await Curl("reader", ReaderPassword, "kv/range", Prefix("ap"))).ShouldBe("403");
        (await Curl("reader", ReaderPassword, "kv/range", Prefix(""))).ShouldBe("403");
        (await Curl("reader", ReaderPassword, "cluster/member/list", "{}")).ShouldBe("403");
        (await Curl("writer", WriterPassword, "kv/deleterange", Key("app/color"))).ShouldBe("403");
        (await Curl("stranger", StrangerPassword, "kv/range", Key("app/color"))).ShouldBe("403");
        (await Curl("reader", "wrong", "kv/range", Key("app/color"))).ShouldBe("401");
        (await Curl("nobody", "wrong", "kv/range", Key("app/color"))).ShouldBe("401");
    }

    [Fact]
    public async Task Asking_a_write_for_the_old_value_needs_the_right_to_read_it()
    {
        string key = Key("app/old")[1..^1];
        (await Curl("dropper", StrangerPassword, "kv/put", $$"""{{{key}},"value":"eA=="}""")).ShouldBe("200");
        (await Curl("dropper", StrangerPassword, "kv/put", $$"""{{{key}},"value":"eA==","prev_kv":true}""")).ShouldBe("403");
        (await Curl("dropper", StrangerPassword, "kv/deleterange", $$"""{{{key}},"prev_kv":true}""")).ShouldBe("403");
        (await Curl("writer", WriterPassword, "kv/put", $$"""{{{key}},"value":"eA==","prev_kv":true}""")).ShouldBe("200");
        (await Curl("dropper", StrangerPassword, "kv/deleterange", $$"""{{{key}}}""")).ShouldBe("200");
    }

    [Theory]
    [InlineData("""{"key":"c2VjcmV0","rangeEnd":"AA=="}""")]
    [InlineData("""{"key":"YXBwLw==","rangeEnd":"AA=="}""")]
    [InlineData("""{"key":"YXBwLw==","range_end":"AA=="}""")]
    [InlineData("""{"key":"YXBwLw==","range_end":"enp6"}""")]
    [InlineData("""{"key":"YXBwLw==","key":"c2VjcmV0"}""")]
    [InlineData("""{"key":"YXBwLw==","k\u0065y":"c2VjcmV0"}""")]
    [InlineData("""{"key":"YXBwLw=\n="}""")]
    [InlineData("""{"key":"YXBwLx=="}""")]
    [InlineData("""{"key":"YXBwLw=="} {"key":"c2VjcmV0"}""")]
    [InlineData("""{"key":["YXBwLw=="]}""")]
    [InlineData("""{"key":"YXBwLw==",}""")]
    [InlineData("""{/**/"key":"YXBwLw=="}""")]
    [InlineData("""{}""")]
    [InlineData("""[]""")]
    [InlineData("")]
    public async Task A_body_that_etcd_could_read_otherwise_is_refused(string body)
    {
        string status = await Curl("reader", ReaderPassword, "kv/range", body);
        status.ShouldBeOneOf("400", "403");
    }

    [Fact]
    public async Task A_watch_streams_through_the_gate_and_is_cut_when_the_role_goes()
    {
        using HttpClient client = _daemon.Client(_gate, "reader", ReaderPassword);
        using Stream watch = await OpenWatchAsync(client);
        var lines = new StreamReader(watch);
        (await lines.ReadLineAsync()).ShouldNotBeNull().ShouldContain("created");
        (await Curl("writer", WriterPassword, "kv/put", Put("app/live", "1"))).ShouldBe("200");
        (await lines.ReadLineAsync()).ShouldNotBeNull().ShouldContain(Base64("app/live"));

        TimeSpan cut = await TimeToCutAsync(lines, () => _daemon.SetRoleAsync("app-reader", "etcd:kv.range:app/**"));

        cut.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        JsonElement record = await RecordAsync("reader", "/v3/watch", "gatehouse.forward", "cut");
        record.GetProperty("user.name").GetString().ShouldBe("reader");
        (await Curl("reader", ReaderPassword, "watch", """{"create_request":{"key":"YXBwLw==","range_end":"YXBwMA=="}}""")).ShouldBe("403");
    }

    [Fact]
    public async Task A_watch_is_cut_when_the_user_goes()
    {
        using HttpClient client = _daemon.Client(_gate, "reader", ReaderPassword);
        using Stream watch = await OpenWatchAsync(client);
        var lines = new StreamReader(watch);
        await lines.ReadLineAsync();

        TimeSpan cut = await TimeToCutAsync(lines, async () =>
            (await _daemon.CliAsync(["user", "rm", "reader"])).ExitCode.ShouldBe(0));

        cut.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        (await Curl("reader", ReaderPassword, "kv/range", Key("app/color"))).ShouldBe("401");
    }

    [Fact]
    public async Task A_denial_can_be_explained_with_the_smallest_grant_that_helps()
    {
        using HttpClient client = _daemon.Client(_gate, "stranger", StrangerPassword);
        using HttpResponseMessage answer = await client.PostAsync("v3/kv/range", Json(Key("app/color")), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        JsonElement error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("error");
        string receipt = error.GetProperty("receipt").GetString().ShouldNotBeNull();

        await FlushedAsync();
        ShellResult explained = await _daemon.CliAsync(["explain", receipt]);

        explained.ExitCode.ShouldBe(0, explained.ToString());
        explained.Output.ShouldContain("stranger");
        explained.Output.ShouldContain("kv.range");
        explained.Output.ShouldContain("app/color");
    }

    [Fact]
    public async Task The_trail_shows_each_and_verify_finds_every_change()
    {
        (await Curl("writer", WriterPassword, "kv/put", Put("app/a", "1"))).ShouldBe("200");
        (await Curl("stranger", StrangerPassword, "kv/range", Key("app/a"))).ShouldBe("403");
        (await Curl("writer", "wrong", "kv/put", Put("app/a", "1"))).ShouldBe("401");
        (await Curl("writer", WriterPassword, "kv/put?x=1", Put("app/a", "1"))).ShouldBe("400");
        await FlushedAsync();

        string[] actions = [.. _daemon.Trail().Select(static r => r.GetProperty("event.action").GetString()!)];
        actions.ShouldContain("access_granted");
        actions.ShouldContain("access_denied");
        actions.ShouldContain("authentication_failed");
        actions.ShouldContain("tampered_request");
        actions.ShouldContain("security_config_change");
        (await _daemon.CliAsync(["audit", "verify"])).ExitCode.ShouldBe(0);

        (await _daemon.StopAsync()).ShouldBe(0);
        (await _daemon.CliAsync(["audit", "verify"])).ExitCode.ShouldBe(0);
        string segment = Directory.GetFiles(Path.Combine(_daemon.Data, "audit"), "audit-*.jsonl").Order(StringComparer.Ordinal).First();
        byte[] good = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);

        string text = Encoding.UTF8.GetString(good);
        await Broken(segment, Encoding.UTF8.GetBytes(text.Replace("\"stranger\"", "\"strangeR\"", StringComparison.Ordinal)));
        string[] lines = text.Split('\n');
        await Broken(segment, Encoding.UTF8.GetBytes(string.Join('\n', lines.Where((_, i) => i != lines.Length / 2))));
        await Broken(segment, Encoding.UTF8.GetBytes(string.Join('\n', lines.Take(lines.Length / 2)) + "\n"));
        await File.WriteAllBytesAsync(segment, good, TestContext.Current.CancellationToken);
        (await _daemon.CliAsync(["audit", "verify"])).ExitCode.ShouldBe(0);
    }

    private async Task Broken(string segment, byte[] content)
    {
        await File.WriteAllBytesAsync(segment, content, TestContext.Current.CancellationToken);
        ShellResult verified = await _daemon.CliAsync(["audit", "verify"]);
        verified.ExitCode.ShouldBe(1, verified.ToString());
    }

    private async Task FlushedAsync() => await Task.Delay(300, TestContext.Current.CancellationToken);

    private async Task<Stream> OpenWatchAsync(HttpClient client)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "v3/watch")
        {
            Content = Json($$$"""{"create_request":{"key":"{{{Base64("app/")}}}","range_end":"{{{Base64("app0")}}}"}}"""),
        };
        HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>From the moment the change is in force (the command returned) to the client's broken stream; negative when it broke before.</summary>
    private static async Task<TimeSpan> TimeToCutAsync(StreamReader lines, Func<Task> change)
    {
        Task<long> broken = Task.Run(async () =>
        {
            try
            {
                while (await lines.ReadLineAsync() is not null)
                {
                }
            }
            catch (Exception cut) when (cut is IOException or HttpRequestException)
            {
                return Stopwatch.GetTimestamp();
            }

            throw new InvalidOperationException("the stream ended as if it were complete");
        });
        await change();
        long changed = Stopwatch.GetTimestamp();
        long end = await broken.WaitAsync(TimeSpan.FromSeconds(10));
        return Stopwatch.GetElapsedTime(changed, end);
    }

    private async Task<JsonElement> RecordAsync(string user, string path, string field, string value)
    {
        for (int i = 0; i < 40; i++)
        {
            JsonElement found = _daemon.Trail().LastOrDefault(r =>
                r.TryGetProperty("user.name", out JsonElement u) && u.GetString() == user
                && r.TryGetProperty("url.path", out JsonElement p) && p.GetString() == path
                && r.TryGetProperty(field, out JsonElement f) && f.GetString() == value);
            if (found.ValueKind == JsonValueKind.Object)
            {
                return found;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"no record of {user} {path} with {field} {value}:\n" + string.Join('\n', _daemon.Trail().TakeLast(10)));
    }

    private async Task<string> Curl(string user, string password, string path, string body)
    {
        ShellResult result = await Shell.RunAsync(
            "curl",
            ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10", "--cacert", _daemon.CaFile, "-K", "-", "-d", body, $"https://127.0.0.1:{_gate}/v3/{path}"],
            $"user = \"{user}:{password}\"\n");
        return result.Output;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Key(string key) => $$"""{"key":"{{Base64(key)}}"}""";

    private static string Put(string key, string value) => $$"""{"key":"{{Base64(key)}}","value":"{{Base64(value)}}"}""";

    private static string Prefix(string prefix)
    {
        if (prefix.Length == 0)
        {
            return """{"key":"AA==","range_end":"AA=="}""";
        }

        byte[] end = Encoding.UTF8.GetBytes(prefix);
        end[^1]++;
        return $$"""{"key":"{{Base64(prefix)}}","range_end":"{{Convert.ToBase64String(end)}}"}""";
    }
}
