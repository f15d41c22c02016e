using System.Text.Json;
using Gatehouse.Audit;
using Gatehouse.Engine.Elasticsearch.Security;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Security;

/// <summary>User profiles, as Kibana asks for them when somebody logs in.</summary>
public sealed class ProfileTests
{
    private const string Activate = "/_security/profile/_activate";

    [Fact]
    public async Task An_activated_profile_is_found_again_by_its_identifier()
    {
        using var bench = new SecurityBench();

        SecurityAnswer made = await bench.CallAsync("root", "POST", Activate, Body("anna", SecurityBench.Password));

        made.Status.ShouldBe(200, made.Text);
        made.At("user", "username").GetString().ShouldBe("anna");
        made.At("user", "full_name").GetString().ShouldBe("anna by name");
        made.At("user", "realm_name").GetString().ShouldBe("native");
        made.At("user", "roles").EnumerateArray().Select(static role => role.GetString()).ShouldBe(["reader", "own-keys"]);
        made.At("enabled").GetBoolean().ShouldBeTrue();
        made.At("_doc", "_primary_term").GetInt32().ShouldBe(1);
        string uid = made["uid"]!;
        uid.ShouldStartWith("u_");
        (await bench.CallAsync("root", "POST", Activate, Body("anna", SecurityBench.Password)))["uid"].ShouldBe(uid);
        (await bench.CallAsync("root", "POST", Activate, Body("bert", SecurityBench.Password)))["uid"].ShouldNotBe(uid);

        SecurityAnswer found = await bench.CallAsync("root", "GET", $"/_security/profile/{uid},u_none_0?data=kibana");
        JsonElement profile = found.At("profiles").EnumerateArray().ShouldHaveSingleItem();
        profile.GetProperty("user").GetProperty("username").GetString().ShouldBe("anna");
        found.At("errors", "details", "u_none_0", "type").GetString().ShouldBe("resource_not_found_exception");
    }

    [Fact]
    public async Task It_needs_the_right_and_the_password_and_never_a_break_glass_account()
    {
        using var bench = new SecurityBench();
        (await bench.CallAsync("anna", "POST", Activate, Body("bert", SecurityBench.Password))).Status.ShouldBe(403);
        (await bench.CallAsync("anna", "GET", "/_security/profile/" + ProfileUid.Of("native", "bert"))).Status.ShouldBe(403);
        (await bench.CallAsync("anna", "GET", "/_security/profile/_suggest")).Status.ShouldBe(403);

        SecurityAnswer wrong = await bench.CallAsync("root", "POST", Activate, Body("bert", "wrong"));
        wrong.Status.ShouldBe(401);
        wrong.Reply.Action.ShouldBe(AuditAction.AuthenticationFailed);
        wrong.Reply.Target.ShouldBe("user/bert");
        SecurityAnswer alarm = await bench.CallAsync("root", "POST", Activate, Body("emergency", SecurityBench.Password));
        alarm.Status.ShouldBe(401);
        alarm.Text.Replace("emergency", "bert", StringComparison.Ordinal).ShouldBe(wrong.Text);
    }

    [Theory]
    [InlineData("""{"grant_type":"password","username":"anna"}""")]
    [InlineData("""{"grant_type":"password","username":"anna:x","password":"y"}""")]
    [InlineData("""{"grant_type":"password","username":"anna","password":"y","access_token":"z"}""")]
    [InlineData("""{"grant_type":"access_token"}""")]
    [InlineData("""{"grant_type":"access_token","access_token":"a\r\nb"}""")]
    [InlineData("""{"grant_type":"client_credentials"}""")]
    [InlineData("""{"grant_type":"password","username":"anna","password":"y","run_as":"boss"}""")]
    public async Task What_it_does_not_understand_is_refused(string body)
    {
        using var bench = new SecurityBench();

        (await bench.CallAsync("root", "POST", Activate, body)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task An_api_key_is_nobodys_token()
    {
        using var bench = new SecurityBench();
        SecurityAnswer key = await bench.CallAsync("anna", "POST", "/_security/api_key", """{"name":"k"}""");
        foreach (string token in new[] { $"gh_{key["id"]}_{key["api_key"]}", key["encoded"]! })
        {
            (await bench.CallAsync("root", "POST", Activate, $$"""{"grant_type":"access_token","access_token":"{{token}}"}""")).Status.ShouldBe(401);
        }
    }

    [Fact]
    public async Task People_are_suggested_by_the_beginning_of_their_names()
    {
        using var bench = new SecurityBench();

        SecurityAnswer found = await bench.CallAsync("root", "POST", "/_security/profile/_suggest", """{"name":"AN","size":5,"hint":{"labels":{"a":"b"}}}""");
        found.At("total", "value").GetInt32().ShouldBe(1);
        found.At("profiles")[0].GetProperty("uid").GetString().ShouldBe(ProfileUid.Of("native", "anna"));

        SecurityAnswer all = await bench.CallAsync("root", "GET", "/_security/profile/_suggest");
        all.At("profiles").GetArrayLength().ShouldBe(Math.Min(10, bench.Document.Users.Count));
        (await bench.CallAsync("root", "POST", "/_security/profile/_suggest", """{"size":100000}""")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Somebody_of_a_directory_has_a_profile_and_one_of_no_realm_none()
    {
        using var bench = new SecurityBench();

        SecurityAnswer found = await bench.CallAsync("root", "GET", $"/_security/profile/{ProfileUid.Of("corp", "dora")},{ProfileUid.Of("none", "dora")},{ProfileUid.Of("native", "gone")}");

        found.At("profiles").EnumerateArray().ShouldHaveSingleItem().GetProperty("user").GetProperty("realm_name").GetString().ShouldBe("corp");
        found.At("errors", "count").GetInt32().ShouldBe(2);
    }

    [Theory]
    [InlineData("PUT", "/_security/profile/u_x_0/_data")]
    [InlineData("POST", "/_security/profile/u_x_0/_disable")]
    [InlineData("DELETE", "/_security/profile/u_x_0")]
    [InlineData("GET", "/_security/profile")]
    [InlineData("GET", "/_security/profile/_activate")]
    public async Task What_is_not_kept_is_not_served(string method, string target)
    {
        using var bench = new SecurityBench();

        (await bench.CallAsync("root", method, target, "{}")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("native", "anna")]
    [InlineData("corp", "a/b")]
    [InlineData("corp", "Ünï 💡")]
    public void An_identifier_reads_back(string realm, string name)
    {
        ProfileUid.TryRead(ProfileUid.Of(realm, name), out string readRealm, out string readName).ShouldBeTrue();
        (readRealm, readName).ShouldBe((realm, name));
    }

    [Theory, InlineData(""), InlineData("u_"), InlineData("u__0"), InlineData("u_!_0"), InlineData("u_YQ_0"), InlineData("u_L2E_0"), InlineData("u_YS8_0"), InlineData("u_YS9i=_0"), InlineData("u_YS 9i_0")]
    public void No_other_text_is_an_identifier(string text) => ProfileUid.TryRead(text, out _, out _).ShouldBeFalse();

    private static string Body(string user, string password) => $$"""{"grant_type":"password","username":"{{user}}","password":"{{password}}"}""";
}
