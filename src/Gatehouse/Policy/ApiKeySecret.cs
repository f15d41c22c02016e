using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Policy;

/// <summary>
/// API keys as text: <c>gh_ID_SECRET</c>, 20 letters and digits, then 32 random bytes as 43 characters of base64url (RFC 4648
/// section 5). What is kept is SHA-256 of the 43 characters as they stand, so that no second spelling of a secret is good.
/// </summary>
public static class ApiKeySecret
{
    /// <summary>How every key begins, so that people and scanners know one when they see it.</summary>
    public const string Prefix = "gh_";

    /// <summary>Characters of the public part.</summary>
    public const int IdLength = 20;

    /// <summary>Characters of the secret part.</summary>
    public const int SecretLength = 43;

    private const int SecretBytes = 32;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(Alphabet);

    private static readonly SearchValues<char> SecretCharacters = SearchValues.Create(Alphabet + "-_");

    /// <summary>Makes a key: its id, its whole text, which nobody sees again, and the hash to keep.</summary>
    public static (string Id, string Text, string Hash) Make()
    {
        string id = RandomNumberGenerator.GetString(Alphabet, IdLength);
        Span<byte> random = stackalloc byte[SecretBytes];
        RandomNumberGenerator.Fill(random);
        string secret = Base64Url.EncodeToString(random);
        CryptographicOperations.ZeroMemory(random);
        return (id, $"{Prefix}{id}_{secret}", HashOf(secret));
    }

    /// <summary>Takes a key apart; false for everything that is not of its form.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out string id, out ReadOnlySpan<char> secret)
    {
        id = "";
        secret = default;
        const int At = 3 + IdLength;
        if (text.Length != At + 1 + SecretLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[At] != '_'
            || text[Prefix.Length..At].ContainsAnyExcept(IdCharacters) || text[(At + 1)..].ContainsAnyExcept(SecretCharacters))
        {
            return false;
        }

        id = text[Prefix.Length..At].ToString();
        secret = text[(At + 1)..];
        return true;
    }

    /// <summary>Whether a secret is the one that was hashed; takes the same time whichever it is.</summary>
    public static bool Matches(string hash, ReadOnlySpan<char> secret)
    {
        Span<byte> presented = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> kept = stackalloc byte[SHA256.HashSizeInBytes];
        return secret.Length == SecretLength
            && TryHash(secret, presented)
            && Convert.TryFromBase64String(hash, kept, out int length)
            && length == kept.Length
            && CryptographicOperations.FixedTimeEquals(presented, kept);
    }

    private static string HashOf(string secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return TryHash(secret, hash) ? Convert.ToBase64String(hash) : throw new ArgumentException("no secret of this form", nameof(secret));
    }

    private static bool TryHash(ReadOnlySpan<char> secret, Span<byte> hash)
    {
        Span<byte> ascii = stackalloc byte[SecretLength];
        bool isAscii = Ascii.FromUtf16(secret, ascii, out int written) == OperationStatus.Done && written == SecretLength;
        SHA256.HashData(ascii, hash);
        CryptographicOperations.ZeroMemory(ascii);
        return isAscii;
    }
}
