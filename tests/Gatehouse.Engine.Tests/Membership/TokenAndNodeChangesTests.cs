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

        ClusterDocument reserved = Reserve(document, "n2").Next.ShouldNotBeNull();
        Reserve(reserved, "n2").Next.ShouldNotBeNull("the same joiner may ask again");
        Reserve(reserved, "n2", "bb").Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);

        ClusterDocument joined = NodeChanges.Join(reserved, Facts("n2"), Now).Next.ShouldNotBeNull();

        joined.Membership.Tokens.ShouldBeEmpty();
        NodeDocument node = joined.Membership.Nodes["n2"];
        node.Number.ShouldBe(2);
        node.PeerAddress.ShouldBe("127.77.0.2");
        joined.Membership.TrustedPeers["erlang"].Peers.ShouldBe(["n1", "n2"]);
        joined.Certificates.Values.Select(static one => (one.Serial, one.IssuedBy)).ShouldBe([(Id("server-n2"), "native/admin")]);
        NodeChanges.Join(joined, Facts("n2"), Now).ShouldBe(default, "whoever has joined has joined");
        NodeChanges.Join(joined, Facts("n2") with { NodeId = "ffffffffffffffff" }, Now).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void A_token_that_is_not_reserved_has_expired_or_was_given_back_lets_nobody_in()
    {
        ClusterDocument open = With(Token("n2"));
        NodeChanges.Join(open, Facts("n2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);
        ClusterDocument reserved = Reserve(open, "n2").Next!;

        NodeChanges.Join(reserved, Facts("n2"), Now.AddHours(1)).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);
        Reserve(open, "n2", now: Now.AddHours(1)).Refusal.ShouldNotBeNull();
        TokenChanges.Release(reserved, Id("n2"), "bb", Now).ShouldBe(default, "only who has it gives it back");
        ClusterDocument released = TokenChanges.Release(reserved, Id("n2"), Holder, Now).Next!;
        NodeChanges.Join(released, Facts("n2"), Now).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void A_name_that_is_taken_needs_a_token_that_replaces_its_holder()
    {
        ClusterDocument two = Joined("n2");

        TokenChanges.Add(two, Token("n2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.NodeExists);
        ClusterDocument asked = TokenChanges.Add(two, Token("n2", replace: true), Now).Next!;
        ClusterDocument replaced = NodeChanges.Join(
            TokenChanges.Reserve(asked, Id("n2"), Holder, HandedOut("n2", "again"), Now).Next!,
            Facts("n2") with { NodeId = "ffffffffffffffff", MeshKey = Key("other"), Certificates = HandedOut("n2", "again") },
            Now).Next!;

        replaced.Membership.Nodes["n2"].Id.ShouldBe("ffffffffffffffff");
        replaced.Membership.Nodes["n2"].Number.ShouldBe(2, "the address of the old one");
        replaced.Revocations.ShouldContainKey(Key("n2"));
        replaced.Revocations.ShouldNotContainKey(Key("other"));
        replaced.Revocations.ShouldContainKey(Key("server-n2"), "the old one's server certificate");
        replaced.Revocations.ShouldNotContainKey(Key("again-n2"), "not the new one's");
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
        one.Revocations.ShouldContainKey(Key("server-n2"), "its other certificates, too");
        NodeChanges.Remove(one, "n1", "keyCompromise", "native/admin", Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.LastIssuer);
        NodeChanges.Remove(one, "n9", "keyCompromise", "native/admin", Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.NodeUnknown);
    }

    [Fact]
    public void An_issuer_does_not_join_without_the_keys_of_every_authority()
    {
        ClusterDocument reserved = Reserve(With(Token("n2", roles: ["issuer"])), "n2").Next!;

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
        NodeChanges.Join(Reserve(TokenChanges.Add(document, Token("more"), Now).Next!, "more").Next!, Facts("more"), Now)
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
    public void What_was_handed_out_to_who_did_not_become_a_node_is_revoked()
    {
        ClusterDocument reserved = Reserve(With(Token("n2")), "n2").Next!;
        reserved.Certificates.Values.Single().IssuedBy.ShouldBe("token/" + Id("n2"), "on record before anybody is a node");

        ClusterDocument released = TokenChanges.Release(reserved, Id("n2"), Holder, Now).Next!;
        ClusterDocument takenBack = TokenChanges.Remove(reserved, Id("n2"), "native/admin", Now).Next!;
        ClusterDocument expired = TokenChanges.Expire(reserved, "node/n1", Now.AddHours(1)).Next!;
        ClusterDocument dropped = TokenChanges.Add(reserved, Token("n3"), Now.AddHours(1)).Next!;

        foreach (ClusterDocument document in (ClusterDocument[])[released, takenBack, expired, dropped])
        {
            RevocationDocument revocation = document.Revocations[Key("server-n2")];
            (revocation.Serial, revocation.Subject, revocation.Reason).ShouldBe((Id("server-n2"), "n2", "cessationOfOperation"));
            revocation.NotAfter.ShouldBe(Now.AddDays(90), "so that it is forgotten one day");
        }

        released.Membership.Tokens[Id("n2")].ReservedBy.ShouldBeNull();
        takenBack.Membership.Tokens.ShouldBeEmpty();
        expired.Membership.Tokens.ShouldBeEmpty();
        Reserve(released, "n2").Refusal!.Definition.ShouldBe(CertificateProblems.KeyRevoked, "with the same keys it would join as one that is revoked");
        TokenChanges.Expire(reserved, "node/n1", Now).ShouldBe(default);
        TokenChanges.Expire(With(Token("n2")), "node/n1", Now.AddHours(1)).ShouldBe(default, "nobody was handed anything");
        TokenChanges.Remove(reserved, "ffffffffffffffff", "native/admin", Now).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void What_a_node_uses_is_not_revoked_with_a_token()
    {
        ClusterDocument two = Joined("n2");
        ClusterDocument asked = TokenChanges.Add(two, Token("n2", replace: true), Now).Next!;

        // Who holds the node's key begins in its place and gives up.
        ImmutableArray<CertificateDocument> over = [HandedOut("n2", "again")[0] with { KeyHash = two.Membership.Nodes["n2"].MeshKey }];
        ClusterDocument begun = TokenChanges.Reserve(asked, Id("n2"), Holder, over, Now).Next!;

        TokenChanges.Release(begun, Id("n2"), Holder, Now).Next!.Revocations.ShouldBeEmpty();
    }

    [Fact]
    public void A_token_begins_a_few_joins_and_no_more()
    {
        ClusterDocument document = With(Token("n2"));
        for (int i = 0; i < TokenChanges.MostBegins; i++)
        {
            document = TokenChanges.Reserve(document, Id("n2"), "h" + i, HandedOut("n2", "k" + i), Now).Next!;
            document = TokenChanges.Release(document, Id("n2"), "h" + i, Now).Next!;
        }

        TokenChanges.Reserve(document, Id("n2"), "more", HandedOut("n2", "more"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentRefused);
        document.Certificates.Count.ShouldBe(TokenChanges.MostBegins);
    }

    [Fact]
    public void A_node_joins_with_the_certificates_that_its_token_was_given_and_no_others()
    {
        ClusterDocument both = Reserve(TokenChanges.Add(Joined("n3"), Token("n2"), Now).Next!, "n2").Next!;
        NodeChanges.Join(both, Facts("n2"), Now).Next.ShouldNotBeNull();

        // Of another node, so that it would be revoked with this one; of another kind; over another key; and one that is revoked.
        foreach (CertificateDocument wrong in (CertificateDocument[])
            [both.Certificates[Id("server-n3")], HandedOut("n2")[0] with { Profile = "node" }, HandedOut("n2")[0] with { KeyHash = Key("x") }, HandedOut("n2", "other")[0]])
        {
            NodeChanges.Join(both, Facts("n2") with { Certificates = [wrong] }, Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentAnswerUnusable);
        }

        ClusterDocument revoked = both with
        {
            Revocations = both.Revocations.Add(
                Key("server-n2"), new RevocationDocument { KeyHash = Key("server-n2"), Subject = "n2", Reason = "keyCompromise", Time = Now, By = "native/admin" }),
        };
        NodeChanges.Join(revoked, Facts("n2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentAnswerUnusable);
        NodeChanges.Join(both, Facts("n2") with { NodeId = NodeId("n3") }, Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.EnrolmentAnswerUnusable, "it would take the other's keys");
    }

    [Fact]
    public void Names_that_differ_in_case_alone_are_one_name()
    {
        ClusterDocument two = Joined("n2");

        TokenChanges.Add(two, Token("N2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.NodeExists);
        TokenChanges.Add(two, Token("N2", replace: true), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.NodeExists);

        // Two tokens that were made before either was used.
        ClusterDocument tokens = TokenChanges.Add(TokenChanges.Add(Alone(), Token("n2"), Now).Next!, Token("N2"), Now).Next!;
        ClusterDocument first = NodeChanges.Join(Reserve(tokens, "n2").Next!, Facts("n2"), Now).Next!;
        NodeChanges.Join(Reserve(first, "N2").Next!, Facts("N2"), Now).Refusal!.Definition.ShouldBe(EnrolmentProblems.HostTaken);
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

        // Whoever names an open token has room beside all these, of a size of its own.
        IPAddress late = IPAddress.Parse("192.0.2.2");
        limits.TryTake(late).ShouldBeFalse();
        Enumerable.Range(0, EnrolmentLimits.OfToken).ShouldAllBe(_ => limits.TryTake(late, "0011223344556677"));
        limits.TryTake(late, "0011223344556677").ShouldBeFalse();
        limits.TryTake(IPAddress.Loopback, "ffffffffffffffff").ShouldBeTrue("another token, even from who floods");

        time.Advance(TimeSpan.FromMinutes(1));
        limits.TryTake(IPAddress.Loopback).ShouldBeTrue();
        limits.TryTake(late, "0011223344556677").ShouldBeTrue();
    }

    private static ClusterDocument Joined(string name, string[]? services = null, string[]? roles = null) => Join(Alone(), name, services, roles);

    private static ClusterDocument Join(ClusterDocument document, string name, string[]? services = null, string[]? roles = null)
    {
        ClusterDocument asked = TokenChanges.Add(document, Token(name, services, roles), Now).Next!;
        return NodeChanges.Join(Reserve(asked, name).Next!, Facts(name) with { AuthorityKeys = Wraps() }, Now).Next!;
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
        Certificates = [.. HandedOut(node).Select(static one => one with { IssuedBy = "native/admin" })],
    };

    private static ImmutableArray<CertificateDocument> HandedOut(string node, string key = "server") =>
    [
        new CertificateDocument
        {
            Serial = Id($"{key}-{node}"), Profile = "server", Subject = node, KeyHash = Key($"{key}-{node}"), NotBefore = Now, NotAfter = Now.AddDays(90),
            IssuedBy = TokenChanges.ActorOf(Id(node)), Authority = "root", Node = node,
        },
    ];

    private static ChangeDecision Reserve(ClusterDocument document, string node, string holder = Holder, DateTimeOffset? now = null) =>
        TokenChanges.Reserve(document, Id(node), holder, HandedOut(node), now ?? Now);

    private static ImmutableDictionary<string, byte[]> Wraps() => ImmutableDictionary<string, byte[]>.Empty.Add("root", [7]);

    private static string Id(string node) => Key(node)[..16];

    private static string NodeId(string node) => Key("id" + node)[..16];

    private static string Key(string node) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(node)));
}
