namespace Gatehouse.Trust;

/// <summary>Seals documents: AES-256-GCM with path and generation as associated data. Thread-safe.</summary>
public sealed class Sealer
{
    internal Sealer(ReadOnlySpan<byte> key) => throw new NotSupportedException();

    /// <summary>Seals.</summary>
    public byte[] Seal(string path, long generation, ReadOnlySpan<byte> plaintext) => throw new NotSupportedException();

    /// <summary>Opens what <see cref="Seal"/> made for the very same path and generation.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3020.</exception>
    public byte[] Open(string path, long generation, ReadOnlySpan<byte> sealedBytes) => throw new NotSupportedException();

    /// <summary>Opens; null where it was changed, moved to another path or generation, or sealed under another key.</summary>
    public byte[]? TryOpen(string path, long generation, ReadOnlySpan<byte> sealedBytes) => throw new NotSupportedException();

    /// <summary>A name for content that tells nothing about it to who has not the key: HMAC-SHA256, 64 hex digits.</summary>
    public string NameOf(ReadOnlySpan<byte> content) => throw new NotSupportedException();
}
