using Gatehouse.Engine.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>API keys and service accounts over the API.</summary>
public sealed class ApiKeyTests
{
    [Fact]
    public async Task Everybody_makes_sees_and_revokes_own_keys_without_a_right()
    {
        using var bench = new AdminBench();

        (string id, string key) = await MakeAsync(bench, "nobodyyet");
        Reply listed = await bench.CallAsync("nobodyyet", "GET", "/v1/apikeys");
        Reply who = await WithKeyAsync(bench, key, "GET", "/v1/whoami");
        Reply revoked = await bench.CallAsync("nobodyyet", "DELETE", $"/v1/apikeys/{id}");
        Reply after = await WithKeyAsync(bench, key, "GET", "/v1/whoami");

        key.ShouldStartWith($"gh_{id}_");
        key.Length.ShouldBe(67);
        listed.Json.GetProperty("keys").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetString().ShouldBe(id);
        listed.Body.ShouldNotContain("hash");
        who.Json.GetProperty("realm").GetString().ShouldBe("api-key");
        who.Json.GetProperty("name").GetString().ShouldBe("nobodyyet");
        revoked.Status.ShouldBe(200, revoked.Body);
        after.Status.ShouldBe(401);
        string.Concat(bench.Changes.Summaries).ShouldNotContain(key[24..]);
    }

