using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

/// <summary>A node's trust follows the cluster state, and a second node gets its own from the first.</summary>
public sealed class MembershipTrustTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task A_new_cluster_describes_itself_and_starts_again_from_what_it_adopted()
    {
        using TemporaryFolder folder = new();
        MembershipDocument alone;
        string root;
        using (NodeTrust trust = await EnsureAsync(folder, "a"))
        {
            alone = trust.DescribeAlone(Now, "gatehouse/first-start");
            alone.Nodes["alpha"].IsIssuer.ShouldBeTrue();
            alone.DataKey.ShouldBe(trust.Sealer.KeyId);
            trust.Adopt(alone).ShouldBeTrue();
            trust.Adopt(alone).ShouldBeFalse();
            trust.IsIssuer.ShouldBeTrue();
            root = trust.CaFingerprint;
        }

        File.Exists(folder["a/trust/ca.wrapped"]).ShouldBeFalse();
        using NodeTrust again = await EnsureAsync(folder, "a");
        again.CaFingerprint.ShouldBe(root);
        again.IsIssuer.ShouldBeTrue();
        again.Known.Nodes["alpha"].MeshKey.ShouldBe(again.MeshKeyHash);
        again.SecretProof("x", "y"u8).ShouldBe(NodeTrust.SecretProof(alone.Secrets[0].Value, "x", "y"u8));
    }

    [Fact]
    public async Task A_node_that_joined_opens_what_the_first_sealed_and_holds_no_key_of_the_authority()
    {
        using TemporaryFolder folder = new();
        using NodeTrust first = await EnsureAsync(folder, "a");
        byte[] sealedDocument = first.Sealer.Seal("p", 1, "x"u8);
        await JoinAsync(folder, first, "b", "beta");
        using NodeTrust second = await EnsureAsync(folder, "b");

        second.NodeName.ShouldBe("beta");
        second.ClusterId.ShouldBe(first.ClusterId);
        second.IsIssuer.ShouldBeFalse();
        second.Sealer.Open("p", 1, sealedDocument).ShouldBe("x"u8.ToArray());
        second.View.Authorities[0].SignedNode(first.Mesh.Certificate).ShouldBeTrue();
        Should.Throw<ProblemException>(() => second.IssueClient("eve", Now)).Problem.Id.ShouldBe("GH3042");
        Should.Throw<ProblemException>(() => second.NewDataKey([], Now)).Problem.Id.ShouldBe("GH3042");
        File.ReadAllText(folder["b/ca.crt"]).ShouldBe(File.ReadAllText(folder["a/ca.crt"]));
    }

    [Fact]
    public async Task Another_authority_is_accepted_then_used_then_alone()
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await EnsureAsync(folder, "a");
        MembershipDocument alone = trust.DescribeAlone(Now, "t");
        trust.Adopt(alone);
        string key = trust.MeshKeyHash;
        AuthorityDocument next = trust.NewAuthority(alone.Nodes.Values, Now);

        trust.Adopt(alone with { Authorities = alone.Authorities.Add(next) });
        trust.View.Authorities.Select(static a => a.Phase).ShouldBe([TrustPhase.Active, TrustPhase.Next]);
        trust.IsLeafDue(LeafKind.Mesh, [], Now).ShouldBeFalse();
        var bundle = new X509Certificate2Collection();
        bundle.ImportFromPemFile(trust.CaBundlePath);
        bundle.Count.ShouldBe(6);

        MembershipDocument swapped = alone with { Authorities = [alone.Authorities[0] with { Phase = TrustPhase.Old }, next with { Phase = TrustPhase.Active }] };
        trust.Adopt(swapped);
        trust.IsLeafDue(LeafKind.Mesh, [], Now).ShouldBeTrue();
        trust.RenewLeaf(LeafKind.Mesh, [], Now);
        trust.IsLeafDue(LeafKind.Mesh, [], Now).ShouldBeFalse();
        trust.MeshKeyHash.ShouldBe(key, "the key stays, it is pinned by the others");

        trust.Adopt(alone with { Authorities = [next with { Phase = TrustPhase.Active }] });
        using NodeTrust again = await EnsureAsync(folder, "a");
        again.CaFingerprint[..16].ShouldBe(next.Id);
        again.MeshKeyHash.ShouldBe(key);
    }

    [Fact]
    public async Task A_data_key_made_while_a_node_was_away_is_learned_from_a_signed_record_only()
    {
        using TemporaryFolder folder = new();
        using NodeTrust first = await EnsureAsync(folder, "a");
        MembershipDocument both = await JoinAsync(folder, first, "b", "beta");
        first.Adopt(both);
        (DataKeyDocument document, byte[] record) = first.NewDataKey(both.Nodes.Values, Now);
        first.Adopt(both with { DataKeys = [both.DataKeys[0] with { Phase = TrustPhase.Old }, document with { Phase = TrustPhase.Active }] });
        byte[] sealedDocument = first.Sealer.Seal("p", 2, "x"u8);
        first.Sealer.KeyId.ShouldBe(document.Id);

        using (NodeTrust second = await EnsureAsync(folder, "b"))
        {
            second.Sealer.TryOpen("p", 2, sealedDocument).ShouldBeNull();
            for (int at = 0; at < record.Length; at += 7)
            {
                byte[] forged = [.. record];
                forged[at] ^= 1;
                try
                {
                    second.Learn(forged);
                }
                catch (ProblemException fault)
                {
                    fault.Problem.Id.ShouldBeOneOf("GH3021", "GH3023");
                }

                second.Sealer.TryOpen("p", 2, sealedDocument).ShouldBeNull($"byte {at}");
            }

            second.Learn(record).ShouldBe(document.Id);
            second.Sealer.Open("p", 2, sealedDocument).ShouldBe("x"u8.ToArray());
        }

        using NodeTrust later = await EnsureAsync(folder, "b");
        later.Sealer.Open("p", 2, sealedDocument).ShouldBe("x"u8.ToArray());
    }

    [Fact]
    public async Task A_record_of_a_node_that_is_no_issuer_is_refused()
    {
        using TemporaryFolder folder = new();
        using NodeTrust first = await EnsureAsync(folder, "a");
        MembershipDocument both = await JoinAsync(folder, first, "b", "beta");
        MembershipDocument robbed = both with { Nodes = both.Nodes.SetItem("alpha", both.Nodes["alpha"] with { Roles = [] }) };
        (_, byte[] record) = first.NewDataKey(both.Nodes.Values, Now);
        using NodeTrust second = await EnsureAsync(folder, "b");
        second.Adopt(robbed);
        Should.Throw<ProblemException>(() => second.Learn(record)).Problem.Id.ShouldBe("GH3023");
    }

    [Fact]
    public async Task A_certificate_for_another_key_or_name_is_not_put_in_use()
    {
        using TemporaryFolder folder = new();
        using NodeTrust first = await EnsureAsync(folder, "a");
        await JoinAsync(folder, first, "b", "beta");
        using NodeTrust second = await EnsureAsync(folder, "b");
        byte[] request = second.MakeRequest(LeafKind.Mesh);

        Should.Throw<ProblemException>(() => second.Install(LeafKind.Mesh, first.AnswerRequest(LeafKind.Mesh, first.MakeRequest(LeafKind.Mesh), "beta", [], Now)))
            .Problem.Id.ShouldBe("GH3043");
        Should.Throw<ProblemException>(() => second.Install(LeafKind.Mesh, first.AnswerRequest(LeafKind.Mesh, request, "gamma", [], Now)))
            .Problem.Id.ShouldBe("GH3043");
        Should.Throw<ProblemException>(() => second.Install(LeafKind.Mesh, [])).Problem.Id.ShouldBe("GH3043");
        Should.Throw<ProblemException>(() => first.AnswerRequest(LeafKind.Mesh, "no request"u8, "beta", [], Now)).Problem.Id.ShouldBe("GH3043");
        string before = second.MeshKeyHash;
        second.Install(LeafKind.Mesh, first.AnswerRequest(LeafKind.Mesh, request, "beta", [], Now));
        second.MeshKeyHash.ShouldBe(before);
    }

    private static async Task<MembershipDocument> JoinAsync(TemporaryFolder folder, NodeTrust first, string data, string name)
    {
        using JoiningTrust joining = JoiningTrust.Open(folder[data], folder[$"keys/{data}.key"], name);
        using (JoiningTrust again = JoiningTrust.Open(folder[data], folder[$"keys/{data}.key"], name))
        {
            again.MeshKeyHash.ShouldBe(joining.MeshKeyHash, "an interrupted join goes on with the same keys");
        }

        MembershipDocument alone = first.DescribeAlone(Now, "t");
        MembershipDocument both = alone with
        {
            Nodes = alone.Nodes.Add(name, new NodeDocument
            {
                Name = name,
                Id = joining.NodeId,
                Number = 2,
                PeerAddress = "127.77.0.2",
                WrapKey = joining.WrapPublicKey.ToArray(),
                SigningKey = joining.SigningPublicKey.ToArray(),
                MeshKey = joining.MeshKeyHash,
                Joined = Now,
                JoinedBy = "t",
            }),
        };
        joining.Complete(new JoinGrant
        {
            ClusterId = first.ClusterId,
            DataKeys = first.WrapDataKeys(joining.WrapPublicKey.Span),
            Membership = both,
            Mesh = first.AnswerRequest(LeafKind.Mesh, joining.MakeRequest(LeafKind.Mesh), name, [], Now),
            Server = first.AnswerRequest(LeafKind.Server, joining.MakeRequest(LeafKind.Server), name, [], Now),
        });
        return both;
    }

    private static async Task<NodeTrust> EnsureAsync(TemporaryFolder folder, string data) =>
        await TrustBootstrap.EnsureAsync(
            new TrustOptions
            {
                DataDirectory = folder[data],
                NodeName = "alpha",
                NodeKeyPath = folder[$"keys/{data}.key"],
                Time = TimeProvider.System,
            },
            TestContext.Current.CancellationToken);
}
