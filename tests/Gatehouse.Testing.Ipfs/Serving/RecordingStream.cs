using System.Security.Cryptography;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>A request's body on its way to a handler, measured and hashed.</summary>
internal sealed class RecordingStream(Stream body, RecordedRequest request, int kept) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MemoryStream _kept = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes what was seen into the record. (Whoever passes the body on may dispose this stream before.)</summary>
    public void Settle()
    {
        request.Body = _kept.ToArray();
        request.BodyHash = Convert.ToHexStringLower(_hash.GetHashAndReset());
        _hash.Dispose();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await body.ReadAsync(buffer, cancellationToken);
        request.IsComplete |= read == 0 && buffer.Length > 0;
        request.BodyLength += read;
        _hash.AppendData(buffer.Span[..read]);
        _kept.Write(buffer.Span[..Math.Clamp(kept - (int)_kept.Length, 0, read)]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
