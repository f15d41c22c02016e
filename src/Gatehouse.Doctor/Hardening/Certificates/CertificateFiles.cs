using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Certificates;

/// <summary>Makes files of a certificate.</summary>
public static class CertificateFiles
{
    /// <summary>The files of a wish, from what was issued or brought for it.</summary>
    /// <exception cref="ProblemException">GH8169: it is not what was wished for.</exception>
    public static ImmutableArray<FileChange> Make(IHost host, CertificateWish wish, CertificateMaterial material)
    {
        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(material.Pem);
        using X509Certificate2 root = X509Certificate2.CreateFromPem(material.Root);
        X509Certificate2Collection between = [];
        between.ImportFromPem(material.Chain);
        string? fault = !CertificateCheck.IsOf(leaf, material.Key) ? "its key is another one"
            : !CertificateCheck.LeadsTo(leaf, between, root, host.Now) ? "it does not lead to the CA"
            : CertificateCheck.FaultOf(leaf, wish, host.Now);
        if (fault is not null)
        {
            throw HardenProblems.Certificates.Exception($"the certificate for {wish.Purpose} cannot be used: {fault}");
        }

        if (wish.Pem is { } pem)
        {
            return
            [
                Change(host, wish, pem.Key, Encoding.ASCII.GetBytes(material.Key.ExportPem()), isPublic: false),
                Change(host, wish, pem.Certificate, Encoding.ASCII.GetBytes(material.Pem + material.Chain), isPublic: true),
                Change(host, wish, pem.Authority, Encoding.ASCII.GetBytes(material.Root), isPublic: true),
            ];
        }

        StorePlaces store = wish.Store!; // one of both
        return
        [
            Change(host, wish, store.Keys, Pkcs12Store.MakeKeyStore(material.Key, leaf, between, store.Alias, store.KeysPassword), isPublic: false),
            Change(host, wish, store.Trust, Pkcs12Store.MakeTrustStore([root], "gatehouse", store.TrustPassword), isPublic: false),
        ];
    }

    private static FileChange Change(IHost host, CertificateWish wish, string path, byte[] content, bool isPublic) => new()
    {
        Path = path,
        Old = host.Read(path).Bytes,
        OldRights = host.Look(path) is { } fact ? FileRights.Of(fact.Status) : null,
        New = content,
        Rights = wish.RightsOf(isPublic),
    };
}
