using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Membership.Rotations;

/// <summary>What a step made of the cluster state: the next one, or why not. Neither means: nothing to do.</summary>
/// <param name="Next">The membership to commit.</param>
/// <param name="Refusal">Why not.</param>
public readonly record struct RotationDecision(MembershipDocument? Next, Problem? Refusal)
{
    internal static RotationDecision To(MembershipDocument next) => new(next, null);

    internal static RotationDecision Refuse(Problem problem) => new(null, problem);
}

/// <summary>
/// The rotation of CA, secret and data key as transitions of the cluster state, without clock or I/O. Whoever may change the
/// state can make the next step, on whatever node: all that a rotation knows is in the state and in the acknowledgements.
/// <para>
/// Why no handshake fails: a step follows only on the word of every node, so two nodes are never more than one step apart, and
/// what one of two neighbouring steps uses, the other accepts. New material is used by nobody before all accept it, and old
/// material is accepted by all until nobody uses it.
/// </para>
/// </summary>
public static class RotationMachine
{
    /// <summary>Begins with <see cref="RotationSteps.Prepare"/>: the new material is accepted and not yet used.</summary>
    public static RotationDecision Begin(MembershipDocument membership, RotationStart start)
    {
        if (membership.Rotation is { } other)
        {
            return RotationDecision.Refuse(UnderWay(other));
        }

        MembershipDocument with = start.AddTo(membership);
        ImmutableArray<RotationMaterial> all = RotationMaterial.Of(with, start.Kind);
        ImmutableArray<RotationMaterial> active = [.. all.Where(static m => m.Phase == TrustPhase.Active)];
        ImmutableArray<RotationMaterial> next = [.. all.Where(static m => m.Phase == TrustPhase.Next)];
        if (active.Length != 1 || next.Length != 1 || all.Select(static m => m.Id).Distinct(StringComparer.Ordinal).Count() != all.Length)
        {
            return RotationDecision.Refuse(RotationProblems.Unusable.Because(
                $"the cluster state holds {active.Length} in use and {next.Length} to come of kind `{start.Kind}`; a rotation needs one of each"));
        }

        if (RotationHolders.WithoutKey(with, start.Kind, next[0].Id) is { Length: > 0 } without)
        {
            return RotationDecision.Refuse(RotationProblems.Unusable.Because(
                $"the new key is not wrapped to {string.Join(", ", without)}", hint: "begin again: another node joined at this moment"));
        }

        return RotationDecision.To(with with
        {
            Rotation = new RotationDocument
            {
                Id = start.Id,
                Kind = start.Kind,
                Step = RotationSteps.Prepare,
                From = active[0].Id,
                To = next[0].Id,
                Automatic = start.Automatic,
                Started = start.Now,
                StartedBy = start.Actor,
                StepSince = start.Now,
            },
        });
    }

    /// <summary>Makes the step that follows, where every node has done the one before; the last one ends the rotation.</summary>
    /// <param name="membership">The membership as it is.</param>
    /// <param name="kind">The kind that is meant.</param>
    /// <param name="acks">Acknowledgements found; others' and old ones do not count.</param>
    /// <param name="now">The moment of the step.</param>
    /// <param name="inUse">What <see cref="RotationHolders.CertificatesInUse"/> finds; none, where they may stop working.</param>
    public static RotationDecision Advance(
        MembershipDocument membership,
        string kind,
        IReadOnlyCollection<RotationAck> acks,
        DateTimeOffset now,
        ImmutableArray<CertificateDocument> inUse)
    {
        if (membership.Rotation is not { } rotation || rotation.Kind != kind)
        {
            return RotationDecision.Refuse(NoneOf(membership, kind));
        }

        ImmutableArray<string> waiting = RotationHolders.WaitingFor(membership, acks);
        if (!waiting.IsEmpty)
        {
            return RotationDecision.Refuse(RotationProblems.Waiting.Because(
                $"step {rotation.Step} waits for {string.Join(", ", waiting)} since {rotation.StepSince.ToUniversalTime():yyyy-MM-dd HH:mm:ss'Z'}",
                hint: "start the node, or take it out of the cluster with gatehouse node revoke"));
        }

        switch (rotation.Step)
        {
            case RotationSteps.Prepare:
                return RotationDecision.To(At(membership, rotation, RotationSteps.Distribute, now));
            case RotationSteps.Distribute:
                return RotationDecision.To(At(Use(membership, rotation, rotation.To, rotation.From), rotation, RotationSteps.Activate, now));
            case RotationSteps.Activate:
                return inUse.IsEmpty
                    ? RotationDecision.To(At(Drop(membership, rotation, rotation.From), rotation, RotationSteps.Retire, now))
                    : RotationDecision.Refuse(StillInUse(inUse));
            case RotationSteps.Rollback:
                return RotationDecision.To(Drop(membership, rotation, rotation.To) with { Rotation = null });
            default:
                return RotationDecision.To(membership with { Rotation = null });
        }
    }

