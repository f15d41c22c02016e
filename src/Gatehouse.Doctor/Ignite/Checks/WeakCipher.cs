namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>Cipher suites that nobody should allow, by Java's names.</summary>
internal static class WeakCipher
{
    // The first that fits says why.
    private static readonly (string Part, string Why)[] Parts =
    [
        ("_NULL_", "it does not encrypt"),
        ("_ANON_", "neither side shows who it is"),
        ("_EXPORT_", "its keys were made weak on purpose"),
        ("_RC4_", "RC4 is broken"),
        ("_3DES_", "blocks of 64 bits give data away (Sweet32)"),
        ("_DES_", "keys of 56 bits are found by trying"),
        ("_DES40_", "keys of 40 bits are found by trying"),
        ("_MD5_", "MD5 is broken"),
        ("_CBC_SHA_", "CBC with SHA-1 has a history of padding attacks"),
    ];

    /// <summary>Why a suite is weak, or null.</summary>
    public static string? Why(string name)
    {
        string suite = $"_{name.Trim().ToUpperInvariant()}_";
        foreach ((string part, string why) in Parts)
        {
            if (suite.Contains(part, StringComparison.Ordinal))
            {
                return why;
            }
        }

        if (suite.Contains("_ECDH_", StringComparison.Ordinal) || suite.StartsWith("_TLS_DH_", StringComparison.Ordinal) || suite.StartsWith("_SSL_DH_", StringComparison.Ordinal))
        {
            return "its key exchange is static Diffie-Hellman: whoever gets the key later reads what was recorded";
        }

        return suite.StartsWith("_TLS_RSA_", StringComparison.Ordinal) || suite.StartsWith("_SSL_RSA_", StringComparison.Ordinal)
            ? "its key exchange is static RSA: whoever gets the key later reads what was recorded"
            : null;
    }
}
