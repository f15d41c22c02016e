using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Security;

/// <summary>API keys as Elasticsearch's clients make, use and end them.</summary>
public sealed class ApiKeyTests
{
    [Fact]
    public async Task A_key_made_here_logs_in_as_the_clients_send_it()
    {
        using var bench = new SecurityBench();
        SecurityAnswer made = await bench.CallAsync("anna", "POST", "/_security/api_key", """{"name":"k1","expiration":"1d","metadata":{"team":"a"}}""");
        made.Status.ShouldBe(200, made.Text);
        made["name"].ShouldBe("k1");
        made.Json.GetProperty("expiration").GetInt64().ShouldBe(bench.Time.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds());
        Encoding.ASCII.GetString(Convert.FromBase64String(made["encoded"]!)).ShouldBe($"{made["id"]}:{made["api_key"]}");

        SecurityAnswer who = await bench.CallWithAsync("ApiKey " + made["encoded"], "GET", "/_security/_authenticate");
        who["username"].ShouldBe("anna");
        who["authentication_type"].ShouldBe("api_key");
        who.At("api_key", "id").GetString().ShouldBe(made["id"]);
        who.At("api_key", "name").GetString().ShouldBe("k1");
        who.At("authentication_realm", "name").GetString().ShouldBe("_es_api_key");

        SecurityAnswer listed = await bench.CallAsync("anna", "GET", $"/_security/api_key?id={made["id"]}&owner=true");
        listed.At("api_keys")[0].GetProperty("metadata").GetProperty("team").GetString().ShouldBe("a");
        listed.At("api_keys")[0].GetProperty("invalidated").GetBoolean().ShouldBeFalse();
        listed.Text.ShouldNotContain(made["api_key"]!);
        string.Concat(bench.Changes.Summaries).ShouldNotContain(made["api_key"]!);

        bench.Time.Advance(TimeSpan.FromDays(1));
        (await bench.LogInAsync("ApiKey " + made["encoded"])).Status.ShouldBe(AuthenticationStatus.Refused);
    }