    /// <summary>
    /// Goes back to the old material. While nobody uses the new one, it is dropped at once; else the old one is used again by every
    /// node that is there, and the new one accepted until the last has said so.
    /// </summary>
    public static RotationDecision Rollback(MembershipDocument membership, string kind, DateTimeOffset now)
    {
        if (membership.Rotation is not { } rotation || rotation.Kind != kind)
        {
            return RotationDecision.Refuse(NoneOf(membership, kind));
        }

        return rotation.Step switch
        {
            RotationSteps.Retire => RotationDecision.Refuse(RotationProblems.TooLate.Because(
                $"the old {kind} has been dropped; what is left waits for every node's word", hint: "to change it once more, let this one end and begin another")),
            RotationSteps.Rollback => default,
            RotationSteps.Activate => RotationDecision.To(At(Use(membership, rotation, rotation.From, rotation.To), rotation, RotationSteps.Rollback, now)),
            _ => RotationDecision.To(RotationMaterial.Change(membership, kind, (id, phase) => id == rotation.To ? null : phase) with { Rotation = null }),
        };
    }

    private static MembershipDocument At(MembershipDocument membership, RotationDocument rotation, string step, DateTimeOffset now) => membership with
    {
        // Later than the step before, whatever the clocks say: the moment tells one try of a step from the next.
        Rotation = rotation with { Step = step, StepSince = now > rotation.StepSince ? now : rotation.StepSince.AddTicks(1) },
    };

    private static MembershipDocument Use(MembershipDocument membership, RotationDocument rotation, string used, string old) =>
        RotationMaterial.Change(membership, rotation.Kind, (id, phase) => id == used ? TrustPhase.Active : id == old ? TrustPhase.Old : phase);

    // Documents of earlier generations stay sealed under the data key of their time: it is kept.
    private static MembershipDocument Drop(MembershipDocument membership, RotationDocument rotation, string dropped) =>
        rotation.Kind == RotationKinds.DataKey
            ? membership
            : RotationMaterial.Change(membership, rotation.Kind, (id, phase) => id == dropped ? null : phase);

    private static Problem UnderWay(RotationDocument rotation) => RotationProblems.UnderWay.Because(
        $"a rotation of kind `{rotation.Kind}` is at step {rotation.Step}, begun by {rotation.StartedBy} at {rotation.Started.ToUniversalTime():yyyy-MM-dd HH:mm:ss'Z'}",
        hint: $"gatehouse {rotation.Kind} status; gatehouse {rotation.Kind} rotate --step goes on, --rollback goes back");

    private static Problem NoneOf(MembershipDocument membership, string kind) => membership.Rotation is { } other
        ? UnderWay(other)
        : RotationProblems.None.Because($"no rotation of kind `{kind}` is under way", hint: $"gatehouse {kind} rotate --plan");

    private static Problem StillInUse(ImmutableArray<CertificateDocument> inUse)
    {
        const int Shown = 5;
        string names = string.Join(", ", inUse.Take(Shown).Select(static c => $"{c.Profile} `{c.Subject}`"));
        string more = inUse.Length > Shown ? $" and {inUse.Length - Shown} more" : "";
        return RotationProblems.CertificatesInUse.Because(
            $"{inUse.Length} certificates of the old authority are valid: {names}{more}",
            hint: "renew them with gatehouse cert renew and give them to their programs, or revoke them; --force locks them out");
    }
}
