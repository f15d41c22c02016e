using System.Collections.Immutable;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>Names of TLS versions and ciphers as EMQX writes them.</summary>
internal static class TlsWords
{
    private static readonly string[] Broken = ["RC4", "DES", "NULL", "EXP", "ADH", "AECDH", "MD5"];

    /// <summary>Versions before 1.2, as <c>tlsv1, tlsv1.1</c>; empty for none.</summary>
    public static string Old(ImmutableArray<string> versions) => string.Join(", ", versions.Where(static v => v.Trim('\'') is not ("tlsv1.2" or "tlsv1.3")));

    /// <summary>Ciphers that protect nothing today; empty for none.</summary>
    public static string Weak(ImmutableArray<string> ciphers) => string.Join(", ", ciphers.Where(static c => Broken.Any(word => c.Contains(word, StringComparison.OrdinalIgnoreCase))));
}
