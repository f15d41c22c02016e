using Gatehouse.Identity;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Security;

/// <summary>Users, roles and mappings: Elastic's forms over Gatehouse's state, and nothing beyond what the caller may.</summary>
public sealed class StateTests
{
    private const string Carl = $$"""{"password":"{{SecurityBench.Password}}","roles":["reader"],"full_name":"Carl","email":"c@example.com","metadata":{"a":1} }""";

    [Fact]
    public async Task A_user_is_made_changed_and_removed()
    {
        using var bench = new SecurityBench();
        (await bench.CallAsync("anna", "PUT", "/_security/user/carl", Carl)).Status.ShouldBe(403);
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/user/carl", Carl)).Json.GetProperty("created").GetBoolean().ShouldBeTrue();
        PasswordHash.Verify(bench.Document.Users["carl"].Password!, SecurityBench.Password).ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "POST", "/_security/user/carl", """{"roles":["own-keys"],"enabled":false}""")).Json.GetProperty("created").GetBoolean().ShouldBeFalse();
        SecurityAnswer shown = await bench.CallAsync("elastic-admin", "GET", "/_security/user/carl,none");
        shown.At("carl", "roles")[0].GetString().ShouldBe("own-keys");
        shown.At("carl", "enabled").GetBoolean().ShouldBeFalse();
        shown.Text.ShouldNotContain("password");
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/user/carl/_enable")).Text.ShouldBe("{}");
        bench.Document.Users["carl"].Enabled.ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/user/carl")).Json.GetProperty("found").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/user/carl")).Status.ShouldBe(404);
        (await bench.CallAsync("elastic-admin", "GET", "/_security/user/carl")).Status.ShouldBe(404);
        (await bench.CallAsync("anna", "GET", "/_security/user")).Status.ShouldBe(403);
        string.Concat(bench.Changes.Summaries).ShouldNotContain(SecurityBench.Password);
    }

    [Theory]
    [InlineData("PUT", "/_security/user/root/_password", $$"""{"password":"{{SecurityBench.Password}}"}""")]
    [InlineData("PUT", "/_security/user/boss", $$"""{"password":"{{SecurityBench.Password}}","roles":[]}""")]
    [InlineData("PUT", "/_security/user/root/_disable", null)]
    [InlineData("DELETE", "/_security/user/boss", null)]
    [InlineData("PUT", "/_security/user/anna", """{"roles":["superuser"]}""")]
    [InlineData("PUT", "/_security/user/carl", $$"""{"password":"{{SecurityBench.Password}}","roles":["gatehouse-admin"]}""")]
    [InlineData("PUT", "/_security/user/elastic-admin", """{"roles":["security","mixed"]}""")]
    [InlineData("PUT", "/_security/role_mapping/m", """{"roles":["superuser"],"rules":{"field":{"groups":"x"}}}""")]
    [InlineData("DELETE", "/_security/role/mixed", null)]
    [InlineData("PUT", "/_security/role/mixed", """{"cluster":["monitor"]}""")]
    [InlineData("PUT", "/_security/role/runner", """{"run_as":["root"]}""")]
    public async Task Manage_security_is_a_right_within_Elasticsearch(string method, string target, string? body)
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("elastic-admin", method, target, body);
        answer.Status.ShouldBe(403, answer.Text);
        answer.ErrorType.ShouldBe("security_exception");
        answer.Reply.Action.ShouldBe(Audit.AuditAction.AccessDenied);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Gatehouses_administrator_may_what_the_admin_API_lets_and_the_last_one_stays()
    {
        using var bench = new SecurityBench();
        (await bench.CallAsync("root", "PUT", "/_security/user/anna", """{"roles":["superuser"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("root", "DELETE", "/_security/user/emergency")).Status.ShouldBe(200);
        (await bench.CallAsync("root", "DELETE", "/_security/user/anna")).Status.ShouldBe(200);
        (await bench.CallAsync("root", "DELETE", "/_security/user/root")).Status.ShouldBe(409);
        (await bench.CallAsync("boss", "PUT", "/_security/user/carl", Carl)).Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("carl", """{"roles":["reader"]}""", "password")]
    [InlineData("carl", $$"""{"password":"{{SecurityBench.Password}}"}""", "[roles] is required")]
    [InlineData("carl", $$"""{"password":"{{SecurityBench.Password}}","roles":["none"]}""", "there is no role")]
    [InlineData("carl", """{"password":"123456","roles":[]}""", "not accepted")]
    [InlineData("carl", """{"password_hash":"$2a$10$x","roles":[]}""", "password_hash")]
    [InlineData("_all", """{"roles":[]}""", "no user name")]
    [InlineData("carl", """{"roles":[],"rules":[]}""", "unknown field [rules]")]
    public async Task A_user_that_cannot_be_is_refused(string name, string body, string reason)
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("elastic-admin", "PUT", $"/_security/user/{name}", body);
        answer.Status.ShouldBeOneOf(400, 404);
        answer.Text.ShouldContain(reason);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Everybody_changes_the_own_password_but_not_with_a_key_or_as_somebody_else()
    {
        using var bench = new SecurityBench();
        const string Body = """{"password":"another long way home"}""";
        (await bench.CallAsync("anna", "PUT", "/_security/user/_password", Body, actor: "root")).Status.ShouldBe(403);
        (await bench.CallAsync("anna", "PUT", "/_security/user/bert/_password", Body)).Status.ShouldBe(403);
        SecurityAnswer key = await bench.CallAsync("anna", "POST", "/_security/api_key", """{"name":"k"}""");
        (await bench.CallWithAsync("ApiKey " + key["encoded"], "PUT", "/_security/user/_password", Body)).Status.ShouldBe(403);
        (await bench.CallWithAsync("ApiKey " + key["encoded"], "PUT", "/_security/user/anna/_password", Body)).Status.ShouldBe(403);
        (await bench.CallAsync("anna", "POST", "/_security/user/_password", Body)).Text.ShouldBe("{}");
        PasswordHash.Verify(bench.Document.Users["anna"].Password!, "another long way home").ShouldBeTrue();
    }

    [Fact]
    public async Task A_role_comes_back_as_it_was_written()
    {
        using var bench = new SecurityBench();
        const string Body = """
            {"cluster":["monitor","manage_own_api_key"],"indices":[{"names":["logs-*",".kibana*"],"privileges":["read","index"],"allow_restricted_indices":true},
            {"names":["app"],"privileges":["all"],"query":null}],"applications":[{"application":"kibana-.kibana","privileges":["all"],"resources":["*"]}],"run_as":[],"metadata":{},"description":"d"}
            """;
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/role/new", Body)).At("role", "created").GetBoolean().ShouldBeTrue();
        RoleDocument role = bench.Document.Roles["new"];
        role.Grants.Length.ShouldBe(3);
        role.Grants.ShouldAllBe(static grant => grant.System == "elasticsearch");
        role.Grants[1].AllowRestricted.ShouldBeTrue();
        SecurityAnswer shown = await bench.CallAsync("elastic-admin", "GET", "/_security/role/new");
        shown.At("new", "cluster").EnumerateArray().Select(static one => one.GetString()).ShouldBe(["monitor", "manage_own_api_key"]);
        shown.At("new", "indices")[0].GetProperty("names")[1].GetString().ShouldBe(".kibana*");
        shown.At("new", "indices")[0].GetProperty("allow_restricted_indices").GetBoolean().ShouldBeTrue();
        shown.At("new", "indices")[1].GetProperty("privileges")[0].GetString().ShouldBe("all");
        shown.At("new", "applications").GetArrayLength().ShouldBe(0);
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/role/new", """{"cluster":["none"]}""")).At("role", "created").GetBoolean().ShouldBeFalse();
        bench.Document.Roles["new"].Grants.ShouldBeEmpty();
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/role/new")).Json.GetProperty("found").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/role/reader")).Status.ShouldBe(409);
        (await bench.CallAsync("elastic-admin", "GET", "/_security/role/superuser")).At("superuser", "metadata", "_reserved").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "GET", "/_security/role/careful")).At("careful", "metadata").TryGetProperty("_gatehouse", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("superuser", """{"cluster":["monitor"]}""", 409)]
    [InlineData("careful", """{"cluster":["monitor"]}""", 400)]
    [InlineData("new", """{"indices":[{"names":["LOGS"],"privileges":["read"]}]}""", 400)]
    [InlineData("new", """{"indices":[{"names":["a"],"privileges":["read"],"query":{"match_all":{}}}]}""", 400)]
    [InlineData("new", """{"indices":[{"names":["a"]}]}""", 400)]
    [InlineData("new", """{"remote_indices":[{"clusters":["c"],"names":["a"],"privileges":["read"]}]}""", 400)]
    [InlineData("new", """{"indices":[{"names":["a"],"privileges":["indices:data/read/search"]}]}""", 400)]
    public async Task A_role_that_would_not_be_what_it_says_is_refused(string name, string body, int status)
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("elastic-admin", "PUT", $"/_security/role/{name}", body);
        answer.Status.ShouldBe(status, answer.Text);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task A_role_of_ones_own_counts_and_not_the_built_in_one_by_its_name()
    {
        using var bench = new SecurityBench();
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/role/viewer", """{"cluster":["monitor"]}""")).Status.ShouldBe(409);
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/user/bert", """{"roles":["viewer"]}""")).Status.ShouldBe(200);
        var own = new RoleDocument { Name = "viewer", Grants = [new Grant { System = "mqtt", Actions = ["publish"] }] };
        bench.Changes.Put(bench.Document with { Roles = bench.Document.Roles.Add("viewer", own) });
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/user/anna", """{"roles":["viewer"]}""")).Status.ShouldBe(403);
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/user/bert")).Status.ShouldBe(403);
        (await bench.CallAsync("elastic-admin", "GET", "/_security/role/viewer")).At("viewer", "metadata").TryGetProperty("_reserved", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Acting_as_others_is_given_by_Gatehouses_administrators()
    {
        using var bench = new SecurityBench();
        (await bench.CallAsync("root", "PUT", "/_security/role/runner", """{"run_as":["anna"]}""")).Status.ShouldBe(200);
        bench.Document.Roles["runner"].Grants.ShouldHaveSingleItem().System.ShouldBe("gatehouse");
        (await bench.CallAsync("root", "GET", "/_security/role/runner")).At("runner", "run_as")[0].GetString().ShouldBe("anna");
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/user/anna", """{"roles":["runner"]}""")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_mapping_comes_back_as_it_was_written()
    {
        using var bench = new SecurityBench();
        const string Body = """
            {"roles":["reader"],"enabled":true,"rules":{"all":[{"field":{"realm.name":"corp"}},{"any":[{"field":{"groups":"cn=a,dc=x"}},{"field":{"groups":["b*"]}}]},{"field":{"metadata.team":"t"}}]},"metadata":{}}
            """;
        (await bench.CallAsync("elastic-admin", "PUT", "/_security/role_mapping/m", Body)).At("role_mapping", "created").GetBoolean().ShouldBeTrue();
        MappingDocument mapping = bench.Document.Mappings["m"];
        mapping.Realms.ShouldBe(["corp"]);
        mapping.Groups.ShouldBe(["cn=a,dc=x", "b*"]);
        mapping.Attributes["team"].ShouldBe(["t"]);
        SecurityAnswer shown = await bench.CallAsync("elastic-admin", "GET", "/_security/role_mapping/m");
        shown.At("m", "rules", "all").GetArrayLength().ShouldBe(3);
        shown.At("m", "rules", "all")[1].GetProperty("field").GetProperty("groups").GetArrayLength().ShouldBe(2);
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/role_mapping/m")).Json.GetProperty("found").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "DELETE", "/_security/role_mapping/m")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("""{"except":{"field":{"groups":"a"}}}""")]
    [InlineData("""{"all":[]}""")]
    [InlineData("""{"any":[{"field":{"groups":"a"}},{"field":{"username":"b"}}]}""")]
    [InlineData("""{"all":[{"field":{"groups":"a"}},{"field":{"groups":"b"}}]}""")]
    [InlineData("""{"any":[{"all":[{"field":{"groups":"a"}},{"field":{"username":"b"}}]},{"field":{"groups":"c"}}]}""")]
    [InlineData("""{"field":{"groups":"/a.*/"}}""")]
    [InlineData("""{"field":{"groups":[]}}""")]
    [InlineData("""{"field":{"groups":null}}""")]
    [InlineData("""{"field":{"realm.name":"*"}}""")]
    [InlineData("""{"field":{"groups":"a","username":"b"}}""")]
    [InlineData("""{"all":[{"except":{"field":{"groups":"a"}}},{"field":{"username":"*"}}]}""")]
    public async Task Rules_that_mappings_cannot_say_are_refused(string rules)
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("elastic-admin", "PUT", "/_security/role_mapping/m", $$"""{"roles":["reader"],"rules":{{rules}} }""");
        answer.Status.ShouldBe(400, answer.Text);
        bench.Document.Mappings.ShouldBeEmpty();
    }
}
