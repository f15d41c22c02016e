using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Role mappings over the API: whoever writes one gives roles.</summary>
public sealed class MappingTests
{
    [Fact]
    public async Task A_mapping_is_made_shown_and_removed()
    {
        using var bench = new AdminBench();
        const string Body = """{"roles":["app-reader","app-reader"],"realms":["corp"],"users":["d*"],"groups":["cn=a,dc=b"],"attributes":{"dept":["x","y"]},"networks":["10.0.0.0/8"]}""";

        Reply put = await bench.CallAsync("admin", "PUT", "/v1/mappings/m1", Body);
        Reply shown = await bench.CallAsync("admin", "GET", "/v1/mappings/m1");
        Reply listed = await bench.CallAsync("admin", "GET", "/v1/mappings");
        Reply again = await bench.CallAsync("admin", "PUT", "/v1/mappings/m1", shown.Body);
        Reply removed = await bench.CallAsync("admin", "DELETE", "/v1/mappings/m1");
        Reply gone = await bench.CallAsync("admin", "GET", "/v1/mappings/m1");

        put.Status.ShouldBe(200, put.Body);
        shown.Json.GetProperty("roles").GetArrayLength().ShouldBe(1);
        shown.Json.GetProperty("attributes").GetProperty("dept").GetArrayLength().ShouldBe(2);
        shown.Json.GetProperty("enabled").GetBoolean().ShouldBeTrue();
        listed.Json.GetProperty("mappings").GetArrayLength().ShouldBe(2);
        again.Status.ShouldBe(200, again.Body);
        removed.Status.ShouldBe(200);
        gone.Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("m", """{"roles":["app-reader"]}""", "GH5060")]
    [InlineData("m", """{"realms":["corp"]}""", "GH5061")]
    [InlineData("m", """{"roles":["nobody-made-it"],"realms":["corp"]}""", "GH9009")]
    [InlineData("m", """{"roles":["app-reader"],"realms":["nowhere"]}""", "GH9009")]
    [InlineData("m", """{"roles":["app-reader"],"realms":["native"]}""", "GH9009")]
    [InlineData("m", """{"roles":["app-reader"],"realms":["kernel"]}""", "GH9009")]
    [InlineData("m", """{"roles":["app-reader"],"users":[""]}""", "GH5061")]
    [InlineData("m", """{"roles":["app-reader"],"groups":["a\u0000b"]}""", "GH5061")]
    [InlineData("m", """{"roles":["app-reader"],"networks":["10.0.0.1/8"]}""", "GH5061")]
    [InlineData("m", """{"roles":["app-reader"],"networks":["everywhere"]}""", "GH5061")]
    [InlineData("m", """{"roles":["app-reader"],"attributes":{"dept":[]}}""", "GH5061")]
    [InlineData("m", """{"roles":["app-reader"],"attributes":{"dept":null}}""", "GH5061")]
    [InlineData("m", """{"roles":["app-reader"],"attributes":{"dept":[null]}}""", "GH9007")]
    [InlineData("m", """{"roles":["app-reader"],"users":["a"],"user":"b"}""", "GH9007")]
    [InlineData("m", """{"name":"other","roles":["app-reader"],"users":["a"]}""", "GH9024")]
    [InlineData("everyone", """{"roles":["app-reader"],"users":["a"]}""", "GH9011")]
    public async Task A_mapping_that_is_not_understood_is_refused(string name, string body, string problem)
    {
        using var bench = new AdminBench();

        Reply reply = await bench.CallAsync("admin", "PUT", $"/v1/mappings/{name}", body);

        reply.ErrorId.ShouldBe(problem, reply.Body);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Who_writes_a_mapping_needs_the_right_to_give_its_roles_even_where_they_stay_the_same()
    {
        using var bench = new AdminBench();
        Give(bench, new Grant { System = "gatehouse", Actions = ["mapping.*"] }, new Grant { System = "gatehouse", Actions = ["role.assign"], Resources = ["app-*"] });
        bench.Changes.Put(bench.Changes.Current with
        {
            Mappings = bench.Changes.Current.Mappings.Add("chiefs", new MappingDocument { Name = "chiefs", Roles = [BuiltInRoles.Superuser], Groups = ["chiefs"] }),
        });

        Reply own = await bench.CallAsync("clerk", "PUT", "/v1/mappings/mine", """{"roles":["app-reader"],"users":["clerk"]}""");
        Reply more = await bench.CallAsync("clerk", "PUT", "/v1/mappings/mine", """{"roles":["app-reader","superuser"],"users":["clerk"]}""");
        Reply joined = await bench.CallAsync("clerk", "PUT", "/v1/mappings/chiefs", """{"roles":["superuser"],"groups":["chiefs","clerks"]}""");
        Reply removed = await bench.CallAsync("clerk", "DELETE", "/v1/mappings/chiefs");

        own.Status.ShouldBe(200, own.Body);
        more.ErrorId.ShouldBe(AdministrationProblems.NotAllowed.Id);
        more.Json.GetProperty("error").GetProperty("text").GetString().ShouldBe("you lack `role.assign` on `superuser`");
        joined.ErrorId.ShouldBe(AdministrationProblems.NotAllowed.Id);
        removed.Status.ShouldBe(200);
    }

    [Fact]
    public async Task Roles_that_mappings_or_realms_give_are_not_removed()
    {
        using var bench = new AdminBench();
        Reply mapped = await bench.CallAsync("admin", "DELETE", "/v1/roles/mapped");
        await bench.CallAsync("admin", "DELETE", "/v1/mappings/readers");
        Reply anonymous = await bench.CallAsync("admin", "DELETE", "/v1/roles/mapped");
        await bench.CallAsync("admin", "DELETE", "/v1/realms/spare");
        Reply free = await bench.CallAsync("admin", "DELETE", "/v1/roles/mapped");

        mapped.ErrorId.ShouldBe(AdministrationProblems.RoleInUse.Id);
        mapped.Json.GetProperty("error").GetProperty("text").GetString()!.ShouldContain("mapping `readers`");
        anonymous.ErrorId.ShouldBe(AdministrationProblems.RoleInUse.Id);
        anonymous.Json.GetProperty("error").GetProperty("text").GetString()!.ShouldContain("realm `spare`");
        free.Status.ShouldBe(200, free.Body);
    }

    private static void Give(AdminBench bench, params Grant[] grants) => bench.Changes.Put(bench.Changes.Current with
    {
        Roles = bench.Changes.Current.Roles.SetItem("clerk", new RoleDocument { Name = "clerk", Grants = [.. grants] }),
    }).ShouldBeEmpty();
}
