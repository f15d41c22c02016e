using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Certificates;

/// <summary>One revoked certificate.</summary>
/// <param name="Serial">Lower-case hex.</param>
/// <param name="Time">When.</param>
/// <param name="Reason">Why: a word of <see cref="RevocationReasons"/>.</param>
public sealed record RevokedSerial(string Serial, DateTimeOffset Time, string Reason);

/// <summary>Signs revocation lists (RFC 5280 section 5).</summary>
public static class RevocationListMaker
{
    /// <summary>How long a list may be used.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>How old a list may become before it is signed anew.</summary>
    public static readonly TimeSpan RenewAfter = TimeSpan.FromDays(1);

    // Clocks of readers differ.
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(10);

    /// <summary>Signs a list of everything that an issuer has revoked; DER.</summary>
    /// <param name="issuer">The CA certificate with its key; its key usage must have cRLSign.</param>
    /// <param name="number">CRL number, greater than that of the list before.</param>
    /// <param name="revoked">All entries.</param>
    /// <param name="now">The moment of signing.</param>
    public static byte[] Make(X509Certificate2 issuer, BigInteger number, IEnumerable<RevokedSerial> revoked, DateTimeOffset now)
    {
        CertificateRevocationListBuilder builder = new();
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (RevokedSerial entry in revoked.OrderBy(static entry => entry.Serial, StringComparer.Ordinal))
        {
            if (seen.Add(entry.Serial))
            {
                builder.AddEntry(Convert.FromHexString(entry.Serial), entry.Time, RevocationReasons.CodeOf(entry.Reason));
            }
        }

        DateTimeOffset end = now + Life;
        DateTimeOffset last = CertificateLife.NotAfter(issuer);
        return builder.Build(issuer, number, end < last ? end : last, LeafIssuer.HashOf(issuer), RSASignaturePadding.Pkcs1, now - Backdate);
    }

    /// <summary>A list as PEM.</summary>
    public static string Pem(ReadOnlySpan<byte> der) => PemEncoding.WriteString("X509 CRL", der) + "\n";
}

/// <summary>Reasons of revocations, in the words of RFC 5280 section 5.3.1.</summary>
public static class RevocationReasons
{
    /// <summary>Where no reason was given.</summary>
    public const string Unspecified = "unspecified";

    /// <summary>The holder lost the key, or somebody else has it.</summary>
    public const string KeyCompromise = "keyCompromise";

    /// <summary>Another certificate has taken its place.</summary>
    public const string Superseded = "superseded";

    private static readonly (string Word, X509RevocationReason Code)[] Words =
    [
        (Unspecified, X509RevocationReason.Unspecified), (KeyCompromise, X509RevocationReason.KeyCompromise),
        ("affiliationChanged", X509RevocationReason.AffiliationChanged), (Superseded, X509RevocationReason.Superseded),
        ("cessationOfOperation", X509RevocationReason.CessationOfOperation), ("privilegeWithdrawn", X509RevocationReason.PrivilegeWithdrawn),
    ];

    /// <summary>All words.</summary>
    public static ImmutableArray<string> All { get; } = [.. Words.Select(static pair => pair.Word)];

    /// <summary>The code of a word; of anything else that of <see cref="Unspecified"/>.</summary>
    public static X509RevocationReason CodeOf(string word) => Array.Find(Words, pair => pair.Word == word).Code;
}
