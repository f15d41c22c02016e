using System.Reflection;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Realms over the API: who may write them, what becomes of their secrets, and trying a login.</summary>
public sealed class RealmTests
{
    private const string Corp =
        """{"kind":"ldap","directory":{"urls":["ldap://127.0.0.1:3891","ldap://127.0.0.1:3892"],"allow_clear_text":true,"bind_dn":"cn=search,dc=example,dc=com","user_base":"ou=people,dc=example,dc=com"}}""";

    [Fact]
    public async Task A_secret_is_never_shown()
    {
        using var bench = new AdminBench();

        Reply one = await bench.CallAsync("admin", "GET", "/v1/realms/corp");
        Reply all = await bench.CallAsync("admin", "GET", "/v1/realms");

        one.Json.GetProperty("directory").GetProperty("bind_password_set").GetBoolean().ShouldBeTrue();
        one.Json.GetProperty("directory").TryGetProperty("bind_password", out _).ShouldBeFalse();
        one.Json.GetProperty("version").GetInt32().ShouldBe(3);
        one.Body.ShouldNotContain("never shown");
        all.Body.ShouldNotContain("never shown");
    }

    [Fact]
    public async Task What_was_read_can_be_written_and_keeps_the_secret()
    {
        using var bench = new AdminBench();
        Reply read = await bench.CallAsync("admin", "GET", "/v1/realms/corp");

        Reply written = await bench.CallAsync("admin", "PUT", "/v1/realms/corp", read.Body);

        written.Status.ShouldBe(200, written.Body);
        RealmDocument corp = bench.Changes.Current.Realms["corp"];
        corp.Directory!.BindPassword.ShouldBe("never shown to anybody");
        corp.Version.ShouldBe(4);
        bench.Changes.Summaries.ShouldHaveSingleItem().ShouldNotContain("never shown");
    }

