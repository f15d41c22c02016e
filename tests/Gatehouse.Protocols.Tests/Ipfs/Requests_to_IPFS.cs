using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ipfs;

/// <summary>What requests to the five systems are, and which are refused. {0} is a CID in version 0, {1} the same in version 1, {R} another.</summary>
public sealed class Requests_to_IPFS
{
    private const string Peer = Addresses_and_values.Peer;

    // --- paths: section 1.6 of what is known of the upstreams
    [Theory]
    [InlineData("POST /pins%2Frecover", "! unknown_path")]
    [InlineData("POST /pins/ipfs%2F{0}", "! encoded_slash")]
    [InlineData("POST /pins/ipfs/{0}/a%2Fb", "! encoded_slash")]
    [InlineData("POST //pins//{0}", "! target_empty_segment")]
    [InlineData("DELETE /pins/{R}/../{0}", "! target_dot_segment")]
    [InlineData("DELETE /pins/{R}/%2e%2e/{0}", "! target_dot_segment")]
    [InlineData("DELETE /p%69ns/{0}", "pin.remove {1}")]
    [InlineData("DELETE /pins/{0}/", "pin.remove {1}")]
    [InlineData("DELETE /pins/{0}//", "! target_empty_segment")]
    [InlineData("DELETE /pins/{0}%00", "! target_control_character")]
    [InlineData("DELETE /pins\\{0}", "! target_backslash")]
    [InlineData("DELETE /pins/{0};x=1", "! target_semicolon")]
    [InlineData("POST /PINS/{0}", "! unknown_path")]
    [InlineData("POST /pins/{0}?name=a&name=b", "! repeated_parameter")]
    [InlineData("POST /pins/{0}?name=a&NAME=b", "! repeated_parameter")]
    [InlineData("POST /pins/{0}?name=a;expire-in=1s", "! target_semicolon")]
    [InlineData("GET /health/", "health.read")]
    [InlineData("HEAD /health", "! method_not_allowed")]
    [InlineData("PUT /pins/{0}", "! method_not_allowed")]
    [InlineData("OPTIONS /pins/{0}", "! method_not_allowed")]
    [InlineData("GET /pins/recover", "! method_not_allowed")]
    [InlineData("POST /pins/recover?local=true", "recover.all")]
    [InlineData("POST /pins/ipfs", "! content_id")]
    [InlineData("POST /pins/ipfs/recover", "! bad_path")]
    [InlineData("POST /pins/ipns/recover", "! bad_path")]
    [InlineData("POST /pins/ipns/sync", "! bad_path")]
    [InlineData("POST /pins/sync/recover", "! content_id")]
    [InlineData("POST /pins/sync", "sync")]
    [InlineData("POST /pins/{0}/sync", "sync {1}")]
    [InlineData("POST /pins/{0}/recover", "recover.one {1}")]
    [InlineData("POST /pins/{0}/recover/x", "! unknown_path")]
    [InlineData("GET /debug/pprof/", "! unknown_path")]
    [InlineData("GET /", "! unknown_path")]
    public void Paths_to_the_cluster_have_one_meaning(string request, string expected) => Asked.Shown("ipfs-cluster", request).ShouldBe(expected);

