using System.IO.Compression;
using Gatehouse.Protocols.Zip;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Archives, in pieces: any split says the same, limits hold, and what is accepted is read by the platform with the same sizes and
/// without a name that leads elsewhere. The first byte chooses the split.
/// </summary>
public sealed class ZipFuzz : IFuzzTarget
{
    private static readonly ZipLimits Limits = new() { MaxEntries = 8, MaxUnpacked = 64 * 1024, MaxRatio = 100, RatioFrom = 16 * 1024 };

    /// <inheritdoc/>
    public string Name => "zip";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
        ["PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006", "PK\u0007\u0008", "../", "/", "\\", "a", "\u0000", "\u0001\u0000", "\u0008\u0000", "\u0014\u0000", "\u0003\u0000"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] body = input[1..].ToArray();
        ZipCheck whole = Check(body, body.Length);
        foreach (int size in (int[])[1, 2 + (input[0] % 97)])
        {
            Require(Check(body, size).Error == ZipError.None == (whole.Error == ZipError.None), "the split makes no difference");
        }

        if (whole.Error != ZipError.None)
        {
            return;
        }

        Require(whole.Entries is > 0 and <= 8 && whole.Unpacked <= Limits.MaxUnpacked, "limits hold");
        using var archive = new ZipArchive(new MemoryStream(body), ZipArchiveMode.Read);
        Require(archive.Entries.Count == whole.Entries, "the platform finds the same entries");
        long unpacked = 0;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            string path = Path.GetFullPath(Path.Combine("/unit", entry.FullName));
            Require(path.StartsWith("/unit/", StringComparison.Ordinal) && !entry.FullName.Contains('\\'), "no name leads elsewhere");
            Require((entry.ExternalAttributes >> 28 & 0xF) is 0 or 4 or 8, "no entry is a link");
            using Stream content = entry.Open();
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            Require(bytes.Length == entry.Length, "the platform unpacks what is announced");
            unpacked += bytes.Length;
        }

        Require(unpacked == whole.Unpacked, "the platform unpacks as much");
    }

    private static ZipCheck Check(byte[] body, int size)
    {
        var check = new ZipCheck(Limits);
        for (int at = 0; at < body.Length; at += size)
        {
            check.Push(body.AsSpan(at, Math.Min(size, body.Length - at)));
        }

        check.Finish();
        return check;
    }
}
