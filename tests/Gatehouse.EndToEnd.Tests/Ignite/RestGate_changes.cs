using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Ipfs;
using Gatehouse.Testing.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Changes of Ignite's configuration: security in whatever spelling has a right of its own, and its passwords are nowhere else.</summary>
[Collection(nameof(RestGate))]
public sealed class RestGate_changes(RestGate rest)
{
    private const string Secret = "hunter2-of-bob";

    public static TheoryData<string> Spellings =>
    [
        "ignite.security.enabled = false",
        "ignite { security { enabled = false } }",
        "ignite { security.enabled : false }",
        "ignite.security { enabled : false }",
        "{\"ignite\":{\"security\":{\"enabled\":false}}}",
        "\"ignite\".\"security\".enabled = false",
        "ignite.\"\\u0073ecurity\".enabled = false",
        "ignite.security.authentication.providers += { name = x, type = basic }",
        "IGNITE.Security.enabled = false",
        "ignite.sql.planner.maxPlanningTimeMillis = 1, ignite.security.enabled = false",
        "ignite = { security = null }",
        "# comment\nignite {\n  sql { }\n  security { // first\n enabled = false\n } }",
        "ignite = null",
    ];

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task Security_needs_its_own_right_in_whatever_spelling(string hocon)
    {
        rest.Node.Forget();
        foreach (string user in (string[])["ignite_operator", "ignite_deployer", "tuner"])
        {
            RestGate.IsRefusal(await rest.ChangeAsync(user, hocon), 403);
        }

        rest.Node.Patches.ShouldBeEmpty();
        WireAnswer allowed = await rest.ChangeAsync("ignite_security", hocon);
        allowed.Status.ShouldBe(200, allowed.ToString());
        rest.Node.Patches.ShouldHaveSingleItem().ShouldBe(new StandInPatch("cluster", hocon, "gate"));
    }

    [Fact]
    public async Task Other_parts_need_no_right_to_security()
    {
        rest.Node.Forget();
        (await rest.ChangeAsync("tuner", "ignite.sql.planner.maxPlanningTimeMillis = 1")).Status.ShouldBe(200);
        rest.Node.Patches.Count.ShouldBe(1);
        foreach (string hocon in (string[])["include \"x\"", "ignite.sql = ${ignite.security}", "ignite.sql.a = 1, ignite.sql.a = 2", "ignite.sql {", "", "other.a = 1"])
        {
            RestGate.IsRefusal(await rest.ChangeAsync("ignite_admin", hocon), 400);
        }

        rest.Node.Patches.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Passwords_of_a_change_are_in_no_record_and_no_log()
    {
        string hocon = $"ignite.security.authentication.providers.default.users.bob.password = {Secret}";
        string init = JsonSerializer.Serialize(new { metaStorageNodes = new[] { "n" }, clusterName = "secretive", clusterConfiguration = hocon });
        (await rest.ChangeAsync("ignite_security", hocon)).Status.ShouldBe(200);
        (await rest.ChangeAsync("tuner", hocon)).Status.ShouldBe(403);
        (await rest.ChangeAsync("ignite_security", hocon + " }")).Status.ShouldBe(400);
        (await rest.SendAsync("rest", "tuner", $"POST {RestGate.Root}/cluster/init", "application/json", Encoding.UTF8.GetBytes(init))).Status.ShouldBe(403);
        (await rest.SendAsync("rest", "ignite_admin", $"POST {RestGate.Root}/cluster/init", "application/json", Encoding.UTF8.GetBytes(init))).Status.ShouldBe(200);

        await rest.RecordAsync("bob");
        string text = string.Concat(rest.Daemon.Trail().Select(static r => r.GetRawText())) + rest.Daemon.Error + rest.Daemon.Output;
        text.ShouldNotContain(Secret);
        text.ShouldNotContain(RestGate.Upstream);
        text.ShouldNotContain(RestGate.Password);
    }

    [Fact]
    public async Task Who_may_initialize_decides_who_the_users_are_only_with_the_right_to_security()
    {
        string init = JsonSerializer.Serialize(new { clusterName = "c", clusterConfiguration = "ignite { security.enabled = true }" });
        RestGate.IsRefusal(await rest.SendAsync("fresh", "tuner", $"POST {RestGate.Root}/cluster/init", "application/json", Encoding.UTF8.GetBytes(init)), 403);
        RestGate.IsRefusal(await rest.SendAsync("fresh", "ignite_security", $"POST {RestGate.Root}/cluster/init", "application/json", "{}"u8.ToArray()), 403);
        RestGate.IsRefusal(await rest.AskAsync("fresh", null, $"POST {RestGate.Root}/cluster/init"), 401);
        RestGate.IsRefusal(await rest.AskAsync("fresh", null, $"POST {RestGate.Root}/recovery/cluster/reset"), 401);
        rest.Fresh.IsInitialized.ShouldBeFalse();

        // Ignite's own words come through until then.
        WireAnswer before = await rest.AskAsync("fresh", "ignite_admin", $"GET {RestGate.Root}/cluster/state");
        before.Status.ShouldBe(409);
        before.Body.ShouldContain("Cluster is not initialized");
        (await rest.AskAsync("fresh", "ignite_admin", $"GET {RestGate.Root}/node/state")).Status.ShouldBe(200);

        WireAnswer done = await rest.SendAsync("fresh", "ignite_admin", $"POST {RestGate.Root}/cluster/init", "application/json", Encoding.UTF8.GetBytes(init));
        done.Status.ShouldBe(200, done.ToString());
        rest.Fresh.IsInitialized.ShouldBeTrue();
        (await rest.AskAsync("fresh", "ignite_admin", $"GET {RestGate.Root}/cluster/state")).Status.ShouldBe(200);
    }
}
