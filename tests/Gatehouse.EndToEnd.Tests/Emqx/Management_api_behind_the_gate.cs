using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Emqx;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Emqx;

/// <summary>A daemon before a stand-in for EMQX's dashboard and management API: roles, logins by the dashboard's own page, defaults.</summary>
public sealed class Management_api_behind_the_gate : IAsyncLifetime
{
    private const string ViewerPassword = "viewer-password-1";
    private const string OperatorPassword = "operator-password-1";
    private const string PublisherPassword = "publisher-password-1";
    private readonly EmqxStandIn _emqx = EmqxStandIn.Start();
    private readonly int _gate = Ports.Free();
    private readonly int _default = Ports.Free();
    private readonly int _nobody = Ports.Free();
    private Daemon _daemon = null!; // made in InitializeAsync, before any test

    public async ValueTask InitializeAsync()
    {
        var folder = new TemporaryFolder();
        Write(folder["emqx.secret"], EmqxStandIn.Secret);
        Write(folder["default.secret"], "public");
        _daemon = new Daemon(
            $"""
            gates:
              emqx:
                protocol: http
                system: emqx-api
                listen: 127.0.0.1:{_gate}
                upstream: http://127.0.0.1:{_emqx.Port}
                upstream_user: {EmqxStandIn.Key}
                upstream_password: file:{folder["emqx.secret"]}
                audit_body: 4KiB
              default:
                protocol: http
                system: emqx-api
                listen: 127.0.0.1:{_default}
                upstream: http://127.0.0.1:{_emqx.Port}
                upstream_user: admin
                upstream_password: file:{folder["default.secret"]}
              nobody:
                protocol: http
                system: emqx-api
                listen: 127.0.0.1:{_nobody}
                upstream: http://127.0.0.1:{_emqx.Port}

            """,
            folder);
        await _daemon.StartAsync();
        await _daemon.SetRoleAsync("plant-publisher", "emqx-api:publish:plant/*/cmd", "emqx-api:clients.kick:plant-*");
        await _daemon.AddUserAsync("viewer", ViewerPassword, "emqx_viewer");
        await _daemon.AddUserAsync("operator", OperatorPassword, "emqx_operator");
        await _daemon.AddUserAsync("publisher", PublisherPassword, "plant-publisher");
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await _emqx.DisposeAsync();
    }

