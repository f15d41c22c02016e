using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>The segments in a trail's folder, for those who only read.</summary>
internal static class AuditFolder
{
    /// <summary>Segments in order; empty where the folder does not exist.</summary>
    public static IReadOnlyList<AuditSegment> Segments(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }

        var segments = new List<AuditSegment>();
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileName(path);
            if (SegmentName.NumberOf(name) > 0)
            {
                segments.Add(new AuditSegment(name, () => OpenForReading(path)));
            }
        }

        segments.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return segments;
    }

    /// <summary>Verifies a folder as <see cref="AuditVerifier"/> does.</summary>
    public static AuditVerification Verify(string directory, AuditVerifyOptions options, CancellationToken cancellation = default) =>
        AuditVerifier.Verify(Segments(directory), options, cancellation);

    /// <summary>Opens a segment beside the writer.</summary>
    internal static FileStream OpenForReading(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan);
}
