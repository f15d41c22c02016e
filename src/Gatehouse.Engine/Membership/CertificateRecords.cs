using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Membership;

/// <summary>What the cluster state keeps of a node's certificate.</summary>
internal static class CertificateRecords
{
    /// <summary>Profile of mesh certificates.</summary>
    public const string MeshProfile = "node";

    /// <summary>Profile of server certificates.</summary>
    public const string ServerProfile = "server";

    /// <summary>The record of a certificate.</summary>
    public static CertificateDocument Of(X509Certificate2 certificate, LeafKind kind, string node, string authority, string by) => new()
    {
        Serial = certificate.SerialNumber.ToLowerInvariant(),
        Profile = kind == LeafKind.Mesh ? MeshProfile : ServerProfile,
        Subject = node,
        Names =
        [
            .. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static names =>
                names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static a => a.ToString()))),
        ],
        KeyHash = IssuedCertificate.KeyHashOf(certificate),
        NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
        NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
        IssuedBy = by,
        Authority = authority,
        Node = node,
    };
}
