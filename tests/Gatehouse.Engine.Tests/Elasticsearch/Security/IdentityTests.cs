using System.Text.Json;
using Gatehouse.Engine.Elasticsearch.Security;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Security;

/// <summary>Who one is, what one may, and what is never passed on.</summary>
public sealed class IdentityTests
{
    [Theory]
    [InlineData("/_security", true)]
    [InlineData("/_security/anything/at/all", true)]
    [InlineData("/_xpack/security/user", true)]
    [InlineData("/_plugins/_security/api/audit", true)]
    [InlineData("/_opendistro/_security", true)]
    [InlineData("/_xpack/usage", false)]
    [InlineData("/_plugins/_security_analytics/x", false)]
    [InlineData("/logs/_security", false)]
    public void The_namespace_is_owned_whatever_is_below_it(string path, bool isOwned) =>
        SecurityApi.Owns(path.Trim('/').Split('/')).ShouldBe(isOwned);

    [Theory]
    [InlineData("GET", "/_security")]
    [InlineData("GET", "/_security/")]
    [InlineData("HEAD", "/_security/_authenticate")]
    [InlineData("POST", "/_security/oauth2/token")]
    [InlineData("POST", "/_security/saml/prepare")]
    [InlineData("GET", "/_security/enroll/node")]
    [InlineData("GET", "/_security/service/elastic/kibana/credential")]
    [InlineData("PUT", "/_security/profile/u_bmF0aXZlL2FubmE_0/_data")]
    [InlineData("GET", "/_security//user")]
    [InlineData("PATCH", "/_plugins/_security/api/roles/x")]
    [InlineData("DELETE", "/_plugins/_security/api/cache")]
    [InlineData("PUT", "/_opendistro/_security/api/internalusers/x")]
    [InlineData("GET", "/_security/something-new-in-10")]
    public async Task What_is_not_served_is_refused_and_nothing_else(string method, string path)
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("root", method, path);
        answer.Status.ShouldBe(404);
        answer.ErrorType.ShouldBe("resource_not_found_exception");
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task One_is_told_who_one_is()
    {
        using var bench = new SecurityBench();
        SecurityAnswer anna = await bench.CallAsync("anna", "GET", "/_security/_authenticate");
        anna["username"].ShouldBe("anna");
        anna["full_name"].ShouldBe("anna by name");
        anna.At("roles").EnumerateArray().Select(static role => role.GetString()).ShouldBe(["reader", "own-keys"]);
        anna.At("authentication_realm", "type").GetString().ShouldBe("native");
        anna["authentication_type"].ShouldBe("realm");
        anna.Json.TryGetProperty("api_key", out _).ShouldBeFalse();

        var dora = new Authenticated(new Principal("dora", "corp", ["readers"]), 3);
        SecurityAnswer acting = await bench.CallAsync(ActingAs.Native("anna", bench.Snapshots.Current), "GET", "/_security/_authenticate", actor: dora);
        acting["username"].ShouldBe("anna");
        acting.At("authentication_realm", "name").GetString().ShouldBe("corp");
        acting.At("authentication_realm", "type").GetString().ShouldBe("ldap");
        acting.At("lookup_realm", "name").GetString().ShouldBe("native");
        (await bench.CallAsync("anna", "GET", "/_security/_authenticate?who=root")).Status.ShouldBe(400);
        (await bench.CallAsync("anna", "GET", "/_xpack/security/_authenticate?pretty"))["username"].ShouldBe("anna");
    }

    [Fact]
    public async Task Privileges_are_true_where_all_of_it_is_covered()
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync(
            "anna",
            "POST",
            "/_security/user/_has_privileges",
            """
            {"cluster":["monitor","manage","monitor_ml","no_such_privilege"],
             "index":[{"names":["logs-a","logs-*","logs-a*","lo*","*","app","ap?",".kibana"],"privileges":["read","write"]},{"names":"app","privileges":["view_index_metadata"]}],
             "application":[{"application":"kibana-.kibana","privileges":["login:"],"resources":["*"]}]}
            """);
        answer.Status.ShouldBe(200, answer.Text);
        answer["username"].ShouldBe("anna");
        answer.Json.GetProperty("has_all_requested").GetBoolean().ShouldBeFalse();
        True(answer, "cluster").ShouldBe(["monitor", "monitor_ml"]);
        answer.At("index").EnumerateObject().Where(static index => index.Value.GetProperty("read").GetBoolean()).Select(static index => index.Name)
            .ShouldBe(["app", "logs-*", "logs-a", "logs-a*"], ignoreOrder: true);
        answer.At("index", "app", "view_index_metadata").GetBoolean().ShouldBeTrue();
        answer.At("index").EnumerateObject().ShouldAllBe(static index => !index.Value.GetProperty("write").GetBoolean());
        answer.At("application", "kibana-.kibana", "*", "login:").GetBoolean().ShouldBeFalse();

