using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Rules of mosquitto and EMQX, taken over by the command line into a real daemon, which then answers for the users.</summary>
public sealed class Import_of_broker_rules
{
    private const string Acl = """
        topic read $SYS/#

        user ann
        topic readwrite ann/#
        topic deny ann/locked
        user bob
        topic write in/bob
        pattern write sensor/%u/data
        pattern write dev-%u
        """;

    private const string Passwords = """
        ann:$7$101$c2FsdHNhbHQ=$aGFzaGhhc2g=
        bob:$7$101$c2FsdHNhbHQ=$aGFzaGhhc2g=
        tom:$6$c2FsdA==$aGFzaGhhc2g=
        """;

    [Fact]
    public async Task Files_of_mosquitto_are_shown_dry_refused_with_their_lines_and_taken_over()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using Daemon daemon = await new Daemon().StartAsync();
        await File.WriteAllTextAsync(daemon.Folder["aclfile"], Acl, cancellation);
        await File.WriteAllTextAsync(daemon.Folder["passwd"], Passwords, cancellation);
        string[] import = ["policy", "import", "--format", "mosquitto", "-f", daemon.Folder["aclfile"], "-f", daemon.Folder["passwd"]];

        ShellResult refused = await daemon.CliAsync(import);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldStartWith("GH3081 ");
        refused.Error.ShouldContain("aclfile:9:1");

        ShellResult dry = await daemon.CliAsync([.. import, "--skip-unsupported", "--dry-run"]);
        dry.ExitCode.ShouldBe(1, dry.Error);
        dry.Output.ShouldContain("aclfile:5");
        dry.Output.ShouldContain("+ roles mosquitto-user-ann");
        (dry.Output + dry.Error + refused.Output + refused.Error).ShouldNotContain("aGFza");
        (await daemon.CliAsync(["user", "list"])).Output.ShouldNotContain("tom");

        ShellResult taken = await daemon.CliAsync([.. import, "--skip-unsupported"]);
        taken.ExitCode.ShouldBe(0, taken.Error);
        (await daemon.CliAsync(["role", "show", "mosquitto-user-ann", "--json"])).Output.ShouldContain("ann/locked");
        string ann = (await daemon.CliAsync(["user", "show", "ann", "--json"])).Output;
        ann.ShouldContain("mosquitto-user-ann");
        ann.ShouldContain("false", customMessage: "disabled until it has a password");

        // A policy test asks as a request does, and somebody who is disabled may nothing.
        (await daemon.CliAsync(["user", "set", "ann", "--enable"])).ExitCode.ShouldBe(0);
        ShellResult export = await daemon.CliAsync(["policy", "export"]);
        export.ExitCode.ShouldBe(0, export.Error);
        await File.WriteAllTextAsync(
            daemon.Folder["policy.yaml"],
            export.Output + """

                tests:
                - user: ann
                  may: ["mqtt:publish:ann/x", "mqtt:publish:sensor/ann/data"]
                  may_not: ["mqtt:publish:ann/locked", "mqtt:publish:sensor/bob/data", "mqtt:publish:in/bob"]
                """,
            cancellation);
        ShellResult tests = await daemon.CliAsync(["policy", "test", "-f", daemon.Folder["policy.yaml"]]);
        tests.ExitCode.ShouldBe(0, tests.Output + tests.Error);

        ShellResult again = await daemon.CliAsync([.. import, "--skip-unsupported", "--dry-run"]);
        again.Error.ShouldNotContain("GH3082");
        again.Output.ShouldContain("nothing differs");
    }

    [Fact]
    public async Task An_acl_conf_of_EMQX_comes_over_whole()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        ShellResult taken = await daemon.CliAsync(
            ["policy", "import", "--format", "emqx-acl", "-f", "-"],
            "{allow, {user, \"ann\"}, {publish, [{qos, [0, 1]}, {retain, false}]}, [\"a/${clientid}/#\"]}.\n{deny, all}.\n");
        taken.ExitCode.ShouldBe(0, taken.Error);
        (await daemon.CliAsync(["role", "show", "emqx-user-ann", "--json"])).Output.ShouldContain("a/${clientid}/#");
    }
}
