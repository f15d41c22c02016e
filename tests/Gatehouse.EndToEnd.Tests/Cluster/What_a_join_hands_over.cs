using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>A token's joiner gets authority, client certificate, user and password of the store, and nobody else gets any of it.</summary>
[Collection(nameof(OldCluster))]
public sealed partial class What_a_join_hands_over(OldCluster cluster)
{
    private const int Third = 2;

    private Daemon Joiner => cluster.Cluster.Daemons[Third];

    [Fact(Explicit = true)]
    public async Task The_joiner_works_with_the_store_as_that_user()
    {
        string yaml = await File.ReadAllTextAsync(Joiner.ConfigurationFile, TestContext.Current.CancellationToken);
        string folder = Path.Combine(Joiner.Data, "store");
        yaml.ShouldContain($"  endpoints: ['https://{cluster.Store.Address}:{LabEtcd.Port}']\n");
        yaml.ShouldContain($"  user: {LabEtcd.User}\n  password: 'file:{folder}/password'\n  compaction: false\n");
        foreach ((string own, string theirs) in (ReadOnlySpan<(string, string)>)[("ca.crt", "etcd-ca.pem"), ("client.crt", "etcd-client.pem"), ("client.key", "etcd-client.key")])
        {
            File.ReadAllText(Path.Combine(folder, own)).ShouldBe(File.ReadAllText(cluster.Store.Folder[theirs]));
            yaml.ShouldContain($"{folder}/{own}");
        }

        (await File.ReadAllTextAsync(Path.Combine(folder, "password"), TestContext.Current.CancellationToken)).ShouldBe(OldCluster.EtcdPassword);
        JsonElement changed = await Joiner.JsonAsync("user", "set", OldCluster.Carl, "--full-name", "Changed at the joiner");
        long generation = changed.GetProperty("generation").GetInt64();
        await cluster.Cluster.UntilAsync(0, ["status"], status => status.GetProperty("generation").GetInt64() >= generation);
        (await cluster.Cluster.Daemons[0].JsonAsync("user", "show", OldCluster.Carl)).GetProperty("full_name").GetString().ShouldBe("Changed at the joiner");
        (await cluster.AskAsync(Third, OldCluster.Anna)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact(Explicit = true)]
    public async Task What_it_was_told_lies_sealed_or_in_a_file_of_its_owner_alone()
    {
        byte[][] secrets = await SecretsAsync();
        IReadOnlyList<SeenFile> stage = cluster.Join.Stage;
        stage.ShouldAllBe(static file => file.IsPrivate, "also between");
        SeenFile state = stage.Single(static file => file.Path.EndsWith("/join.json", StringComparison.Ordinal));
        state.HasAny(secrets).ShouldBeFalse("what was handed over is wrapped to the joiner's key");
        stage.Where(file => file.HasAny(secrets)).Select(static file => Path.GetFileName(file.Path)).Order(StringComparer.Ordinal).ShouldBe(["client.key", "password"]);
        Directory.Exists(Joiner.Data + ".joining").ShouldBeFalse();

        SeenFile[] all = [.. cluster.Lab.Hosts.SelectMany(static host => SeenFile.Below(host.Folder.Path))];
        SeenFile[] open = [.. all.Where(file => !file.IsPrivate && file.HasAny(secrets))];
        open.Select(static file => file.Path).ShouldBeEmpty();
        all.Count(file => file.HasAny(secrets) && file.Path.StartsWith(Joiner.Data + "/", StringComparison.Ordinal)).ShouldBe(2, "the password and the key of the client certificate");
        File.GetUnixFileMode(Joiner.Data).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Nothing was wider even for a moment, of what the node has to itself.
        string[] made = [.. cluster.Join.Trace.Where(line => line.Contains(Joiner.Data, StringComparison.Ordinal) || line.Contains("/config/gatehouse", StringComparison.Ordinal))];
        string[] modes = [.. made.Select(static line => Made().Match(line)).Where(static match => match.Success).Select(static match => match.Groups[1].Value)];
        modes.Length.ShouldBeGreaterThan(5);
        modes.ShouldAllBe(static mode => mode.EndsWith("00", StringComparison.Ordinal));
    }

    [Fact(Explicit = true)]
    public async Task No_argument_no_log_no_record_and_nothing_in_the_store_shows_a_secret()
    {
        string[] programs = [.. cluster.Join.Trace.Where(static line => line.Contains("execve(", StringComparison.Ordinal))];
        programs.ShouldContain(static line => line.Contains("\"join\"", StringComparison.Ordinal), "the trace shows arguments");
        string store = await LabEtcd.DumpAsync(cluster.Store, OldCluster.EtcdPassword);
        store.ShouldContain("/policy/current", Case.Sensitive, "the dump shows the store");
        List<(string Where, string Text)> texts =
        [
            ("arguments of the join", string.Join('\n', programs)),
            ("what the join said", cluster.Join.Result.ToString()),
            ("the store", store),
            ("gatehouse.yaml", await File.ReadAllTextAsync(Joiner.ConfigurationFile, TestContext.Current.CancellationToken)),
        ];
        foreach (Daemon daemon in cluster.Cluster.Daemons)
        {
            string process = "/proc/" + daemon.ProcessId.ToString(CultureInfo.InvariantCulture);
            texts.Add(("a daemon's log", daemon.Output + daemon.Error));
            texts.Add(("a daemon's arguments", await File.ReadAllTextAsync(process + "/cmdline", TestContext.Current.CancellationToken)));
            texts.Add(("a daemon's variables", await File.ReadAllTextAsync(process + "/environ", TestContext.Current.CancellationToken)));
            texts.Add(("a trail", string.Concat(daemon.Trail().Select(static record => record.GetRawText()))));
        }

        string[] secrets = [.. (await SecretsAsync()).Select(Encoding.Latin1.GetString), cluster.Join.Token, OldCluster.Password];
        foreach ((string where, string text) in texts)
        {
            text.Length.ShouldBeGreaterThan(20, where);
            secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)).ShouldBeFalse(where);
        }

        store.ShouldNotContain("superuser");
        store.ShouldNotContain("Changed at the joiner");
    }

    // Password and key of the store's client as bytes, and the cluster's secret as bytes, hex and base64.
    private async Task<byte[][]> SecretsAsync()
    {
        using CopiedTrust trust = await CopiedTrust.OfAsync(Joiner);
        string pem = await File.ReadAllTextAsync(cluster.Store.Folder["etcd-client.key"], TestContext.Current.CancellationToken);
        string key = pem.Split('\n').Where(static line => !line.StartsWith('-')).MaxBy(static line => line.Length)!;
        return
        [
            Encoding.ASCII.GetBytes(OldCluster.EtcdPassword),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.ASCII.GetBytes(OldCluster.EtcdPassword)).TrimEnd('=')),
            Encoding.ASCII.GetBytes(key),
            trust.Secret.ToArray(),
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(trust.Secret.Span)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(trust.Secret.Span)),
        ];
    }

    [GeneratedRegex(@"(?:O_CREAT[^,]*|mkdir(?:at)?\(.*""), (0[0-7]+)(?:\)| <)", RegexOptions.NonBacktracking)]
    private static partial Regex Made();
}
