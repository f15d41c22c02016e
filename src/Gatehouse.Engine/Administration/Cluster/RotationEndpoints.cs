using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Rotation;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>Rotation of CA, secret and data key.</summary>
internal sealed class RotationEndpoints(AdminServices services)
{
    private static readonly RotationJson Json = RotationJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/rotations/{kind}", "rotation.read", ReadAsync) { Answer = Json.RotationStatusResponse },
        new("POST", "/v1/rotations/{kind}/step", "rotation.change", StepAsync) { Answer = AdminJson.Default.ChangeResponse, Changes = true, Body = Json.RotationStepRequest },
        new("POST", "/v1/rotations/{kind}/rollback", "rotation.change", RollbackAsync) { Answer = AdminJson.Default.ChangeResponse, Changes = true },
    ];

    private async ValueTask<AdminResult> ReadAsync(AdminCall call)
    {
        if (Find(call) is not { } control)
        {
            return Unknown(call);
        }

        try
        {
            ImmutableArray<RotationAck> acks = await control.AcksAsync(call.Cancellation);
            ImmutableHashSet<string> seen = await control.SeenAsync(call.Cancellation);
            return AdminResult.Ok(Status(control.Current, call.Name, acks, seen, call.Now), Json.RotationStatusResponse);
        }
        catch (ProblemException fault)
        {
            return AdminResult.Refused(fault.Problem);
        }
    }

    private async ValueTask<AdminResult> StepAsync(AdminCall call)
    {
        if (Find(call) is not { } control)
        {
            return Unknown(call);
        }

        var body = (RotationStepRequest)call.Body!; // read before the handler runs
        return await TryAsync(() => control.StepAsync(call.Name, body.From, call.Actor, body.Force, call.Cancellation));
    }

    private async ValueTask<AdminResult> RollbackAsync(AdminCall call) => Find(call) is { } control
        ? await TryAsync(() => control.RollbackAsync(call.Name, call.Actor, call.Cancellation))
        : Unknown(call);

    private static async ValueTask<AdminResult> TryAsync(Func<ValueTask<ChangeOutcome>> change)
    {
        try
        {
            return AdminResult.From(await change());
        }
        catch (ProblemException fault)
        {
            return AdminResult.Refused(fault.Problem);
        }
    }

    private RotationControl? Find(AdminCall call) => RotationKinds.All.Contains(call.Name) ? services.Rotations : null;

    private static AdminResult Unknown(AdminCall call) => AdminResult.Refused(AdministrationProblems.NotFound.Because(
        $"there is nothing called `{AdminRequestReader.Shown(call.Name)}` to rotate", hint: string.Join(", ", RotationKinds.All)));

    private static RotationStatusResponse Status(
        ClusterDocument document, string kind, ImmutableArray<RotationAck> acks, ImmutableHashSet<string> seen, DateTimeOffset now)
    {
        MembershipDocument membership = document.Membership;
        RotationDocument? rotation = membership.Rotation?.Kind == kind ? membership.Rotation : null;
        ImmutableArray<CertificateDocument> inUse = RotationHolders.CertificatesInUse(rotation, document.Certificates, document.Revocations, now);
        ImmutableArray<string> waiting = rotation is null ? [] : RotationHolders.WaitingFor(membership, acks);
        return new RotationStatusResponse
        {
            Kind = kind,
            Step = rotation?.Step,
            Rotation = rotation?.Id,
            Started = rotation?.Started,
            StartedBy = rotation?.StartedBy,
            StepSince = rotation?.StepSince,
            Other = rotation is null ? membership.Rotation?.Kind : null,
            Next = membership.Rotation is null ? RotationSteps.Prepare
                : rotation is null || !waiting.IsEmpty ? null
                : RotationSteps.After(rotation.Step) ?? "end",
            Material = Material(membership, kind),
            Nodes = rotation is null ? [] : [.. membership.Nodes.Values.Select(node => View(node, rotation, membership, acks, waiting, seen))],
            InUse = [.. inUse.Select(static c => new RotationCertificateView { Serial = c.Serial, Profile = c.Profile, Subject = c.Subject, NotAfter = c.NotAfter })],
        };
    }

    private static RotationNodeView View(
        NodeDocument node, RotationDocument rotation, MembershipDocument membership, ImmutableArray<RotationAck> acks, ImmutableArray<string> waiting, ImmutableHashSet<string> seen)
    {
        bool isWaitedFor = waiting.Contains(node.Name);
        bool isNeeded = RotationHolders.Needed(membership).Contains(node.Name);
        return new RotationNodeView
        {
            Node = node.Name,
            State = isWaitedFor ? "waiting" : isNeeded ? "done" : "not needed",
            Seen = seen.Contains(node.Name),
            Since = isWaitedFor ? rotation.StepSince : isNeeded ? acks.FirstOrDefault(ack => ack.Node == node.Name)?.Time : null,
        };
    }

    private static IReadOnlyList<RotationMaterialView> Material(MembershipDocument membership, string kind) => kind switch
    {
        RotationKinds.Ca => [.. membership.Authorities.Select(View)],
        RotationKinds.Secret => [.. membership.Secrets.Select(static s => new RotationMaterialView { Id = s.Id, Phase = Word(s.Phase), Created = s.Created })],
        _ => [.. membership.DataKeys.Select(static k => new RotationMaterialView { Id = k.Id, Phase = Word(k.Phase), Created = k.Created })],
    };

    private static RotationMaterialView View(AuthorityDocument authority)
    {
        DateTime first = DateTime.MaxValue;
        foreach (byte[] certificate in (ReadOnlySpan<byte[]>)[authority.Root, authority.Nodes, authority.Users, .. authority.Chain])
        {
            using X509Certificate2 read = X509CertificateLoader.LoadCertificate(certificate);
            DateTime end = read.NotAfter.ToUniversalTime();
            first = end < first ? end : first;
        }

        return new RotationMaterialView
        {
            Id = authority.Id,
            Phase = Word(authority.Phase),
            Created = authority.Created,
            Expires = new DateTimeOffset(first),
            Fingerprint = Convert.ToHexStringLower(SHA256.HashData(authority.Root)),
            External = authority.External,
        };
    }

    private static string Word(TrustPhase phase) => phase switch
    {
        TrustPhase.Next => "next",
        TrustPhase.Active => "active",
        _ => "old",
    };
}
