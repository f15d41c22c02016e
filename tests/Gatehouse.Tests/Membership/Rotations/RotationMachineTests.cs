using System.Collections.Immutable;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Gatehouse.Problems.Cluster;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Membership.Rotations;

/// <summary>Each step and each way back, one by one.</summary>
public class RotationMachineTests
{
    private static readonly DateTimeOffset Now = RotationFixture.Start.AddHours(1);

    public static TheoryData<string> Kinds => [.. RotationKinds.All];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Material_is_accepted_before_it_is_used_and_dropped_after(string kind)
    {
        MembershipDocument at = Begin(kind);
        Phases(at, kind).ShouldBe([TrustPhase.Active, TrustPhase.Next]);
        at = Step(at, kind, RotationSteps.Distribute);
        Phases(at, kind).ShouldBe([TrustPhase.Active, TrustPhase.Next]);
        at = Step(at, kind, RotationSteps.Activate);
        Phases(at, kind).ShouldBe([TrustPhase.Old, TrustPhase.Active]);
        at = Step(at, kind, RotationSteps.Retire);
        TrustPhase[] end = kind == RotationKinds.DataKey ? [TrustPhase.Old, TrustPhase.Active] : [TrustPhase.Active];
        Phases(at, kind).ShouldBe(end);
        at = Step(at, kind, null);
        Phases(at, kind).ShouldBe(end);
        RotationMaterial.Of(at, kind).Single(static m => m.Phase == TrustPhase.Active).Id.ShouldEndWith("1");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Before_use_the_way_back_is_immediate(string kind)
    {
        MembershipDocument prepared = Begin(kind);
        foreach (MembershipDocument at in new[] { prepared, Step(prepared, kind, RotationSteps.Distribute) })
        {
            MembershipDocument back = RotationMachine.Rollback(at, kind, Now).Next.ShouldNotBeNull();
            back.Rotation.ShouldBeNull();
            Phases(back, kind).ShouldBe([TrustPhase.Active]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_use_the_way_back_waits_for_every_node_with_both_accepted(string kind)
    {
        MembershipDocument active = Step(Step(Begin(kind), kind, RotationSteps.Distribute), kind, RotationSteps.Activate);
        MembershipDocument back = RotationMachine.Rollback(active, kind, Now).Next.ShouldNotBeNull();
        back.Rotation!.Step.ShouldBe(RotationSteps.Rollback);
        Phases(back, kind).ShouldBe([TrustPhase.Active, TrustPhase.Old]);
        ImmutableArray<RotationAck> some = [RotationFixture.Ack(back, "n1"), RotationFixture.Ack(back, "n3")];
        Refused(back, kind, some).ShouldContain("n2");
        RotationMachine.Rollback(back, kind, Now).ShouldBe(default, "it is on its way already");
        MembershipDocument done = Step(back, kind, null);
        RotationMaterial.Of(done, kind).Single(static m => m.Phase == TrustPhase.Active).Id.ShouldEndWith("0");
    }

    [Fact]
    public void There_is_no_way_back_from_retire()
    {
        MembershipDocument at = Step(Step(Step(Begin("secret"), "secret", RotationSteps.Distribute), "secret", RotationSteps.Activate), "secret", RotationSteps.Retire);
        RotationMachine.Rollback(at, "secret", Now).Refusal!.Definition.ShouldBe(RotationProblems.TooLate);
    }

    [Fact]
    public void One_rotation_at_a_time()
    {
        MembershipDocument at = Begin("secret");
        RotationMachine.Begin(at, RotationFixture.Begin("data-key", 2, at, Now)).Refusal!.Definition.ShouldBe(RotationProblems.UnderWay);
        RotationMachine.Advance(at, "ca", [], Now, []).Refusal!.Definition.ShouldBe(RotationProblems.UnderWay);
        RotationMachine.Rollback(at, "ca", Now).Refusal!.Definition.ShouldBe(RotationProblems.UnderWay);
        RotationMachine.Rollback(RotationFixture.Cluster(1), "ca", Now).Refusal!.Definition.ShouldBe(RotationProblems.None);
    }

    [Fact]
    public void A_word_counts_for_one_try_of_one_step_by_one_node()
    {
        MembershipDocument first = Step(Begin("secret"), "secret", RotationSteps.Distribute);
        ImmutableArray<RotationAck> acks = RotationFixture.AllAcks(first);
        MembershipDocument again = first with { Rotation = first.Rotation! with { StepSince = Now.AddHours(2) } };
        RotationHolders.WaitingFor(again, acks).Length.ShouldBe(3, "of an earlier try");
        RotationHolders.WaitingFor(first, [.. acks.Select(static a => a with { Digest = new string('0', 64) })]).Length.ShouldBe(3, "of something else held");
        MembershipDocument replaced = first with { Nodes = first.Nodes.SetItem("n2", RotationFixture.Node("n2", 2, "00000000000000ff")) };
        RotationHolders.WaitingFor(replaced, acks).ShouldBe(["n2"], "of the node that was in its place");
        RotationHolders.WaitingFor(first with { Nodes = first.Nodes.Remove("n3") }, [acks[0], acks[1]]).ShouldBeEmpty("a node that was taken out is not waited for");
    }

    [Fact]
    public void Steps_follow_on_each_other_although_clocks_go_back()
    {
        MembershipDocument at = Begin("secret");
        DateTimeOffset before = at.Rotation!.StepSince;
        MembershipDocument next = RotationMachine.Advance(at, "secret", [], RotationFixture.Start.AddYears(-1), []).Next.ShouldNotBeNull();
        next.Rotation!.StepSince.ShouldBeGreaterThan(before);
    }

    [Fact]
    public void An_authority_waits_for_issuers_alone_while_it_is_prepared()
    {
        RotationHolders.Needed(Begin("ca")).ShouldBe(["n1", "n2"]);
        RotationHolders.Needed(Begin("secret")).ShouldBeEmpty();
        RotationHolders.Needed(Step(Begin("ca"), "ca", RotationSteps.Distribute)).ShouldBe(["n1", "n2", "n3"]);
    }

    [Fact]
    public void An_imported_authority_is_the_next_one()
    {
        MembershipDocument cluster = RotationFixture.Cluster(3);
        AuthorityDocument imported = RotationFixture.Authority(9, cluster) with { External = true };
        cluster = cluster with { Authorities = cluster.Authorities.Add(imported) };
        MembershipDocument at = RotationMachine.Begin(cluster, RotationFixture.Begin("ca", 1, cluster, Now)).Next.ShouldNotBeNull();
        at.Rotation!.To.ShouldBe(imported.Id);
        at.Authorities.Length.ShouldBe(2);
    }

    [Theory]
    [InlineData("ca", "n2")]
    [InlineData("data-key", "n3")]
    public void New_keys_are_wrapped_to_whoever_needs_them(string kind, string without)
    {
        MembershipDocument cluster = RotationFixture.Cluster(3);
        MembershipDocument less = cluster with { Nodes = cluster.Nodes.Remove(without) };
        RotationDecision decision = RotationMachine.Begin(cluster, RotationFixture.Begin(kind, 1, less, Now));
        decision.Refusal!.Definition.ShouldBe(RotationProblems.Unusable);
        decision.Refusal.Text.ShouldContain(without);
    }

    [Fact]
    public void Certificates_of_others_keep_the_old_authority_from_being_retired()
    {
        MembershipDocument at = Step(Step(Begin("ca"), "ca", RotationSteps.Distribute), "ca", RotationSteps.Activate);
        CertificateDocument user = Certificate("01", "client", null, at.Rotation!.From);
        CertificateDocument[] all =
        [
            user,
            Certificate("02", "node", "n1", at.Rotation.From),
            Certificate("03", "server", "n1", at.Rotation.From),
            Certificate("04", "server", null, at.Rotation.From),
            Certificate("05", "client", null, at.Rotation.To),
            Certificate("06", "client", null, at.Rotation.From) with { NotAfter = Now },
            Certificate("07", "erlang", "n1", at.Rotation.From),
            Certificate("08", "client", null, at.Rotation.From) with { KeyHash = "revoked" },
        ];
        ImmutableArray<CertificateDocument> inUse = RotationHolders.CertificatesInUse(
            at.Rotation,
            all.ToImmutableSortedDictionary(static c => c.Serial, static c => c, StringComparer.Ordinal),
            ImmutableSortedDictionary<string, RevocationDocument>.Empty.Add(
                "revoked", new RevocationDocument { KeyHash = "revoked", Subject = "x", Reason = "superseded", Time = Now, By = "native/admin" }),
            Now);
        inUse.Select(static c => c.Serial).ShouldBe(["01", "04", "07"]);
        RotationMachine.Advance(at, "ca", RotationFixture.AllAcks(at), Now, inUse).Refusal!.Definition.ShouldBe(RotationProblems.CertificatesInUse);
        RotationMachine.Advance(at, "ca", RotationFixture.AllAcks(at), Now, []).Next.ShouldNotBeNull();
    }

    private static CertificateDocument Certificate(string serial, string profile, string? node, string authority) => new()
    {
        Serial = serial,
        Profile = profile,
        Subject = "s" + serial,
        KeyHash = "key" + serial,
        NotBefore = RotationFixture.Start,
        NotAfter = Now.AddDays(1),
        IssuedBy = "native/admin",
        Authority = authority,
        Node = node,
    };

    private static MembershipDocument Begin(string kind)
    {
        MembershipDocument cluster = RotationFixture.Cluster(3);
        return RotationMachine.Begin(cluster, RotationFixture.Begin(kind, 1, cluster, Now)).Next.ShouldNotBeNull();
    }

    private static MembershipDocument Step(MembershipDocument at, string kind, string? to)
    {
        if (RotationHolders.Needed(at).Length > 0)
        {
            Refused(at, kind, []).ShouldContain("n1");
        }

        MembershipDocument next = RotationMachine.Advance(at, kind, RotationFixture.AllAcks(at), Now, []).Next.ShouldNotBeNull();
        (next.Rotation?.Step).ShouldBe(to);
        return next;
    }

    private static string Refused(MembershipDocument at, string kind, ImmutableArray<RotationAck> acks)
    {
        RotationDecision decision = RotationMachine.Advance(at, kind, acks, Now, []);
        decision.Next.ShouldBeNull();
        decision.Refusal!.Definition.ShouldBe(RotationProblems.Waiting);
        return decision.Refusal.Text;
    }

    private static IEnumerable<TrustPhase> Phases(MembershipDocument at, string kind) => RotationMaterial.Of(at, kind).Select(static m => m.Phase);
}
