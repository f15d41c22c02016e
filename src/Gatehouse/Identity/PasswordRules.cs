using System.Collections.Frozen;
using System.Text;

namespace Gatehouse.Identity;

/// <summary>
/// What a new password must be (after NIST SP 800-63B 5.1.1.2: length instead of classes of characters, a list of well-known
/// ones): 12 characters at least, 1024 bytes of UTF-8 at most, no control characters, no combining accents. Nothing is trimmed,
/// cut or rewritten: the bytes that are typed are the password.
/// </summary>
public static class PasswordRules
{
    /// <summary>Fewest characters (code points).</summary>
    public const int MinLength = 12;

    /// <summary>Most bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

    private const int MinDistinct = 5;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly FrozenSet<string> WellKnown = new[]
    {
        "password1234", "password12345", "passwordpassword", "password123456", "qwertyuiop12", "qwertyuiop123", "qwerty123456",
        "123456789012", "1234567890123", "12345678901234", "1234567890ab", "abcdefghijkl", "abcdefghijklm", "administrator",
        "administrator1", "letmeinletmein", "changemechangeme", "changemenow1", "iloveyou1234", "welcome12345", "welcome123456",
        "admin1234567", "admin12345678", "qazwsxedcrfv", "1qaz2wsx3edc", "1q2w3e4r5t6y", "zaq12wsxcde3", "gatehouse1234",
        "gatehousegatehouse", "adminadminadmin", "correcthorsebatterystaple", "trustno1trustno1", "asdfghjkl123", "p@ssw0rd1234",
        "p@ssword1234", "passw0rd1234", "supersecret123", "secretsecret", "default12345",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it may become the password of <paramref name="user"/>; <paramref name="reason"/> never quotes it.</summary>
    public static bool IsAcceptable(string user, string password, out string? reason)
    {
        reason = Refuse(user, password);
        return reason is null;
    }

    private static string? Refuse(string user, string password)
    {
        int bytes;
        try
        {
            bytes = Strict.GetByteCount(password);
        }
        catch (EncoderFallbackException)
        {
            return "it is not Unicode text";
        }

        if (bytes > MaxBytes)
        {
            return $"it is longer than {MaxBytes} bytes";
        }

        int length = 0;
        HashSet<Rune> distinct = [];
        foreach (Rune rune in password.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029)
            {
                return "it holds a control character";
            }

            // Two keyboards send an accented letter as one character or as two. The runtime has no normalization tables here
            // (InvariantGlobalization), so the form that only some send is refused instead of rewritten.
            if (rune.Value is >= 0x300 and <= 0x36F)
            {
                return "it holds a combining accent; type accented letters as one character, or leave the accents out";
            }

            length++;
            distinct.Add(rune);
        }

        return length < MinLength ? $"it has fewer than {MinLength} characters"
            : distinct.Count < MinDistinct ? $"it has fewer than {MinDistinct} different characters"
            : WellKnown.Contains(password) ? "it is one of the passwords that everybody tries first"
            : user.Length >= 4 && password.Replace(user, "", StringComparison.OrdinalIgnoreCase).Length < MinLength / 2 ? "it is little more than the user's name"
            : null;
    }
}
