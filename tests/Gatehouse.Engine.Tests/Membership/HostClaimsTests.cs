using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Membership;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>Whose names and addresses are, for certificates of nodes.</summary>
public sealed class HostClaimsTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly MembershipDocument Two = MembershipDocument.Default with
    {
        Nodes = MembershipDocument.Default.Nodes
            .Add("alpha", Node("alpha", 1, "10.0.0.1:7443", "10.0.0.1:7444", "alpha.example.org:7444", "[2001:db8::1]:7444"))
            .Add("beta", Node("beta", 2, "beta-admin.example.org:7443", "10.0.0.2:7444")),
    };

    [Theory]
    [InlineData("alpha")]
    [InlineData("ALPHA")]
    [InlineData("alpha.example.org")]
    [InlineData("Alpha.Example.ORG")]
    [InlineData("beta-admin.example.org")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.2")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:a00:1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001:0DB8:0:0:0:0:0:1")]
    [InlineData("127.77.0.1")]
    [InlineData("::ffff:127.77.0.1")]
    [InlineData("127.77.0.3")]
    [InlineData("127.77.0.250")]
    public void A_new_node_gets_no_certificate_with_what_others_have(string name)
    {
        Problem refusal = HostClaims.Refusal(Two, "gamma", ["gamma.example.org", name], null).ShouldNotBeNull();

        refusal.Definition.ShouldBe(EnrolmentProblems.HostTaken);
        refusal.Text.ShouldContain("`gamma`");
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    [InlineData("127.76.0.1")]
    [InlineData("::1")]
    [InlineData("gamma")]
    [InlineData("10.0.0.3")]
    [InlineData("alpha.example.com")]
    [InlineData("gate.example.org")]
    [InlineData("2001:db8::2")]
    [InlineData("0.0.0.0")]
    public void What_is_nobodys_it_gets(string name) => HostClaims.Refusal(Two, "gamma", [name], null).ShouldBeNull();

    [Fact]
    public void A_node_has_what_is_its_own_and_nothing_of_the_others()
    {
        HostClaims.Refusal(Two, "alpha", ["alpha", "ALPHA", "10.0.0.1", "2001:db8::1", "127.77.0.1"], null).ShouldBeNull();
        foreach (string name in (string[])["beta", "10.0.0.2", "beta-admin.example.org", "127.77.0.2", "127.77.0.3"])
        {
            HostClaims.Refusal(Two, "alpha", [name], null).ShouldNotBeNull(name);
        }
    }

    [Fact]
    public void Loopback_at_which_another_node_is_reached_is_everybodys_as_two_nodes_on_one_host_have_it()
    {
        MembershipDocument local = Two with { Nodes = Two.Nodes.SetItem("beta", Node("beta", 2, "127.0.0.1:7443", "127.0.0.1:7444", "localhost:7444")) };

        HostClaims.Refusal(local, "gamma", ["127.0.0.1", "localhost", "::1"], null).ShouldBeNull();
    }

    [Fact]
    public void A_shared_host_is_both_nodes_and_no_third_ones()
    {
        ImmutableArray<string>? same = ["10.0.0.1", "alpha"];
        HostClaims.Refusal(Two, "gamma", ["10.0.0.1", "::ffff:10.0.0.1", "alpha"], same).ShouldBeNull();
        HostClaims.Refusal(Two, "gamma", ["10.0.0.2"], same).ShouldNotBeNull();
        HostClaims.Refusal(Two, "gamma", ["127.77.0.1"], ["127.77.0.1"]).ShouldNotBeNull("an address of the mesh is one node's, whatever was said");

        // The guest is there by another port; whose host it is goes on having it.
        MembershipDocument three = Two with { Nodes = Two.Nodes.Add("gamma", Node("gamma", 3, "10.0.0.1:8443", "10.0.0.1:8444") with { SameHosts = same }) };
        HostClaims.Refusal(three, "alpha", ["10.0.0.1"], null).ShouldBeNull();
        HostClaims.Refusal(three, "beta", ["10.0.0.1"], null).ShouldNotBeNull();
    }

    [Fact]
    public void Where_two_say_that_they_are_at_one_host_and_nobody_allowed_it_neither_gets_it()
    {
        MembershipDocument thief = Two with { Nodes = Two.Nodes.SetItem("beta", Two.Nodes["beta"] with { Addresses = ["10.0.0.1:7444"] }) };

        HostClaims.Refusal(thief, "beta", ["10.0.0.1"], null).ShouldNotBeNull();
        HostClaims.Refusal(thief, "alpha", ["10.0.0.1"], null).ShouldNotBeNull();
    }

    [Fact]
    public void Nobody_comes_to_a_host_that_anothers_certificate_names()
    {
        ClusterDocument document = Recorded("beta", "10.0.0.9", "gamma", "localhost", "127.0.0.1");

        HostClaims.Claimed(document, "delta", ["10.0.0.9:7444"], null, Now).ShouldNotBeNull().Definition.ShouldBe(EnrolmentProblems.HostTaken);
        HostClaims.Claimed(document, "delta", ["[::ffff:10.0.0.9]:7444"], null, Now).ShouldNotBeNull();
        HostClaims.Claimed(document, "gamma", ["10.0.0.8:7444"], null, Now).ShouldNotBeNull("by its name").Text.ShouldContain("`beta`");
        HostClaims.Claimed(document, "delta", ["10.0.0.8:7444", "127.0.0.1:7444", "localhost:7443"], null, Now).ShouldBeNull();
        HostClaims.Claimed(document, "beta", ["10.0.0.9:7444"], null, Now).ShouldBeNull("it is its own");
        HostClaims.Claimed(document, "delta", ["10.0.0.9:7444"], ["10.0.0.9"], Now).ShouldBeNull("it was allowed");
        HostClaims.Claimed(document, "delta", ["10.0.0.9:7444"], null, Now.AddDays(91)).ShouldBeNull("it has ended");
        HostClaims.Claimed(Recorded("gone", "10.0.0.9"), "delta", ["10.0.0.9:7444"], null, Now).ShouldNotBeNull("of a join that was not finished, too");

        ClusterDocument revoked = document with
        {
            Revocations = document.Revocations.Add("key", new RevocationDocument { KeyHash = "key", Subject = "beta", Reason = "superseded", Time = Now, By = "t" }),
        };
        HostClaims.Claimed(revoked, "delta", ["10.0.0.9:7444"], null, Now).ShouldBeNull("nobody can use it");
        ClusterDocument guest = document with
        {
            Membership = Two with { Nodes = Two.Nodes.SetItem("beta", Two.Nodes["beta"] with { SameHosts = ["10.0.0.9"] }) },
        };
        HostClaims.Claimed(guest, "delta", ["10.0.0.9:7444"], null, Now).ShouldBeNull("beta is a guest there, by an operator's word");
    }

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("node.example.org", true)]
    [InlineData("10.0.0.1:7443", false)]
    [InlineData("[2001:db8::1]", false)]
    [InlineData("2001:DB8::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1%2", false)]
    [InlineData("010.0.0.1", false)]
    [InlineData("*.example.org", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    public void A_host_to_share_has_one_form(string text, bool isOne) => HostClaims.IsHost(text).ShouldBe(isOne);

    private static NodeDocument Node(string name, int number, string? admin, params string[] addresses) => new()
    {
        Name = name,
        Id = number.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
        Number = number,
        PeerAddress = NodeChanges.PeerAddress(number),
        WrapKey = [1],
        SigningKey = [2],
        MeshKey = name,
        Addresses = [.. addresses],
        AdminAddress = admin,
        Joined = Now,
        JoinedBy = "t",
    };

    private static ClusterDocument Recorded(string node, params string[] names)
    {
        var one = new CertificateDocument
        {
            Serial = "0a",
            Profile = "server",
            Subject = node,
            Names = [.. names],
            KeyHash = "key",
            NotBefore = Now,
            NotAfter = Now.AddDays(90),
            IssuedBy = "t",
            Authority = "root",
            Node = node,
        };
        ClusterDocument document = new() { Membership = Two };
        return document with { Certificates = document.Certificates.Add(one.Serial, one) };
    }
}