    [Theory]
    [InlineData("3892", "3893")]
    [InlineData("cn=search", "cn=other")]
    [InlineData("\"allow_clear_text\":true", "\"allow_clear_text\":true,\"start_tls\":true")]
    [InlineData("\"allow_clear_text\":true", "\"allow_clear_text\":true,\"authorities\":\"x\"")]
    public async Task A_kept_secret_goes_nowhere_else(string from, string to)
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "PUT", "/v1/realms/corp", Corp.Replace(from, to, StringComparison.Ordinal));

        reply.ErrorId.ShouldBe(IdentityProblems.SecretNeeded.Id);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task A_secret_given_anew_goes_anywhere_and_fewer_servers_need_none()
    {
        using var bench = new AdminBench();
        string moved = Corp.Replace("3892", "3893", StringComparison.Ordinal).Replace("\"bind_dn\"", "\"bind_password\":\"new one\",\"bind_dn\"", StringComparison.Ordinal);

        (await bench.CallAsync("admin", "PUT", "/v1/realms/corp", moved)).Status.ShouldBe(200);
        bench.Changes.Current.Realms["corp"].Directory!.BindPassword.ShouldBe("new one");
        (await bench.CallAsync("admin", "PUT", "/v1/realms/corp", Corp.Replace(",\"ldap://127.0.0.1:3892\"", "", StringComparison.Ordinal))).Status.ShouldBe(200);

        bench.Changes.Current.Realms["corp"].Directory!.BindPassword.ShouldBe("new one");
    }

    [Fact]
    public async Task A_shared_secret_of_tokens_is_never_shown_and_stays()
    {
        using var bench = new AdminBench();
        string secret = System.Buffers.Text.Base64Url.EncodeToString([.. Enumerable.Range(1, 32).Select(static i => (byte)i)]);
        string keys = System.Text.Json.JsonEncodedText.Encode("""{"keys":[{"kty":"oct","k":"SECRET"}]}""").ToString().Replace("SECRET", secret, StringComparison.Ordinal);

        Reply made = await bench.CallAsync("admin", "PUT", "/v1/realms/hs", """{"kind":"jwt","token":{"issuer":"i","audiences":["a"],"algorithms":["HS256"],"keys":"KEYS"}}""".Replace("KEYS", keys, StringComparison.Ordinal));
        Reply shown = await bench.CallAsync("admin", "GET", "/v1/realms/hs");
        Reply again = await bench.CallAsync("admin", "PUT", "/v1/realms/hs", shown.Body);
        Reply shownAs = await bench.CallAsync("admin", "PUT", "/v1/realms/hs", (await bench.CallAsync("admin", "GET", "/v1/realms/hs")).Body.Replace("HS256", "RS256", StringComparison.Ordinal));

        made.Status.ShouldBe(200, made.Body);
        shown.Body.ShouldNotContain(secret);
        shown.Json.GetProperty("token").GetProperty("keys_set").GetBoolean().ShouldBeTrue();
        again.Status.ShouldBe(200, again.Body);
        bench.Changes.Current.Realms["hs"].Token!.Keys!.ShouldContain(secret);
        shownAs.Status.ShouldBe(422, shownAs.Body);
    }

    [Fact]
    public async Task A_change_of_somebody_else_is_not_overwritten()
    {
        using var bench = new AdminBench();
        string read = Corp.Replace("\"kind\"", "\"version\":3,\"kind\"", StringComparison.Ordinal);

        Reply first = await bench.CallAsync("admin", "PUT", "/v1/realms/corp", read);
        Reply second = await bench.CallAsync("admin", "PUT", "/v1/realms/corp", read);
        Reply gone = await bench.CallAsync("admin", "DELETE", "/v1/realms/spare?version=7");

        first.Status.ShouldBe(200, first.Body);
        (second.Status, second.ErrorId).ShouldBe((409, IdentityProblems.RealmChanged.Id));
        (gone.Status, gone.ErrorId).ShouldBe((409, IdentityProblems.RealmChanged.Id));
    }

    [Fact]
    public async Task A_realm_made_again_begins_above_its_former_versions()
    {
        using var bench = new AdminBench();
        const string Guests = """{"kind":"anonymous","enabled":false,"anonymous":{"roles":["app-reader"]}}""";
        (await bench.CallAsync("admin", "PUT", "/v1/realms/guests", Guests)).Status.ShouldBe(200);
        int former = bench.Changes.Current.Realms["guests"].Version;

        (await bench.CallAsync("admin", "DELETE", "/v1/realms/guests")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "PUT", "/v1/realms/guests", Guests)).Status.ShouldBe(200);

        bench.Changes.Current.Realms["guests"].Version.ShouldBeGreaterThan(former);
    }

    [Theory]
    [InlineData("native", Corp, "GH5001")]
    [InlineData("Kernel", Corp, "GH5001")]
    [InlineData("pki", Corp, "GH5001")]
    [InlineData("api-key", Corp, "GH5001")]
    [InlineData("anonymous", Corp, "GH5001")]
    [InlineData("CORP", Corp, "GH9010")]
    [InlineData("x", """{"kind":"ldap"}""", "GH5002")]
    [InlineData("x", """{"kind":"ldap","directory":{"urls":["ldap://127.0.0.1:1"],"allow_clear_text":true,"user_base":"dc=x"},"anonymous":{"roles":["app-reader"]}}""", "GH5002")]
    [InlineData("x", """{"kind":"anonymous","anonymous":{}}""", "GH5003")]
    [InlineData("x", """{"kind":"anonymous","anonymous":{"roles":["nobody-made-it"]}}""", "GH9009")]
    [InlineData("x", """{"kind":"anonymous","order":10001,"anonymous":{"roles":["app-reader"]}}""", "GH5003")]
    [InlineData("x", """{"kind":"anonymous","order":0,"anonymous":{"roles":["app-reader"]}}""", "GH5003")]
    [InlineData("x", """{"kind":"active_directory","directory":{}}""", "GH9007")]
    [InlineData("x", """{"kind":0,"directory":{}}""", "GH9007")]
    [InlineData("x", """{"kind":"jwt","token":{"audiences":["a"]}}""", "GH9007")]
    [InlineData("x", """{"kind":"jwt","token":{"issuer":"i","require":{"/a":null}}}""", "GH9007")]
    [InlineData("x", """{"name":"y","kind":"anonymous","anonymous":{"roles":["app-reader"]}}""", "GH9024")]
    public async Task A_bad_realm_never_comes_into_force(string name, string body, string problem)
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "PUT", $"/v1/realms/{name}", body);

        reply.ErrorId.ShouldBe(problem, reply.Body);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Two_realms_cannot_both_be_for_those_who_present_nothing()
    {
        using var bench = new AdminBench();
        const string Guests = """{"kind":"anonymous","anonymous":{"roles":["app-reader"]}}""";

        (await bench.CallAsync("admin", "PUT", "/v1/realms/anonymous", Guests)).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "PUT", "/v1/realms/guests", Guests)).ErrorId.ShouldBe(IdentityProblems.RealmSettings.Id);
    }

    [Fact]
    public async Task Who_writes_a_realm_needs_the_right_to_give_every_role_within_it()
    {
        using var bench = new AdminBench();
        GiveClerk(bench, "realm.*");

        Reply refused = await bench.CallAsync("clerk", "PUT", "/v1/realms/corp", Corp);
        Reply anonymous = await bench.CallAsync("clerk", "PUT", "/v1/realms/guests", """{"kind":"anonymous","anonymous":{"roles":["superuser"]}}""");
        GiveClerk(bench, "realm.*", "role.assign");
        Reply allowed = await bench.CallAsync("clerk", "PUT", "/v1/realms/corp", Corp);

        refused.ErrorId.ShouldBe(AdministrationProblems.NotAllowed.Id);
        refused.Body.ShouldContain("role.assign");
        anonymous.ErrorId.ShouldBe(AdministrationProblems.NotAllowed.Id);
        allowed.Status.ShouldBe(200, allowed.Body);
    }

    [Fact]
    public async Task A_mapping_that_came_in_between_is_not_passed_by()
    {
        using var bench = new AdminBench();
        bench.Changes.Rival = static document => document with
        {
            Mappings = document.Mappings.Add("late", new MappingDocument { Name = "late", Roles = [BuiltInRoles.Superuser], Realms = ["corp"] }),
        };

        Reply reply = await bench.CallAsync("admin", "PUT", "/v1/realms/corp", Corp);

        reply.ErrorId.ShouldBe(AdministrationProblems.InvalidValue.Id);
        bench.Changes.Current.Realms["corp"].Version.ShouldBe(3);
    }

    [Fact]
    public async Task A_realm_that_mappings_name_stays()
    {
        using var bench = new AdminBench();

        Reply used = await bench.CallAsync("admin", "DELETE", "/v1/realms/corp");
        Reply unknown = await bench.CallAsync("admin", "DELETE", "/v1/realms/nowhere");

        (used.Status, used.ErrorId).ShouldBe((409, IdentityProblems.RealmInUse.Id));
        unknown.Status.ShouldBe(404);
        used.Body.ShouldContain("readers");
    }

    [Fact]
    public async Task A_realm_that_gates_name_stays_unless_forced()
    {
        using var bench = new AdminBench();
        bench.Node.Gates = [bench.Node.Gates[0] with { Realms = ["native", "spare"] }];

        Reply used = await bench.CallAsync("admin", "DELETE", "/v1/realms/spare");
        Reply odd = await bench.CallAsync("admin", "DELETE", "/v1/realms/spare?force=yes");
        Reply forced = await bench.CallAsync("admin", "DELETE", "/v1/realms/spare?force=true");

        (used.Status, used.ErrorId).ShouldBe((409, IdentityProblems.RealmOfGates.Id));
        used.Body.ShouldContain("etcd");
        odd.Status.ShouldBe(400);
        forced.Status.ShouldBe(200, forced.Body);
    }

    [Fact]
    public async Task A_forced_removal_leaves_no_mapping_that_would_be_of_every_realm()
    {
        using var bench = new AdminBench();
        bench.Changes.Put(bench.Changes.Current with
        {
            Mappings = bench.Changes.Current.Mappings
                .Add("alone", new MappingDocument { Name = "alone", Roles = ["app-reader"], Realms = ["corp"], Groups = ["ops"] })
                .Add("both", new MappingDocument { Name = "both", Roles = ["app-reader"], Realms = ["corp", "spare"] })
                .Add("other", new MappingDocument { Name = "other", Roles = ["app-reader"], Realms = ["spare"] }),
        }).ShouldBeEmpty();
        GiveClerk(bench, "realm.*");

        Reply refused = await bench.CallAsync("clerk", "DELETE", "/v1/realms/corp?force=true");
        refused.ErrorId.ShouldBe(AdministrationProblems.NotAllowed.Id);
        refused.Body.ShouldContain("mapping.write");

        (await bench.CallAsync("admin", "DELETE", "/v1/realms/corp?force=true")).Status.ShouldBe(200);
        var mappings = bench.Changes.Current.Mappings;
        mappings.Keys.ShouldNotContain("alone");
        mappings["both"].Realms.ShouldBe(["spare"]);
        mappings["other"].Realms.ShouldBe(["spare"]);
    }

    [Fact]
    public async Task A_mapping_that_came_in_between_is_not_taken_along()
    {
        using var bench = new AdminBench();
        bench.Changes.Rival = static document => document with
        {
            Mappings = document.Mappings.Add("late", new MappingDocument { Name = "late", Roles = ["app-reader"], Realms = ["corp"] }),
        };

        Reply reply = await bench.CallAsync("admin", "DELETE", "/v1/realms/corp?force=true");

        reply.ErrorId.ShouldBe(AdministrationProblems.InvalidValue.Id, reply.Body);
        bench.Changes.Current.Mappings.Keys.ShouldContain("late");
        bench.Changes.Current.Realms.Keys.ShouldContain("corp");
    }

    [Fact]
    public async Task A_test_shows_steps_principal_and_roles_and_logs_nobody_in()
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/realms/corp/test", """{"user":"dora","password":"right","source":"10.9.8.7"}""");

        reply.Status.ShouldBe(200, reply.Body);
        reply.Json.GetProperty("accepted").GetBoolean().ShouldBeTrue();
        reply.Json.GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("step").GetString()).ShouldBe(["search", "bind", "role mappings"]);
        reply.Json.GetProperty("user").GetString().ShouldBe("dora");
        reply.Json.GetProperty("groups").GetArrayLength().ShouldBe(2);
        reply.Json.GetProperty("roles")[0].GetString().ShouldBe("mapped");
        bench.Realms.Last!.Source.ToString().ShouldBe("10.9.8.7");
        AuditEvent record = bench.Trail.Records.Last();
        record.Target.ShouldBe("realms/corp/test/dora");
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Whose_realm_cannot_be_asked_is_not_accepted()
    {
        using var bench = new AdminBench();
        bench.Realms.Wrong = RealmVerdict.Unavailable;

        Reply reply = await bench.CallAsync("admin", "POST", "/v1/realms/corp/test", """{"user":"dora","password":"wrong"}""");

        reply.Json.GetProperty("accepted").GetBoolean().ShouldBeFalse();
        reply.Json.GetProperty("verdict").GetString().ShouldBe("unavailable");
        reply.Json.GetProperty("reason").GetString().ShouldBe("bind_refused");
        reply.Json.TryGetProperty("roles", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_test_cannot_be_used_to_guess_passwords()
    {
        using var bench = new AdminBench();
        for (int i = 0; i < 5; i++)
        {
            (await bench.CallAsync("admin", "POST", "/v1/realms/corp/test", """{"user":"dora","password":"wrong"}""")).Status.ShouldBe(200);
        }

        Reply limited = await bench.CallAsync("admin", "POST", "/v1/realms/corp/test", """{"user":"dora","password":"right"}""");
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        Reply later = await bench.CallAsync("admin", "POST", "/v1/realms/corp/test", """{"user":"dora","password":"right"}""");

        (limited.Status, limited.ErrorId).ShouldBe((429, AdministrationProblems.LoginLimited.Id));
        limited.Headers.RetryAfter.Count.ShouldBe(1);
        later.Json.GetProperty("accepted").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"user":"dora"}""")]
    [InlineData("""{"user":"dora","password":""}""")]
    [InlineData("""{"user":"dora","password":"right","token":"x"}""")]
    [InlineData("""{"certificate":"no PEM"}""")]
    [InlineData("""{"user":"dora","password":"right","source":"010.1.1.1"}""")]
    public async Task A_test_takes_one_credential_and_no_empty_one(string body)
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("admin", "POST", "/v1/realms/corp/test", body)).ErrorId.ShouldBe(AdministrationProblems.InvalidValue.Id);

        bench.Realms.Last.ShouldBeNull();
    }

    [Fact]
    public async Task A_disabled_realm_is_not_tried()
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("admin", "POST", "/v1/realms/spare/test", """{"user":"dora","password":"right"}""")).ErrorId.ShouldBe(IdentityProblems.RealmNotLoaded.Id);
        (await bench.CallAsync("admin", "POST", "/v1/realms/nowhere/test", """{"user":"dora","password":"right"}""")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData(typeof(DirectorySettings), typeof(DirectoryView))]
    [InlineData(typeof(CertificateSettings), typeof(CertificateView))]
    [InlineData(typeof(TokenSettings), typeof(TokenView))]
    [InlineData(typeof(AnonymousSettings), typeof(AnonymousView))]
    public void The_API_has_every_setting_with_the_same_default(Type settings, Type view)
    {
        object kept = settings == typeof(TokenSettings) ? new TokenSettings { Issuer = "i" } : Activator.CreateInstance(settings)!;
        object shown = view == typeof(TokenView) ? new TokenView { Issuer = "i" } : Activator.CreateInstance(view)!;
        foreach (PropertyInfo property in settings.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (!property.CanWrite)
            {
                continue;
            }

            PropertyInfo? same = view.GetProperty(property.Name);
            same.ShouldNotBeNull($"{view.Name} lacks {property.Name}");
            if (property.PropertyType == typeof(string) || property.PropertyType.IsPrimitive)
            {
                same.GetValue(shown).ShouldBe(property.GetValue(kept), property.Name);
            }
            else if (property.GetValue(kept) is IEnumerable<string> list)
            {
                ((IEnumerable<string>?)same.GetValue(shown) ?? []).ShouldBe(list, property.Name);
            }
        }
    }

    private static void GiveClerk(AdminBench bench, params string[] actions) => bench.Changes.Put(bench.Changes.Current with
    {
        Roles = bench.Changes.Current.Roles.SetItem("clerk", new RoleDocument { Name = "clerk", Grants = [new Grant { System = "gatehouse", Actions = [.. actions] }] }),
    }).ShouldBeEmpty();
}