    [Theory]
    [InlineData("POST /pins/{0}", "pin.create {1}")]
    [InlineData("POST /pins/{1}?name=x&mode=recursive", "pin.create {1}; pin.opt.name {1}")]
    [InlineData("POST /pins/{0}?replication-min=0&replication-max=0&name=&mode=&shard-size=0&user-allocations=&pin-update=&origins=&expire-at=", "pin.create {1}")]
    [InlineData("POST /pins/{0}?replication=-1", "pin.create {1}; pin.opt.replication {1}")]
    [InlineData("POST /pins/{0}?replication-min=1&replication-max=3", "pin.create {1}; pin.opt.replication {1}")]
    [InlineData("POST /pins/{0}?expire-in=1h", "pin.create {1}; pin.opt.expire {1}")]
    [InlineData("POST /pins/{0}?expire-at=2030-01-01T00:00:00Z", "pin.create {1}; pin.opt.expire {1}")]
    [InlineData("POST /pins/{0}?user-allocations=" + Peer, "pin.create {1}; pin.opt.allocations {1}")]
    [InlineData("POST /pins/{0}?pin-update={R}", "pin.create {1}; pin.opt.update {1}; allocations.read {R}")]
    [InlineData("POST /pins/{0}?origins=/ip4/192.0.2.1/tcp/4001/p2p/" + Peer, "pin.create {1}; pin.opt.origins {1}")]
    [InlineData("POST /pins/{0}?shard-size=1000", "pin.create {1}; content.add.shard {1}")]
    [InlineData("POST /pins/{0}?meta-team=a", "pin.create {1}")]
    [InlineData("POST /pins/ipfs/{0}", "pin.create.path {1}")]
    [InlineData("POST /pins/ipfs/{0}/a/b?expire-in=2s", "pin.create.path /ipfs/{1}/a/b; pin.opt.expire /ipfs/{1}/a/b")]
    [InlineData("POST /pins/ipns/Docs.Example.org/x", "pin.create.path /ipns/docs.example.org/x")]
    [InlineData("DELETE /pins/ipfs/{0}", "pin.remove.path {1}")]
    [InlineData("GET /pins", "status.list *")]
    [InlineData("GET /pins?filter=pinned,error&local=true", "status.list *")]
    [InlineData("GET /pins?cids={0},{R}", "status.list {1},{R}")]
    [InlineData("GET /allocations?filter=pin,all", "allocations.list *")]
    [InlineData("POST /add?stream-channels=false&raw-leaves=true&cid-version=1 --x", "content.add")]
    [InlineData("POST /add?shard=false&local=false&recursive=true&layout=&chunker=size-262144&raw-leaves=false&hidden=false&hash=sha2-256&nocopy=false&format=unixfs&no-pin=false&progress= --x", "content.add")]
    [InlineData("POST /add?shard=true&name=a --x", "content.add; pin.opt.name; content.add.shard")]
    [InlineData("POST /add?replication=1&expire-in=1m --x", "content.add; pin.opt.replication; pin.opt.expire")]
    public void Options_are_rights_of_their_own(string request, string expected) => Asked.Shown("ipfs-cluster", request).ShouldBe(expected);

    [Theory]
    [InlineData("mode=deep", "bad_option")]
    [InlineData("replication=many", "bad_option")]
    [InlineData("replication=", "bad_option")]
    [InlineData("replication=-2", "bad_option")]
    [InlineData("replication=99999999999999999999", "bad_option")]
    [InlineData("replication-min=3&replication-max=2", "bad_option")]
    [InlineData("replication-min=-1&replication-max=2", "bad_option")]
    [InlineData("user-allocations=" + Peer + ",you", "bad_option")]
    [InlineData("user-allocations=,", "bad_option")]
    [InlineData("expire-in=0s", "bad_option")]
    [InlineData("expire-in=-1h", "bad_option")]
    [InlineData("expire-at=tomorrow", "bad_option")]
    [InlineData("expire-at=2030-01-01T00:00:00+01:00", "bad_option")] // a bare plus is a space
    [InlineData("pin-update=x", "content_id")]
    [InlineData("origins=http://169.254.169.254/", "bad_option")]
    [InlineData("origins=/ip4/127.0.0.1/tcp/5001", "bad_option")]
    [InlineData("shard-size=-1", "bad_option")]
    [InlineData("meta-gatehouse-owner=me", "reserved_metadata")]
    [InlineData("meta-GateHouse-Owner=me", "reserved_metadata")]
    [InlineData("meta-=x", "bad_option")]
    [InlineData("name=a%0Ab", "target_control_character")]
    [InlineData("name=a%1B%5B2J", "target_control_character")]
    [InlineData("name=a%C2%85b", "target_control_character")]
    [InlineData("meta-x=a%0D%0Ab", "target_control_character")]
    [InlineData("meta-x%7Fy=a", "target_control_character")]
    [InlineData("Meta-x=1", "unknown_option")]
    [InlineData("Expire-In=1s", "unknown_option")]
    [InlineData("expire-in%20=1s", "unknown_option")]
    [InlineData("force=true", "unknown_option")]
    [InlineData("local=true", "unknown_option")]
    public void A_wrong_option_of_a_pin_never_reaches_the_cluster(string query, string word)
    {
        Asked.Shown("ipfs-cluster", "POST /pins/{0}?" + query).ShouldBe("! " + word);
        Asked.Shown("ipfs-cluster", "POST /pins/ipfs/{0}/a?" + query).ShouldBe("! " + word);
    }

