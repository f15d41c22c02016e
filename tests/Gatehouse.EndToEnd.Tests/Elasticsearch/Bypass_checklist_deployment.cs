using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>The known ways past a gate before Elasticsearch that need a whole daemon: logins that end, Kibana, the gate's own login, its configuration.</summary>
[Collection(nameof(GuardedClusters))]
public sealed class Bypass_checklist_deployment
{
    private readonly GuardedClusters _guarded;

    public Bypass_checklist_deployment(GuardedClusters guarded)
    {
        _guarded = guarded;
        guarded.Fill();
    }

    [Fact]
    public async Task Line_38_an_API_key_that_was_invalidated_opens_nothing_on_a_live_connection()
    {
        (_, string made) = await _guarded.SendAsync("super", "POST", "/_security/api_key", """{"name":"short","role_descriptors":{"r":{"indices":[{"names":["events*"],"privileges":["read"]}]}}}""");
        JsonElement key = JsonDocument.Parse(made).RootElement;
        using HttpClient client = _guarded.Client(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("ApiKey", key.GetProperty("encoded").GetString());
        (await GuardedClusters.SendAsync(client, "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.OK);
        (await GuardedClusters.SendAsync(client, "GET", "/orders/_doc/1")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _guarded.SendAsync("super", "DELETE", "/_security/api_key", $$"""{"ids":["{{key.GetProperty("id").GetString()}}"]}""")).Status.ShouldBe(HttpStatusCode.OK);
        _guarded.Cluster.Requests.Clear();

        (await GuardedClusters.SendAsync(client, "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        GuardedClusters.Asked(_guarded.Cluster).ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_39_a_remembered_login_ends_with_the_password_and_a_refused_one_does_not_stick()
    {
        (await _guarded.SendAsync("super", "PUT", "/_security/user/cached", """{"password":"the-first-password-1","roles":["events-reader"]}""")).Status.ShouldBe(HttpStatusCode.OK);
        using HttpClient first = _guarded.Client("cached", "the-first-password-1");
        using HttpClient second = _guarded.Client("cached", "the-second-password-2");
        (await GuardedClusters.SendAsync(first, "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.OK);
        (await GuardedClusters.SendAsync(second, "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await _guarded.SendAsync("super", "PUT", "/_security/user/cached/_password", """{"password":"the-second-password-2"}""")).Status.ShouldBe(HttpStatusCode.OK);

        (await GuardedClusters.SendAsync(first, "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await GuardedClusters.SendAsync(second, "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Line_43_Kibana_has_a_role_of_its_own_and_finds_the_security_API()
    {
        (await _guarded.SendAsync("super", "PUT", "/_security/user/kibana", $$"""{"password":"{{GuardedClusters.Password}}","roles":["kibana_system"]}""")).Status.ShouldBe(HttpStatusCode.OK);
        using HttpClient kibana = _guarded.Client("kibana");
        foreach ((string method, string target, string? body) in new[]
        {
            ("GET", "/", null), ("GET", "/_nodes", null), ("GET", "/_security/_authenticate", null), ("POST", "/_bulk", "{\"index\":{\"_index\":\".kibana_1\",\"_id\":\"1\"}}\n{\"a\":1}\n"),
            ("POST", "/_mget", """{"docs":[{"_index":".kibana_1","_id":"1"}]}"""), ("GET", "/.kibana_1/_search", null), ("POST", "/_msearch", "{\"index\":\".kibana_1\"}\n{}\n"),
            ("GET", "/_resolve/index/.kibana*", null), ("GET", "/.kibana_1/_field_caps?fields=*", null), ("POST", "/_security/user/_has_privileges", """{"cluster":["monitor"]}"""),
        })
        {
            (HttpStatusCode status, string answer) = await GuardedClusters.SendAsync(kibana, method, target, body);
            status.ShouldBe(HttpStatusCode.OK, $"{method} {target} {answer}");
            answer.ShouldNotContain("security_exception", Case.Insensitive, target);
        }

        (await _guarded.SendAsync("kibana", "GET", "/orders/_search")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _guarded.SendAsync("kibana", "DELETE", "/orders")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _guarded.SendAsync("kandorra", "GET", "/.kibana_1/_search")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Line_46_the_gates_own_login_is_nobodys_at_the_gate_and_no_clients_reaches_the_cluster()
    {
        using HttpClient thief = _guarded.Client("gate", GuardedClusters.Upstream);
        (await GuardedClusters.SendAsync(thief, "GET", "/orders/_search")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        _guarded.Cluster.Requests.All.ShouldBeEmpty();

        (await _guarded.SendAsync("super", "GET", "/_security/user")).Status.ShouldBe(HttpStatusCode.OK);
        (await _guarded.SendAsync("super", "POST", "/_security/oauth2/token", """{"grant_type":"client_credentials"}""")).Status.ShouldBe(HttpStatusCode.NotFound);
        _guarded.Cluster.Requests.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_47_a_configuration_or_a_role_that_is_wrong_changes_nothing()
    {
        string good = await File.ReadAllTextAsync(_guarded.Daemon.ConfigurationFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_guarded.Daemon.ConfigurationFile, good.Replace("system: elasticsearch", "sistem: http", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        ShellResult check = await _guarded.Daemon.CliAsync(["check"]);
        (await _guarded.SendAsync("super", "PUT", "/_security/role/events-reader", """{"indices":[{"names":["*"],"privileges":["no_such_privilege"]}]}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await _guarded.SendAsync("kandorra", "GET", "/orders/_search")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _guarded.SendAsync("kandorra", "GET", "/events-1/_doc/1")).Status.ShouldBe(HttpStatusCode.OK);
        await File.WriteAllTextAsync(_guarded.Daemon.ConfigurationFile, good, TestContext.Current.CancellationToken);

        check.ExitCode.ShouldBe(1, check.ToString());
    }
}
