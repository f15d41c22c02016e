using System.Collections.Immutable;
using System.Security.Cryptography;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Rotation;

/// <summary>
/// Makes the steps of rotations, on whichever node it is asked: everything it needs is in the cluster state and in the nodes'
/// acknowledgements. Only a new authority or data key has to come from an issuer.
/// </summary>
internal sealed class RotationControl(IStateStore store, IStateChanges changes, NodeTrust trust, TimeProvider time)
{
    private const string Itself = "gatehouse/rotation";

    /// <summary>The cluster state in force here.</summary>
    public ClusterDocument Current => changes.Current;

    /// <summary>Acknowledgements of the step under way; none where there is no rotation.</summary>
    /// <exception cref="ProblemException">The store does not answer.</exception>
    public ValueTask<ImmutableArray<RotationAck>> AcksAsync(CancellationToken cancellation) =>
        changes.Current.Membership.Rotation is { } rotation ? RotationAcks.ReadAsync(store, rotation, cancellation) : new([]);

    /// <summary>When each node gave a sign of life last, as far as the store still has it.</summary>
    /// <exception cref="ProblemException">The store does not answer.</exception>
    public async ValueTask<ImmutableHashSet<string>> SeenAsync(CancellationToken cancellation)
    {
        const string Prefix = "node/";
        RuntimePage page = await store.ListRuntimeAsync(Prefix, null, 1000, cancellation);
        return [.. page.Entries.Select(static entry => entry.Key[Prefix.Length..])];
    }

    /// <summary>Begins a rotation, or makes the step that follows.</summary>
    /// <param name="kind">One of <see cref="RotationKinds"/>.</param>
    /// <param name="from">The step that the caller has seen; null: no rotation under way.</param>
    /// <param name="actor">Who, <c>realm/name</c>.</param>
    /// <param name="isForced">Whether certificates of the old CA may stop working.</param>
    /// <param name="cancellation">Ends waiting, never a commit under way.</param>
    public async ValueTask<ChangeOutcome> StepAsync(string kind, string? from, string actor, bool isForced, CancellationToken cancellation)
    {
        MembershipDocument membership = changes.Current.Membership;
        if (membership.Rotation is not { } rotation)
        {
            return from is null ? await BeginAsync(kind, actor, isAutomatic: false, cancellation) : Refused(RotationProblems.None.Because($"the rotation of kind `{kind}` has ended, or was rolled back"));
        }

        if (rotation.Kind == kind && from != rotation.Step)
        {
            return Refused(RotationProblems.UnderWay.Because(
                $"the rotation is at step {rotation.Step}, not {from ?? "at its beginning"}: somebody else was faster", hint: $"gatehouse {kind} status"));
        }

        ImmutableArray<RotationAck> acks = await RotationAcks.ReadAsync(store, rotation, cancellation);
        return await AdvanceAsync(rotation, kind, acks, actor, isForced, cancellation);
    }

    /// <summary>Goes back to the old material.</summary>
    public ValueTask<ChangeOutcome> RollbackAsync(string kind, string actor, CancellationToken cancellation) => changes.ChangeAsync(
        actor,
        $"rotation of {kind} rolled back",
        document => Decided(document, RotationMachine.Rollback(document.Membership, kind, time.GetUtcNow())),
        cancellation);

    /// <summary>
    /// Ends a rotation whose last step every node has done, or makes the next step of one that goes on by itself. False where somebody
    /// else did, or it is at another step.
    /// </summary>
    public async ValueTask<bool> ContinueAsync(RotationDocument rotation, ImmutableArray<RotationAck> acks, CancellationToken cancellation)
    {
        bool isMade = false;
        ChangeOutcome outcome = await changes.ChangeAsync(
            Itself,
            $"rotation {rotation.Id} of {rotation.Kind}: {RotationSteps.After(rotation.Step) ?? (rotation.Step == RotationSteps.Retire ? "done" : "rolled back everywhere")}",
            document =>
            {
                DateTimeOffset now = time.GetUtcNow();
                isMade = document.Membership.Rotation == rotation;
                return !isMade ? default : Decided(document, RotationMachine.Advance(
                    document.Membership,
                    rotation.Kind,
                    acks,
                    now,
                    RotationHolders.CertificatesInUse(rotation, document.Certificates, document.Revocations, now)));
            },
            cancellation);
        return isMade && outcome.Succeeded;
    }

    private ValueTask<ChangeOutcome> AdvanceAsync(
        RotationDocument rotation, string kind, ImmutableArray<RotationAck> acks, string actor, bool isForced, CancellationToken cancellation) => changes.ChangeAsync(
        actor,
        $"rotation {rotation.Id} of {kind}: {RotationSteps.After(rotation.Step) ?? "done"}{(isForced ? ", forced" : "")}",
        document =>
        {
            DateTimeOffset now = time.GetUtcNow();
            ImmutableArray<CertificateDocument> inUse = isForced
                ? []
                : RotationHolders.CertificatesInUse(document.Membership.Rotation, document.Certificates, document.Revocations, now);
            return document.Membership.Rotation is { } at && at.Kind == kind && at != rotation
                ? ChangeDecision.Refuse(RotationProblems.UnderWay.Because($"the rotation is at step {at.Step} by now: somebody else was faster"))
                : Decided(document, RotationMachine.Advance(document.Membership, kind, acks, now, inUse));
        },
        cancellation);

    /// <summary>Begins a rotation.</summary>
    public async ValueTask<ChangeOutcome> BeginAsync(string kind, string actor, bool isAutomatic, CancellationToken cancellation)
    {
        MembershipDocument membership = changes.Current.Membership;
        DateTimeOffset now = time.GetUtcNow();
        bool isThere = RotationMaterial.Of(membership, kind).Any(static m => m.Phase == TrustPhase.Next);
        if (kind != RotationKinds.Secret && !isThere && !trust.IsIssuer)
        {
            return Refused(RotationProblems.NotIssuer.Because($"node `{trust.NodeName}` cannot make a new {kind}", hint: "run it on an issuer: gatehouse node list"));
        }

        (DataKeyDocument? Document, byte[]? Record) dataKey = kind == RotationKinds.DataKey && !isThere ? trust.NewDataKey(membership.Nodes.Values, now) : default;
        var start = new RotationStart
        {
            Id = RandomNumberGenerator.GetHexString(8, lowercase: true),
            Kind = kind,
            Automatic = isAutomatic,
            Actor = actor,
            Now = now,
            Authority = kind == RotationKinds.Ca && !isThere ? trust.NewAuthority(membership.Nodes.Values.Where(static n => n.IsIssuer), now) : null,
            Secret = kind == RotationKinds.Secret && !isThere ? NodeTrust.NewSecret(now) : null,
            DataKey = dataKey.Document,
        };
        return await changes.ChangeAsync(
            actor,
            $"rotation {start.Id} of {kind}: {RotationSteps.Prepare}",
            document => Decided(document, RotationMachine.Begin(document.Membership, start)) with
            {
                Keyring = dataKey is { Document: { } made, Record: { } record } ? [new KeyringEntry(made.Id, record)] : [],
            },
            cancellation);
    }

    private ChangeOutcome Refused(Problem problem) => new(changes.Generation, [problem]);

    private static ChangeDecision Decided(ClusterDocument document, RotationDecision decision) =>
        decision.Refusal is { } refusal ? ChangeDecision.Refuse(refusal)
        : decision.Next is { } next ? ChangeDecision.To(document with { Membership = next })
        : default;
}
