using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gatehouse.Audit;

/// <summary>
/// The running end of a trail: the last record's number and hash. Ends a body with <c>gatehouse.seq</c> and
/// <c>gatehouse.prev</c>, the SHA-256 of the line before without its line end. One thread at a time.
/// </summary>
public sealed class AuditChain : IDisposable
{
    /// <summary>Bytes that <see cref="Append"/> adds at most.</summary>
    public const int MaxSuffix = 160;

    /// <summary>Bytes that <see cref="Seal"/> adds at most.</summary>
    public const int MaxSeal = 320;

    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _head = new byte[32];

    /// <summary>Starts a trail: nothing before it, hash of zeros.</summary>
    public AuditChain()
    {
    }

    /// <summary>Goes on behind record <paramref name="sequence"/> whose line had <paramref name="head"/>.</summary>
    public AuditChain(long sequence, ReadOnlySpan<byte> head)
    {
        Sequence = sequence;
        head.CopyTo(_head);
    }

    /// <summary>What a signature covers before the line's bytes, so that it means nothing elsewhere.</summary>
    internal static ReadOnlySpan<byte> SealDomain => "gatehouse audit seal 1\0"u8;

    /// <summary>Number of the last record, 0 before the first.</summary>
    public long Sequence { get; private set; }

    /// <summary>SHA-256 of the last record's line.</summary>
    public ReadOnlySpan<byte> Head => _head;

    /// <summary><see cref="Head"/> as lower-case hex.</summary>
    public string HeadText => Convert.ToHexStringLower(_head);

    /// <summary>
    /// Makes a record of the body in the first <paramref name="bodyLength"/> bytes of <paramref name="line"/> and returns the
    /// line's length with its line end.
    /// </summary>
    public int Append(Span<byte> line, int bodyLength)
    {
        int length = PutLink(line, bodyLength);
        line[length++] = (byte)'}';
        return End(line, length);
    }

    /// <summary>As <see cref="Append"/>, and signs all of it: a segment's first record or a checkpoint.</summary>
    public int Seal(Span<byte> line, int bodyLength, IAuditSigner signer)
    {
        int length = PutLink(line, bodyLength);
        Span<byte> hash = stackalloc byte[32];
        Span<byte> signature = stackalloc byte[64];
        _sha256.AppendData(SealDomain);
        _sha256.AppendData(line[..length]);
        _sha256.GetHashAndReset(hash);
        signer.Sign(hash, signature);
        ReadOnlySpan<byte> key = ",\"gatehouse.signature\":\""u8;
        key.CopyTo(line[length..]);
        length += key.Length;
        Base64.EncodeToUtf8(signature, line[length..], out _, out int written);
        length += written;
        "\"}"u8.CopyTo(line[length..]);
        return End(line, length + 2);
    }

    /// <summary>
    /// Reads number and hash at the end of a line, without looking at the rest; for a quick walk along a trail that is
    /// already trusted or will be verified in full elsewhere.
    /// </summary>
    public static bool TryReadLink(ReadOnlySpan<byte> line, out long sequence, out ReadOnlySpan<byte> previous, out bool isSealed)
    {
        sequence = 0;
        previous = default;
        isSealed = false;
        if (!line.StartsWith("{\"@timestamp\":\""u8) || !line.EndsWith("\"}"u8))
        {
            return false;
        }

        const int signature = 24 + 88 + 2;
        if (line.Length > signature && line[^signature..].StartsWith(",\"gatehouse.signature\":\""u8))
        {
            isSealed = true;
            line = line[..^signature];
        }
        else
        {
            line = line[..^1];
        }

        ReadOnlySpan<byte> key = ",\"gatehouse.prev\":\""u8;
        int link = key.Length + 64 + 1;
        if (line.Length < link || !line[^link..].StartsWith(key))
        {
            return false;
        }

        previous = line.Slice(line.Length - 65, 64);
        line = line[..^link];
        ReadOnlySpan<byte> number = ",\"gatehouse.seq\":"u8;
        int at = line.LastIndexOf(number);
        return at >= 0 && Utf8Parser.TryParse(line[(at + number.Length)..], out sequence, out int consumed)
            && at + number.Length + consumed == line.Length && sequence > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _sha256.Dispose();

    private int PutLink(Span<byte> line, int length)
    {
        ReadOnlySpan<byte> key = ",\"gatehouse.seq\":"u8;
        key.CopyTo(line[length..]);
        length += key.Length;
        Utf8Formatter.TryFormat(Sequence + 1, line[length..], out int written);
        length += written;
        key = ",\"gatehouse.prev\":\""u8;
        key.CopyTo(line[length..]);
        length += key.Length;
        Convert.TryToHexStringLower(_head, line[length..], out written);
        length += written;
        line[length++] = (byte)'"';
        return length;
    }

    private int End(Span<byte> line, int length)
    {
        _sha256.AppendData(line[..length]);
        _sha256.GetHashAndReset(_head);
        Sequence++;
        line[length++] = (byte)'\n';
        return length;
    }
}
