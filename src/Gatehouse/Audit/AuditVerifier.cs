namespace Gatehouse.Audit;

/// <summary>Verifies a trail: numbering, chain, signatures, links of segments, anchor.</summary>
public static class AuditVerifier
{
    /// <summary>Reads the segments in order of their names and reports the first broken place.</summary>
    public static AuditVerification Verify(IReadOnlyList<AuditSegment> segments, AuditVerifyOptions options, CancellationToken cancellation = default) =>
        throw new NotSupportedException();
}
