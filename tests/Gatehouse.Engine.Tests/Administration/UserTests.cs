using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Users and roles: what must not be lost, and what one cannot give oneself.</summary>
public sealed class UserTests
{
    private const string Password = "a long way home";

    [Theory]
    [InlineData("DELETE", "/v1/users/admin", null)]
    [InlineData("PATCH", "/v1/users/admin", """{"enabled":false}""")]
    [InlineData("PATCH", "/v1/users/admin", """{"roles":[]}""")]
    [InlineData("PATCH", "/v1/users/admin", """{"remove_roles":["superuser"]}""")]
    [InlineData("PATCH", "/v1/users/admin", """{"expires":"2099-01-01T00:00:00Z"}""")]
    public async Task The_last_administrator_stays(string method, string target, string? body)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", method, target, body);
        reply.Status.ShouldBe(409);
        reply.ErrorId.ShouldBe(AdministrationProblems.LastAdministrator.Id);
        bench.Changes.Generation.ShouldBe(1);

        (await bench.CallAsync("admin", "POST", "/v1/users", $$"""{"name":"second","password":"{{Password}}","roles":["superuser"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", method, target, body)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_administrator_without_a_password_does_not_count()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"second","roles":["superuser"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "DELETE", "/v1/users/admin")).Status.ShouldBe(409);
    }

    [Fact]
    public async Task Who_may_write_users_cannot_give_roles_without_the_right_to_assign_them()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("clerk", "POST", "/v1/users", """{"name":"temp-1"}""")).Status.ShouldBe(200);
        (await bench.CallAsync("clerk", "POST", "/v1/users", """{"name":"boss"}""")).Status.ShouldBe(403);
        Reply reply = await bench.CallAsync("clerk", "PATCH", "/v1/users/temp-1", """{"add_roles":["superuser"]}""");
        reply.Status.ShouldBe(403);
        reply.Body.ShouldContain("role.assign");
        (await bench.CallAsync("clerk", "POST", "/v1/users", """{"name":"temp-2","roles":["superuser"]}""")).Status.ShouldBe(403);
        (await bench.CallAsync("clerk", "PATCH", "/v1/users/temp-1", """{"enabled":false}""")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_role_that_was_taken_away_meanwhile_is_not_given_back_by_an_unrelated_change()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"temp-1","roles":["app-reader"]}""")).Status.ShouldBe(200);
        bench.Changes.Rival = document => document with { Users = document.Users.SetItem("temp-1", document.Users["temp-1"] with { Roles = [] }) };

        // The clerk needed no right to assign: the user had the role when it was decided.
        Reply reply = await bench.CallAsync("clerk", "PATCH", "/v1/users/temp-1", """{"roles":["app-reader"]}""");

