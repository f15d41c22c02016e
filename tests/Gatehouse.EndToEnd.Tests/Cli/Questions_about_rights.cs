using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Who can, what can, suggest and unused, against a real daemon and its trail.</summary>
public sealed class Questions_about_rights
{
    [Fact]
    public async Task A_suggested_role_replaces_the_wide_one_and_unused_names_what_is_left()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("wide", "gatehouse:*", "etcd:*:**");
        await daemon.AddUserAsync("anna", "a long way home", "wide");
        await daemon.AddUserAsync("otto", "a long way home", "wide");
        using HttpClient anna = daemon.Client(daemon.AdminPort, "anna", "a long way home");
        (await anna.GetAsync("v1/users/otto")).EnsureSuccessStatusCode();
        (await anna.GetAsync("v1/roles")).EnsureSuccessStatusCode();

        // The trail is written behind the answer; a change that is answered is on disk, and all before it.
        await daemon.SetRoleAsync("other", "etcd:kv.put:x");
        ShellResult suggested = await daemon.CliAsync(["suggest", "anna", "--since", "1h"]);
        suggested.ExitCode.ShouldBe(0, suggested.Error);
        suggested.Output.ShouldContain("# what native/anna did: 2 requests allowed, 0 denied");
        suggested.Error.ShouldContain("INCOMPLETE  the trail begins at");
        (await daemon.CliAsync(["role", "set", "least", "-f", "-"], suggested.Output)).ExitCode.ShouldBe(0, suggested.Output);
        (await daemon.CliAsync(["user", "set", "anna", "--role", "least"])).ExitCode.ShouldBe(0);
        (await anna.GetAsync("v1/users/otto")).EnsureSuccessStatusCode();
        ((int)(await anna.GetAsync("v1/users/anna2")).StatusCode).ShouldBe(403);

        JsonElement who = await daemon.JsonAsync("who-can", "gatehouse:user.read:otto");
        who.GetProperty("identities").EnumerateArray().Select(static found => $"{found.GetProperty("name").GetString()} {found.GetProperty("verdict").GetString()}")
            .ShouldBe(["admin yes", "anna yes", "otto yes", "root yes"]);
        ShellResult nobody = await daemon.CliAsync(["who-can", "etcd:kv.put:x", "--source", "nowhere"]);
        nobody.ExitCode.ShouldNotBe(0);
        (await daemon.CliAsync(["what-can", "anna"])).Output.ShouldContain("least#0");
        ShellResult unused = await daemon.CliAsync(["unused", "--since", "1h"]);
        unused.ExitCode.ShouldBe(0, unused.Error);
        unused.Output.ShouldContain("wide#1");
        unused.Output.ShouldContain("other#0");
        unused.Output.ShouldMatch("user +otto");
        unused.Output.ShouldNotMatch("user +anna");
    }

    [Fact]
    public async Task A_name_from_a_request_stays_a_name_in_the_role_and_on_the_terminal()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("wide", "gatehouse:*");
        await daemon.AddUserAsync("anna", "a long way home", "wide");
        using HttpClient anna = daemon.Client(daemon.AdminPort, "anna", "a long way home");
        using HttpResponseMessage asked = await anna.GetAsync("v1/users/x%22%20-%20system:%20%22%F0%9F%98%80");
        ((int)asked.StatusCode).ShouldBe(404);
        await daemon.SetRoleAsync("other", "etcd:kv.put:x");

        ShellResult suggested = await daemon.CliAsync(["suggest", "anna", "--since", "1h"]);
        suggested.Output.Split('\n').Count(static line => line.StartsWith("  - system:")).ShouldBe(1, suggested.Output);
        ShellResult set = await daemon.CliAsync(["role", "set", "least", "-f", "-"], suggested.Output);
        set.ExitCode.ShouldBe(0, set.Error);
        JsonElement least = await daemon.JsonAsync("what-can", "least", "--kind", "role");
        least.GetProperty("grants")[0].GetProperty("rule").GetProperty("resources")[0].GetString().ShouldBe("x\" - system: \"\U0001F600");

        // What a file may not hold is escaped here, and refused there.
        await anna.GetAsync("v1/users/x%E2%80%AE");
        await daemon.SetRoleAsync("other", "etcd:kv.put:y");
        suggested = await daemon.CliAsync(["suggest", "anna", "--since", "1h"]);
        suggested.Output.ShouldNotContain('\u202e');
        suggested.Output.ShouldContain("\\u202E");
        set = await daemon.CliAsync(["role", "set", "worse", "-f", "-"], suggested.Output);
        set.ExitCode.ShouldBe(2);
        set.Error.ShouldStartWith("GH1003 ");
    }

    [Fact]
    public async Task A_policy_that_takes_a_right_away_is_found_before_it_bites()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("wide", "gatehouse:user.read,role.list");
        await daemon.AddUserAsync("anna", "a long way home", "wide");
        using HttpClient anna = daemon.Client(daemon.AdminPort, "anna", "a long way home");
        for (int i = 0; i < 3; i++)
        {
            (await anna.GetAsync("v1/roles")).EnsureSuccessStatusCode();
        }

        (await anna.GetAsync("v1/users/admin")).EnsureSuccessStatusCode();
        ((int)(await anna.GetAsync("v1/gates")).StatusCode).ShouldBe(403);
        await daemon.SetRoleAsync("other", "etcd:kv.put:x");

        const string Narrow = "version: 1\nroles:\n  wide:\n    grants:\n      - {system: gatehouse, actions: [user.read, gate.list]}\n";
        ShellResult replay = await daemon.CliAsync(["policy", "replay", "-f", "-", "--import", "--since", "1h"], Narrow);
        replay.ExitCode.ShouldBe(1, replay.Error);
        replay.Output.ShouldMatch("denied +3 +native/anna +admin +gatehouse:role.list");
        replay.Output.ShouldMatch("allowed +1 +native/anna +admin +gatehouse:gate.list .*GH-");
        replay.Error.ShouldContain("3 become denied, 1 become allowed");
        (await daemon.CliAsync(["policy", "replay", "-f", "-", "--import", "--since", "1h"], "version: 1\n")).ExitCode.ShouldBe(0);
        (await anna.GetAsync("v1/roles")).EnsureSuccessStatusCode();
        ((int)(await anna.PostAsync("v1/policy/replay", new StringContent("{}", null, "application/json"))).StatusCode).ShouldBeOneOf(400, 403);
    }
}
