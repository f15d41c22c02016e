using System.Collections.Immutable;

namespace Gatehouse.Audit.Secrets;

/// <summary>Names of secrets: in any case, with or without separators, in full-width letters too.</summary>
internal sealed class SecretWords(IEnumerable<string> more)
{
    private const char FullWidth = '\uFF01';
    private const char FullWidthEnd = '\uFF5E';

    private static readonly ImmutableArray<string> Always =
    [
        "password", "passwd", "passphrase", "passcode", "pwd", "passwort", "kennwort", "пароль", "secret", "token", "apikey", "accesskey",
        "privatekey", "privkey", "signingkey", "encryptionkey", "authorization", "bearer", "credential", "cookie", "session", "connectionstring",
    ];

    // Too short to be looked for inside of other names.
    private static readonly ImmutableArray<string> Whole = ["pass", "pin", "otp", "jwt", "auth", "sid"];

    private readonly ImmutableArray<string> _words = [.. Always, .. more.Select(Plain).Where(static m => m.Length > 0)];

    /// <summary>Whether a name is one of a secret.</summary>
    public bool AreIn(string name)
    {
        string plain = Plain(name);
        return Whole.Contains(plain) || _words.Any(word => plain.Contains(word, StringComparison.Ordinal));
    }

    /// <summary>Letters and digits in lower case.</summary>
    public static string Plain(string name) => string.Concat(name.Select(Narrow).Where(char.IsLetterOrDigit).Select(Fold));

    private static char Narrow(char c) => c is >= FullWidth and <= FullWidthEnd ? (char)(c - FullWidth + '!') : c;

    // Two letters that other programs take for s and k when they ignore case.
    private static char Fold(char c) => c switch { '\u017F' => 's', '\u212A' => 'k', _ => char.ToLowerInvariant(c) };
}
