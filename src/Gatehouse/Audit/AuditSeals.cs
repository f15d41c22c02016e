using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Audit;

/// <summary>Bodies of the two signed kinds of records.</summary>
public static class AuditSeals
{
    /// <summary>Largest body of either.</summary>
    public const int MaxBody = 4096;

    /// <summary>The first record of a segment.</summary>
    public static int FormatStart(Span<byte> buffer, DateTimeOffset time, string node, ReadOnlySpan<byte> publicKey, in AuditLink link, string? anomaly)
    {
        AuditOutcome outcome = anomaly is null ? AuditOutcome.Success : AuditOutcome.Failure;
        int length = AuditRecordWriter.FormatHead(buffer, time, AuditAction.SegmentStarted, outcome);
        length = Put(buffer, length, ",\"gatehouse.format\":1,\"gatehouse.node\":\"");
        length += AuditText.Write(node, buffer.Slice(length, 512), out _);
        length = Put(buffer, length, "\"");
        length = PutLink(buffer, length, link);
        length = Put(buffer, length, $",\"gatehouse.key\":\"{Convert.ToBase64String(publicKey)}\"");
        if (anomaly is not null)
        {
            length = Put(buffer, length, ",\"gatehouse.anomaly\":\"");
            length += AuditText.Write(anomaly, buffer.Slice(length, 1024), out _);
            length = Put(buffer, length, "\"");
        }

        return length;
    }

    /// <summary>A checkpoint; <paramref name="from"/> is given for the last one of a segment: its earliest timestamp.</summary>
    public static int FormatCheckpoint(Span<byte> buffer, DateTimeOffset time, in AuditLink link, DateTimeOffset? from)
    {
        int length = AuditRecordWriter.FormatHead(buffer, time, AuditAction.Checkpoint, AuditOutcome.Success);
        length = PutLink(buffer, length, link);
        if (from is { } earliest)
        {
            length = Put(buffer, length, ",\"gatehouse.from\":\"");
            length = AuditRecordWriter.PutTime(buffer, length, earliest);
            length = Put(buffer, length, "\",\"gatehouse.closed\":true");
        }

        return length;
    }

    private static int PutLink(Span<byte> buffer, int length, in AuditLink link)
    {
        length = Put(buffer, length, $",\"gatehouse.segment\":\"{link.Segment}\"");
        return link.PreviousSegment is null
            ? length
            : Put(buffer, length, $",\"gatehouse.previous.segment\":\"{link.PreviousSegment}\",\"gatehouse.previous.head\":\"{link.PreviousHead}\"");
    }

    private static int Put(Span<byte> buffer, int at, string text) => at + Encoding.ASCII.GetBytes(text, buffer[at..]);
}

/// <summary>A segment and what it follows.</summary>
/// <param name="Segment">Name of the segment.</param>
/// <param name="PreviousSegment">Name of the one before, or null for the first ever.</param>
/// <param name="PreviousHead">Hash of the last line of the one before, hex.</param>
public readonly record struct AuditLink(string Segment, string? PreviousSegment, string? PreviousHead);

/// <summary>Checks signatures of records against keys that the caller trusts.</summary>
internal sealed class AuditSealCheck(IReadOnlyList<ReadOnlyMemory<byte>> trusted) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create();
    private byte[] _used = [];

    /// <summary>Uses the key that a segment's first record names; false where it is not one of the trusted.</summary>
    public bool Use(byte[] publicKey)
    {
        foreach (ReadOnlyMemory<byte> key in trusted)
        {
            if (key.Span.SequenceEqual(publicKey))
            {
                if (!_used.AsSpan().SequenceEqual(publicKey))
                {
                    _key.ImportSubjectPublicKeyInfo(publicKey, out _);
                    _used = publicKey;
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a signed record's signature is by the key in use.</summary>
    public bool IsSigned(AuditRecord record)
    {
        if (_used.Length == 0 || record.Seal is not { Signature: { } signature } seal)
        {
            return false;
        }

        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(AuditChain.SealDomain);
        sha256.AppendData(record.Line.Span[..seal.SignedLength]);
        Span<byte> hash = stackalloc byte[32];
        sha256.GetHashAndReset(hash);
        return _key.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
