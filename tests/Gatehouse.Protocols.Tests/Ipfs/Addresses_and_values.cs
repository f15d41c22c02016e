using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ipfs;

/// <summary>Peer ids, addresses, and values as Go reads them.</summary>
public sealed class Addresses_and_values
{
    public const string Peer = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
    public const string KeyPeer = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

    [Theory]
    [InlineData(Peer, true)]
    [InlineData(KeyPeer, true)]
    [InlineData("", false)]
    [InlineData("1", false)]
    [InlineData("11", false)]
    [InlineData("me", false)]
    [InlineData("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbd", false)]
    [InlineData(Asked.V0AsV1, false)]
    public void Peers(string text, bool isOne) => PeerId.TryParse(text, out _).ShouldBe(isOne);

    [Fact]
    public void A_peer_has_one_name_however_it_is_written()
    {
        PeerId.TryParse(KeyPeer, out string? plain).ShouldBeTrue();
        PeerId.TryParse(plain!, out string? again).ShouldBeTrue();
        again.ShouldBe(plain);
        PeerId.IsPlain(KeyPeer).ShouldBeTrue();
        PeerId.IsPlain(plain!).ShouldBeFalse();
    }

    [Theory]
    [InlineData("/ip4/192.0.2.1/tcp/4001/p2p/" + Peer, true)]
    [InlineData("/ip6/2001:db8::1/udp/4001/quic-v1/p2p/" + KeyPeer, true)]
    [InlineData("/dns4/example.org/tcp/443/wss/p2p/" + Peer, true)]
    [InlineData("/dnsaddr/example.org/ipfs/" + Peer, true)]
    [InlineData("/ip4/192.0.2.1/tcp/4001/p2p/" + Peer + "/p2p-circuit/p2p/" + KeyPeer, true)]
    [InlineData("/p2p/" + Peer, true)]
    [InlineData("/ip4/192.0.2.1/tcp/4001", false)]
    [InlineData("/ip4/192.0.2.1/tcp/4001/p2p/", false)]
    [InlineData("/ip4/192.0.2.1/tcp/4001/p2p/" + Peer + "/ws", false)]
    [InlineData("/ip4/192.0.2.1/tcp/4001/p2p/" + Peer + "/", false)]
    [InlineData("/ip4/192.0.2.01/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/ip4/1/tcp/4001/p2p/" + Peer, false)]
    [InlineData("/ip4/192.0.2.1/tcp/0/p2p/" + Peer, false)]
    [InlineData("/ip4/192.0.2.1/tcp/65536/p2p/" + Peer, false)]
    [InlineData("/unix/run/x/p2p/" + Peer, false)]
    [InlineData("/dns/ex ample/tcp/1/p2p/" + Peer, false)]
    [InlineData("ip4/192.0.2.1/tcp/4001/p2p/" + Peer, false)]
    [InlineData("p2p", false)]
    [InlineData("/p2p", false)]
    [InlineData("", false)]
    public void Addresses(string text, bool isOne) => MultiAddress.IsOfPeer(text).ShouldBe(isOne);

    [Theory]
    [InlineData("1s", true)]
    [InlineData("1h30m", true)]
    [InlineData("1.5h", true)]
    [InlineData("1000ms", true)]
    [InlineData("1000000\u00b5s", true)]
    [InlineData("999ms", false)]
    [InlineData("0", false)]
    [InlineData("1", false)]
    [InlineData("-1h", false)]
    [InlineData("+1h", false)]
    [InlineData("1d", false)]
    [InlineData("h", false)]
    [InlineData("1..5h", false)]
    [InlineData("1e9s", false)]
    [InlineData("1h ", false)]
    [InlineData("1H", false)]
    [InlineData("9999999999h", false)]
    [InlineData("", false)]
    public void Times_to_live(string text, bool isOne) => GoValues.IsDuration(text).ShouldBe(isOne);

    [Theory]
    [InlineData("2030-01-02T03:04:05Z", true)]
    [InlineData("2030-01-02T03:04:05.123456789+02:00", true)]
    [InlineData("2030-01-02T03:04:05-23:59", true)]
    [InlineData("2030-01-02t03:04:05Z", false)]
    [InlineData("2030-01-02T03:04:05z", false)]
    [InlineData("2030-02-30T03:04:05Z", false)]
    [InlineData("2030-01-02T24:00:00Z", false)]
    [InlineData("2030-01-02T03:04:05", false)]
    [InlineData("2030-01-02T03:04:05+0200", false)]
    [InlineData("2030-01-02T03:04:05.Z", false)]
    [InlineData("2030-01-02 03:04:05Z", false)]
    [InlineData("0001-01-01T00:00:00Z", false)]
    [InlineData("1893456000", false)]
    public void Moments(string text, bool isOne) => GoValues.IsTime(text).ShouldBe(isOne);

    [Theory]
    [InlineData("0", true)]
    [InlineData("-1", true)]
    [InlineData("10", true)]
    [InlineData("11", false)]
    [InlineData("-2", false)]
    [InlineData("+1", false)]
    [InlineData("01", false)]
    [InlineData("-0", false)]
    [InlineData(" 1", false)]
    [InlineData("0x1", false)]
    [InlineData("1.0", false)]
    public void Numbers(string text, bool isOne) => GoValues.TryInteger(text, -1, 10, out _).ShouldBe(isOne);

    [Theory]
    [InlineData("t", true, true)]
    [InlineData("TRUE", true, true)]
    [InlineData("False", true, false)]
    [InlineData("yes", false, false)]
    [InlineData("tRUE", false, false)]
    [InlineData("", false, false)]
    public void Yes_and_no(string text, bool isOne, bool expected)
    {
        GoValues.TryBool(text, out bool value).ShouldBe(isOne);
        value.ShouldBe(expected);
    }
}
