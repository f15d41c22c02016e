using System.Security.Cryptography;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>A folder for a trail, with key and anchor, gone at the end of the test.</summary>
internal sealed class TrailFolder : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TrailFolder(string? parent = null)
    {
        Root = parent ?? Directory.CreateTempSubdirectory("gatehouse-audit-").FullName;
        Path = System.IO.Path.Combine(Root, "audit");
        Signer = new EcdsaAuditSigner(_key);
    }

    public string Root { get; }

    public string Path { get; }

    public EcdsaAuditSigner Signer { get; }

    public AnchorInMemory Anchor { get; } = new();

    public AuditTrailOptions Options => new() { Directory = Path, Node = "n1", RetryAfter = TimeSpan.FromMilliseconds(20) };

    public Task<FileAuditTrail> OpenAsync(AuditTrailOptions? options = null, IAuditFiles? files = null, TimeProvider? time = null) =>
        FileAuditTrail.OpenAsync(
            options ?? Options, files ?? new PhysicalAuditFiles(Path), Signer, Anchor, time ?? TimeProvider.System, NullLogger.Instance, CancellationToken.None);

    public AuditVerification Verify() =>
        AuditFolder.Verify(Path, new AuditVerifyOptions { TrustedKeys = [Signer.PublicKey], Anchor = Anchor.Kept });

    public List<AuditRecord> Records()
    {
        var records = new List<AuditRecord>();
        foreach (AuditSegment segment in AuditFolder.Segments(Path))
        {
            using var lines = new AuditLineReader(segment.Open());
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                records.Add(AuditRecordReader.TryRead(line, out AuditRecord? record)
                    ? record
                    : throw new InvalidDataException(Encoding.UTF8.GetString(line)));
            }
        }

        return records;
    }

    public IEnumerable<string> Paths() => Records().Where(r => r.Path is not null).Select(r => r.Path ?? "");

    public string FileOf(int segment) => System.IO.Path.Combine(Path, SegmentName.Of(segment));

    public void Dispose()
    {
        _key.Dispose();
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    public static AuditEvent Event(string path, AuditAction action = AuditAction.AccessGranted) => new()
    {
        Action = action,
        Outcome = AuditOutcome.Success,
        Time = DateTimeOffset.UtcNow,
        User = "anna",
        Gate = "g",
        Path = path,
    };

    public static void Record(FileAuditTrail trail, string path)
    {
        // A busy machine may write more slowly than a loop fills the slots.
        AuditSlot slot = default;
        if (!SpinWait.SpinUntil(() => trail.TryReserve(out slot), TimeSpan.FromSeconds(30)))
        {
            throw new InvalidOperationException("no slot");
        }

        trail.Complete(slot, Event(path));
    }
}

/// <summary>An anchor that can be made to fail.</summary>
internal sealed class AnchorInMemory : IAuditAnchor
{
    private AuditAnchor? _kept;

    public AuditAnchor? Kept
    {
        get => Volatile.Read(ref _kept);
        set => Volatile.Write(ref _kept, value);
    }

    public bool Fails { get; set; }

    public ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation)
    {
        if (Fails)
        {
            throw new IOException("the store is away");
        }

        Kept = anchor;
        return ValueTask.CompletedTask;
    }

    public ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation) => ValueTask.FromResult(Kept);
}

/// <summary>The real clock, put ahead.</summary>
internal sealed class AdvancingClock : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
