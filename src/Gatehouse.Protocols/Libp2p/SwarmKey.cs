using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gatehouse.Protocols.Libp2p;

/// <summary>
/// The 32 bytes that members of a private libp2p network share: Kubo's <c>swarm.key</c>, IPFS Cluster's <c>secret</c>. Shows
/// nothing of itself; zeroed when disposed.
/// </summary>
public sealed class SwarmKey : IDisposable, IEquatable<SwarmKey>
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = 32;

    private static readonly byte[] Header = "/key/swarm/psk/1.0.0/"u8.ToArray();

    private readonly byte[] _bytes;
    private volatile bool _disposed;

    private SwarmKey(byte[] bytes) => _bytes = bytes;

    /// <summary>A new random key.</summary>
    public static SwarmKey Generate() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>A key of 32 bytes, which are copied.</summary>
    /// <exception cref="ArgumentException">There are not 32.</exception>
    public static SwarmKey Of(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size ? new SwarmKey(bytes.ToArray()) : throw new ArgumentException("a swarm key has 32 bytes", nameof(bytes));

    /// <summary>
    /// Reads a <c>swarm.key</c> as Go does (lines end with LF or CR LF, bytes behind the key are ignored), or IPFS Cluster's 64
    /// hexadecimal digits. Null with the reason, which has nothing of the key.
    /// </summary>
    public static SwarmKey? Parse(ReadOnlySpan<byte> text, out string why)
    {
        ReadOnlySpan<byte> rest = text;
        ReadOnlySpan<byte> first = TakeLine(ref rest);
        if (!first.SequenceEqual(Header))
        {
            return ParseHex(text, out why);
        }

        ReadOnlySpan<byte> encoding = TakeLine(ref rest);
        byte[] key = new byte[Size];
        bool isKey;
        if (encoding.SequenceEqual("/base16/"u8))
        {
            isKey = rest.Length >= 2 * Size && TryHex(rest[..(2 * Size)], key);
        }
        else if (encoding.SequenceEqual("/base64/"u8))
        {
            isKey = TryBase64(rest, key);
        }
        else if (encoding.SequenceEqual("/bin/"u8))
        {
            isKey = rest.Length >= Size;
            rest[..Math.Min(Size, rest.Length)].CopyTo(key);
        }
        else
        {
            why = "its second line is none of /base16/, /base64/ and /bin/";
            return null;
        }

        return Finish(key, isKey, "there are no 32 bytes in the encoding that its second line names", out why);
    }

    /// <summary>IPFS Cluster's form: 64 hexadecimal digits, spaces and line ends around them aside.</summary>
    public static SwarmKey? ParseHex(ReadOnlySpan<byte> text, out string why)
    {
        byte[] key = new byte[Size];
        ReadOnlySpan<byte> digits = text.Trim(" \t\r\n"u8);
        return Finish(key, digits.Length == 2 * Size && TryHex(digits, key), "it is neither 64 hexadecimal digits nor a swarm.key file", out why);
    }

    /// <summary>A cipher of this key for one direction.</summary>
    /// <exception cref="ObjectDisposedException">The key is gone: one of zeros, which anybody knows, must never stand in for it.</exception>
    public XSalsa20 Cipher(ReadOnlySpan<byte> nonce)
    {
        var cipher = new XSalsa20(_bytes, nonce);
        ObjectDisposedException.ThrowIf(_disposed, this); // after the copy: the flag is set before the zeros
        return cipher;
    }

    /// <summary>What is wrong with it as a secret; null for one that looks random.</summary>
    public SwarmKeyWeakness? FindWeakness() => SwarmKeyQuality.Find(_bytes);

    /// <summary>The text of a <c>swarm.key</c>, base16, as Kubo's own generator writes it. A secret.</summary>
    public byte[] ToKeyFile()
    {
        byte[] file = new byte[Header.Length + "\n/base16/\n"u8.Length + (2 * Size)];
        Header.CopyTo(file, 0);
        "\n/base16/\n"u8.CopyTo(file.AsSpan(Header.Length));
        Convert.TryToHexStringLower(_bytes, file.AsSpan(file.Length - (2 * Size)), out _);
        return file;
    }

    /// <summary>In constant time.</summary>
    public bool Equals(SwarmKey? other) => other is not null && !_disposed && !other._disposed && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SwarmKey);

    /// <summary>The same for all: a hash would say something about the key.</summary>
    public override int GetHashCode() => 0;

    /// <summary>Nothing of the key.</summary>
    public override string ToString() => "swarm key";

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        Interlocked.MemoryBarrier();
        CryptographicOperations.ZeroMemory(_bytes);
    }

    private static SwarmKey? Finish(byte[] key, bool isKey, string otherwise, out string why)
    {
        why = isKey ? "" : otherwise;
        if (isKey)
        {
            return new SwarmKey(key);
        }

        CryptographicOperations.ZeroMemory(key);
        return null;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line.TrimEnd((byte)'\r');
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, Span<byte> key)
    {
        for (int i = 0; i < key.Length; i++)
        {
            int high = Nibble(digits[2 * i]);
            int low = Nibble(digits[(2 * i) + 1]);
            if ((high | low) < 0)
            {
                return false;
            }

            key[i] = (byte)((high << 4) | low);
        }

        return true;
    }

    private static int Nibble(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    // Go's decoder skips line ends; 43 digits and one `=` are 32 bytes.
    private static bool TryBase64(ReadOnlySpan<byte> rest, Span<byte> key)
    {
        Span<byte> digits = stackalloc byte[44];
        int count = 0;
        foreach (byte b in rest)
        {
            if (b is (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            digits[count++] = b;
            if (count == digits.Length)
            {
                break;
            }
        }

        Span<byte> decoded = stackalloc byte[33];
        bool isKey = count == digits.Length
            && Base64.DecodeFromUtf8(digits, decoded, out int used, out int written) == System.Buffers.OperationStatus.Done
            && used == digits.Length && written == Size;
        decoded[..Size].CopyTo(key);
        CryptographicOperations.ZeroMemory(digits);
        CryptographicOperations.ZeroMemory(decoded);
        return isKey;
    }
}
