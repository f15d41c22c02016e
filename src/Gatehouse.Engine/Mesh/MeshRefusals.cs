using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Mesh.Tunnels;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Mesh;

/// <summary>Refusals of the mesh: counted, logged, recorded; records are limited per source, whoever can reach the port can cause them.</summary>
internal static class MeshRefusals
{
    /// <summary>Records one.</summary>
    public static void Refuse(this MeshContext context, IPEndPoint source, string reason, string? detail, long connection = 0)
    {
        context.Counters.Refuse(reason);
        Log.Refused(context.Logger, source, reason, detail ?? "");
        (AuditAction action, ProblemDefinition problem) = Of(reason);
        context.Environment.Pipeline.Refusals.Record(action, MeshContext.Gate, source, reason, detail, connection, problem);
    }

    private static (AuditAction Action, ProblemDefinition Problem) Of(string reason) => reason switch
    {
        MeshReasons.Silent or MeshReasons.NotMesh => (AuditAction.AnonymousAccessDenied, MeshProblems.SecretNotProven),
        MeshReasons.WrongSecret or MeshReasons.SecretRetired => (AuditAction.AuthenticationFailed, MeshProblems.SecretNotProven),
        MeshReasons.ClockSkew => (AuditAction.AuthenticationFailed, MeshProblems.ClockSkew),
        MeshReasons.Replay => (AuditAction.AuthenticationFailed, MeshProblems.Replayed),
        MeshReasons.NoncesFull => (AuditAction.LimitReached, MeshProblems.NoncesFull),
        MeshReasons.CertificateMissing or MeshReasons.CertificateRefused or MeshReasons.AuthorityRetired =>
            (AuditAction.TlsFailed, MeshProblems.CertificateRefused),
        MeshReasons.UnknownNode or MeshReasons.KeyNotPinned or MeshReasons.KeyRevoked => (AuditAction.AuthenticationFailed, MeshProblems.PeerUnknown),
        MeshReasons.TlsFailed => (AuditAction.TlsFailed, MeshProblems.ProtocolViolated),
        MeshReasons.ProofFailed => (AuditAction.AuthenticationFailed, MeshProblems.ProtocolViolated),
        MeshReasons.Protocol => (AuditAction.TamperedRequest, MeshProblems.ProtocolViolated),
        MeshReasons.Untrusted => (AuditAction.AccessDenied, MeshProblems.PeerUntrusted),
        MeshReasons.UnknownService => (AuditAction.AccessDenied, MeshProblems.ServiceUnknown),
        MeshReasons.LocalUser => (AuditAction.AccessDenied, MeshProblems.LocalUserRefused),
        MeshReasons.WrongOwner => (AuditAction.Alarm, MeshProblems.WrongOwner),
        MeshReasons.NoListener => (AuditAction.ConnectionDenied, MeshProblems.NoListener),
        MeshReasons.Busy => (AuditAction.LimitReached, MeshProblems.Busy),
        MeshReasons.Draining => (AuditAction.ConnectionDenied, MeshProblems.Draining),
        MeshReasons.Unreachable => (AuditAction.ConnectionDenied, MeshProblems.PeerUnreachable),
        MeshReasons.PeerSilent => (AuditAction.ConnectionDenied, MeshProblems.PeerSilent),
        MeshReasons.PeerRefused => (AuditAction.ConnectionDenied, MeshProblems.PeerRefused),
        _ => (AuditAction.ConnectionDenied, MeshProblems.Failed),
    };
}
