using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Audit;

namespace Gatehouse.Tests.Audit;

/// <summary>A small trail of three segments in memory, whose lines a test can change before it is verified.</summary>
internal sealed class TrailInMemory : IDisposable
{
    public const int RecordsPerSegment = 10;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TrailInMemory(int segments = 3, ECDsa? key = null)
    {
        Signer = new EcdsaAuditSigner(key ?? _key);
        using var chain = new AuditChain();
        byte[] line = new byte[AuditRecordReader.MaxLine];
        DateTimeOffset time = DateTimeOffset.UnixEpoch;
        string? previous = null;
        string? previousHead = null;
        for (int s = 1; s <= segments; s++)
        {
            var lines = new List<string>();
            var link = new AuditLink(SegmentName.Of(s), previous, previousHead);
            lines.Add(Text(line, chain.Seal(line, AuditSeals.FormatStart(line, time, "n1", Signer.PublicKey.Span, link, null), Signer)));
            for (int i = 0; i < RecordsPerSegment; i++)
            {
                var record = new AuditEvent
                {
                    Action = AuditAction.AccessGranted,
                    Outcome = AuditOutcome.Success,
                    Time = time,
                    User = "anna",
                    Path = string.Create(CultureInfo.InvariantCulture, $"/s{s}/r{i}"),
                };
                lines.Add(Text(line, chain.Append(line, AuditRecordWriter.Format(record, line))));
            }

            DateTimeOffset? from = s < segments ? time : null;
            lines.Add(Text(line, chain.Seal(line, AuditSeals.FormatCheckpoint(line, time, link, from), Signer)));
            previous = link.Segment;
            previousHead = chain.HeadText;
            Segments.Add(link.Segment, lines);
        }

        Anchor = new AuditAnchor(previous ?? "", chain.Sequence, chain.HeadText);
    }

    public EcdsaAuditSigner Signer { get; }

    public SortedDictionary<string, List<string>> Segments { get; } = new(StringComparer.Ordinal);

    public AuditAnchor Anchor { get; }

    public AuditVerification Verify(bool withAnchor = true, ReadOnlyMemory<byte>? key = null) => AuditVerifier.Verify(
        [.. Segments.Select(static s => new AuditSegment(s.Key, () => new MemoryStream(Encoding.UTF8.GetBytes(string.Join("", s.Value)))))],
        new AuditVerifyOptions { TrustedKeys = [key ?? Signer.PublicKey], Anchor = withAnchor ? Anchor : null });

    public void Dispose() => _key.Dispose();

    private static string Text(byte[] line, int length) => Encoding.UTF8.GetString(line, 0, length);
}
