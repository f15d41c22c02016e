using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration.Policies;

/// <summary>The policy over the API: in one step or not at all, and no way around the rights of its parts.</summary>
public sealed class PolicyEndpointTests
{
    [Fact]
    public async Task An_export_applied_changes_nothing_and_a_change_is_one_generation()
    {
        using var bench = new AdminBench();
        Reply export = await bench.CallAsync("admin", "GET", "/v1/policy");
        JsonElement policy = export.Json.GetProperty("policy");

        Reply same = await bench.CallAsync("admin", "POST", "/v1/policy/apply", $$"""{"policy":{{policy.GetRawText()}},"revision":1}""");
        Reply diff = await bench.CallAsync("admin", "POST", "/v1/policy/diff", """{"policy":{"version":1,"roles":{},"mappings":{},"users":{"admin":{"roles":["superuser"]}},"realms":{}}}""");
        Reply apply = await bench.CallAsync("admin", "POST", "/v1/policy/apply", """{"policy":{"version":1,"roles":{},"mappings":{},"users":{"admin":{"roles":["superuser"]}},"realms":{}},"revision":1}""");

        same.Json.GetProperty("changed").GetBoolean().ShouldBeFalse(same.Body);
        diff.Json.GetProperty("differs").GetBoolean().ShouldBeTrue();
        apply.Json.GetProperty("generation").GetInt64().ShouldBe(2, apply.Body);
        bench.Changes.Generation.ShouldBe(2);
        bench.Changes.Current.Users.Keys.ShouldBe(["admin"]);
        bench.Changes.Current.ApiKeys.ShouldBeEmpty();
        bench.Changes.Current.Networks.Length.ShouldBe(1);
        bench.Changes.Summaries.ShouldBe(["native/admin: apply a policy: users +0 ~0 -4, roles +0 ~0 -4, realms +0 ~0 -2, mappings +0 ~0 -1"]);
        bench.Last(AuditAction.AccessGranted).Target.ShouldBe("policy/apply");
    }

