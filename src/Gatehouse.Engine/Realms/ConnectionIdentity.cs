using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Certificates;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Network;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Step 4 of gates that know no password: the connection itself is the identity. A client certificate (<c>pki</c>) is the principal of its common name with
/// the roles <c>pki.NAME</c> and <c>pki.GATE</c>; a source that an allow rule names (<c>network</c>) is the principal of that
/// rule with the role <c>network.GATE</c>. Such roles grant nothing until somebody makes them.
/// </summary>
internal static class ConnectionIdentity
{
    private const string CommonName = "2.5.4.3";

    /// <summary>Who a connection is; null: nobody.</summary>
    public static Authenticated? Find(string gate, ImmutableArray<string> realms, IGateConnectionFeature connection, SecuritySnapshot snapshot)
    {
        foreach (string realm in realms.IsDefaultOrEmpty ? [RealmNames.Pki] : realms)
        {
            Authenticated? found = realm switch
            {
                RealmNames.Pki => FromCertificate(gate, connection.ClientCertificate),
                RealmNames.Network => FromNetwork(gate, connection, snapshot),
                _ => null,
            };
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The identity of a certificate that the gate's own client authorities vouch for.</summary>
    public static Authenticated? FromCertificate(string gate, X509Certificate2? certificate)
    {
        if (certificate is null || FindCommonName(certificate) is not { } name)
        {
            return null;
        }

        // With its key, so that a revocation is seen at each request.
        string key = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { [SecuritySnapshot.CertificateKeyAttribute] = key };
        return new Authenticated(new Principal(name, RealmNames.Pki, ["pki." + name, "pki." + gate], attributes.ToFrozenDictionary(StringComparer.Ordinal)), 0);
    }

    /// <summary>The common name, when there is exactly one; names are read as structure, never by splitting text.</summary>
    public static string? FindCommonName(X509Certificate2 certificate)
    {
        string? found = null;
        try
        {
            foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
            {
                if (part.HasMultipleElements || Subject.HoldsZero(part))
                {
                    return null;
                }

                if (part.GetSingleElementType().Value == CommonName)
                {
                    if (found is not null)
                    {
                        return null;
                    }

                    found = part.GetSingleElementValue();
                }
            }
        }
        catch (Exception malformed) when (malformed is CryptographicException or AsnContentException)
        {
            return null;
        }

        // It becomes part of roles' names: what nobody sees must not be in it.
        return found is not null && ForeignText.IsName(found) ? found : null;
    }

    private static Authenticated? FromNetwork(string gate, IGateConnectionFeature connection, SecuritySnapshot snapshot)
    {
        AddressVerdict verdict = snapshot.Decide(gate, connection.Connection.Source.Address);
        return verdict is { IsAllowed: true, Rule: { } rule }
            ? new Authenticated(new Principal(rule.Address, RealmNames.Network, ["network." + gate]), 0)
            : null;
    }
}
