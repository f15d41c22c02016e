using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Hardening;

/// <summary>Plan, apply, verify and undo on a real disk, with users, crashes and a disk that is full.</summary>
public sealed class Written_all_or_not_at_all : IDisposable
{
    private const string Known = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private readonly HardenedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 180_000)]
    public async Task A_plan_changes_nothing_apply_is_proven_by_reading_and_undo_is_byte_for_byte()
    {
        await WriteAsync();
        string before = await _folder.StateAsync();
        string[] options = ["--user", HardenedFolder.User, "--peers", "self"];

        await _folder.FineAsync("ipfs-cluster", "service.json", [.. options, "--plan"]);
        await _folder.FineAsync("ipfs-cluster", "service.json", [.. options, "--plan", "--json"]);
        (await _folder.StateAsync()).ShouldBe(before);
        Directory.Exists(_folder.Backups).ShouldBeFalse();

        await _folder.FineAsync("ipfs-cluster", "service.json", [.. options, "--apply"]);
        string after = await _folder.StateAsync();
        after.ShouldNotBe(before);
        (await HardenedFolder.RightsAsync(_folder["service.json"])).ShouldBe("640 root:nogroup", "root's own, which the service reads through its group");
        (await HardenedFolder.RightsAsync(_folder["identity.json"])).ShouldBe("600 nobody:nogroup");
        foreach (string file in (string[])["service.json", "identity.json"])
        {
            (await HardenedFolder.CanReadAsync(HardenedFolder.User, _folder[file])).ShouldBeTrue(file);
            (await HardenedFolder.CanReadAsync("daemon", _folder[file])).ShouldBeFalse(file);
        }

        (await _folder.FineAsync("ipfs-cluster", "service.json", [.. options, "--verify"])).ShouldContain("nobody reads it");
        (await _folder.FineAsync("ipfs-cluster", "service.json", [.. options, "--apply"])).ShouldContain("nothing was to be changed");
        (await _folder.StateAsync()).ShouldBe(after);

        await _folder.FineAsync("ipfs-cluster", "service.json", "--undo");
        (await _folder.StateAsync()).ShouldBe(before);
        (await _folder.HardenAsync("ipfs-cluster", "service.json", "--undo")).ShouldSatisfyAllConditions(static r => r.ExitCode.ShouldNotBe(0), static r => r.Error.ShouldContain("GH8167"));
    }

    [Fact(Timeout = 180_000)]
    public async Task No_secret_is_said_old_or_new_and_none_is_in_names_of_backups()
    {
        await WriteAsync();
        string[] options = ["--user", HardenedFolder.User, "--peers", "self", "--keep", "pinsvcapi", "--gate-password", _folder["gate.password"]];
        foreach (string[] work in (string[][])[["--plan"], ["--plan", "--json"], ["--apply", "--json"], ["--verify"], ["--verify", "--json"], ["--apply"], ["--undo", "--json"], ["--apply"]])
        {
            await _folder.FineAsync("ipfs-cluster", "service.json", [.. work is ["--undo", ..] ? [] : options, .. work]);
        }

        JsonElement written = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["service.json"], TestContext.Current.CancellationToken)).RootElement;
        string secret = written.GetProperty("cluster").GetProperty("secret").GetString()!;
        string password = written.GetProperty("api").GetProperty("restapi").GetProperty("basic_auth_credentials").GetProperty("gatehouse").GetString()!;
        secret.ShouldNotBe(Known);
        password.Length.ShouldBe(43);
        (await File.ReadAllTextAsync(_folder["gate.password"], TestContext.Current.CancellationToken)).ShouldBe(password);
        string said = string.Join('\n', _folder.Said.Concat(Directory.EnumerateFileSystemEntries(_folder.Backups, "*", SearchOption.AllDirectories)));
        foreach (string hidden in (string[])[Known, "hunter2-of-alice", secret, password])
        {
            said.ShouldNotContain(hidden);
        }

        said.ShouldContain("****");
        said.ShouldContain("001.old");
    }

    [Fact(Timeout = 240_000)]
    public async Task Killed_at_any_step_it_is_old_or_new_or_undone()
    {
        await WriteAsync();
        string before = await _folder.StateAsync();
        string[] options = ["--user", HardenedFolder.User, "--peers", "self", "--apply"];
        int inTheMiddle = 0, untouched = 0;
        for (int step = 1; step <= 6; step++)
        {
            // The n-th rename is where it ends: of a copy, of the list, of a file into its place.
            ShellResult killed = await _folder.RunAsync(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2", "-e", $"inject=rename,renameat,renameat2:signal=SIGKILL:when={step}"], "ipfs-cluster", "service.json", options);
            killed.ExitCode.ShouldNotBe(0, $"{step}: {killed}");
            bool isChanged = (await _folder.StateAsync()).Split('\n').Any(line => !before.Contains(line, StringComparison.Ordinal) && !line.Contains(".tmp", StringComparison.Ordinal));
            ShellResult again = await _folder.HardenAsync("ipfs-cluster", "service.json", options);
            if (isChanged)
            {
                again.Error.ShouldContain("GH8168", Case.Sensitive, $"{step}: {again}");
            }

            inTheMiddle += again.ExitCode == 0 ? 0 : 1;
            untouched += again.ExitCode == 0 ? 1 : 0;
            await _folder.FineAsync("ipfs-cluster", "service.json", "--undo");
            (await _folder.StateAsync()).ShouldBe(before, $"{step}");
        }

        inTheMiddle.ShouldBeGreaterThan(1);
        untouched.ShouldBeGreaterThan(1);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_disk_that_is_full_changes_nothing()
    {
        await WriteAsync();
        string small = Directory.CreateDirectory(Path.Combine(_folder.Etc, "small")).FullName;
        (await Shell.RunAsync("mount", ["-t", "tmpfs", "-o", "size=16k,mode=0755", "gatehouse-test", small])).ExitCode.ShouldBe(0);
        try
        {
            File.Copy(_folder["service.json"], Path.Combine(small, "service.json"));
            await File.WriteAllBytesAsync(Path.Combine(small, "ballast"), new byte[12 * 1024], TestContext.Current.CancellationToken);
            string before = await _folder.StateAsync();

            // Where the files are.
            ShellResult full = await _folder.HardenAsync("ipfs-cluster", "small/service.json", "--peers", "self", "--apply");
            full.ExitCode.ShouldNotBe(0, full.ToString());
            full.Error.ShouldContain("GH3005");
            (await _folder.StateAsync()).ShouldBe(before);

            // Where the backup is.
            ShellResult unsaved = await Shell.RunAsync(
                Repository.Launcher, ["harden", "ipfs-cluster", "--file", _folder["service.json"], "--backup", Path.Combine(small, "backups"), "--peers", "self", "--apply"]);
            unsaved.ExitCode.ShouldNotBe(0, unsaved.ToString());
            unsaved.Error.ShouldContain("GH3005");
            Directory.Delete(Path.Combine(small, "backups"), recursive: true);
            (await _folder.StateAsync()).ShouldBe(before);
        }
        finally
        {
            (await Shell.RunAsync("umount", [small])).ExitCode.ShouldBe(0);
        }
    }

    [Fact(Timeout = 180_000)]
    public async Task What_was_changed_since_is_seen_and_not_undone_without_force()
    {
        await WriteAsync();
        string before = await _folder.StateAsync();
        string[] options = ["--user", HardenedFolder.User, "--peers", "self"];
        await _folder.FineAsync("ipfs-cluster", "service.json", [.. options, "--apply"]);

        // A mode, and a setting.
        File.SetUnixFileMode(_folder["identity.json"], (UnixFileMode)0x1A4);
        ShellResult open = await _folder.HardenAsync("ipfs-cluster", "service.json", [.. options, "--verify"]);
        open.ExitCode.ShouldBe(1, open.ToString());
        open.Output.ShouldContain("mode 0644 of 65534:65534, it shall have 0600");
        string text = await File.ReadAllTextAsync(_folder["service.json"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["service.json"], text.Replace("127.0.0.1/tcp/9094", "0.0.0.0/tcp/9094", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        ShellResult changed = await _folder.HardenAsync("ipfs-cluster", "service.json", [.. options, "--verify"]);
        changed.ExitCode.ShouldBe(1, changed.ToString());
        changed.Output.ShouldContain("2 lines are not as they shall be");

        string now = await _folder.StateAsync();
        ShellResult refused = await _folder.HardenAsync("ipfs-cluster", "service.json", "--undo");
        refused.ExitCode.ShouldNotBe(0, refused.ToString());
        refused.Error.ShouldContain("GH8166");
        refused.Error.ShouldContain("identity.json");
        refused.Error.ShouldContain("service.json");
        (await _folder.StateAsync()).ShouldBe(now);
        await _folder.FineAsync("ipfs-cluster", "service.json", "--undo", "--force");
        (await _folder.StateAsync()).ShouldBe(before);
    }

    [Fact(Timeout = 180_000)]
    public async Task Variables_of_the_running_process_that_take_it_back_are_found()
    {
        await WriteAsync();
        await _folder.FineAsync("ipfs-cluster", "service.json", "--peers", "self", "--apply");
        File.Copy("/bin/sleep", _folder["ipfs-cluster-service"]);
        await using var peer = new LabProcess(
            "a peer", [_folder["ipfs-cluster-service"], "60"], new Dictionary<string, string> { ["IPFS_CLUSTER_PATH"] = _folder.Etc, ["CLUSTER_SECRET"] = "", ["CLUSTER_CRDT_TRUSTEDPEERS"] = "*" }, _folder.Etc);

        ShellResult seen = await _folder.HardenAsync("ipfs-cluster", "service.json", "--peers", "self", "--verify");

        seen.ExitCode.ShouldBe(1, seen.ToString());
        seen.Output.ShouldContain("CLUSTER_SECRET");
        seen.Output.ShouldContain("takes back cluster.secret");
        seen.Output.ShouldContain("CLUSTER_CRDT_TRUSTEDPEERS");
    }

    [Fact(Timeout = 180_000)]
    public async Task Variables_of_a_running_EMQX_that_take_it_back_are_found()
    {
        _folder.Write("emqx.conf", "node { name = \"emqx@127.0.0.1\", cookie = \"emqxsecretcookie\" }\n");
        string[] options = ["--product-version", "5.8.6", "--gate", "--mesh", "--bind", "127.0.0.1"];
        await _folder.FineAsync("emqx", "emqx.conf", [.. options, "--apply"]);
        await using var node = new LabProcess(
            "a node",
            ["erl", "-noshell", "-eval", "io:format(\"up~n\"), timer:sleep(60000)."],
            new Dictionary<string, string> { ["EMQX_ETC_DIR"] = _folder.Etc, ["EMQX_NODE__COOKIE"] = "a-cookie-of-the-environment", ["EMQX_RPC__INSECURE_FALLBACK"] = "true", ["HOME"] = _folder.Etc },
            _folder.Etc);
        await node.WaitForAsync("up");

        ShellResult seen = await _folder.HardenAsync("emqx", "emqx.conf", [.. options, "--verify"]);

        seen.ExitCode.ShouldBe(1, seen.ToString());
        seen.Output.ShouldContain("EMQX_NODE__COOKIE");
        seen.Output.ShouldContain("EMQX_RPC__INSECURE_FALLBACK");
        seen.ToString().ShouldNotContain("a-cookie-of-the-environment");
    }

    private async Task WriteAsync()
    {
        _folder.Write("service.json", $$$"""
            {
              "cluster": {"secret": "{{{Known}}}", "listen_multiaddress": "/ip4/0.0.0.0/tcp/9096"},
              "consensus": {"crdt": {"cluster_name": "mine", "trusted_peers": ["*"]}},
              "api": {
                "restapi": {"http_listen_multiaddress": "/ip4/0.0.0.0/tcp/9094", "basic_auth_credentials": {"alice": "hunter2-of-alice"}},
                "pinsvcapi": {"http_listen_multiaddress": "/ip4/127.0.0.1/tcp/9097"}
              }
            }

            """.ReplaceLineEndings("\r\n"));
        _folder.Write("identity.json", "{}", "0664");
        ShellResult owned = await Shell.BashAsync("chown root:nogroup service.json && chown root:root identity.json", directory: _folder.Etc);
        owned.ExitCode.ShouldBe(0, owned.ToString());
    }
}
