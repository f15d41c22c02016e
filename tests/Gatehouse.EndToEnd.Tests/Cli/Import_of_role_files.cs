using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Role files of OpenSearch and Elasticsearch, taken over by the command line into a real daemon.</summary>
public sealed class Import_of_role_files
{
    private const string Roles = """
        _meta: { type: roles, config_version: 2 }
        shop:
          cluster_permissions: [cluster_composite_ops_ro]
          index_permissions:
          - index_patterns: ["shop-*"]
            allowed_actions: [read]
          - index_patterns: ["hr-*"]
            allowed_actions: [read]
            dls: '{"term": {"public": true}}'
        """;

    private const string Users = """
        _meta: { type: internalusers, config_version: 2 }
        kate:
          hash: "$2y$12$abcdefghijklmnopqrstuv"
          opendistro_security_roles: [shop]
        admin:
          hash: "$2y$12$abcdefghijklmnopqrstuv"
          backend_roles: [admin]
        """;

    [Fact]
    public async Task Files_are_refused_with_the_list_shown_dry_and_taken_over_without_what_cannot_be_kept()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await File.WriteAllTextAsync(daemon.Folder["roles.yml"], Roles, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(daemon.Folder["internal_users.yml"], Users, TestContext.Current.CancellationToken);
        string[] import = ["policy", "import", "--format", "opensearch", "-f", daemon.Folder["roles.yml"], "-f", daemon.Folder["internal_users.yml"]];

        ShellResult refused = await daemon.CliAsync(import);
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldStartWith("GH3081 ");
        refused.Error.ShouldContain("roles.yml:7:");
        refused.Error.ShouldContain("internal_users.yml:5:");
        (refused.Output + refused.Error).ShouldNotContain("$2y$");

        ShellResult dry = await daemon.CliAsync([.. import, "--skip-unsupported", "--dry-run"]);
        dry.ExitCode.ShouldBe(1, dry.Error);
        dry.Output.ShouldContain("LEFT OUT");
        dry.Output.ShouldContain("+ roles shop");
        dry.Output.ShouldContain("+ users kate");
        (await daemon.CliAsync(["user", "list"])).Output.ShouldNotContain("kate");

        ShellResult taken = await daemon.CliAsync([.. import, "--skip-unsupported"]);
        taken.ExitCode.ShouldBe(0, taken.Error);
        string role = (await daemon.CliAsync(["role", "show", "shop", "--json"])).Output;
        role.ShouldContain("index:read");
        role.ShouldContain("\"deny\"");
        string users = (await daemon.CliAsync(["user", "list", "--json"])).Output;
        users.ShouldContain("kate");
        (await daemon.CliAsync(["user", "show", "admin", "--json"])).Output.ShouldContain("superuser", customMessage: "a user who was here stays as it was");

        ShellResult again = await daemon.CliAsync([.. import, "--skip-unsupported", "--dry-run"]);
        again.ExitCode.ShouldBe(0, again.Error);
        again.Output.ShouldContain("nothing differs");
    }

    [Fact]
    public async Task A_role_of_Elasticsearch_comes_over_whole()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        ShellResult taken = await daemon.CliAsync(
            ["policy", "import", "--format", "elasticsearch", "-f", "-"],
            """{"mine":{"cluster":["monitor"],"indices":[{"names":["logs-*"],"privileges":["read"],"allow_restricted_indices":false}],"applications":[],"run_as":[],"metadata":{}}}""");
        taken.ExitCode.ShouldBe(0, taken.Error);
        (await daemon.CliAsync(["role", "show", "mine", "--json"])).Output.ShouldContain("logs-*");
    }
}
