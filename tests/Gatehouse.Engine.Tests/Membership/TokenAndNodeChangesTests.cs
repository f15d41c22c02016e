using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Gatehouse.Administration;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems.Cluster;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>What a cluster makes of tokens and of nodes that come and go.</summary>
public sealed class TokenAndNodeChangesTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const string Holder = "aa";

    [Fact]
    public void A_token_is_reserved_by_one_joiner_and_used_up_by_the_generation_that_has_the_node()
    {
        ClusterDocument document = With(Token("n2", services: ["erlang"]));

        ClusterDocument reserved = TokenChanges.Reserve(document, Id("n2"), Holder, Now).Next.ShouldNotBeNull();
        TokenChanges.Reserve(reserved, Id("n2"), Holder, Now).ShouldBe(default, "the same joiner may ask again");
        TokenChanges.Reserve(reserved, Id("n2"), "bb", Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);

        ClusterDocument joined = NodeChanges.Join(reserved, Facts("n2"), Now).Next.ShouldNotBeNull();

        joined.Membership.Tokens.ShouldBeEmpty();
        NodeDocument node = joined.Membership.Nodes["n2"];
        node.Number.ShouldBe(2);
        node.PeerAddress.ShouldBe("127.77.0.2");
        joined.Membership.TrustedPeers["erlang"].Peers.ShouldBe(["n1", "n2"]);
        joined.Certificates.Keys.ShouldBe(["0a"]);
        NodeChanges.Join(joined, Facts("n2"), Now).ShouldBe(default, "whoever has joined has joined");
        NodeChanges.Join(joined, Facts("n2") with { NodeId = "ffffffffffffffff" }, Now).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void A_token_that_is_not_reserved_has_expired_or_was_given_back_lets_nobody_in()
    {
        ClusterDocument open = With(Token("n2"));
        NodeChanges.Join(open, Facts("n2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);
        ClusterDocument reserved = TokenChanges.Reserve(open, Id("n2"), Holder, Now).Next!;

        NodeChanges.Join(reserved, Facts("n2"), Now.AddHours(1)).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);
        TokenChanges.Reserve(open, Id("n2"), Holder, Now.AddHours(1)).Refusal.ShouldNotBeNull();
        TokenChanges.Release(reserved, Id("n2"), "bb").ShouldBe(default, "only who has it gives it back");
        ClusterDocument released = TokenChanges.Release(reserved, Id("n2"), Holder).Next!;
        NodeChanges.Join(released, Facts("n2"), Now).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void A_name_that_is_taken_needs_a_token_that_replaces_its_holder()
    {
        ClusterDocument two = Joined("n2");

        TokenChanges.Add(two, Token("n2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.NodeExists);
        ClusterDocument asked = TokenChanges.Add(two, Token("n2", replace: true), Now).Next!;
        ClusterDocument replaced = NodeChanges.Join(
            TokenChanges.Reserve(asked, Id("n2"), Holder, Now).Next!, Facts("n2") with { NodeId = "ffffffffffffffff", MeshKey = Key("other") }, Now).Next!;

        replaced.Membership.Nodes["n2"].Id.ShouldBe("ffffffffffffffff");
        replaced.Membership.Nodes["n2"].Number.ShouldBe(2, "the address of the old one");
        replaced.Revocations.ShouldContainKey(Key("n2"));
        replaced.Revocations.ShouldNotContainKey(Key("other"));
    }

    [Fact]
    public void A_node_that_goes_is_revoked_unwrapped_and_untrusted_and_the_last_issuer_stays()
    {
        ClusterDocument two = Joined("n2", services: ["erlang"], roles: ["issuer"]);
        two.Membership.Authorities[0].Keys.Keys.ShouldContain(NodeId("n2"));

        ClusterDocument one = NodeChanges.Remove(two, "n2", "keyCompromise", "native/admin", Now).Next!;

        one.Membership.Nodes.Keys.ShouldBe(["n1"]);
        one.Membership.Authorities[0].Keys.Keys.ShouldBe([NodeId("n1")]);
        one.Membership.TrustedPeers["erlang"].Peers.ShouldBe(["n1"]);
        one.Revocations[Key("n2")].Subject.ShouldBe("n2");
        one.Revocations.ShouldContainKey("server-key", "its other certificates, too");
        NodeChanges.Remove(one, "n1", "keyCompromise", "native/admin", Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.LastIssuer);
        NodeChanges.Remove(one, "n9", "keyCompromise", "native/admin", Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.NodeUnknown);
    }

    [Fact]
    public void An_issuer_does_not_join_without_the_keys_of_every_authority()
    {
        ClusterDocument reserved = TokenChanges.Reserve(With(Token("n2", roles: ["issuer"])), Id("n2"), Holder, Now).Next!;

        NodeChanges.Join(reserved, Facts("n2"), Now).Refusal.ShouldNotBeNull();
        NodeChanges.Join(reserved, Facts("n2") with { AuthorityKeys = Wraps() }, Now).Next.ShouldNotBeNull();
    }

    [Fact]
    public void Numbers_of_nodes_that_are_gone_are_given_again_and_there_is_an_end_to_them()
    {
        ClusterDocument document = Alone();
        for (int i = 2; i <= NodeChanges.Most; i++)
        {
            document = Join(document, "n" + i);
        }

        TokenChanges.Add(document, Token("more"), Now).Next.ShouldNotBeNull();
        NodeChanges.Join(TokenChanges.Reserve(TokenChanges.Add(document, Token("more"), Now).Next!, Id("more"), Holder, Now).Next!, Facts("more"), Now)
            .Refusal!.Definition.ShouldBe(EnrolmentProblems.ClusterFull);
        ClusterDocument less = NodeChanges.Remove(document, "n17", "superseded", "native/admin", Now).Next!;
        Join(less, "again").Membership.Nodes["again"].Number.ShouldBe(17);
    }

    [Fact]
    public void There_are_at_most_a_hundred_tokens_and_expired_ones_make_room()
    {
        ClusterDocument document = Alone();
        for (int i = 0; i < TokenChanges.Most; i++)
        {
            document = TokenChanges.Add(document, Token("t" + i), Now).Next!;
        }

        TokenChanges.Add(document, Token("more"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.TokenRequestInvalid);
        TokenChanges.Add(document, Token("more"), Now.AddHours(1)).Next!.Membership.Tokens.Count.ShouldBe(1);
    }

    [Fact]
    public void A_source_is_limited_and_all_sources_together_are()
    {
        var time = new ManualTime();
        var limits = new EnrolmentLimits(time);
        Enumerable.Range(0, EnrolmentLimits.OfOne).ShouldAllBe(_ => limits.TryTake(IPAddress.Loopback));
        limits.TryTake(IPAddress.Loopback).ShouldBeFalse();
        limits.TryTake(IPAddress.Parse("192.0.2.1")).ShouldBeTrue();
        limits.TryTake(IPAddress.Parse("::ffff:127.0.0.1")).ShouldBeFalse("it is the same address");

        int taken = Enumerable.Range(0, 1000).Count(i => limits.TryTake(new IPAddress([10, 0, (byte)(i / 250), (byte)(i % 250)])));
        taken.ShouldBe(EnrolmentLimits.OfAll - EnrolmentLimits.OfOne - 1);

        time.Advance(TimeSpan.FromMinutes(1));
        limits.TryTake(IPAddress.Loopback).ShouldBeTrue();
    }

    private static ClusterDocument Joined(string name, string[]? services = null, string[]? roles = null) => Join(Alone(), name, services, roles);

    private static ClusterDocument Join(ClusterDocument document, string name, string[]? services = null, string[]? roles = null)
    {
        ClusterDocument asked = TokenChanges.Add(document, Token(name, services, roles), Now).Next!;
        return NodeChanges.Join(TokenChanges.Reserve(asked, Id(name), Holder, Now).Next!, Facts(name) with { AuthorityKeys = Wraps() }, Now).Next!;
    }

    private static ClusterDocument With(TokenDocument token) => TokenChanges.Add(Alone(), token, Now).Next!;

    private static ClusterDocument Alone() => new()
    {
        Membership = MembershipDocument.Default with
        {
            Nodes = MembershipDocument.Default.Nodes.Add("n1", new NodeDocument
            {
                Name = "n1",
                Id = NodeId("n1"),
                Number = 1,
                PeerAddress = "127.77.0.1",
                Roles = ["issuer"],
                WrapKey = [1],
                SigningKey = [2],
                MeshKey = Key("n1"),
                Joined = Now,
                JoinedBy = "first",
            }),
            Authorities =
            [
                new AuthorityDocument
                {
                    Id = "root", Phase = TrustPhase.Active, Root = [1], Nodes = [2], Users = [3], Created = Now,
                    Keys = ImmutableSortedDictionary.Create<string, byte[]>(StringComparer.Ordinal).Add(NodeId("n1"), [9]),
                },
            ],
        },
    };

    private static TokenDocument Token(string node, string[]? services = null, string[]? roles = null, bool replace = false) => new()
    {
        Id = Id(node),
        KeyHash = [1],
        Node = node,
        Roles = [.. roles ?? []],
        Services = [.. services ?? []],
        Replace = replace,
        Created = Now,
        CreatedBy = "native/admin",
        Expires = Now.AddMinutes(30),
    };

    private static JoinFacts Facts(string node) => new()
    {
        TokenId = Id(node),
        Holder = Holder,
        Node = node,
        NodeId = NodeId(node),
        WrapKey = [1],
        SigningKey = [.. System.Text.Encoding.UTF8.GetBytes(node)],
        MeshKey = Key(node),
        Host = "n1",
        Certificates =
        [
            new CertificateDocument
            {
                Serial = "0a", Profile = "server", Subject = node, KeyHash = "server-key", NotBefore = Now, NotAfter = Now.AddDays(90), IssuedBy = "n1", Authority = "root", Node = node,
            },
        ],
    };

    private static ImmutableDictionary<string, byte[]> Wraps() => ImmutableDictionary<string, byte[]>.Empty.Add("root", [7]);

    private static string Id(string node) => Key(node)[..16];

    private static string NodeId(string node) => Key("id" + node)[..16];

    private static string Key(string node) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(node)));
}
