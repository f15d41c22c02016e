using Gatehouse.Audit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Records as a trail gives them back.</summary>
internal static class Trails
{
    public static AuditRecord Recorded(AuditEvent record)
    {
        byte[] buffer = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        int length = chain.Append(buffer, AuditRecordWriter.Format(record, buffer));
        return AuditRecordReader.TryRead(buffer.AsSpan(0, length - 1), out AuditRecord? read) ? read : throw new InvalidOperationException("the record cannot be read");
    }
}