    [Theory]
    [InlineData("POST /add?nocopy=true --x", "refused_option")]
    [InlineData("POST /add?nocopy=1 --x", "refused_option")]
    [InlineData("POST /add?nocopy=maybe --x", "bad_option")]
    [InlineData("POST /add?layout=flat --x", "bad_option")]
    [InlineData("POST /add?format=tar --x", "bad_option")]
    [InlineData("POST /add?chunker=size-1 --x", "bad_option")]
    [InlineData("POST /add?chunker=size-99999999 --x", "bad_option")]
    [InlineData("POST /add?cid-version=2 --x", "bad_option")]
    [InlineData("POST /add?only-hash=true --x", "unknown_option")]
    [InlineData("POST /add?meta-gatehouse-x=1 --x", "reserved_metadata")]
    [InlineData("POST /add?path=/etc --x", "unknown_option")]
    [InlineData("GET /id?x=1", "unknown_parameter")]
    [InlineData("DELETE /pins/{0}?name=x", "unknown_parameter")]
    [InlineData("GET /pins?filter=pinnd", "bad_option")]
    [InlineData("GET /pins?filter=pinned,", "bad_option")]
    [InlineData("GET /pins?local=1", "bad_option")]
    [InlineData("GET /pins?cids={0},x", "content_id")]
    [InlineData("GET /allocations?filter=pins", "bad_option")]
    [InlineData("GET /pins/x", "content_id")]
    [InlineData("POST /peers {\"peer_id\":\"x\"}", "bad_body")]
    [InlineData("POST /peers {\"peer_id\":\"" + Peer + "\",\"x\":1}", "bad_body")]
    [InlineData("POST /peers {\"peer_id\":\"" + Peer + "\",\"peer_id\":\"" + Peer + "\"}", "bad_body")]
    [InlineData("DELETE /peers/x", "bad_option")]
    [InlineData("POST /pins/{0} {}", "unexpected_body")]
    [InlineData("POST /add {}", "content_type")]
    public void What_the_cluster_would_read_otherwise_is_refused(string request, string word) => Asked.Shown("ipfs-cluster", request).ShouldBe("! " + word);

    [Fact]
    public void Of_many_only_a_bounded_number_is_asked()
    {
        string one = "bafkqaaa"; // nothing, within its own CID
        Asked.Shown("ipfs-cluster", "GET /pins?cids=" + string.Join(',', Enumerable.Repeat(one, 100))).ShouldStartWith("status.list bafkqaaa,");
        Asked.Shown("ipfs-cluster", "GET /pins?cids=" + string.Join(',', Enumerable.Repeat(one, 101))).ShouldBe("! bad_option");
    }