    [Fact]
    public async Task Descriptors_narrow_the_owners_rights_and_never_widen_them()
    {
        using var bench = new SecurityBench();
        string wide = await MakeAsync(bench, "anna", """{"name":"k","role_descriptors":{"w":{"cluster":["all"],"indices":[{"names":["*"],"privileges":["all"]}]}}}""");
        string narrow = await MakeAsync(bench, "anna", """{"name":"k","role_descriptors":{"n":{"index":[{"names":"logs-a","privileges":"read"}]}}}""");
        string none = await MakeAsync(bench, "anna", """{"name":"k","role_descriptors":{"n":{}}}""");
        string whole = await MakeAsync(bench, "root", """{"name":"k","role_descriptors":{}}""");

        (await HasAsync(bench, wide, "logs-a", "read")).ShouldBeTrue();
        (await HasAsync(bench, wide, "logs-a", "write")).ShouldBeFalse();
        (await HasAsync(bench, narrow, "logs-a", "read")).ShouldBeTrue();
        (await HasAsync(bench, narrow, "logs-b", "read")).ShouldBeFalse();
        (await HasAsync(bench, none, "logs-a", "read")).ShouldBeFalse();
        (await HasAsync(bench, whole, "logs-a", "write")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_key_of_an_administrator_reaches_nothing_beyond_Elasticsearch()
    {
        using var bench = new SecurityBench();
        string key = await MakeAsync(bench, "root", """{"name":"k"}""");
        (await bench.CallWithAsync(key, "PUT", "/_security/user/carl", $$"""{"password":"{{SecurityBench.Password}}","roles":["reader"]}""")).Status.ShouldBe(200);
        SecurityAnswer refused = await bench.CallWithAsync(key, "PUT", "/_security/user/dora", $$"""{"password":"{{SecurityBench.Password}}","roles":["superuser"]}""");
        refused.Status.ShouldBe(403, refused.Text);
        bench.Document.Users.ShouldNotContainKey("dora");
    }

    [Theory]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"indices":[{"names":["a"],"privileges":["read"],"query":"{}"}]}}}""", "query")]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"indices":[{"names":["a"],"privileges":["read"],"field_security":{"grant":["a"]}}]}}}""", "field_security")]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"run_as":["root"]}}}""", "run_as")]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"restriction":{"workflows":["search_application_query"]}}}}""", "restriction")]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"cluster":["indices:data/read/*"]}}}""", "unknown cluster privilege")]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"indices":[{"names":["/x.*/"],"privileges":["read"]}]}}}""", "regular expressions")]
    [InlineData("""{"name":"k","role_descriptors":{"a":{"indexes":[]}}}""", "unknown field [indexes]")]
    [InlineData("""{"name":"k","expiration":"soon"}""", "expiration")]
    [InlineData("""{"name":"k","expiration":"0d"}""", "expiration")]
    [InlineData("""{"name":"k","metadata":{"_x":1}}""", "metadata")]
    [InlineData("""{"name":"k","type":"cross_cluster"}""", "type")]
    [InlineData("""{"expiration":"1d"}""", "name is required")]
    [InlineData("""{"name":"k","name":"l"}""", "strict JSON")]
    [InlineData("""{"name":"\ud800"}""", "must be a text")]
    [InlineData("", "body is required")]
    public async Task What_would_be_lost_or_misread_is_refused(string body, string reason)
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("anna", "PUT", "/_security/api_key", body);
        answer.Status.ShouldBe(400);
        answer.Text.ShouldContain(reason);
        answer.Json.GetProperty("status").GetInt32().ShouldBe(400);
        bench.Document.ApiKeys.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_makes_keys_without_rights_only_and_changes_none()
    {
        using var bench = new SecurityBench();
        string key = await MakeAsync(bench, "anna", """{"name":"k"}""");
        (await bench.CallWithAsync(key, "POST", "/_security/api_key", """{"name":"child"}""")).Status.ShouldBe(400);
        (await bench.CallWithAsync(key, "POST", "/_security/api_key", """{"name":"child","role_descriptors":{"a":{"cluster":["monitor"]}}}""")).Status.ShouldBe(400);
        SecurityAnswer child = await bench.CallWithAsync(key, "POST", "/_security/api_key", """{"name":"child","role_descriptors":{"a":{}}}""");
        child.Status.ShouldBe(200, child.Text);
        bench.Document.ApiKeys[child["id"]!].IsDerived.ShouldBeTrue();
        (await HasAsync(bench, "ApiKey " + child["encoded"], "logs-a", "read")).ShouldBeFalse();
        (await bench.CallWithAsync(key, "PUT", $"/_security/api_key/{child["id"]}", "{}")).Status.ShouldBe(400);
        (await bench.CallAsync("anna", "PUT", $"/_security/api_key/{child["id"]}", """{"role_descriptors":{}}""")).Status.ShouldBe(200);
        (await HasAsync(bench, "ApiKey " + child["encoded"], "logs-a", "read")).ShouldBeFalse();
    }

    [Fact]
    public async Task Whoever_has_no_right_or_acts_as_somebody_makes_none()
    {
        using var bench = new SecurityBench();
        SecurityAnswer denied = await bench.CallAsync("nobody-yet", "POST", "/_security/api_key", """{"name":"k"}""");
        denied.Status.ShouldBe(403);
        denied.ErrorType.ShouldBe("security_exception");
        denied.Text.ShouldContain("manage_own_api_key");
        denied.Reply.Action.ShouldBe(AuditAction.AccessDenied);
        denied.Reply.Operations!.Count.ShouldBe(1);

        (await bench.CallAsync("anna", "POST", "/_security/api_key", """{"name":"k"}""", actor: "root")).Status.ShouldBe(400);
        var foreign = new Authenticated(new Principal("dora", "corp", ["readers"]), 3);
        (await bench.CallAsync(foreign, "POST", "/_security/api_key", """{"name":"k"}""")).Status.ShouldBe(403);
        bench.Document.ApiKeys.ShouldBeEmpty();
    }

    [Fact]
    public async Task Own_keys_are_seen_and_ended_and_no_others()
    {
        using var bench = new SecurityBench();
        string annas = await MakeAsync(bench, "anna", """{"name":"a1"}""");
        await MakeAsync(bench, "anna", """{"name":"a2"}""");
        await MakeAsync(bench, "bert", """{"name":"b1"}""");
        string bertId = bench.Document.ApiKeys.Values.Single(static key => key.Owner == "bert").Id;
        string annaId = bench.Document.ApiKeys.Values.Single(static key => key.Name == "a1").Id;

        (await bench.CallAsync("anna", "GET", "/_security/api_key")).Status.ShouldBe(403);
        (await bench.CallAsync("anna", "GET", "/_security/api_key?username=bert&realm_name=native")).Status.ShouldBe(403);
        (await bench.CallAsync("anna", "GET", "/_security/api_key?owner=true")).At("api_keys").GetArrayLength().ShouldBe(2);
        (await bench.CallAsync("anna", "GET", "/_security/api_key?username=anna&realm_name=native&name=a1")).At("api_keys").GetArrayLength().ShouldBe(1);
        (await bench.CallAsync("anna", "GET", $"/_security/api_key?owner=true&id={bertId}")).Status.ShouldBe(404);
        (await bench.CallAsync("anna", "DELETE", "/_security/api_key", $$"""{"ids":["{{bertId}}"]}""")).Status.ShouldBe(403);
        SecurityAnswer nothing = await bench.CallAsync("anna", "DELETE", "/_security/api_key", $$"""{"ids":["{{bertId}}"],"owner":true}""");
        nothing.At("invalidated_api_keys").GetArrayLength().ShouldBe(0);
        (await bench.CallAsync("elastic-admin", "GET", "/_security/api_key")).At("api_keys").GetArrayLength().ShouldBe(3);

        // A key sees and ends itself, not the others of its owner.
        SecurityAnswer itself = await bench.CallWithAsync(annas, "GET", "/_security/api_key?owner=true");
        itself.At("api_keys").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetString().ShouldBe(annaId);
        (await bench.CallWithAsync(annas, "GET", "/_security/api_key?username=anna&realm_name=native")).Status.ShouldBe(403);
        SecurityAnswer ended = await bench.CallWithAsync(annas, "DELETE", "/_security/api_key", """{"owner":true}""");
        ended.At("invalidated_api_keys").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldBe(annaId);
        ended.Json.GetProperty("error_count").GetInt32().ShouldBe(0);
        (await bench.LogInAsync(annas)).Status.ShouldBe(AuthenticationStatus.Refused);
        bench.Document.ApiKeys.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Keys_of_those_who_reach_further_stay_with_Gatehouses_own_administrators()
    {
        using var bench = new SecurityBench();
        await MakeAsync(bench, "root", """{"name":"r"}""");
        await MakeAsync(bench, "bert", """{"name":"b"}""");
        SecurityAnswer ended = await bench.CallAsync("elastic-admin", "DELETE", "/_security/api_key", """{"realm_name":"native"}""");
        ended.At("invalidated_api_keys").GetArrayLength().ShouldBe(1);
        ended.Json.GetProperty("error_count").GetInt32().ShouldBe(1);
        bench.Document.ApiKeys.Values.ShouldHaveSingleItem().Owner.ShouldBe("root");
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_only_for_the_owner()
    {
        using var bench = new SecurityBench();
        string key = await MakeAsync(bench, "anna", """{"name":"k","metadata":{"a":1}}""");
        string id = bench.Document.ApiKeys.Keys.Single();
        (await bench.CallAsync("bert", "PUT", $"/_security/api_key/{id}", """{"metadata":{}}""")).Status.ShouldBe(404);
        (await bench.CallAsync("anna", "PUT", $"/_security/api_key/{id}", "{}")).Json.GetProperty("updated").GetBoolean().ShouldBeFalse();
        (await bench.CallAsync("anna", "PUT", $"/_security/api_key/{id}", """{"role_descriptors":{"n":{"indices":[{"names":["app"],"privileges":["read"]}]}},"expiration":"2h"}"""))
            .Json.GetProperty("updated").GetBoolean().ShouldBeTrue();
        (await HasAsync(bench, key, "app", "read")).ShouldBeTrue();
        (await HasAsync(bench, key, "logs-a", "read")).ShouldBeFalse();
        bench.Document.ApiKeys[id].Metadata.ShouldBe("""{"a":1}""");
        bench.Document.ApiKeys[id].Expires.ShouldBe(bench.Time.GetUtcNow().AddHours(2));

        SecurityAnswer many = await bench.CallAsync("anna", "POST", "/_security/api_key/_bulk_update", $$"""{"ids":["{{id}}","none"],"metadata":{"b":2} }""");
        many.At("updated")[0].GetString().ShouldBe(id);
        many.At("errors", "count").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_grant_needs_the_right_and_the_password()
    {
        using var bench = new SecurityBench();
        string Body(string user, string password) => $$"""{"grant_type":"password","username":"{{user}}","password":"{{password}}","api_key":{"name":"for them"} }""";
        (await bench.CallAsync("anna", "POST", "/_security/api_key/grant", Body("bert", SecurityBench.Password))).Status.ShouldBe(403);
        SecurityAnswer wrong = await bench.CallAsync("granter", "POST", "/_security/api_key/grant", Body("bert", "wrong"));
        wrong.Status.ShouldBe(401);
        wrong.Reply.Action.ShouldBe(AuditAction.AuthenticationFailed);
        wrong.Reply.Target.ShouldBe("user/bert");
        SecurityAnswer alarm = await bench.CallAsync("granter", "POST", "/_security/api_key/grant", Body("emergency", SecurityBench.Password));
        alarm.Status.ShouldBe(401);
        alarm.Text.Replace("emergency", "bert", StringComparison.Ordinal).ShouldBe(wrong.Text);

        SecurityAnswer made = await bench.CallAsync("granter", "POST", "/_security/api_key/grant", Body("bert", SecurityBench.Password));
        made.Status.ShouldBe(200, made.Text);
        ApiKeyDocument key = bench.Document.ApiKeys.Values.ShouldHaveSingleItem();
        (key.Owner, key.CreatedBy).ShouldBe(("bert", "native/granter"));
        string.Concat(bench.Changes.Summaries).ShouldNotContain(SecurityBench.Password);
    }

    [Fact]
    public async Task Keys_are_searched_among_those_one_may_see()
    {
        using var bench = new SecurityBench();
        foreach (string name in new[] { "app-1", "app-2", "other" })
        {
            await MakeAsync(bench, "anna", $$"""{"name":"{{name}}"}""");
        }

        await MakeAsync(bench, "bert", """{"name":"app-3"}""");
        SecurityAnswer own = await bench.CallAsync("anna", "POST", "/_security/_query/api_key", """{"query":{"prefix":{"name":{"value":"app-"}}},"sort":[{"name":{"order":"desc"}}],"size":1}""");
        own.Json.GetProperty("total").GetInt32().ShouldBe(2);
        own.At("api_keys").EnumerateArray().ShouldHaveSingleItem().GetProperty("name").GetString().ShouldBe("app-2");
        (await bench.CallAsync("elastic-admin", "GET", "/_security/_query/api_key")).Json.GetProperty("total").GetInt32().ShouldBe(4);
        (await bench.CallAsync("elastic-admin", "POST", "/_security/_query/api_key", """{"query":{"bool":{"filter":[{"term":{"username":"anna"}},{"term":{"invalidated":false}}],"must_not":[{"wildcard":{"name":"app*"}}]}}}"""))
            .Json.GetProperty("total").GetInt32().ShouldBe(1);
        (await bench.CallAsync("anna", "POST", "/_security/_query/api_key", """{"query":{"script":{}}}""")).Status.ShouldBe(400);
        (await bench.CallAsync("anna", "POST", "/_security/_query/api_key", """{"query":{"term":{"hash":"x"}}}""")).Status.ShouldBe(400);
        (await bench.CallAsync("nobody-yet", "GET", "/_security/_query/api_key")).Status.ShouldBe(403);
    }

    private static async Task<string> MakeAsync(SecurityBench bench, string user, string body)
    {
        SecurityAnswer made = await bench.CallAsync(user, "POST", "/_security/api_key", body);
        made.Status.ShouldBe(200, made.Text);
        return "ApiKey " + made["encoded"];
    }

    private static async Task<bool> HasAsync(SecurityBench bench, string authorization, string index, string privilege)
    {
        SecurityAnswer answer = await bench.CallWithAsync(
            authorization, "POST", "/_security/user/_has_privileges", $$"""{"index":[{"names":["{{index}}"],"privileges":["{{privilege}}"]}]}""");
        answer.Status.ShouldBe(200, answer.Text);
        return answer.At("index", index, privilege).GetBoolean();
    }
}
