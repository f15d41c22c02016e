using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>A gate that IPFS Cluster itself calls: its user comes in without credentials, to the calls it lives on, and Kubo stays locked.</summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Kubo_injector(GuardedIpfs ipfs)
{
    private const string Cid = IpfsClients.Cid;

    private static readonly string[] Calls =
    [
        "id", "version", "block/get?arg=" + Cid, "pin/add?arg=" + Cid, "pin/ls?arg=" + Cid + "&type=recursive", "pin/update?arg=" + Cid + "&arg=" + IpfsClients.Other,
        "pin/rm?arg=" + IpfsClients.Other, "swarm/connect?arg=/ip4/127.0.0.1/tcp/4001/p2p/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "swarm/peers",
        "config/show", "repo/stat?size-only=true", "repo/gc", "resolve?arg=/ipfs/" + Cid,
    ];

    private static readonly string[] Others =
    [
        "cat?arg=" + Cid, "get?arg=" + Cid, "config?arg=Addresses.API", "config/profile/apply?arg=server", "shutdown", "key/gen?arg=k", "key/list",
        "files/rm?arg=/a", "files/ls", "pin/verify", "pin/remote/service/ls", "block/rm?arg=" + Cid, "dag/get?arg=" + Cid, "repo/ls", "refs/local",
        "swarm/disconnect?arg=/ip4/127.0.0.1", "swarm/filters", "p2p/ls", "log/tail", "diag/sys", "stats/bw", "name/publish?arg=/ipfs/" + Cid,
    ];

    private Uri Address => ipfs.Address("injector");

    [Fact]
    public async Task What_Cluster_calls_reaches_the_locked_Kubo_with_the_credential_of_the_gate()
    {
        ipfs.Locked.Blobs.Keep(Cid, [1, 2, 3]);
        ipfs.Locked.Requests.Clear();
        (await WireAnswer.AskAsync(ipfs.Locked.Address, "POST /api/v0/id")).Status.ShouldBe(403, "it is locked");
        string[] answers = await AskAsync(GuardedIpfs.Injected, Calls);
        answers.ShouldBe(Enumerable.Repeat("200", Calls.Length));
        (await CurlAsync(GuardedIpfs.Injected, $"-F file=@/etc/hostname {Address}api/v0/block/put?format=raw -o /dev/null -w %{{http_code}}")).ShouldBe("200");
        RecordedRequest[] seen = [.. ipfs.Locked.Requests.All.Skip(1)];
        seen.Length.ShouldBe(Calls.Length + 1);
        string own = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("gate:" + GuardedIpfs.Upstream));
        seen.ShouldAllBe(r => r.Header("Authorization") == own && r.Header("User-Agent") == null);
    }

    [Fact]
    public async Task Nothing_else_passes()
    {
        ipfs.Locked.Requests.Clear();
        (await AskAsync(GuardedIpfs.Injected, Others)).ShouldAllBe(static status => status == "403");
        (await AskAsync(GuardedIpfs.Injected, ["pin/rm/" + Cid, "config/Addresses.API?arg=x", "update", "../../debug/vars"])).ShouldBe(["403", "403", "403", "400"]);
        (await CurlAsync(GuardedIpfs.Injected, $"-X GET {Address}api/v0/id -o /dev/null -w %{{http_code}}")).ShouldBe("405");
        (await CurlAsync(GuardedIpfs.Injected, $"-X GET {Address}ipfs/{Cid} -o /dev/null -w %{{http_code}}")).ShouldBe("403");
        (await CurlAsync(GuardedIpfs.Injected, $"-X POST -H Origin:http://127.0.0.1:5001 {Address}api/v0/id -o /dev/null -w %{{http_code}}")).ShouldBe("403", "a page");
        (await CurlAsync(GuardedIpfs.Injected, $"-X OPTIONS -H Origin:http://x {Address}api/v0/id -o /dev/null -w %{{http_code}}")).ShouldBe("204");
        ipfs.Locked.Requests.Count.ShouldBe(0);
    }

    [Fact]
    public async Task More_and_less_is_a_role_of_the_gate()
    {
        ipfs.Locked.Blobs.Keep(Cid, [1, 2, 3]);
        string[] commands = ["cat?arg=" + Cid, "get?arg=" + Cid, "repo/gc", "id"];
        foreach ((string[] rules, string[] expected) in new (string[], string[])[]
        {
            (["--grant", "kubo:kubo.fetch"], ["200", "200", "200", "200"]),
            (["--grant", "kubo:kubo.diag", "--deny", "kubo:kubo.call:repo/gc"], ["403", "403", "403", "200"]),
        })
        {
            ShellResult made = await ipfs.Daemon.CliAsync(["role", "set", "local.injector", .. rules]);
            made.ExitCode.ShouldBe(0, made.ToString());
            (await AskAsync(GuardedIpfs.Injected, commands)).ShouldBe(expected);
        }

        (await ipfs.Daemon.CliAsync(["role", "rm", "local.injector"])).ExitCode.ShouldBe(0);
        (await AskAsync(GuardedIpfs.Injected, commands)).ShouldBe(["403", "403", "200", "200"]);
    }

    [Fact]
    public async Task Programs_of_other_users_are_refused_with_an_alarm()
    {
        ipfs.Locked.Requests.Clear();
        (await AskAsync("54322", ["id"])).ShouldBe(["401"]);
        (await ipfs.AskAsync("injector", "ipfs_admin", "POST /api/v0/id")).Status.ShouldBe(401, "a password is not looked at");
        ipfs.Locked.Requests.Count.ShouldBe(0);
        JsonElement alarm = default;
        for (int i = 0; i < 50 && alarm.ValueKind == JsonValueKind.Undefined; i++)
        {
            await Task.Delay(50); // the trail is on disk within 50 ms of its records
            alarm = ipfs.Daemon.Trail().FirstOrDefault(static r => r.ToString().Contains("GH5042") && r.ToString().Contains("54322"));
        }

        alarm.ValueKind.ShouldBe(JsonValueKind.Object);
    }

    private async Task<string[]> AskAsync(string user, string[] commands) =>
        (await CurlAsync(user, "-X POST " + string.Join(" --next -sS --path-as-is -m 20 -X POST ", commands.Select(c => $"'{Address}api/v0/{c}' -o /dev/null -w '%{{http_code}} '"))))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> CurlAsync(string user, string arguments)
    {
        ShellResult result = await Shell.BashAsync($"setpriv --reuid={user} --clear-groups curl -sS --path-as-is -m 20 {arguments}");
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output.Trim();
    }
}
