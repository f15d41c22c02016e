using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs.State;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>Ways around whose a pin is, tried by somebody with a little more than the usual rights.</summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Others_pins(GuardedIpfs ipfs) : IAsyncLifetime
{
    private const string Mine = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    private const string Other = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
    private const string Shared = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am";
    private const string Outside = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

    private static bool _isMade;

    public async ValueTask InitializeAsync()
    {
        if (!_isMade)
        {
            _isMade = true;
            await ipfs.Daemon.SetRoleAsync("local_pins", "kubo:kubo.pin.*:*", "ipfs-cluster:pin.opt.update:*");
            await ipfs.Daemon.AddUserAsync("mallory", GuardedIpfs.Password, "ipfs_uploader", "local_pins");
        }

        // Those that are not pinned any more may still be somebody's.
        foreach (string cid in new[] { Mine, Other, Shared, Outside }.Union(ipfs.Peer.Cluster.Pins.All.Select(static pin => pin.Cid)))
        {
            await ipfs.AskAsync("cluster", "ipfs_admin", $"DELETE /pins/{cid}");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Pinning_at_a_Kubo_makes_no_owner_of_the_clusters_pin()
    {
        ipfs.Peer.Cluster.Pins.Add(Outside, new PinOptions());
        (await ipfs.AskAsync("kubo", "mallory", $"POST /api/v0/pin/add?arg={Outside}")).Status.ShouldBe(200);
        ipfs.Locked.Requests.Last!.Target.ShouldBe($"/api/v0/pin/add?arg={Outside}", "nothing is told to a Kubo that is the ledger's");
        (await ipfs.AskAsync("cluster", "mallory", $"DELETE /pins/{Outside}")).Status.ShouldBe(403);
        ipfs.Peer.Cluster.Pins.Find(Outside).ShouldNotBeNull();
    }

    [Fact]
    public async Task Unpinning_at_a_Kubo_takes_the_clusters_pin_from_nobody()
    {
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"POST /pins/{Mine}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("kubo", "mallory", $"POST /api/v0/pin/add?arg={Mine}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("kubo", "mallory", $"POST /api/v0/pin/rm?arg={Mine}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"GET /pins/{Mine}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_another_wrote_to_a_pin_cannot_be_copied_from_it()
    {
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"POST /pins/{Mine}?meta-k=very-secret")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "mallory", $"POST /pins/{Other}?pin-update={Mine}")).Status.ShouldBe(403);
        (await ipfs.AskAsync("cluster", "mallory", $"POST /pins/{Mine}")).Status.ShouldBe(200, "one more owner");
        (await ipfs.AskAsync("cluster", "mallory", $"POST /pins/{Other}?pin-update={Mine}")).Status.ShouldBe(403, "who came later wrote none of it");
        ipfs.Peer.Cluster.Pins.Find(Other).ShouldBeNull();
        (await ipfs.AskAsync("cluster", "mallory", $"POST /pins/{Outside}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "mallory", $"POST /pins/{Other}?pin-update={Outside}")).Status.ShouldBe(200, "one's own may");
    }

    [Fact]
    public async Task Who_joins_a_pin_reads_nothing_of_what_another_wrote_to_it()
    {
        string made = (await ipfs.AskAsync("cluster", "ipfs_pinner", $"POST /pins/{Mine}?name=my-label&meta-k=very-secret")).Body;
        made.ShouldContain("my-label");
        made.ShouldContain("very-secret");
        made.ShouldNotContain("gatehouse-owner");
        foreach (string line in new[] { $"POST /pins/{Mine}?name=yours", "GET /pins", $"GET /pins/{Mine}", "GET /allocations", $"GET /allocations/{Mine}", $"DELETE /pins/{Mine}" })
        {
            WireAnswer seen = await ipfs.AskAsync("cluster", "mallory", line);
            seen.Status.ShouldBe(200, line);
            seen.Body.ShouldContain(Mine);
            seen.Body.ShouldContain("\"yours\"");
            seen.Body.ShouldNotContain("my-label");
            seen.Body.ShouldNotContain("very-secret");
            seen.Body.ShouldNotContain("gatehouse-owner");
        }

        string kept = (await ipfs.AskAsync("cluster", "ipfs_pinner", $"GET /allocations/{Mine}")).Body;
        kept.ShouldContain("my-label");
        kept.ShouldContain("very-secret");
        kept.ShouldNotContain("gatehouse-owner");
    }

    [Fact]
    public async Task A_list_is_not_searched_by_what_another_wrote()
    {
        (await PinAsync("ipfs_pinner", $$$"""{"cid":"{{{Shared}}}","name":"first-name","meta":{"k":"very-secret"}}""")).Status.ShouldBe(200);
        (await PinAsync("mallory", $$$"""{"cid":"{{{Shared}}}","name":"second-name"}""")).Status.ShouldBe(200);
        (await CountAsync("name=first&match=partial")).ShouldBe(0);
        (await CountAsync("meta=%7B%22k%22%3A%22very-secret%22%7D")).ShouldBe(0);
        (await CountAsync("name=second-name")).ShouldBe(1);
        (await CountAsync("match=exact")).ShouldBe(1);
    }

    private async Task<int> CountAsync(string query) =>
        (await ipfs.AskAsync("pinning", "mallory", $"GET /pins?cid={Shared}&{query}")).Items[0]["count"]!.GetValue<int>();

    private Task<WireAnswer> PinAsync(string user, string json) => WireAnswer.SendAsync(
        ipfs.Address("pinning"),
        $"POST /pins HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: {GuardedIpfs.Basic(user)}\r\n"
        + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");
}