    [Fact]
    public async Task Each_may_do_what_the_role_says_and_nothing_else()
    {
        using HttpClient viewer = _daemon.Client(_gate, "viewer", ViewerPassword);
        using HttpClient op = _daemon.Client(_gate, "operator", OperatorPassword);
        using HttpClient publisher = _daemon.Client(_gate, "publisher", PublisherPassword);
        using HttpClient admin = _daemon.Client(_gate, "admin", _daemon.Password);

        (await SendAsync(viewer, "GET", "/api/v5/clients?page=1")).ShouldBe(200);
        (await SendAsync(op, "DELETE", "/api/v5/clients/c1")).ShouldBe(204);
        (await SendAsync(admin, "POST", "/api/v5/data/export", "{}")).ShouldBe(200);
        (await SendAsync(admin, "GET", "/api/v5/something_new")).ShouldBe(200);
        (await SendAsync(publisher, "POST", "/api/v5/publish", """{"topic":"plant/7/cmd","payload":"on"}""")).ShouldBe(200);
        (await SendAsync(publisher, "DELETE", "/api/v5/clients/plant-7")).ShouldBe(204);
        _emqx.Requests.Select(static r => r.Authorization).Distinct().ShouldBe([Upstream]);
        _emqx.Forget();

        (await SendAsync(viewer, "DELETE", "/api/v5/clients/c1")).ShouldBe(403);
        (await SendAsync(viewer, "GET", "/api/v5/something_new")).ShouldBe(403);
        (await SendAsync(viewer, "POST", "/api/v5/data/export", "{}")).ShouldBe(403);
        (await SendAsync(op, "POST", "/api/v5/plugins/install", "x", "multipart/form-data")).ShouldBe(403);
        (await SendAsync(op, "PUT", "/api/v5/configs/mqtt", "{}")).ShouldBe(403);
        (await SendAsync(op, "POST", "/api/v5/users", "{}")).ShouldBe(403);
        (await SendAsync(op, "POST", "/api/v5/rules", "{}")).ShouldBe(403);
        (await SendAsync(publisher, "POST", "/api/v5/publish", """{"topic":"plant/7/secret","payload":"on"}""")).ShouldBe(403);
        (await SendAsync(publisher, "POST", "/api/v5/publish", """{"topic":"plant/7/8/cmd","payload":"on"}""")).ShouldBe(403);
        (await SendAsync(publisher, "POST", "/api/v5/publish/bulk", """[{"topic":"plant/7/cmd"},{"topic":"other"}]""")).ShouldBe(403);
        (await SendAsync(publisher, "POST", "/api/v5/publish", """{"topic":"plant/7/cmd","topic":"other"}""")).ShouldBe(400);
        (await SendAsync(publisher, "DELETE", "/api/v5/clients/other")).ShouldBe(403);
        _emqx.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_is_one_of_EMQX_and_can_be_explained()
    {
        using HttpClient viewer = _daemon.Client(_gate, "viewer", ViewerPassword);
        using HttpResponseMessage answer = await viewer.DeleteAsync("/api/v5/clients/c1", TestContext.Current.CancellationToken);
        JsonElement error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        error.GetProperty("code").GetString().ShouldBe("UNAUTHORIZED_ROLE");
        string receipt = error.GetProperty("error").GetProperty("receipt").GetString()!;
        (await _daemon.CliAsync(["explain", receipt])).Output.ShouldContain("clients.kick");
    }

    [Fact]
    public async Task Nothing_reaches_it_by_another_spelling()
    {
        string[] requests =
        [
            "GET /api/v5//clients", "GET /api/v5/./clients", "GET /api/v5/x/../clients", "GET /api/v5/x/%2e%2e/clients", "GET /api/v5/clients/",
            "GET /API/V5/clients", "GET /api/v5/Clients", "GET /api%2Fv5/clients", "GET /api/v4/clients", "POST /api/v5/login/challenge",
            "POST /api/v5/login/", "POST /api/v5/sso/login/ldap", "get /api/v5/clients",
        ];
        foreach (string request in requests)
        {
            string answer = await RawAsync($"{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {Basic("viewer", ViewerPassword)}\r\nConnection: close\r\n\r\n");
            answer.ShouldStartWith("HTTP/1.1 4", Case.Sensitive, request);
        }

        // Nor with every right there is, but for what EMQX itself may have of that name.
        foreach (string request in requests.Except(["GET /api/v5/Clients"]))
        {
            string answer = await RawAsync($"{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {Basic("admin", _daemon.Password)}\r\nConnection: close\r\n\r\n");
            answer.ShouldStartWith("HTTP/1.1 4", Case.Sensitive, request);
        }

        _emqx.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_browser_logs_in_at_the_dashboards_own_page_and_out_again()
    {
        using HttpClient browser = _daemon.Client(_gate);
        using HttpResponseMessage first = await browser.GetAsync("/", TestContext.Current.CancellationToken);
        first.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        first.Headers.WwwAuthenticate.ToString().ShouldStartWith("Basic");
        browser.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(Basic("operator", OperatorPassword));
        (await browser.GetStringAsync("/", TestContext.Current.CancellationToken)).ShouldBe(EmqxStandIn.Page);

        // The page's own login, for which the browser needs no header.
        browser.DefaultRequestHeaders.Authorization = null;
        JsonElement login = await LogInAsync(browser, "operator", OperatorPassword);
        login.GetProperty("version").GetString().ShouldBe("5.8.6");
        login.GetProperty("role").GetString().ShouldBe("administrator");
        login.GetProperty("license").GetProperty("edition").GetString().ShouldBe("opensource");
        string token = login.GetProperty("token").GetString()!;

        browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        (await SendAsync(browser, "GET", "/api/v5/clients")).ShouldBe(200);
        (await SendAsync(browser, "DELETE", "/api/v5/clients/c1")).ShouldBe(204);
        (await SendAsync(browser, "POST", "/api/v5/plugins/install", "x", "multipart/form-data")).ShouldBe(403);
        _emqx.Requests.Where(static r => r.Target.StartsWith("/api", StringComparison.Ordinal)).Select(static r => r.Authorization).Distinct().ShouldBe([Upstream]);
        _emqx.Requests.ShouldAllBe(static r => r.Body.Length == 0 && !r.Target.Contains("log"));

        using HttpClient elsewhere = _daemon.Client(_default);
        elsewhere.DefaultRequestHeaders.Authorization = browser.DefaultRequestHeaders.Authorization;
        (await SendAsync(elsewhere, "GET", "/api/v5/clients")).ShouldBe(401);

        (await SendAsync(browser, "POST", "/api/v5/logout", """{"username":"operator"}""")).ShouldBe(204);
        using HttpResponseMessage over = await browser.GetAsync("/api/v5/clients", TestContext.Current.CancellationToken);
        over.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        over.Headers.WwwAuthenticate.ToString().ShouldStartWith("Bearer"); // no prompt over the page's own
        (await over.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("BAD_TOKEN");
    }

    [Fact]
    public async Task A_token_falls_with_what_it_rests_on()
    {
        await _daemon.AddUserAsync("passing", ViewerPassword, "emqx_viewer");
        using HttpClient browser = _daemon.Client(_gate);
        JsonElement login = await LogInAsync(browser, "passing", ViewerPassword);
        login.GetProperty("role").GetString().ShouldBe("viewer");
        browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", login.GetProperty("token").GetString());
        (await SendAsync(browser, "GET", "/api/v5/clients")).ShouldBe(200);
        (await _daemon.CliAsync(["user", "passwd", "passing", "--password-file", "-"], "another-password-2\n")).ExitCode.ShouldBe(0);
        (await SendAsync(browser, "GET", "/api/v5/clients")).ShouldBe(401);
    }

    [Fact]
    public async Task A_login_leaves_no_password_and_the_default_one_an_alarm()
    {
        using HttpClient browser = _daemon.Client(_gate);
        (await LogInAsync(browser, "viewer", ViewerPassword)).GetProperty("token").GetString().ShouldNotBeNullOrEmpty();
        (await SendAsync(browser, "POST", "/api/v5/login", """{"username":"viewer","password":"wrong-password-of-nobody"}""")).ShouldBe(401);
        (await SendAsync(browser, "POST", "/api/v5/login", """{"username":"publisher","password":"publisher-password-1"}""")).ShouldBe(403);
        (await SendAsync(browser, "POST", "/api/v5/login", """{"username":"viewer","password":"viewer-password-1","password":"x"}""")).ShouldBe(401);
        (await SendAsync(browser, "POST", "/api/v5/login", "username=viewer", "application/x-www-form-urlencoded")).ShouldBe(401);
        (await SendAsync(browser, "POST", "/api/v5/login", """{"username":"admin","password":"public"}""")).ShouldBe(401);
        _emqx.Requests.Select(static r => r.Target).Distinct().ShouldBe(["/api/v5/nodes"]);

        JsonElement[] trail = await TrailWithAsync("GH5341");
        string whole = string.Concat(trail.Select(static r => r.GetRawText()));
        whole.ShouldNotContain(ViewerPassword);
        whole.ShouldNotContain("wrong-password-of-nobody");
        whole.ShouldNotContain("ghd_");
        whole.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes($"viewer:{ViewerPassword}")));
        trail.ShouldContain(static r => r.GetRawText().Contains("authentication_failed") && r.GetRawText().Contains("/api/v5/login"));
        trail.ShouldContain(static r => r.GetRawText().Contains("\"login\""));
        _daemon.Error.ShouldNotContain(ViewerPassword);
    }

    [Fact]
    public async Task A_gate_with_the_default_password_or_none_says_so()
    {
        (await _daemon.CliAsync(["status", "--json"])).Output.ShouldContain("GH5340");
        (await TrailWithAsync("GH5340")).ShouldNotBeEmpty();

        ShellResult good = await _daemon.CliAsync(["gate", "test", "emqx", "--json"]);
        JsonDocument.Parse(good.Output).RootElement.GetProperty("passed").GetBoolean().ShouldBeTrue(good.Output);
        foreach ((string gate, string problem) in new[] { ("default", "GH5340"), ("nobody", "GH5342") })
        {
            ShellResult test = await _daemon.CliAsync(["gate", "test", gate, "--json"]);
            test.Output.ShouldContain(problem);
        }

        using HttpClient admin = _daemon.Client(_nobody, "admin", _daemon.Password);
        (await admin.GetStringAsync("/", TestContext.Current.CancellationToken)).ShouldBe(EmqxStandIn.Page);
        using HttpResponseMessage answer = await admin.GetAsync("/api/v5/clients", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("GH5342");
    }

    private static string Upstream => Basic(EmqxStandIn.Key, EmqxStandIn.Secret);

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private static async Task<int> SendAsync(HttpClient client, string method, string target, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private static async Task<JsonElement> LogInAsync(HttpClient client, string user, string password)
    {
        using HttpResponseMessage answer = await client.PostAsync(
            "/api/v5/login",
            new StringContent(JsonSerializer.Serialize(new { username = user, password }), Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<JsonElement[]> TrailWithAsync(string word)
    {
        for (int i = 0; i < 200; i++)
        {
            JsonElement[] trail = _daemon.Trail();
            if (trail.Any(r => r.GetRawText().Contains(word)))
            {
                return trail;
            }

            await Task.Delay(25, TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException($"no record with {word} in five seconds");
    }

    // HttpClient would tidy the target up first.
    private async Task<string> RawAsync(string request)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _gate, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(tcp.GetStream(), false, static (_, _, _, _) => true); // who it is does not matter here
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        return await new StreamReader(tls).ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static void Write(string file, string text)
    {
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
