using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>A gate and the realm that it names: either may come first, and nobody loses one without being told.</summary>
public sealed class Realms_that_gates_name
{
    [Fact(Timeout = 120_000)]
    public async Task A_realm_that_is_not_there_is_noted_and_one_that_is_needed_stays()
    {
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon(
            $"gates:\n  people:\n    protocol: http\n    listen: 127.0.0.1:{port}\n    upstream: builtin:whoami\n    realms: [native, corp, copr]\n").StartAsync();

        // Said at the start, by the check and beside the gate, which runs.
        daemon.Error.ShouldContain("GH5041");
        ShellResult check = await daemon.CliAsync(["check"]);
        check.ExitCode.ShouldBe(0, check.ToString());
        check.Error.ShouldContain("GH5041");
        check.Error.ShouldContain("`corp`, `copr`");
        JsonElement gate = (await daemon.JsonAsync("gate", "list")).GetProperty("gates").EnumerateArray().Single(static g => g.GetProperty("name").GetString() == "people");
        gate.GetProperty("state").GetString().ShouldBe("open");
        gate.GetProperty("problem").GetProperty("id").GetString().ShouldBe("GH5041");
        using (HttpClient client = daemon.Client(port, "admin", daemon.Password))
        {
            (await client.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        }

        string file = daemon.Folder["corp.yaml"];
        await File.WriteAllTextAsync(
            file, "kind: ldap\ndirectory:\n  urls: [ldap://127.0.0.1:1]\n  allow_clear_text: true\n  user_dn_templates: ['uid={0},dc=example']\n", TestContext.Current.CancellationToken);
        (await daemon.CliAsync(["realm", "set", "corp", "-f", file])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["check"])).Error.ShouldContain("no realm `copr`");

        ShellResult used = await daemon.CliAsync(["realm", "rm", "corp"]);
        used.ExitCode.ShouldBe(1, used.ToString());
        used.ToString().ShouldContain("GH5040");
        used.ToString().ShouldContain("`people`");
        (await daemon.CliAsync(["realm", "rm", "corp", "--force"])).ExitCode.ShouldBe(0);

        // A reload with a name that is not there is taken, and says so.
        daemon.WriteConfiguration(
            $"gates:\n  people:\n    protocol: http\n    listen: 127.0.0.1:{port}\n    upstream: builtin:whoami\n    realms: [native, elsewhere]\n");
        (await daemon.CliAsync(["reload"])).ExitCode.ShouldBe(0);
        daemon.Error.ShouldContain("there is no realm `elsewhere`");
        (await daemon.JsonAsync("check")).GetProperty("notes").GetArrayLength().ShouldBe(1);
    }
}