    [Fact]
    public async Task An_addition_removes_nothing()
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/policy/apply", """{"add":true,"policy":{"version":1,"users":{"new":{"roles":["app-reader"]}},"networks":[{"effect":"deny","address":"10.9.9.9"}]}}""");

        reply.Status.ShouldBe(200, reply.Body);
        bench.Changes.Current.Users.Count.ShouldBe(6);
        bench.Changes.Current.Networks.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"policy":{"version":1,"mappings":{}},"revision":7}""", 409, "GH6022")]
    [InlineData("""{"policy":{"version":1,"users":{}}}""", 409, "GH9013")]
    [InlineData("""{"policy":{"version":1,"roles":{}}}""", 409, "GH9014")]
    [InlineData("""{"policy":{"version":1,"mappings":{},"tests":[{"user":"reader","may":["etcd:kv.put:app/a"]}]}}""", 422, "GH6023")]
    [InlineData("""{"policy":{"version":1,"networks":[{"effect":"deny","address":"_all","gate":"etdc"}]}}""", 404, "GH9009")]
    [InlineData("""{"policy":{"version":1,"users":{"x":null}}}""", 422, "GH6021")]
    [InlineData("""{"policy":{"version":1,"networks":[null]}}""", 422, "GH6021")]
    [InlineData("""{"policy":{"version":1,"roles":{"x":{"grants":[null]}}}}""", 422, "GH6021")]
    [InlineData("""{"policy":{"version":1,"api_keys":{}}}""", 400, "GH9007")]
    [InlineData("""{"policy":{"version":1,"users":{"a":{},"a":{}}}}""", 400, "GH9007")]
    [InlineData("""{"policy":{"version":1,"users":{"a":{"attributes":null}}}}""", 400, "GH9007")]
    [InlineData("""{"policy":null}""", 400, "GH9007")]
    public async Task What_cannot_be_is_refused_and_changes_nothing(string body, int status, string id)
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/policy/apply", body);

        reply.ErrorId.ShouldBe(id, reply.Body);
        reply.Status.ShouldBe(status);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Another_change_that_was_faster_is_not_undone()
    {
        using var bench = new AdminBench();
        bench.Changes.Rival = static document => document with { Users = document.Users.Remove("nobodyyet") };

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/policy/apply", """{"policy":{"version":1,"mappings":{}}}""");

        reply.ErrorId.ShouldBe("GH6022", reply.Body);
        bench.Changes.Current.Mappings.Count.ShouldBe(1);
        bench.Changes.Current.Users.ContainsKey("nobodyyet").ShouldBeFalse();
    }

    [Theory]
    [InlineData("", """{"policy":{"version":1,"mappings":{}}}""", "policy.write")]
    [InlineData("policy.write", """{"policy":{"version":1,"mappings":{}}}""", "mapping.write")]
    [InlineData("policy.write,user.write", """{"add":true,"policy":{"version":1,"users":{"clerk":{"roles":["superuser"]}}}}""", "role.assign")]
    [InlineData("policy.write,mapping.write", """{"add":true,"policy":{"version":1,"mappings":{"m":{"roles":["superuser"],"users":["x"]}}}}""", "role.assign")]
    [InlineData("policy.write,user.write,role.assign", """{"add":true,"policy":{"version":1,"users":{"admin":{"roles":["superuser"],"password_hash":"HASH"}}}}""", "user.password")]
    [InlineData("policy.write", """{"add":true,"policy":{"version":1,"roles":{"clerk":{"grants":[{"system":"*","actions":["*"]}]}}}}""", "role.write")]
    [InlineData("policy.write", """{"add":true,"policy":{"version":1,"networks":[{"effect":"deny","address":"_all"}]}}""", "network.write")]
    [InlineData("policy.write", """{"add":true,"policy":{"version":1,"audit":{"level":"minimal"}}}""", "audit-policy.write")]
    [InlineData("policy.write,realm.write", """{"add":true,"policy":{"version":1,"realms":{"anonymous":{"kind":"anonymous","anonymous":{"roles":["superuser"]}}}}}""", "role.assign")]
    [InlineData("policy.write,realm.write,role.assign", """{"add":true,"policy":{"version":1,"audit":{"level":"minimal"}}}""", "audit-policy.write")]
    public async Task A_file_is_no_way_around_the_rights_of_its_parts(string has, string body, string lacks)
    {
        using var bench = new AdminBench();
        Give(bench, [.. has.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static action => new Grant { System = "gatehouse", Actions = [action] })]);

        Reply reply = await bench.CallAsync("clerk", "POST", "/v1/policy/apply", body.Replace("HASH", PasswordHash.Create("a long way home"), StringComparison.Ordinal));

        reply.Status.ShouldBe(403, reply.Body);
        reply.Json.GetProperty("error").GetProperty("text").GetString()!.ShouldStartWith($"you lack `{lacks}`");
        bench.Changes.Generation.ShouldBe(2, "only the roles of the test");
    }

    [Fact]
    public async Task Many_names_of_one_kind_need_the_right_on_every_name()
    {
        using var bench = new AdminBench();
        Give(bench, new Grant { System = "gatehouse", Actions = ["policy.write"] }, new Grant { System = "gatehouse", Actions = ["user.write"], Resources = ["u*"] });
        string users = string.Join(',', Enumerable.Range(0, PolicyRights.MaxNames + 2).Select(static i => $"\"u{i}\":{{}}"));

        Reply few = await bench.CallAsync("clerk", "POST", "/v1/policy/apply", """{"add":true,"policy":{"version":1,"users":{"u1":{}}}}""");
        Reply many = await bench.CallAsync("clerk", "POST", "/v1/policy/apply", "{\"add\":true,\"policy\":{\"version\":1,\"users\":{" + users + "}}}");
        Reply admin = await bench.CallAsync("admin", "POST", "/v1/policy/apply", "{\"add\":true,\"policy\":{\"version\":1,\"users\":{" + users + "}}}");

        few.Status.ShouldBe(200, few.Body);
        many.Status.ShouldBe(403, many.Body);
        admin.Status.ShouldBe(200, admin.Body);
        bench.Last(AuditAction.AccessGranted).Operations!.Count.ShouldBeLessThan(5);
    }

    [Fact]
    public async Task Looking_gives_no_hashes_and_guesses_no_secrets()
    {
        using var bench = new AdminBench();
        Give(bench, new Grant { System = "gatehouse", Actions = ["policy.read"] });
        string guess = """{"policy":{"version":1,"realms":{"corp":{"kind":"ldap","directory":{"bind_password":"x"}}}}}""";

        Reply export = await bench.CallAsync("clerk", "GET", "/v1/policy");
        Reply hashes = await bench.CallAsync("clerk", "GET", "/v1/policy?hashes=true");
        Reply guessed = await bench.CallAsync("clerk", "POST", "/v1/policy/diff", guess);
        Reply whole = await bench.CallAsync("admin", "GET", "/v1/policy?hashes=true");

        export.Status.ShouldBe(200);
        export.Body.ShouldNotContain("hash");
        export.Body.ShouldNotContain(AdminBench.Corp.BindPassword!);
        hashes.Status.ShouldBe(403);
        guessed.Status.ShouldBe(403);
        whole.Body.ShouldContain("password_hash");
        whole.Body.ShouldNotContain(AdminBench.Corp.BindPassword!);
    }

    [Fact]
    public async Task A_large_body_is_read_only_from_who_may_send_one()
    {
        using var bench = new AdminBench();
        string large = $$$$$"""{"policy":{"version":1,"users":{"x":{"full_name":"{{{{{new string('a', 2 * 1024 * 1024)}}}}}"}}}}""";

        Reply stranger = await bench.CallAsync("reader", "POST", "/v1/policy/diff", large);
        Reply admin = await bench.CallAsync("admin", "POST", "/v1/policy/diff", large);

        stranger.ErrorId.ShouldBe("GH9007");
        admin.ErrorId.ShouldBe("GH9024");
    }

    [Fact]
    public async Task Tests_of_a_file_are_decided_on_the_policy_that_it_makes()
    {
        using var bench = new AdminBench();
        const string Policy = """
            {"policy":{"version":1,
              "roles":{"mapped":{"grants":[{"system":"http","actions":["get"],"resources":["tenants/*/data","u/${username}"],"when":{"sources":["10.0.0.0/8"],"gates":["g"]}}]},
                       "app-reader":{"grants":[{"system":"etcd","actions":["kv.range"],"resources":["app/**"]},{"effect":"deny","system":"etcd","actions":["kv.range"],"resources":["app/secret"]}]},"clerk":{},"unused":{}},
              "tests":[
                {"name":"dora","user":"dora","realm":"corp","groups":["readers"],"source":"10.1.1.1","gate":"g","may":["http:get:tenants/a/data","http:get:u/dora"],"may_not":["http:get:tenants/a/b/data","http:get:u/anna","http:put:tenants/a/data"]},
                {"user":"dora","realm":"corp","groups":["readers"],"source":"192.0.2.1","gate":"g","may_not":["http:get:tenants/a/data"]},
                {"user":"reader","may":["etcd:kv.range:app/a,app/b/c"],"may_not":["etcd:kv.range:app/secret","etcd:kv.range:app/**","etcd:kv.put:app/a"]},
                {"roles":["app-reader"],"may":["etcd:kv.range:app/a"],"may_not":["gatehouse:user.list"]},
                {"user":"admin","may":["gatehouse:policy.write","http:get:**"]}]}}
            """;

        Reply holds = await bench.CallAsync("admin", "POST", "/v1/policy/test", Policy);
        Reply fails = await bench.CallAsync("admin", "POST", "/v1/policy/test", """
            {"policy":{"version":1,"tests":[
              {"user":"reader","may":["etcd:kv.put:app/a"]},
              {"user":"reader","may_not":["etcd:kv.range:app/a"]},
              {"user":"nobody-here","may_not":["etcd:kv.put:app/a"]},
              {"roles":["nowhere"],"may_not":["etcd:kv.put:app/a"]},
              {"user":"x","realm":"kernel","groups":["superuser"],"may":["etcd:kv.put:app/a"]},
              {"user":"reader","may_not":["etcd:*:app/a"]},
              {"user":"reader","may_not":["etcd:kv.put:a*b"]},
              {"user":"reader","may_not":["etcd"]}]}}
            """);

        holds.Json.GetProperty("passed").GetBoolean().ShouldBeTrue(holds.Body);
        holds.Json.GetProperty("expectations").GetInt32().ShouldBe(14);
        fails.Json.GetProperty("failed").GetInt32().ShouldBe(8, fails.Body);
        fails.Json.GetProperty("failures")[2].GetProperty("reason").GetString().ShouldBe("there is no user `nobody-here`");
    }

    [Fact]
    public async Task A_misspelt_word_makes_no_test_hold()
    {
        using var bench = new AdminBench();
        const string Body = """
            {"policy":{"version":1,"tests":[
              {"user":"reader","gate":"etdc","may_not":["etcd:kv.put:x"]},
              {"user":"reader","may_not":["etcd:kv.misspelt-so:x"]},
              {"user":"reader","may_not":["etdc:kv.put:x"]},
              {"user":"reader","may_not":["gatehouse:usr.list"]},
              {"user":"reader","gate":"etcd","may_not":["gatehouse:user.list"]}]}}
            """;
        for (int i = 0; i < 2; i++)
        {
            Reply reply = await bench.CallAsync("admin", "POST", "/v1/policy/test", Body);
            reply.Json.GetProperty("failures").EnumerateArray().Select(static failure => failure.GetProperty("reason").GetString()).ShouldBe(
            [
                "there is no gate `etdc`", "`kv.misspelt-so` is no action of system `etcd`", "no gate and no grant has the system `etdc`", "`usr.list` is no action of system `gatehouse`",
            ], $"asked for the {i + 1}. time");
        }
    }

    [Fact]
    public async Task An_action_asked_about_before_its_catalogue_came_is_known_afterwards()
    {
        using var bench = new AdminBench();
        const string Body = """{"policy":{"version":1,"tests":[{"user":"reader","may_not":["etcd:comes-later:x"]}]}}""";
        (await bench.CallAsync("admin", "POST", "/v1/can-i", """{"user":"reader","system":"etcd","action":"comes-later","resource":"x"}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "POST", "/v1/policy/test", Body)).Json.GetProperty("passed").GetBoolean().ShouldBeFalse();
        SystemAction.Intern("etcd", "comes-later");
        Reply after = await bench.CallAsync("admin", "POST", "/v1/policy/test", Body);
        after.Json.GetProperty("passed").GetBoolean().ShouldBeTrue(after.Body);
    }

    [Fact]
    public async Task A_rollback_brings_back_the_policy_but_neither_keys_nor_old_passwords()
    {
        using var bench = new AdminBench();
        ClusterDocument first = bench.Changes.Current;
        string hash = PasswordHash.Create("a long way home");
        bench.Changes.Put(first with
        {
            Users = first.Users.Remove("reader").SetItem("clerk", first.Users["clerk"] with { Password = hash, CredentialVersion = 2, Roles = ["superuser"] }),
            ApiKeys = first.ApiKeys.Clear(),
            Roles = first.Roles.Remove("app-reader"),
            Realms = first.Realms.SetItem("corp", first.Realms["corp"] with { Version = 4, Order = 9, Directory = AdminBench.Corp with { BindPassword = "the newer one" } }),
        }).ShouldBeEmpty();

        Reply nowhere = await bench.CallAsync("admin", "POST", "/v1/policy/rollback", """{"to":2}""");
        Reply moved = await bench.CallAsync("admin", "POST", "/v1/policy/rollback", """{"to":1,"revision":1}""");
        Reply back = await bench.CallAsync("admin", "POST", "/v1/policy/rollback", """{"to":1,"revision":2}""");

        nowhere.ErrorId.ShouldBe("GH6024");
        moved.ErrorId.ShouldBe("GH6022");
        back.Status.ShouldBe(200, back.Body);
        ClusterDocument now = bench.Changes.Current;
        now.Users["reader"].Password.ShouldBe(first.Users["reader"].Password);
        now.Users["reader"].Roles.ShouldBe(["app-reader"]);
        now.Users["clerk"].Password.ShouldBe(hash);
        now.Users["clerk"].Roles.ShouldBe(["clerk"]);
        now.ApiKeys.ShouldBeEmpty();
        now.Realms["corp"].Order.ShouldBe(100);
        now.Realms["corp"].Directory!.BindPassword.ShouldBe("the newer one");
        now.Realms["corp"].Version.ShouldBeGreaterThan(4);
        bench.Changes.Summaries[^1].ShouldStartWith("native/admin: roll the policy back to generation 1: ");
    }

    [Fact]
    public async Task A_rollback_is_shown_before_it_is_made_and_never_locks_the_last_administrator_out()
    {
        using var bench = new AdminBench();
        ClusterDocument first = bench.Changes.Current;
        bench.Changes.Put(first with { Users = first.Users.SetItem("admin", first.Users["admin"] with { Roles = ["clerk"] }) }).ShouldBeEmpty();
        bench.Changes.Put(first with { Users = first.Users.Remove("reader"), ApiKeys = first.ApiKeys.Clear() }).ShouldBeEmpty();

        Reply diff = await bench.CallAsync("admin", "POST", "/v1/policy/rollback/diff", """{"to":1}""");
        diff.Status.ShouldBe(200, diff.Body);
        diff.Json.GetProperty("identities")[0].GetProperty("names")[0].GetString().ShouldBe("reader");
        bench.Snapshots.Current.Generation.ShouldBe(3, "nothing is changed");
        foreach (string path in new[] { "/v1/policy/rollback/diff", "/v1/policy/rollback" })
        {
            (await bench.CallAsync("admin", "POST", path, """{"to":2}""")).ErrorId.ShouldBe("GH9013", path);
            (await bench.CallAsync("admin", "POST", path, """{"to":9}""")).ErrorId.ShouldBe("GH6024", path);
            (await bench.CallAsync("reader", "POST", path, """{"to":1}""")).Status.ShouldBe(401, path);
        }

        Reply history = await bench.CallAsync("admin", "GET", "/v1/policy/history?limit=2");
        history.Json.GetProperty("generation").GetInt64().ShouldBe(3);
        history.Json.GetProperty("generations").EnumerateArray().Select(static entry => entry.GetProperty("generation").GetInt64()).ShouldBe([3, 2]);
        history.Json.GetProperty("kept_days").GetInt32().ShouldBe(30);
        foreach (string limit in new[] { "0", "-1", "1001", "x", "" })
        {
            (await bench.CallAsync("admin", "GET", "/v1/policy/history?limit=" + limit)).Status.ShouldBe(400, limit);
        }

        (await bench.CallAsync("clerk", "GET", "/v1/policy/history")).Status.ShouldBe(403);
        (await bench.CallAsync("clerk", "POST", "/v1/policy/rollback/diff", """{"to":1}""")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_rollback_needs_the_right_to_write_everything()
    {
        using var bench = new AdminBench();
        Give(bench, new Grant { System = "gatehouse", Actions = ["policy.write", "user.write", "role.write", "realm.write", "mapping.write", "network.write", "audit-policy.write"] }, new Grant { System = "gatehouse", Actions = ["role.assign"], Resources = ["app-*"] });

        Reply reply = await bench.CallAsync("clerk", "POST", "/v1/policy/rollback", "{}");

        reply.Status.ShouldBe(403);
        reply.Json.GetProperty("error").GetProperty("text").GetString().ShouldBe("you lack `role.assign` on every name");
    }

    private static void Give(AdminBench bench, params Grant[] grants)
    {
        ClusterDocument document = bench.Changes.Current;
        bench.Changes.Put(document with { Roles = document.Roles.SetItem("clerk", new RoleDocument { Name = "clerk", Grants = [.. grants] }) }).ShouldBeEmpty();
    }
}