        reply.Status.ShouldBe(422);
        bench.Changes.Current.Users["temp-1"].Roles.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_change_decides_on_what_a_rival_left()
    {
        using var bench = new AdminBench();
        bench.Changes.Rival = static document => document with { Users = document.Users.Remove("reader") };
        (await bench.CallAsync("admin", "PATCH", "/v1/users/reader", """{"full_name":"R"}""")).Status.ShouldBe(404);
        bench.Changes.Rival = static document => document with { Users = document.Users.Add("anna", new UserDocument { Name = "anna" }) };
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"anna"}""")).Status.ShouldBe(409);
    }

    [Fact]
    public async Task Names_that_differ_in_case_only_are_one_too_many()
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"Admin"}""");
        reply.ErrorId.ShouldBe(AdministrationProblems.AlreadyThere.Id);
    }

    [Fact]
    public async Task Unknown_roles_are_named()
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"anna","roles":["raeder"]}""");
        reply.Status.ShouldBe(404);
        reply.Body.ShouldContain("raeder");
    }

    [Fact]
    public async Task Passwords_are_hashed_and_a_new_one_ends_old_logins()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "POST", "/v1/users/reader/password", $$"""{"password":"{{Password}}"}""")).Status.ShouldBe(200);
        UserDocument user = bench.Changes.Current.Users["reader"];
        user.CredentialVersion.ShouldBe(2);
        PasswordHash.Verify(user.Password!, Password).ShouldBeTrue();
    }

    [Fact]
    public async Task Everybody_may_look_at_oneself_and_change_the_own_password_only()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("reader", "GET", "/v1/users/reader")).Status.ShouldBe(200);
        (await bench.CallAsync("reader", "POST", "/v1/users/reader/password", $$"""{"password":"{{Password}}"}""")).Status.ShouldBe(200);
        (await bench.CallAsync("reader", "POST", "/v1/users/admin/password", $$"""{"password":"{{Password}}"}""")).Status.ShouldBe(403);
        (await bench.CallAsync("reader", "PATCH", "/v1/users/reader", """{"add_roles":["superuser"]}""")).Status.ShouldBe(403);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("elevenchars")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("Password1234")]
    [InlineData("tab\\tin the middle")]
    [InlineData("reader-reader-reader")]
    [InlineData("e\\u0301 decomposed accent")]
    public async Task Weak_passwords_are_refused_and_never_quoted(string password)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users/reader/password", $$"""{"password":"{{password}}"}""");
        reply.Status.ShouldBe(422, reply.Body);
        reply.ErrorId.ShouldBe(AdministrationProblems.InvalidPassword.Id);
        reply.Body.ShouldNotContain(password);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Theory]
    [InlineData("correct battery horse")]
    [InlineData("päßwörter sind länger")]
    [InlineData("123 456 789 0")]
    public void Long_ones_of_any_characters_are_fine(string password) =>
        PasswordRules.IsAcceptable("anna", password, out string? why).ShouldBeTrue(why);

    [Fact]
    public void The_limit_is_1024_bytes_of_UTF8()
    {
        string words = string.Concat(Enumerable.Range(0, 200).Select(static i => $"{i} "));
        PasswordRules.IsAcceptable("anna", words[..500] + new string('ä', 262), out _).ShouldBeTrue();
        PasswordRules.IsAcceptable("anna", words[..500] + new string('ä', 263), out string? why).ShouldBeFalse();
        why.ShouldNotBeNull().ShouldContain("1024");
    }

    [Fact]
    public async Task A_role_in_use_is_not_removed_and_names_its_users()
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "DELETE", "/v1/roles/app-reader");
        reply.Status.ShouldBe(409);
        reply.Body.ShouldContain("reader");
        (await bench.CallAsync("admin", "PATCH", "/v1/users/reader", """{"roles":[]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "DELETE", "/v1/roles/app-reader")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Built_in_roles_stay_as_they_are(string method)
    {
        using var bench = new AdminBench();
        string? body = method == "PUT" ? """{"grants":[]}""" : null;
        (await bench.CallAsync("admin", method, $"/v1/roles/{BuiltInRoles.Superuser}", body)).ErrorId.ShouldBe(AdministrationProblems.BuiltInRole.Id);
    }

    [Fact]
    public async Task A_role_with_one_of_Elastics_names_stands_in_place_of_the_built_in_one_until_it_is_removed()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "DELETE", "/v1/roles/viewer")).ErrorId.ShouldBe(AdministrationProblems.BuiltInRole.Id);
        (await bench.CallAsync("admin", "GET", "/v1/roles/viewer")).Body.ShouldContain("\"built_in\":true");
        (await bench.CallAsync("admin", "PUT", "/v1/roles/viewer", """{"grants":[{"system":"etcd","actions":["kv.range"]}]}""")).Status.ShouldBe(200);
        string shown = (await bench.CallAsync("admin", "GET", "/v1/roles/viewer")).Body;
        shown.ShouldContain("\"built_in\":false");
        shown.ShouldContain("kv.range");
        shown.ShouldNotContain("index:read");
        string all = (await bench.CallAsync("admin", "GET", "/v1/roles")).Body;
        all.Split("\"name\":\"viewer\"").Length.ShouldBe(2);

        (await bench.CallAsync("admin", "PATCH", "/v1/users/reader", """{"roles":["viewer"]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "DELETE", "/v1/roles/viewer")).Status.ShouldBe(409);
        (await bench.CallAsync("admin", "POST", "/v1/policy/apply", """{"policy":{"version":1,"roles":{}}}""")).ErrorId.ShouldBe(AdministrationProblems.RoleInUse.Id);
        (await bench.CallAsync("admin", "PATCH", "/v1/users/reader", """{"roles":[]}""")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "DELETE", "/v1/roles/viewer")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "GET", "/v1/roles/viewer")).Body.ShouldContain("index:read");
    }

    [Fact]
    public async Task A_role_that_does_not_compile_changes_nothing_and_says_why()
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "PUT", "/v1/roles/bad", """{"grants":[{"system":"etcd","actions":["kv.put"],"when":{"sources":["10.0.0.0/99"]}}]}""");
        reply.Status.ShouldBe(422);
        reply.ErrorId.ShouldNotBeNull().ShouldStartWith("GH6");
        bench.Changes.Generation.ShouldBe(1);
        (await bench.CallAsync("admin", "PUT", "/v1/roles/bad", """{"grants":[null]}""")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Removed_users_lose_their_login_at_once()
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("auditor", "GET", "/v1/audit")).Status.ShouldBe(200);
        (await bench.CallAsync("admin", "PATCH", "/v1/users/auditor", """{"enabled":false}""")).Status.ShouldBe(200);
        (await bench.CallAsync("auditor", "GET", "/v1/audit")).Status.ShouldBe(401);
        bench.Last(AuditAction.AuthenticationFailed).User.ShouldBe("auditor");
    }
}
