using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Elastic.Keystores;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Elastic;

/// <summary>The certificate of a listener, out of PEM or a PKCS#12 store.</summary>
/// <param name="End">Whose.</param>
/// <param name="Setting">What names the file.</param>
/// <param name="Path">The file.</param>
/// <param name="Leaf">The listener's own certificate, or null where it cannot be read.</param>
/// <param name="Facts">What that says, or null.</param>
/// <param name="HasAuthorityKey">Whether the store holds an authority with its private key.</param>
/// <param name="Why">Why it cannot be read, as the end of a sentence, or null.</param>
internal sealed record StoredCertificate(TlsEnd End, Setting Setting, string Path, X509Certificate2? Leaf, CertificateFacts? Facts, bool HasAuthorityKey, string? Why)
{
    /// <summary>Those of a node's listeners that speak TLS.</summary>
    public static ImmutableArray<StoredCertificate> Of(NodeSubject node) =>
    [
        .. new[] { node.Http, node.Transport }.Where(end => node.SpeaksTls(end).Value != false)
            .SelectMany(static end => new[] { (End: end, Setting: end.Certificate), (End: end, Setting: end.Keystore) })
            .Where(static pair => pair.Setting.HasValue() && pair.Setting.Text is not null)
            .Select(pair => Read(node, pair.End, pair.Setting)),
    ];

    private static StoredCertificate Read(NodeSubject node, TlsEnd end, Setting setting)
    {
        string? path = node.Locate(setting.Text ?? "");
        if (path is null)
        {
            return new StoredCertificate(end, setting, setting.Text ?? "", null, null, false, "the configuration folder is not known");
        }

        FileContent content = node.Host.Read(path);
        if (content.Bytes is not { } bytes)
        {
            return new StoredCertificate(end, setting, path, null, null, false, content.Why ?? "it cannot be read");
        }

        try
        {
            CertificateFile file = CertificateReader.Read(bytes, PasswordOf(node, end));
            X509Certificate2 leaf = file.Certificates.FirstOrDefault(static c => !IsAuthority(c)) ?? file.Certificates[0];
            bool hasAuthorityKey = file is { HasPrivateKey: true, Form: "PKCS#12" } && HoldsAuthorityKey(bytes, PasswordOf(node, end));
            return new StoredCertificate(end, setting, path, leaf, CertificateFacts.Of(leaf, node.Host.Now), hasAuthorityKey, null);
        }
        catch (ProblemException fault)
        {
            string why = fault.Problem.Definition.Id == "GH3105" ? "its password is not known" : "it holds no certificate that can be read";
            return new StoredCertificate(end, setting, path, null, null, false, why);
        }
    }

    // A node's store usually has the authority's certificate beside the node's key; that alone is as it should be.
    private static bool HoldsAuthorityKey(byte[] bytes, string? password)
    {
        X509Certificate2Collection all = [];
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(bytes, password, X509KeyStorageFlags.EphemeralKeySet);
            return all.Any(static certificate => certificate.HasPrivateKey && IsAuthority(certificate));
        }
        catch (CryptographicException)
        {
            return false; // its password is another, and what it holds was said by its public half
        }
        finally
        {
            foreach (X509Certificate2 certificate in all)
            {
                certificate.Dispose();
            }
        }
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(static constraint => constraint.CertificateAuthority);

    private static string? PasswordOf(NodeSubject node, TlsEnd end) =>
        end.KeystorePassword.Text
        ?? (node.Keystore is { State: KeystoreState.Open } store ? store.Value(end.SecureKeystorePassword) : null)
        ?? (node.IsOpenSearch ? "changeit" : null);
}
