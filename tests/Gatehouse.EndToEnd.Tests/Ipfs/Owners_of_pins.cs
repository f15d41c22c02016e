using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs.State;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>Pins of several owners, through all gates before one cluster.</summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Owners_of_pins(GuardedIpfs ipfs)
{
    [Fact]
    public async Task A_second_owner_is_no_second_pin()
    {
        string cid = Begin("joined");
        (await ipfs.AskAsync("cluster", "other", $"POST /pins/{cid}?name=first&meta-k=v")).Status.ShouldBe(200);
        Pin pin = ipfs.Peer.Cluster.Pins.Find(cid)!;
        pin.Options.Metadata.Keys.ShouldContain("gatehouse-owner");
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"POST /pins/{cid}?name=second")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "keeper", $"POST /pins/{cid}?expire-in=1h")).Status.ShouldBe(409);
        (await ipfs.AskAsync("cluster", "keeper", $"POST /pins/{cid}?replication=1&name=x")).Status.ShouldBe(409);
        (await AskAsync("pinning", "keeper", "POST /pins", $$"""{"cid":"{{cid}}","origins":["/ip4/192.0.2.1/tcp/1/p2p/{{Peers.First}}"]}""")).Status.ShouldBe(409);
        (await ipfs.AskAsync("cluster", "keeper", $"GET /pins/{cid}")).Status.ShouldBe(403, "what was refused made no owner");
        ipfs.Peer.Cluster.Pins.Find(cid).ShouldBeSameAs(pin);
        ipfs.Peer.Cluster.Pins.Changes.ShouldBe(1);

        (await ipfs.AskAsync("cluster", "other", $"DELETE /pins/{cid}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "other", $"DELETE /pins/{cid}")).Status.ShouldBe(403);
        ipfs.Peer.Cluster.Pins.Find(cid).ShouldBeSameAs(pin);
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"DELETE /pins/{cid}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty();
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"GET /pins/{cid}")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task What_is_pinned_around_the_gate_stays_as_it_is()
    {
        string cid = Begin("outside");
        ipfs.Peer.Cluster.Pins.Add(cid, new PinOptions { Name = "theirs" });
        Pin pin = ipfs.Peer.Cluster.Pins.Find(cid)!;
        (await ipfs.AskAsync("cluster", "keeper", $"POST /pins/{cid}")).Status.ShouldBe(409);
        (await AskAsync("pinning", "keeper", "POST /pins", $$"""{"cid":"{{cid}}"}""")).Status.ShouldBe(409);
        (await ipfs.AskAsync("proxy", "keeper", $"POST /api/v0/pin/add?arg={cid}")).Status.ShouldBe(409);
        (await ipfs.AskAsync("cluster", "keeper", $"DELETE /pins/{cid}")).Status.ShouldBe(403);
        ipfs.Peer.Cluster.Pins.Find(cid).ShouldBeSameAs(pin);
    }

    [Fact]
    public async Task Lists_show_what_is_ones_own_and_nothing_else()
    {
        string own = Begin("list-own");
        string foreign = Cids.OfRaw("list-foreign"u8);
        (await ipfs.AskAsync("cluster", "keeper", $"POST /pins/{own}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "other", $"POST /pins/{foreign}")).Status.ShouldBe(200);
        foreach ((string gate, string line) in new[]
        {
            ("cluster", "GET /pins"), ("cluster", "GET /allocations"), ("cluster", "GET /allocations?filter=all"), ("pinning", "GET /pins"),
            ("pinning", $"GET /pins?cid={own},{foreign}"), ("proxy", "POST /api/v0/pin/ls"), ("proxy", "POST /api/v0/pin/ls?stream=true"),
        })
        {
            string body = (await ipfs.AskAsync(gate, "keeper", line)).Body;
            body.ShouldContain(own, Case.Sensitive, line);
            body.ShouldNotContain(foreign, Case.Sensitive, line);
            (await ipfs.AskAsync(gate, "ipfs_pinner", line)).Body.ShouldNotContain("baf", Case.Sensitive, line);
            string all = (await ipfs.AskAsync(gate, "ipfs_viewer", line)).Body;
            all.ShouldContain(own, Case.Sensitive, line);
            all.ShouldContain(foreign, Case.Sensitive, line);
        }
    }

    [Fact]
    public async Task At_the_pinning_service_each_owner_has_a_request_of_its_own()
    {
        string cid = Begin("requests");
        JsonNode[] made =
        [
            (await AskAsync("pinning", "other", "POST /pins", $$$"""{"cid":"{{{cid}}}","name":"one","meta":{"a":"1"}}""")).Items[0],
            (await AskAsync("pinning", "keeper", "POST /pins", $$$"""{"cid":"{{{cid}}}","name":"two","meta":{"b":"2"}}""")).Items[0],
        ];
        string[] ids = [.. made.Select(m => m["requestid"]!.GetValue<string>())];
        ids.ShouldBeUnique();
        ids.ShouldNotContain(cid);
        (string User, string Id, string Name, string Meta)[] wanted =
            [("other", ids[0], "one", """{"a":"1"}"""), ("keeper", ids[1], "two", """{"b":"2"}""")];
        foreach ((string user, string id, string name, string meta) in wanted)
        {
            JsonNode list = (await ipfs.AskAsync("pinning", user, $"GET /pins?name={name}")).Items[0];
            list["count"]!.GetValue<int>().ShouldBe(1);
            foreach (JsonNode status in new[] { list["results"]![0]!, (await ipfs.AskAsync("pinning", user, $"GET /pins/{id}")).Items[0] })
            {
                (status["requestid"]!.GetValue<string>(), status["pin"]!["name"]!.GetValue<string>(), status["pin"]!["meta"]!.ToJsonString()).ShouldBe((id, name, meta));
            }
        }

        (await ipfs.AskAsync("pinning", "other", $"GET /pins/{ids[1]}")).Status.ShouldBe(404);
        (await ipfs.AskAsync("pinning", "other", $"DELETE /pins/{ids[1]}")).Status.ShouldBe(404);
        (await ipfs.AskAsync("pinning", "other", $"DELETE /pins/{ids[0]}")).Status.ShouldBe(202);
        ipfs.Peer.Cluster.Pins.Find(cid)!.Options.Name.ShouldBe("one", "keeper still has it");
        (await ipfs.AskAsync("pinning", "keeper", $"DELETE /pins/{ids[1]}")).Status.ShouldBe(202);
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replacing_a_pin_takes_it_from_nobody_else(bool isShared)
    {
        string old = Begin("old" + isShared);
        string newer = Cids.OfRaw(Encoding.ASCII.GetBytes("new" + isShared));
        string id = (await AskAsync("pinning", "keeper", "POST /pins", $$"""{"cid":"{{old}}"}""")).Items[0]["requestid"]!.GetValue<string>();
        if (isShared)
        {
            (await ipfs.AskAsync("cluster", "other", $"POST /pins/{old}")).Status.ShouldBe(200);
        }

        WireAnswer replaced = await AskAsync("pinning", "keeper", $"POST /pins/{id}", $$"""{"cid":"{{newer}}","name":"n"}""");
        replaced.Status.ShouldBe(200);
        replaced.Items[0]["pin"]!["cid"]!.GetValue<string>().ShouldBe(newer);
        (ipfs.Peer.Cluster.Pins.Find(old) is not null).ShouldBe(isShared);
        ipfs.Peer.Cluster.Pins.Find(newer).ShouldNotBeNull();
        (await ipfs.AskAsync("pinning", "keeper", $"GET /pins/{id}")).Status.ShouldBe(404);
        (await ipfs.AskAsync("cluster", "keeper", $"GET /pins/{old}")).Status.ShouldBe(403);
        (await ipfs.AskAsync("cluster", "other", $"GET /pins/{old}")).Status.ShouldBe(isShared ? 200 : 403);
    }

    [Fact]
    public async Task Many_at_once_end_exact()
    {
        string cid = Begin("many");
        string[] users = ["other", "ipfs_pinner", "ipfs_uploader", "keeper"];
        Task<int[]> AllAsync(Func<string, string> method) => Task.WhenAll(
            users.SelectMany(u => Enumerable.Repeat(u, 4)).Select(async u => (await ipfs.AskAsync("cluster", u, $"{method(u)} /pins/{cid}")).Status));
        (await AllAsync(_ => "POST")).ShouldAllBe(status => status == 200);
        ipfs.Peer.Cluster.Pins.Find(cid).ShouldNotBeNull();

        int[] half = await AllAsync(u => u is "other" or "keeper" ? "DELETE" : "POST");
        half.Count(status => status == 200).ShouldBe(8 + 2, "each leaves once");
        half.Count(status => status == 403).ShouldBe(6);
        ipfs.Peer.Cluster.Pins.Find(cid).ShouldNotBeNull();
        foreach (string user in users)
        {
            (await ipfs.AskAsync("cluster", user, $"GET /pins/{cid}")).Status.ShouldBe(user is "other" or "keeper" ? 403 : 200, user);
        }

        Deletions().ShouldBe(0);
        (await AllAsync(_ => "DELETE")).Count(status => status == 200).ShouldBe(2);
        Deletions().ShouldBe(1);
        ipfs.Peer.Cluster.Pins.Find(cid).ShouldBeNull();
    }

    [Fact]
    public async Task Adding_what_another_has_pinned_leaves_that_pin_alone()
    {
        Begin("add");
        WireAnswer first = await ipfs.AddAsync("other", "name=first&meta-k=v&stream-channels=false", "the same content");
        first.Status.ShouldBe(200);
        Pin pin = ipfs.Peer.Cluster.Pins.All.ShouldHaveSingleItem();
        (pin.Options.Name, pin.Options.Metadata["k"]).ShouldBe(("first", "v"));
        foreach (string channels in new[] { "false", "true" })
        {
            WireAnswer second = await ipfs.AddAsync("ipfs_uploader", $"name=second&meta-k=w&stream-channels={channels}", "the same content");
            (second.Status, second.Body.Contains(pin.Cid, StringComparison.Ordinal)).ShouldBe((200, true));
            ipfs.Peer.Cluster.Pins.All.ShouldHaveSingleItem().ShouldBeSameAs(pin);
        }

        (await ipfs.AskAsync("cluster", "ipfs_uploader", $"GET /pins/{pin.Cid}")).Status.ShouldBe(200, "one more owner");
        (await ipfs.AskAsync("cluster", "other", $"DELETE /pins/{pin.Cid}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.All.ShouldHaveSingleItem().ShouldBeSameAs(pin);
        (await ipfs.AskAsync("cluster", "ipfs_uploader", $"DELETE /pins/{pin.Cid}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_may_do_it_to_all_does_it_to_all()
    {
        string cid = Begin("curated");
        (await ipfs.AskAsync("cluster", "other", $"POST /pins/{cid}?name=first")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "ipfs_curator", $"POST /pins/{cid}?name=curated&replication=1")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.Find(cid)!.Options.Name.ShouldBe("curated");
        (await ipfs.AskAsync("proxy", "ipfs_curator", $"POST /api/v0/pin/rm?arg={cid}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty();
        (await ipfs.AskAsync("cluster", "other", $"GET /pins/{cid}")).Status.ShouldBe(403, "it is nobody's now");
    }

    [Fact]
    public async Task Operators_see_and_change_owners()
    {
        string cid = Begin("owned");
        ipfs.Peer.Cluster.Pins.Add(cid, new PinOptions());
        (await ipfs.Daemon.CliAsync(["pin-owner", "show", cid])).ExitCode.ShouldBe(1, "nobody's");
        (await ipfs.Daemon.CliAsync(["pin-owner", "assign", cid, "keeper", "--cluster", "ipfs-cluster"])).ExitCode.ShouldBe(0);
        (await ipfs.AskAsync("cluster", "keeper", $"GET /pins/{cid}")).Status.ShouldBe(200);
        (await ipfs.Daemon.CliAsync(["pin-owner", "show", cid])).Output.ShouldContain("keeper");
        (await ipfs.Daemon.CliAsync(["pin-owner", "list", "--user", "keeper", "--json"])).Output.ShouldContain(cid);
        ShellResult released = await ipfs.Daemon.CliAsync(["pin-owner", "release", cid, "--user", "keeper", "--cluster", "ipfs-cluster"]);
        released.ExitCode.ShouldBe(0, released.ToString());
        (await ipfs.AskAsync("cluster", "keeper", $"GET /pins/{cid}")).Status.ShouldBe(403);
        ipfs.Peer.Cluster.Pins.Changes.ShouldBe(1, "the cluster was not asked to do anything");
    }

    [Fact]
    public async Task First_owners_come_back_from_the_marks()
    {
        string cid = Begin("rebuilt");
        string left = Cids.OfRaw("rebuilt-left"u8);
        string forged = Cids.OfRaw("rebuilt-forged"u8);
        foreach (string one in new[] { cid, left })
        {
            (await ipfs.AskAsync("cluster", "other", $"POST /pins/{one}?name=mine&meta-k=v")).Status.ShouldBe(200);
            (await ipfs.AskAsync("cluster", "keeper", $"POST /pins/{one}")).Status.ShouldBe(200);
        }

        (await ipfs.AskAsync("cluster", "other", $"DELETE /pins/{left}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.Add(forged, ipfs.Peer.Cluster.Pins.Find(cid)!.Options);
        ipfs.Peer.Cluster.Pins.Add(Cids.OfRaw("rebuilt-outside"u8), new PinOptions());
        (await ipfs.Daemon.CliAsync(["pin-owner", "release", cid])).ExitCode.ShouldBe(0);
        (await ipfs.AskAsync("cluster", "other", $"GET /pins/{cid}")).Status.ShouldBe(403, "the ledger lost it");

        ShellResult first = await ipfs.Daemon.CliAsync(["pin-owner", "rebuild", "--gate", "cluster", "--json"]);
        first.ExitCode.ShouldBe(1, "one mark is not of its pin");
        Counts(first).ShouldBe((4, 1, 1, 1, 1));
        foreach ((string user, string one, int status) in new[]
        {
            ("other", cid, 200), ("keeper", cid, 403), ("other", left, 403), ("keeper", left, 200), ("other", forged, 403),
        })
        {
            (await ipfs.AskAsync("cluster", user, $"GET /pins/{one}")).Status.ShouldBe(status, $"{user} {one}");
        }

        JsonNode shown = JsonNode.Parse((await ipfs.AskAsync("cluster", "other", $"GET /allocations/{cid}")).Body)!;
        (shown["name"]!.GetValue<string>(), shown["metadata"]!["k"]!.GetValue<string>()).ShouldBe(("mine", "v"));
        Counts(await ipfs.Daemon.CliAsync(["pin-owner", "rebuild", "--gate", "cluster", "--json"])).ShouldBe((4, 2, 0, 1, 1));
        (await ipfs.Daemon.CliAsync(["pin-owner", "rebuild", "--gate", "pinning"])).Error.ShouldContain("GH5549");
        ipfs.Peer.Cluster.Pins.Changes.ShouldBe(4, "the cluster was not asked to do anything");

        static (int Pins, int Owned, int Added, int Unmarked, int Forged) Counts(ShellResult rebuilt)
        {
            JsonNode said = JsonNode.Parse(rebuilt.Output)!;
            int Of(string name) => said[name]!.GetValue<int>();
            return (Of("pins"), Of("owned"), Of("added"), Of("unmarked"), Of("forged"));
        }
    }

    private int Deletions() => ipfs.Peer.Cluster.Requests.All.Count(r => r.Method == "DELETE");

    private string Begin(string content)
    {
        ipfs.Forget();
        return Cids.OfRaw(Encoding.ASCII.GetBytes(content));
    }

    private Task<WireAnswer> AskAsync(string gate, string user, string line, string json) =>
        ipfs.SendAsync(gate, user, line, "application/json", Encoding.UTF8.GetBytes(json));
}
