using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Realms, mappings, service accounts and keys as a person makes them, against a real daemon.</summary>
public sealed class Identities_from_the_command_line
{
    private const string Secret = "the password of the searcher";

    [Fact]
    public async Task A_service_account_comes_in_with_its_key_until_that_is_revoked()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "http:*:**", "gatehouse:user.list");
        Fine(await daemon.CliAsync(["user", "add", "job", "--service", "--role", "reader"]));
        (await daemon.CliAsync(["user", "passwd", "job", "--generate"])).ShouldBeRefused("GH5030");
        (await daemon.CliAsync(["apikey", "create", "nightly"])).ShouldBeRefused("GH5023");

        ShellResult made = await daemon.CliAsync(["apikey", "create", "nightly", "--owner", "job", "--expires", "90d", "--json"]);
        Fine(made);
        string key = Text(made, "key");
        string id = Text(made, "id");
        string narrow = Text(await daemon.CliAsync(["apikey", "create", "none of it", "--owner", "job", "--grant", "etcd:kv.range:app/**", "--json"]), "key");

        (await AskAsync(daemon, key, daemon.WhoamiPort)).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(daemon, key, daemon.AdminPort, "v1/users")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(daemon, narrow, daemon.WhoamiPort)).ShouldBe(HttpStatusCode.OK, "everybody may ask who it is");
        (await AskAsync(daemon, narrow, daemon.AdminPort, "v1/users")).ShouldBe(HttpStatusCode.Forbidden);
        ShellResult listed = await daemon.CliAsync(["apikey", "list", "--all"]);
        listed.Output.ShouldContain("nightly");
        listed.Output.ShouldNotContain(key[24..]);
        (await daemon.CliAsync(["apikey", "revoke", key])).ExitCode.ShouldBe(2);
        Fine(await daemon.CliAsync(["apikey", "revoke", id]));
        (await AskAsync(daemon, key, daemon.WhoamiPort)).ShouldBe(HttpStatusCode.Unauthorized);

        Fine(await daemon.CliAsync(["user", "rm", "job"]));
        (await daemon.CliAsync(["apikey", "list", "--all"])).Error.ShouldContain("no keys");
        await daemon.StopAsync();
        string trail = string.Concat(daemon.Trail().Select(static record => record.GetRawText()));
        trail.ShouldContain(id);
        trail.ShouldNotContain(key[24..]);
    }

    [Fact]
    public async Task A_realm_with_its_mapping_is_made_shown_switched_and_removed()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "http:*:**");
        const string Corp = """
            kind: ldap
            order: 20
            description: the directory of this host
            directory:
              urls: ldap://127.0.0.1:1
              allow_clear_text: true
              bind_dn: cn=search,dc=example,dc=com
              user_base: ou=people,dc=example,dc=com
            """;
        await File.WriteAllTextAsync(daemon.Folder["corp.yaml"], Corp, TestContext.Current.CancellationToken);

        Fine(await daemon.CliAsync(["realm", "set", "corp", "-f", daemon.Folder["corp.yaml"], "--bind-password-file", "-"], Secret));
        ShellResult shown = await daemon.CliAsync(["realm", "show", "corp"]);
        shown.Output.ShouldContain("bind password   set");
        shown.Output.ShouldNotContain(Secret);
        (await daemon.CliAsync(["realm", "set", "corp", "-f", "-"], Corp.Replace(":1\n", ":2\n", StringComparison.Ordinal))).ShouldBeRefused("GH5006");
        (await daemon.CliAsync(["realm", "set", "corp", "-f", "-"], Corp.Replace("order", "odrer", StringComparison.Ordinal))).ExitCode.ShouldBe(2);
        ShellResult empty = await daemon.CliAsync(["realm", "set", "corp", "-f", "-"], Corp.Replace("ldap://127.0.0.1:1", "", StringComparison.Ordinal));
        empty.ExitCode.ShouldBe(2);
        empty.Error.ShouldContain("standard input:5:");
        Fine(await daemon.CliAsync(["realm", "disable", "corp"]));
        ShellResult list = await daemon.CliAsync(["realm", "list"]);
        list.Output.ShouldContain("native");
        list.Output.ShouldContain("disabled");
        Fine(await daemon.CliAsync(["realm", "enable", "corp"]));

        Fine(await daemon.CliAsync(["mapping", "set", "readers", "--role", "reader", "--realm", "corp", "--group", "cn=readers,dc=example,dc=com", "--attribute", "dept=a=b"]));
        (await daemon.CliAsync(["mapping", "set", "all", "--role", "reader"])).ShouldBeRefused("GH5060");
        await daemon.StopAsync();
        await daemon.StartAsync();
        (await daemon.CliAsync(["realm", "show", "corp"])).Output.ShouldContain("bind password   set");
        (await daemon.CliAsync(["mapping", "list"])).Output.ShouldContain("dept=a=b");
        ShellResult json = await daemon.CliAsync(["mapping", "show", "readers", "--json"]);
        Fine(await daemon.CliAsync(["mapping", "set", "readers", "-f", "-"], json.Output));
        Fine(await daemon.CliAsync(["mapping", "set", "others", "-f", "-"], "roles: reader\nrealms: [corp]\nattributes:\n  dept: x\n"));
        (await daemon.CliAsync(["realm", "rm", "corp"])).ShouldBeRefused("GH5004");
        (await daemon.CliAsync(["role", "rm", "reader"])).ShouldBeRefused("GH9014");
        Fine(await daemon.CliAsync(["mapping", "rm", "readers"]));
        Fine(await daemon.CliAsync(["mapping", "rm", "others"]));
        Fine(await daemon.CliAsync(["realm", "rm", "corp"]));

        await daemon.StopAsync();
        string.Concat(daemon.Trail().Select(static record => record.GetRawText())).ShouldNotContain(Secret);
    }

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());

    private static string Text(ShellResult result, string member)
    {
        Fine(result);
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.GetProperty(member).GetString()!; // the API has it
    }

    private static async Task<HttpStatusCode> AskAsync(Daemon daemon, string key, int port, string path = "/")
    {
        using HttpClient client = daemon.Client(port);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
