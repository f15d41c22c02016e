using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Identity;

/// <summary>
/// Password hashes in PHC string form, <c>$pbkdf2-sha512$i=210000$SALT$HASH</c> with unpadded base64url of a 16-byte salt and
/// a 32-byte PBKDF2-HMAC-SHA512 output (RFC 8018 5.2; rounds after the OWASP password storage sheet).
/// </summary>
public static class PasswordHash
{
    /// <summary>Rounds of new hashes.</summary>
    public const int Rounds = 210_000;

    private const int MaxRounds = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const string Prefix = "$pbkdf2-sha512$i=";

    /// <summary>A well-formed hash that no password matches; verifying against it takes as long as against a real one.</summary>
    public static string Decoy { get; } = Encode(Rounds, RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(HashBytes));

    /// <summary>Hashes a password under a fresh salt; about 0.1 s of CPU.</summary>
    public static string Create(ReadOnlySpan<char> password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        Span<byte> hash = stackalloc byte[HashBytes];
        Derive(password, salt, Rounds, hash);
        return Encode(Rounds, salt, hash);
    }

    /// <summary>True when the password belongs to the hash; false for a hash that cannot be read. Compares in constant time.</summary>
    public static bool Verify(string encoded, ReadOnlySpan<char> password)
    {
        Span<byte> expected = stackalloc byte[HashBytes];
        Span<byte> salt = stackalloc byte[SaltBytes];
        if (!TryDecode(encoded, out int rounds, salt, expected))
        {
            return false;
        }

        Span<byte> actual = stackalloc byte[HashBytes];
        Derive(password, salt, rounds, actual);
        return CryptographicOperations.FixedTimeEquals(actual, expected);
    }

    /// <summary>Whether a stored string is a hash that <see cref="Verify"/> can read.</summary>
    public static bool IsWellFormed(string? encoded)
    {
        Span<byte> salt = stackalloc byte[SaltBytes];
        Span<byte> hash = stackalloc byte[HashBytes];
        return encoded is not null && TryDecode(encoded, out _, salt, hash);
    }

    private static void Derive(ReadOnlySpan<char> password, ReadOnlySpan<byte> salt, int rounds, Span<byte> into)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(password.Length)];
        int length = Encoding.UTF8.GetBytes(password, bytes);
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(bytes.AsSpan(0, length), salt, into, rounds, HashAlgorithmName.SHA512);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string Encode(int rounds, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> hash) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{rounds}${Base64Url.EncodeToString(salt)}${Base64Url.EncodeToString(hash)}");

    private static bool TryDecode(string encoded, out int rounds, Span<byte> salt, Span<byte> hash)
    {
        rounds = 0;
        if (!encoded.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> rest = encoded.AsSpan(Prefix.Length);
        Span<Range> parts = stackalloc Range[4];
        return rest.Split(parts, '$') == 3
            && int.TryParse(rest[parts[0]], NumberStyles.None, CultureInfo.InvariantCulture, out rounds)
            && rounds is > 0 and <= MaxRounds
            && Fills(rest[parts[1]], salt)
            && Fills(rest[parts[2]], hash);
    }

    private static bool Fills(ReadOnlySpan<char> text, Span<byte> into) =>
        Base64Url.DecodeFromChars(text, into, out int consumed, out int written) == OperationStatus.Done
        && consumed == text.Length
        && written == into.Length;
}
