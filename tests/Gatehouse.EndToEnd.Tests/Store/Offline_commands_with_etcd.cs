using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>Every command that works with the daemon down, on a node whose store is etcd: to etcd, there, and back.</summary>
[Collection(nameof(SecuredEtcd))]
public sealed class Offline_commands_with_etcd(SecuredEtcd etcd)
{
    private const string Password = "a long way home";

    [Fact]
    public async Task They_do_on_etcd_what_they_do_on_SQLite()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.AddUserAsync("anna", Password);
        (await daemon.CliAsync(["store", "move", .. etcd.MoveOptions])).Error.ShouldContain("GH2001", Case.Sensitive, "not beside the daemon");
        await daemon.StopAsync();
        SecuredEtcd.Fine(await daemon.CliAsync(["store", "move", .. etcd.MoveOptions]));
        File.Exists(Path.Combine(daemon.Data, "gatehouse.db")).ShouldBeFalse();

        // Nothing has run on etcd yet: trail, certificates, backup.
        string folder = daemon.Folder["card"];
        SecuredEtcd.Fine(await daemon.CliAsync(["audit", "verify"]));
        SecuredEtcd.Fine(await daemon.CliAsync(["cert", "issue", "--profile", "client", "--user", "anna", "--out", folder]));
        SecuredEtcd.Fine(await daemon.CliAsync(["cert", "renew", Path.Combine(folder, "anna.crt"), "--new-key"]));
        SecuredEtcd.Fine(await daemon.CliAsync(["cert", "revoke", "--user", "anna", "--reason", "keyCompromise"]));
        (await daemon.CliAsync(["recover", "--certificates"])).Output.ShouldContain("the CA is good");
        (await daemon.CliAsync(["recover", "--accept-rollback"])).Output.ShouldContain("nothing to accept");
        string backup = daemon.Folder["a.backup"];
        long saved = (await daemon.JsonAsync("store", "backup", backup)).GetProperty("generation").GetInt64();

        await daemon.StartAsync();
        (await daemon.StatusAsync()).GetProperty("store").GetString().ShouldBe("etcd");
        JsonElement certificates = await daemon.JsonAsync("cert", "list");
        certificates.GetProperty("certificates").EnumerateArray().Select(static one => one.GetProperty("state").GetString()).ShouldBe(["revoked", "revoked"]);
        certificates.GetProperty("revocations").GetArrayLength().ShouldBe(2);
        SecuredEtcd.Fine(await daemon.CliAsync(["user", "rm", "anna"]));
        (await daemon.CliAsync(["recover", "--certificates"])).Error.ShouldContain("GH2001");
        await daemon.StopAsync();

        await PutBackAsync(daemon, backup, saved);
        SecuredEtcd.Fine(await daemon.CliAsync(["store", "move", "--to", "sqlite"]));
        await daemon.StartAsync();
        (await daemon.StatusAsync()).GetProperty("store").GetString().ShouldBe("sqlite");
        using HttpClient anna = daemon.Client(daemon.WhoamiPort, "anna", Password);
        (await anna.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK, "she came back with the backup");
        SecuredEtcd.Fine(await daemon.CliAsync(["user", "rm", "anna"]));
        SecuredEtcd.Fine(await daemon.CliAsync(["audit", "verify"]));
    }

    /// <summary>A backup goes into etcd only on purpose, and is in force only when somebody says so once more.</summary>
    private static async Task PutBackAsync(Daemon daemon, string backup, long saved)
    {
        (await daemon.CliAsync(["store", "restore", backup])).Error.ShouldContain("GH2074", Case.Sensitive, "there is a state");
        SecuredEtcd.Fine(await daemon.CliAsync(["store", "restore", backup, "--replace"]));

        // Nobody takes the old state for the newest, neither for certificates nor for a change.
        (await daemon.CliAsync(["recover", "--certificates"])).Error.ShouldContain("GH2030");
        (await daemon.CliAsync(["cert", "revoke", "--user", "anna"])).Error.ShouldContain("GH2030");
        (await daemon.CliAsync(["recover", "--accept-rollback"], $"{saved + 1}\n")).ExitCode.ShouldBe(1);
        ShellResult accepted = await daemon.CliAsync(["recover", "--accept-rollback"], $"{saved}\n");
        SecuredEtcd.Fine(accepted);
        accepted.Output.ShouldContain($"generation {saved} is accepted");
    }
}
