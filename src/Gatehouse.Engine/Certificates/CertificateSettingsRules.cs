using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Certificates;

/// <summary>What is wrong with the settings of a <c>pki</c> realm; all of it. Files are not looked at: they are each node's own.</summary>
internal static class CertificateSettingsRules
{
    private const string Words = "`subject.` and an attribute (CN, UID, OU, O, E, DC, ... or an OID), `san.email`, `san.dns`, `san.uri`, `san.upn`";

    /// <summary>Checks; empty when it is good.</summary>
    public static IReadOnlyList<Problem> Check(RealmDocument realm)
    {
        if (realm.Kind != RealmKind.Pki || realm.Certificate is not { } settings)
        {
            return [IdentityProblems.RealmSettings.Because($"realm `{realm.Name}` has no settings for certificates")];
        }

        List<Problem> problems = [];
        if (CertificateField.Parse(settings.NameFrom) is null || (settings.GroupsFrom is { } groups && CertificateField.Parse(groups) is null))
        {
            problems.Add(IdentityProblems.CertificateFields.Because($"realm `{realm.Name}`: name and groups come from {Words}"));
        }

        if (settings.Authorities is { } pem && !AreAuthorities(pem))
        {
            problems.Add(IdentityProblems.RealmAuthorities.Because($"realm `{realm.Name}`: the authorities are no certificates of authorities in PEM"));
        }

        foreach (string list in settings.Crls.IsDefault ? [] : settings.Crls)
        {
            if (RevocationText.IsPem(list) ? RevocationText.Parse(Encoding.ASCII.GetBytes(list)).IsEmpty : !Path.IsPathFullyQualified(list))
            {
                problems.Add(IdentityProblems.CertificateRevocation.Because(
                    $"realm `{realm.Name}`: a revocation list is neither a complete list in PEM nor the full path of a file"));
            }
        }

        return problems;
    }

    /// <summary>Reads authorities that were checked before.</summary>
    public static X509Certificate2Collection ReadAuthorities(string pem)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(pem);
        return authorities;
    }

    private static bool AreAuthorities(string pem)
    {
        try
        {
            X509Certificate2Collection authorities = ReadAuthorities(pem);
            return authorities.Count > 0
                && authorities.All(static a => a.Extensions.OfType<X509BasicConstraintsExtension>().Any(static b => b.CertificateAuthority));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