        SecurityAnswer root = await bench.CallAsync(
            "root", "GET", "/_security/user/_has_privileges", """{"cluster":["all"],"index":[{"names":["*"],"privileges":["all"]}],"application":[{"application":"kibana-.kibana","privileges":["x"],"resources":["*"]}]}""");
        root.Json.GetProperty("has_all_requested").GetBoolean().ShouldBeTrue(root.Text);
    }

    [Fact]
    public async Task A_denied_name_makes_a_pattern_false()
    {
        using var bench = new SecurityBench();
        bench.Changes.Put(bench.Document with { Users = bench.Document.Users.SetItem("bert", bench.Document.Users["bert"] with { Roles = ["careful"] }) });
        SecurityAnswer answer = await bench.CallAsync("bert", "POST", "/_security/user/_has_privileges", """{"index":[{"names":["logs-a","logs-*","logs-secret","logs-b*"],"privileges":["read"]}]}""");
        answer.At("index").EnumerateObject().Where(static index => index.Value.GetProperty("read").GetBoolean()).Select(static index => index.Name)
            .ShouldBe(["logs-a", "logs-b*"], ignoreOrder: true);
    }

    [Fact]
    public async Task Questions_about_others_need_the_right_and_make_no_actions_of_what_clients_say()
    {
        using var bench = new SecurityBench();
        const string Body = """{"cluster":["invented_by_a_client"]}""";
        (await bench.CallAsync("anna", "POST", "/_security/user/anna/_has_privileges", Body)).Status.ShouldBe(200);
        (await bench.CallAsync("anna", "POST", "/_security/user/root/_has_privileges", Body)).Status.ShouldBe(403);
        SecurityAnswer root = await bench.CallAsync("elastic-admin", "POST", "/_security/user/root/_has_privileges", Body);
        root.Json.GetProperty("has_all_requested").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("elastic-admin", "POST", "/_security/user/none/_has_privileges", Body)).Status.ShouldBe(404);
        (await bench.CallAsync("anna", "POST", "/_security/user/_has_privileges", "{}")).Status.ShouldBe(400);
        Operations.SystemAction.Find("elasticsearch", "cluster:invented_by_a_client").ShouldBeNull();
    }

    [Fact]
    public async Task Own_privileges_are_those_of_the_roles()
    {
        using var bench = new SecurityBench();
        SecurityAnswer answer = await bench.CallAsync("anna", "GET", "/_security/user/_privileges");
        answer.At("cluster").EnumerateArray().Select(static one => one.GetString()).ShouldBe(["monitor", "manage_own_api_key"], ignoreOrder: true);
        answer.At("indices")[0].GetProperty("names").EnumerateArray().Select(static one => one.GetString()).ShouldBe(["logs-*", "app"]);
    }

    [Fact]
    public async Task An_application_that_registers_privileges_is_told_that_none_was_made()
    {
        using var bench = new SecurityBench();
        const string Body = """{"kibana-.kibana":{"all":{"actions":["login:"]},"read":{"actions":["ui:x"],"metadata":{}}}}""";
        SecurityAnswer answer = await bench.CallAsync("elastic-admin", "PUT", "/_security/privilege", Body);
        answer.At("kibana-.kibana", "read", "created").GetBoolean().ShouldBeFalse();
        (await bench.CallAsync("anna", "PUT", "/_security/privilege", Body)).Status.ShouldBe(403);
        (await bench.CallAsync("elastic-admin", "GET", "/_security/privilege/kibana-.kibana")).Text.ShouldBe("{}");
        (await bench.CallAsync("elastic-admin", "GET", "/_security/privilege/_builtin")).At("cluster").EnumerateArray().Select(static one => one.GetString()).ShouldContain("manage_own_api_key");
    }

    [Fact]
    public async Task OpenSearch_clients_are_told_who_they_are()
    {
        using var bench = new SecurityBench();
        (await bench.CallAsync("anna", "GET", "/_plugins/_security/authinfo"))["user_name"].ShouldBe("anna");
        (await bench.CallAsync("anna", "GET", "/_opendistro/_security/api/account")).At("roles")[0].GetString().ShouldBe("reader");
        (await bench.CallAsync("anna", "GET", "/_plugins/_security/health"))["status"].ShouldBe("UP");
        (await bench.CallAsync("anna", "GET", "/_plugins/_security/dashboardsinfo"))["user_name"].ShouldBe("anna");
        (await bench.CallAsync("anna", "GET", "/_plugins/_security/api/internalusers")).Status.ShouldBe(403);
        SecurityAnswer users = await bench.CallAsync("elastic-admin", "GET", "/_plugins/_security/api/internalusers");
        users.At("anna", "hash").GetString().ShouldBe("");
        users.Text.ShouldNotContain("pbkdf2", Case.Insensitive);
        SecurityAnswer role = await bench.CallAsync("elastic-admin", "GET", "/_plugins/_security/api/roles/reader");
        role.At("reader", "index_permissions")[0].GetProperty("allowed_actions")[0].GetString().ShouldBe("read");
        (await bench.CallAsync("elastic-admin", "GET", "/_plugins/_security/api/rolesmapping/reader")).At("reader", "users").GetArrayLength().ShouldBe(2);
        (await bench.CallAsync("elastic-admin", "GET", "/_plugins/_security/api/roles/none")).Status.ShouldBe(404);
    }

    private static IEnumerable<string> True(SecurityAnswer answer, string member) =>
        answer.At(member).EnumerateObject().Where(static one => one.Value.ValueKind == JsonValueKind.True).Select(static one => one.Name);
}