    [Theory]
    [InlineData("GET /pins?limit=1000&status=queued,pinned&match=partial&name=a&before=2030-01-01T00:00:00Z", "svc.pins.list *")]
    [InlineData("GET /pins?cid={0},{R}", "svc.pins.list {1},{R}")]
    [InlineData("GET /pins?meta={%22a%22:%22b%22}", "svc.pins.list *")]
    [InlineData("GET /pins?meta=%7B%22a%22:%22b%22%7D", "svc.pins.list *")]
    [InlineData("GET /pins?meta=%7B%22gatehouse-owner%22:%22b%22%7D", "! reserved_metadata")]
    [InlineData("GET /pins?meta=%7B%22a%22:1%7D", "! bad_body")]
    [InlineData("GET /pins?meta=x", "! bad_option")]
    [InlineData("GET /pins?limit=0", "! bad_option")]
    [InlineData("GET /pins?limit=1001", "! bad_option")]
    [InlineData("GET /pins?match=regex", "! bad_option")]
    [InlineData("GET /pins?match=exact,partial", "! bad_option")]
    [InlineData("GET /pins?status=gone", "! bad_option")]
    [InlineData("GET /pins?after=now", "! bad_option")]
    [InlineData("GET /pins?cid=", "! content_id")]
    [InlineData("GET /pins?filter=pinned", "! unknown_parameter")]
    [InlineData("POST /pins {\"cid\":\"{0}\"}", "svc.pins.create {1}")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"name\":\"n\",\"meta\":{\"a\":\"b\"},\"origins\":[]}", "svc.pins.create {1}")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"origins\":[\"/ip4/192.0.2.1/tcp/1/p2p/" + Peer + "\"]}", "svc.pins.create {1}; pin.opt.origins {1}")]
    [InlineData("POST /pins/{R} {\"cid\":\"{0}\"}", "svc.pins.replace {R}; svc.pins.create {1}; svc.pins.remove {R}")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"cid\":\"{R}\"}", "! bad_body")]
    [InlineData("POST /pins {\"CID\":\"{0}\"}", "! bad_body")]
    [InlineData("POST /pins {}", "! bad_body")]
    [InlineData("POST /pins []", "! bad_body")]
    [InlineData("POST /pins {\"cid\":1}", "! content_id")]
    [InlineData("POST /pins {\"cid\":\"x\"}", "! content_id")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"expire\":\"1s\"}", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"origins\":[\"/ip4/127.0.0.1/tcp/1\"]}", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"meta\":{\"a\":1}}", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"meta\":{\"Gatehouse-owner\":\"me\"}}", "! reserved_metadata")]
    [InlineData("POST /pins", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"name\":\"a\\u0000b\"}", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"name\":\"a\\nb\"}", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"meta\":{\"a\":\"\\u009b31m\"}}", "! bad_body")]
    [InlineData("POST /pins {\"cid\":\"{0}\",\"meta\":{\"a\\u0000\":\"1\"}}", "! bad_body")]
    [InlineData("POST /pins/x {\"cid\":\"{0}\"}", "! content_id")]
    [InlineData("DELETE /pins", "! method_not_allowed")]
    public void Requests_to_the_pinning_service(string request, string expected) => Asked.Shown("ipfs-pinning", request).ShouldBe(expected);

    [Theory]
    [InlineData("POST /api/v0/pin/add?recursive=true&stream=true&arg={0}", "proxy.pin.add {1}")]
    [InlineData("POST /api/v0/pin/add?arg=/ipfs/{0}", "proxy.pin.add {1}")]
    [InlineData("POST /api/v0/pin/add?arg={0}/a", "proxy.pin.add /ipfs/{1}/a; pin.create.path /ipfs/{1}/a")]
    [InlineData("POST /api/v0/pin/add/{0}?name=x", "proxy.pin.add {1}; pin.opt.name {1}")]
    [InlineData("POST /api/v0/%70in/rm?arg={0}", "proxy.pin.rm {1}")]
    [InlineData("POST /api/v0/pin/rm/{0}", "proxy.pin.rm {1}")]
    [InlineData("POST /api/v0/pin/rm/{0}?arg={R}", "! arguments")]
    [InlineData("POST /api/v0/pin/rm?arg={0}&arg={R}", "! arguments")]
    [InlineData("POST /api/v0/pin/rm?arg={0}&Arg={R}", "! repeated_parameter")]
    [InlineData("POST /api/v0/pin/rm?Arg={0}", "! unknown_option")]
    [InlineData("POST /api/v0/pin/rm", "! arguments")]
    [InlineData("POST /api/v0/pin/rm/{0}/x", "! unknown_path")]
    [InlineData("POST /api/v0/pin/rm/", "! trailing_slash")]
    [InlineData("GET /api/v0/pin/rm?arg={0}", "! method_not_allowed")]
    [InlineData("PUT /api/v0/pin/rm?arg={0}", "! method_not_allowed")]
    [InlineData("GET /api/v0/repo/gc", "! method_not_allowed")]
    [InlineData("POST /api/v0/pin/ls", "proxy.pin.ls *")]
    [InlineData("POST /api/v0/pin/ls/{0}", "proxy.pin.ls {1}")]
    [InlineData("POST /api/v0/pin/ls?arg={0}&arg={R}", "! arguments")]
    [InlineData("POST /api/v0/pin/update?arg={0}&arg={R}", "proxy.pin.update {1}; proxy.pin.add {R}; proxy.pin.rm {1}")]
    [InlineData("POST /api/v0/pin/update?arg={0}&arg={R}&unpin=false", "proxy.pin.update {1}; proxy.pin.add {R}")]
    [InlineData("POST /api/v0/pin/update?arg={0}&arg={R}&unpin=0", "! bad_option")]
    [InlineData("POST /api/v0/pin/update?arg={0}", "! arguments")]
    [InlineData("POST /api/v0/pin/add?arg={0}&expire-in=1s", "! unknown_option")]
    [InlineData("POST /api/v0/add?pin=true&wrap-with-directory=false&progress=false --x", "proxy.add")]
    [InlineData("POST /api/v0/add?expire-in=1s&replication=1 --x", "proxy.add; pin.opt.replication; pin.opt.expire")]
    [InlineData("POST /api/v0/add?only-hash=true --x", "! refused_option")]
    [InlineData("POST /api/v0/add?only-hash=1 --x", "! bad_option")]
    [InlineData("POST /api/v0/add?nocopy=true --x", "! refused_option")]
    [InlineData("POST /api/v0/add?fscache=true --x", "! refused_option")]
    [InlineData("POST /api/v0/add?arg=x --x", "! unknown_option")]
    [InlineData("POST /api/v0/block/put?pin=true --x", "proxy.block.put")]
    [InlineData("POST /api/v0/block/put --x", "kubo.block.put")]
    [InlineData("POST /api/v0/block/put?pin=false --x", "kubo.block.put")]
    [InlineData("POST /api/v0/block/put?pin=1 --x", "! bad_option")]
    [InlineData("POST /api/v0/block/put?pin --x", "! bad_option")]
    [InlineData("POST /api/v0/dag/put?pin=true&store-codec=dag-cbor --x", "proxy.dag.put")]
    [InlineData("POST /api/v0/dag/import --x", "kubo.block.put; kubo.pin.add")]
    [InlineData("POST /api/v0/config?arg=Addresses.API&arg=x", "kubo.config Addresses.API")]
    [InlineData("POST /api/v0/config/Addresses.API?arg=x", "! unknown_path")]
    [InlineData("POST /api/v0/id", "kubo.info *")]
    [InlineData("GET /ipfs/{0}", "! unknown_path")]
    [InlineData("GET /debug/pprof/cmdline", "! unknown_path")]
    [InlineData("POST /debug/pprof-mutex/", "! unknown_path")]
    [InlineData("GET /webui", "! unknown_path")]
    [InlineData("GET /logs", "! unknown_path")]
    public void Requests_to_the_proxy(string request, string expected) => Asked.Shown("ipfs-proxy", request).ShouldBe(expected);

    [Theory]
    [InlineData("POST /api/v0/pin/rm?arg={0}&arg=/ipfs/{R}", "kubo.pin.rm {1},{R}")]
    [InlineData("POST /api/v0/pin/rm/{0}", "! unknown_path")]
    [InlineData("POST /api/v0/cat/{0}", "! unknown_path")]
    [InlineData("POST /api/v0/cat?arg=/ipns/Example.org/x", "kubo.fetch /ipns/example.org/x")]
    [InlineData("POST /api/v0/cat?arg={0}/../{R}", "! bad_path")]
    [InlineData("POST /api/v0/cat?arg=/etc/passwd", "! bad_path")]
    [InlineData("POST /api/v0/cat?arg=ipfs://{0}", "! bad_path")]
    [InlineData("POST /api/v0/cat?arg=", "! bad_path")]
    [InlineData("POST /api/v0/cat", "! arguments")]
    [InlineData("POST /api/v0/ls?arg=/ipfs/{0}/a/", "kubo.fetch /ipfs/{1}/a")]
    [InlineData("POST /api/v0/ls?arg=/ipfs/{0}//a", "! bad_path")]
    [InlineData("POST /api/v0/add --x", "kubo.add; kubo.pin.add")]
    [InlineData("POST /api/v0/add?pin=false --x", "kubo.add")]
    [InlineData("POST /api/v0/add?pin=false&to-files=/a/ --x", "kubo.add; kubo.files.write /a")]
    [InlineData("POST /api/v0/add?nocopy --x", "! refused_option")]
    [InlineData("POST /api/v0/add?NoCopy=1 --x", "! refused_option")]
    [InlineData("POST /api/v0/block/put?pin=1 --x", "kubo.block.put; kubo.pin.add")]
    [InlineData("POST /api/v0/dag/import?pin-roots=false --x", "kubo.block.put")]
    [InlineData("POST /api/v0/id?config=/tmp/x", "! refused_option")]
    [InlineData("POST /api/v0/id?api=/ip4/1.2.3.4/tcp/1", "! refused_option")]
    [InlineData("POST /api/v0/files/cp?arg=/ipfs/{0}&arg=/a", "kubo.files.write /ipfs/{1},/a")]
    [InlineData("POST /api/v0/files/rm?arg=/a&arg=", "! arguments")]
    [InlineData("POST /api/v0/files/rm?arg=/a/../b", "! bad_path")]
    [InlineData("POST /api/v0/files/rm?arg=a", "! bad_path")]
    [InlineData("POST /api/v0/files/rm?arg=//a", "! bad_path")]
    [InlineData("POST /api/v0/files/ls?arg=/", "kubo.files.read /")]
    [InlineData("POST /api/v0/files/ls?arg=/a/b/", "kubo.files.read /a/b")]
    [InlineData("POST /api/v0/files/cp?arg=/ipfs/x&arg=/a", "! bad_path")]
    [InlineData("POST /api/v0/add?pin=false&to-files=/a/../b --x", "! bad_path")]
    [InlineData("POST /api/v0/pin/remote/service/add?arg=n&arg=https://x&arg=token", "kubo.remote n")]
    [InlineData("POST /api/v0/pin/rm?arg={0} --x", "! unexpected_body")]
    [InlineData("POST /api/v0/key/export?arg=self", "! unknown_path")]
    [InlineData("POST /api/v0/files/chroot", "! unknown_path")]
    [InlineData("POST /api/v0/pin", "! unknown_path")]
    [InlineData("POST /api/v0", "! unknown_path")]
    [InlineData("GET /api/v0/id", "! method_not_allowed")]
    [InlineData("POST /api/v0/repo/gc?arg=x", "! arguments")]
    [InlineData("GET /ipfs/{0}", "gateway.read /ipfs/{1}")]
    [InlineData("GET /ipfs/{1}/", "gateway.read /ipfs/{1}")]
    [InlineData("HEAD /ipfs/{0}/a%20b/c?format=raw", "gateway.read /ipfs/{1}/a b/c")]
    [InlineData("POST /ipfs/{0}", "! method_not_allowed")]
    [InlineData("GET /ipns/" + Peer, "gateway.read /ipns/bafzbeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34")]
    [InlineData("GET /ipns/localhost", "! bad_path")]
    [InlineData("GET /ipfs", "! unknown_path")]
    [InlineData("GET /debug/metrics/prometheus", "metrics.read")]
    [InlineData("GET /debug/vars", "! unknown_path")]
    [InlineData("GET /debug/pprof/heap", "! unknown_path")]
    [InlineData("POST /debug/pprof-block/", "! unknown_path")]
    [InlineData("GET /webui", "! unknown_path")]
    [InlineData("GET /version", "! unknown_path")]
    public void Requests_to_Kubo(string request, string expected) => Asked.Shown("kubo", request).ShouldBe(expected);

    [Theory]
    [InlineData("GET /metrics", "metrics.read")]
    [InlineData("GET /metrics?x=1", "! unknown_parameter")]
    [InlineData("POST /metrics", "! method_not_allowed")]
    [InlineData("GET /metrics/", "! trailing_slash")]
    [InlineData("GET /debug/pprof/", "! unknown_path")]
    [InlineData("GET /debug/zpages/tracez", "! unknown_path")]
    public void Requests_for_figures(string request, string expected) => Asked.Shown("metrics", request).ShouldBe(expected);

    [Fact]
    public void The_gate_is_told_what_becomes_of_pins()
    {
        var operations = new OperationSet();
        IpfsRequest replaced = Asked.Read("ipfs-pinning", "POST /pins/{R} {\"cid\":\"{0}\",\"name\":\"n\"}", operations);
        (replaced.Effect, replaced.Pins[0].Exact, replaced.Replaced!.Exact, replaced.Options.Name).ShouldBe((IpfsEffect.Replace, Asked.V0, Asked.Raw, "n"));
        replaced.Scopes.ShouldBe([IpfsScope.Pin, IpfsScope.NewPin, IpfsScope.Pin]);

        Asked.Read("ipfs-proxy", "POST /api/v0/pin/update?arg={0}&arg={R}&unpin=false", operations).Replaced.ShouldBeNull();
        IpfsRequest added = Asked.Read("ipfs-cluster", "POST /add?no-pin=true&stream-channels=true", operations);
        (added.Effect, added.Options.IsNotPinned, added.Options.StreamsAnswer).ShouldBe((IpfsEffect.Add, true, true));
        Asked.Read("ipfs-cluster", "POST /add", operations).Options.StreamsAnswer.ShouldBeNull();
        Asked.Read("ipfs-proxy", "POST /api/v0/pin/rm?arg=/ipns/example.org", operations).Scopes.ShouldBe([IpfsScope.Unresolved, IpfsScope.Unresolved]);
        Asked.Read("ipfs-cluster", "POST /pins/{0}?mode=direct", operations).Options.IsDirect.ShouldBeTrue();
        Asked.Read("ipfs-cluster", "POST /pins/{0}?meta-a=b&meta-c=d", operations).Options.MetadataKeys.ShouldBe(["a", "c"]);
        Asked.Read("ipfs-cluster", "GET /pins?cids={0},{R}&local=true", operations).Options.IsLocal.ShouldBeTrue();
    }

    [Fact]
    public void Only_the_health_check_is_anybodys_and_no_token_is_forwarded()
    {
        foreach ((string system, Catalogue catalogue) in IpfsCatalogues.All)
        {
            bool isCluster = system is "ipfs-cluster" or "ipfs-pinning";
            catalogue.Endpoints.Where(e => IpfsCatalogues.IsAnonymous(system, e)).Select(static e => e.Template).ShouldBe(isCluster ? ["/health"] : []);
            catalogue.Endpoints.Where(e => IpfsCatalogues.IsAnsweredByGate(system, e)).Select(static e => e.Template).ShouldBe(isCluster ? ["/token"] : []);
        }
    }

    [Fact]
    public void What_the_cluster_itself_calls_is_known_at_Kubo() =>
        IpfsCatalogues.ClusterCalls.ShouldBeSubsetOf(IpfsCatalogues.Kubo.Endpoints.Select(static e => e.Template.Replace("/api/v0/", "", StringComparison.Ordinal)));

    [Fact]
    public void A_refused_request_leaves_no_operation_behind()
    {
        var target = new Gatehouse.Protocols.Http.CanonicalTarget();
        target.Parse("/pins/" + Asked.V0 + "?name=a&force=1");
        var operations = new OperationSet();
        CatalogueEndpoint endpoint = IpfsCatalogues.Cluster.Match("POST", target).Endpoint!;
        IpfsReader.TryRead("ipfs-cluster", endpoint, "POST", target, default, operations, out _, out IpfsFault? fault).ShouldBeFalse();
        (operations.Count, fault!.Problem.Id).ShouldBe((0, "GH5502"));
    }
}
