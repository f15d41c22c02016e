using System.Text.Json.Nodes;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>Adds that stream both ways, and errors in trailers, with node's and curl's own HTTP/1.1 and HTTP/2.</summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Streams_through_the_gates(GuardedIpfs ipfs)
{
    private const int Size = 20 * 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1, true, "ipfs_admin")]
    [InlineData(1, true, "ipfs_uploader")]
    [InlineData(1, false, "ipfs_uploader")]
    [InlineData(2, true, "ipfs_admin")]
    [InlineData(2, true, "ipfs_uploader")]
    [InlineData(2, false, "ipfs_uploader")]
    public async Task Node_adds_twenty_megabytes(int version, bool channels, string user)
    {
        ipfs.Forget();
        JsonNode seen = await NodeAsync(user, version, "POST", $"/add?stream-channels={(channels ? "true" : "false")}", Size);
        seen["status"]!.GetValue<int>().ShouldBe(200, seen.ToJsonString());
        seen["error"].ShouldBeNull(seen.ToJsonString());
        seen["length"]!.GetValue<int>().ShouldBeGreaterThan(channels ? Size / 65536 * 20 * 1024 : 50);
        seen["end"]!.GetValue<string>().ShouldContain(ipfs.Peer.Cluster.Pins.All.ShouldHaveSingleItem().Cid);
        RecordedRequest add = await EndedAddAsync();
        add.IsComplete.ShouldBeTrue();
        add.BodyLength.ShouldBeGreaterThan(Size);
    }

    [Theory]
    [InlineData("--http1.1", true)]
    [InlineData("--http1.1", false)]
    [InlineData("--http2", true)]
    [InlineData("--http2", false)]
    public async Task Curl_adds_twenty_megabytes(string version, bool channels)
    {
        ipfs.Forget();
        string file = ipfs.Daemon.Folder["twenty-megabytes"];
        await File.WriteAllBytesAsync(file, new byte[Size]);
        ShellResult result = await Shell.RunAsync(
            "curl",
            [
                "-sS", version, "--max-time", "30", "--cacert", ipfs.Daemon.CaFile, "-u", "ipfs_uploader:" + GuardedIpfs.Password, "-F", $"file=@{file}",
                "-w", "\n%{http_code} %{http_version}", new Uri(ipfs.Address("cluster"), $"/add?stream-channels={(channels ? "true" : "false")}").ToString(),
            ]);
        result.ExitCode.ShouldBe(0, result.Error);
        result.Output.ShouldEndWith(version == "--http2" ? "\n200 2" : "\n200 1.1");
        result.Output[Math.Max(0, result.Output.Length - 400)..].ShouldContain(ipfs.Peer.Cluster.Pins.All.ShouldHaveSingleItem().Cid);
        (await EndedAddAsync()).IsComplete.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Errors_in_trailers_arrive(int version)
    {
        ipfs.Forget();
        ipfs.Peer.Cluster.Pins.Add(IpfsClients.Cid, new());
        ipfs.Peer.Cluster.Pins.Add(IpfsClients.Other, new());
        foreach (string user in new[] { "ipfs_viewer", "ipfs_uploader" }) // with a filter for the latter
        {
            ipfs.Peer.Cluster.Faults.Plan("GET", "/pins", new Fault(FaultKind.StreamError, After: 1, Text: "lost a peer"));
            JsonNode list = await NodeAsync(user, version, "GET", "/pins");
            (list["status"]!.GetValue<int>(), list["trailer"]?.GetValue<string>(), list["error"]).ShouldBe((200, "lost a peer", null));
            ipfs.Peer.Cluster.Faults.Plan("POST", "/add", new Fault(FaultKind.StreamError, After: 20, Text: "disk full"));
            if (user == "ipfs_uploader")
            {
                JsonNode add = await NodeAsync(user, version, "POST", "/add?stream-channels=true", Size / 10);
                (add["status"]!.GetValue<int>(), add["trailer"]?.GetValue<string>()).ShouldBe((200, "disk full"), add.ToJsonString());
            }
        }

        ipfs.Peer.Cluster.Pins.Changes.ShouldBe(2, "what failed was not pinned");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_client_that_goes_ends_the_add(int version)
    {
        ipfs.Forget();
        JsonNode seen = await NodeAsync("ipfs_uploader", version, "POST", "/add?stream-channels=true", Size, Size / 2);
        seen["error"]!.GetValue<string>().ShouldBe("left");
        (await EndedAddAsync()).IsComplete.ShouldBeFalse();
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, "ipfs_admin")]
    [InlineData(1, "ipfs_uploader")]
    [InlineData(2, "ipfs_admin")]
    [InlineData(2, "ipfs_uploader")]
    public async Task An_upstream_that_dies_does_not_look_like_an_end(int version, string user)
    {
        ipfs.Forget();
        ipfs.Peer.Cluster.Faults.Plan("POST", "/add", new Fault(FaultKind.DieMidStream, After: 50));
        JsonNode seen = await NodeAsync(user, version, "POST", "/add?stream-channels=true", Size);
        seen["error"].ShouldNotBeNull(seen.ToJsonString());
        await EndedAddAsync();
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty();
        (await ipfs.AskAsync("cluster", user, "GET /id")).Status.ShouldBe(200);
    }

    private async Task<RecordedRequest> EndedAddAsync()
    {
        RecordedRequest add = await ipfs.Peer.Cluster.Requests.WaitAsync(r => r.Target.StartsWith("/add", StringComparison.Ordinal), Limit);
        await add.Ended.WaitAsync(Limit);
        return add;
    }

    private async Task<JsonNode> NodeAsync(string user, int version, string method, string target, int size = 0, int leaving = 0)
    {
        var environment = new Dictionary<string, string>
        {
            ["IPFS_URL"] = ipfs.Address("cluster").ToString(),
            ["IPFS_AUTHORIZATION"] = GuardedIpfs.Basic(user),
            ["NODE_EXTRA_CA_CERTS"] = ipfs.Daemon.CaFile,
        };
        ShellResult result = await Shell.RunAsync(
            "node", ["stream.mjs", $"{version}", method, target, $"{size}", $"{leaving}"],
            environment: environment, directory: Path.Combine(Repository.Root, "tests/clients/ipfs"), seconds: 30);
        result.ExitCode.ShouldBe(0, result.ToString());
        return JsonNode.Parse(result.Output)!;
    }
}