    [Fact]
    public async Task Keys_of_others_need_the_right_on_the_owner()
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("nobodyyet", "POST", "/v1/apikeys", """{"name":"k","owner":"admin"}""")).Status.ShouldBe(403);
        (await bench.CallAsync("nobodyyet", "GET", "/v1/apikeys?owner=admin")).Status.ShouldBe(403);
        (await bench.CallAsync("nobodyyet", "GET", "/v1/apikeys?all=true")).Status.ShouldBe(403);
        (await bench.CallAsync("nobodyyet", "DELETE", $"/v1/apikeys/{AdminBench.KnownKey}")).Status.ShouldBe(403);
        (await bench.CallAsync("nobodyyet", "DELETE", "/v1/apikeys/BBBBBBBBBBBBBBBBBBBB")).Status.ShouldBe(403);
        Give(bench, new Grant { System = "gatehouse", Actions = ["api-key.*"], Resources = ["read*"] });
        (await bench.CallAsync("clerk", "POST", "/v1/apikeys", """{"name":"k","owner":"reader"}""")).Status.ShouldBe(200);
        (await bench.CallAsync("clerk", "GET", "/v1/apikeys?owner=reader")).Json.GetProperty("keys").GetArrayLength().ShouldBe(2);
        (await bench.CallAsync("clerk", "POST", "/v1/apikeys", """{"name":"k","owner":"admin"}""")).Status.ShouldBe(403);
        (await bench.CallAsync("clerk", "DELETE", $"/v1/apikeys/{AdminBench.KnownKey}")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "DELETE", "/v1/apikeys/BBBBBBBBBBBBBBBBBBBB")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_key_has_its_owners_rights_narrowed_by_its_grants()
    {
        using var bench = new AdminBench();

        (_, string whole) = await MakeAsync(bench, "admin");
        (_, string narrow) = await MakeAsync(bench, "admin", """{"name":"k","grants":[{"system":"gatehouse","actions":["user.list"]}]}""");
        (_, string wide) = await MakeAsync(bench, "nobodyyet", """{"name":"k","grants":[{"system":"*","actions":["*"]}]}""");
        (_, string nothing) = await MakeAsync(bench, "admin", """{"name":"k","grants":[]}""");

        (await WithKeyAsync(bench, whole, "GET", "/v1/roles")).Status.ShouldBe(200);
        (await WithKeyAsync(bench, narrow, "GET", "/v1/users")).Status.ShouldBe(200);
        (await WithKeyAsync(bench, narrow, "GET", "/v1/roles")).Status.ShouldBe(403);
        (await WithKeyAsync(bench, wide, "GET", "/v1/users")).Status.ShouldBe(403);
        (await WithKeyAsync(bench, nothing, "GET", "/v1/users")).Status.ShouldBe(403);
        (await WithKeyAsync(bench, nothing, "GET", "/v1/whoami")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_key_made_with_a_key_has_no_rights_and_makes_no_others()
    {
        using var bench = new AdminBench();
        (_, string key) = await MakeAsync(bench, "admin");

        Reply made = await WithKeyAsync(bench, key, "POST", "/v1/apikeys", """{"name":"child"}""");
        string child = made.Json.GetProperty("key").GetString()!;

        made.Json.GetProperty("derived").GetBoolean().ShouldBeTrue();
        ApiKeyDocument document = bench.Changes.Current.ApiKeys[made.Json.GetProperty("id").GetString()!];
        document.IsDerived.ShouldBeTrue();
        document.Grants!.Value.ShouldBeEmpty();
        document.CreatedBy.ShouldBe("api-key/admin");
        (await WithKeyAsync(bench, child, "GET", "/v1/whoami")).Status.ShouldBe(200);
        (await WithKeyAsync(bench, child, "GET", "/v1/users")).Status.ShouldBe(403);
        (await WithKeyAsync(bench, child, "POST", "/v1/apikeys", """{"name":"grandchild"}""")).ErrorId.ShouldBe(IdentityProblems.DerivedKey.Id);
        (await WithKeyAsync(bench, key, "POST", "/v1/apikeys", """{"name":"c","grants":[{"system":"*","actions":["*"]}]}""")).ErrorId.ShouldBe(IdentityProblems.DerivedKey.Id);
        Reply forOther = await WithKeyAsync(bench, key, "POST", "/v1/apikeys", """{"name":"c","owner":"reader"}""");
        forOther.Json.GetProperty("derived").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_key_sees_and_revokes_itself_and_no_other()
    {
        using var bench = new AdminBench();
        (string id, string key) = await MakeAsync(bench, "nobodyyet");
        (string other, _) = await MakeAsync(bench, "nobodyyet");

        (await WithKeyAsync(bench, key, "GET", "/v1/apikeys")).Json.GetProperty("keys").EnumerateArray().ShouldHaveSingleItem().GetProperty("id").GetString().ShouldBe(id);
        (await WithKeyAsync(bench, key, "DELETE", $"/v1/apikeys/{other}")).Status.ShouldBe(403);
        (await WithKeyAsync(bench, key, "POST", "/v1/users/nobodyyet/password", """{"password":"a long way home"}""")).Status.ShouldBe(403);
        (await WithKeyAsync(bench, key, "DELETE", $"/v1/apikeys/{id}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Keys_go_with_their_owner_and_a_later_one_of_the_name_has_none()
    {
        using var bench = new AdminBench();
        (string id, string key) = await MakeAsync(bench, "nobodyyet");
        ApiKeyDocument kept = bench.Changes.Current.ApiKeys[id];

        (await bench.CallAsync("admin", "DELETE", "/v1/users/nobodyyet")).Status.ShouldBe(200);
        bench.Changes.Current.ApiKeys.Keys.ShouldBe([AdminBench.KnownKey]);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"nobodyyet","service":true,"roles":["superuser"]}""")).Status.ShouldBe(200);

        // Even where another writer left it in.
        bench.Changes.Put(bench.Changes.Current with { ApiKeys = bench.Changes.Current.ApiKeys.Add(id, kept) }).ShouldBeEmpty();
        (await WithKeyAsync(bench, key, "GET", "/v1/whoami")).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData("""{"name":""}""", "GH9011")]
    [InlineData("""{"name":"a\u0001"}""", "GH9011")]
    [InlineData("""{"name":"k","owner":"nowhere"}""", "GH9009")]
    [InlineData("""{"name":"k","expires":"1969-01-01T00:00:00Z"}""", "GH9024")]
    [InlineData("""{"name":"k","grants":[null]}""", "GH9007")]
    [InlineData("""{"name":"k","grants":[{"system":"etcd","actions":[]}]}""", "GH6005")]
    [InlineData("""{"name":"k","grants":[{"system":"etcd","actions":["kv.range"],"resources":[""]}]}""", "GH6006")]
    public async Task A_key_that_is_not_understood_is_not_made(string body, string problem)
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("admin", "POST", "/v1/apikeys", body)).ErrorId.ShouldBe(problem);

        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Keys_end_in_number_and_expired_ones_make_room()
    {
        using var bench = new AdminBench();
        string soon = bench.Time.GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        for (int i = 0; i < ApiKeyChanges.MaxOfOwner; i++)
        {
            (await bench.CallAsync("nobodyyet", "POST", "/v1/apikeys", $$"""{"name":"k{{i}}","expires":"{{soon}}"}""")).Status.ShouldBe(200);
        }

        Reply full = await bench.CallAsync("nobodyyet", "POST", "/v1/apikeys", """{"name":"k"}""");
        bench.Time.Advance(TimeSpan.FromHours(2));
        Reply later = await bench.CallAsync("nobodyyet", "POST", "/v1/apikeys", """{"name":"k"}""");

        (full.Status, full.ErrorId).ShouldBe((409, IdentityProblems.TooManyKeys.Id));
        later.Status.ShouldBe(200, later.Body);
        bench.Changes.Current.ApiKeys.Values.Count(static key => key.Owner == "nobodyyet").ShouldBe(1);
    }

    [Fact]
    public async Task Root_on_the_socket_says_whose_a_key_shall_be()
    {
        using var bench = new AdminBench();

        (await bench.CallLocallyAsync(1, 0, "POST", "/v1/apikeys", """{"name":"k"}""")).ErrorId.ShouldBe(IdentityProblems.KeyOwner.Id);
        (await bench.CallLocallyAsync(1, 0, "POST", "/v1/apikeys", """{"name":"k","owner":"reader"}""")).Status.ShouldBe(200);
        (await bench.CallLocallyAsync(1, 0, "GET", "/v1/apikeys")).Json.GetProperty("keys").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task A_service_account_takes_no_password_until_it_is_none_any_more()
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"job","service":true,"password":"a long way home"}""")).ErrorId.ShouldBe(IdentityProblems.ServiceAccount.Id);
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"job","service":true,"roles":["app-reader"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "GET", "/v1/users/job")).Json.GetProperty("service").GetBoolean().ShouldBeTrue();
        (await bench.CallAsync("admin", "POST", "/v1/users/job/password", """{"password":"a long way home"}""")).ErrorId.ShouldBe(IdentityProblems.ServiceAccount.Id);
        bench.Changes.Current.Users["job"].Password.ShouldBeNull();
        (await bench.CallAsync("admin", "POST", "/v1/users/job/password", """{"password":"a long way home","end_service":true}""")).Status.ShouldBe(200);

        bench.Changes.Current.Users["job"].IsService.ShouldBeFalse();
        bench.Changes.Current.Users["job"].Password.ShouldNotBeNull();
    }

    private static async Task<(string Id, string Key)> MakeAsync(AdminBench bench, string user, string body = """{"name":"k"}""")
    {
        Reply reply = await bench.CallAsync(user, "POST", "/v1/apikeys", body);
        reply.Status.ShouldBe(200, reply.Body);
        return (reply.Json.GetProperty("id").GetString()!, reply.Json.GetProperty("key").GetString()!);
    }

    private static Task<Reply> WithKeyAsync(AdminBench bench, string key, string method, string target, string? body = null) =>
        bench.CallAsync(null, method, target, body, http => http.Request.Headers.Authorization = "Bearer " + key);

    private static void Give(AdminBench bench, params Grant[] grants) => bench.Changes.Put(bench.Changes.Current with
    {
        Roles = bench.Changes.Current.Roles.SetItem("clerk", new RoleDocument { Name = "clerk", Grants = [.. grants] }),
    }).ShouldBeEmpty();
}
