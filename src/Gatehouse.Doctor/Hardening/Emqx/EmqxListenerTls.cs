using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>TLS of a listener: a certificate of its own, 1.2 and 1.3, suites with forward secrecy.</summary>
/// <param name="files">What is in force.</param>
/// <param name="draft">The plan.</param>
internal sealed class EmqxListenerTls(EmqxFiles files, PlanDraft draft)
{
    /// <summary>The certificate's name beside the main file.</summary>
    public const string CertificateFile = "gatehouse-listener.crt";

    /// <summary>That of its CA.</summary>
    public const string AuthorityFile = "gatehouse-listener-ca.crt";

    private const string KeyFile = "gatehouse-listener.key", Shipped = "${EMQX_ETC_DIR}/certs/";
    private static readonly string[] Versions = ["tlsv1.3", "tlsv1.2"];

    /// <summary>The file with it.</summary>
    public ConfigDocument Of(ConfigDocument file, string listener, string[] names)
    {
        string options = $"{listener}.ssl_options";
        ConfigDocument edited = Certificate(file, options, names);
        Setting versions = files.InForce[$"{options}.versions"], ciphers = files.InForce[$"{options}.ciphers"];
        string[] spoken = [.. versions.AsCommaTexts() ?? []];
        if (spoken.Length == 0 || !Array.TrueForAll(spoken, static one => Versions.Contains(one.Trim('\''))))
        {
            edited = edited.Put($"{options}.versions", Literal.Texts(Versions));
            spoken = Versions;
        }

        string[] suites = [.. ciphers.AsCommaTexts() ?? []];
        if (suites.Length == 0 || !Array.TrueForAll(suites, static one => one.StartsWith("TLS_", StringComparison.Ordinal) || (one.StartsWith("ECDHE-", StringComparison.Ordinal) && one.Contains("GCM", StringComparison.Ordinal))))
        {
            bool is13 = Array.TrueForAll(spoken, static one => one.Trim('\'') == "tlsv1.3");
            edited = edited.Put($"{options}.ciphers", Literal.Texts(EmqxHardener.Suites.Where(one => !is13 || one.StartsWith("TLS_", StringComparison.Ordinal))));
        }

        return edited;
    }

    private ConfigDocument Certificate(ConfigDocument file, string options, string[] names)
    {
        bool isVerified = files.InForce[$"{options}.verify"].Text == "verify_peer";
        ConfigDocument edited = file;
        if (isVerified && files.InForce[$"{options}.fail_if_no_peer_cert"].AsBoolean() != true)
        {
            edited = edited.Put($"{options}.fail_if_no_peer_cert", Literal.Boolean(true));
            draft.Warn($"{options}.verify is verify_peer, which asks for a certificate and lets in who has none: who has none is refused from now on");
        }

        string certificate = files.InForce[$"{options}.certfile"].Text ?? Shipped + "cert.pem", authority = files.InForce[$"{options}.cacertfile"].Text ?? Shipped + "cacert.pem";
        bool isOwn = certificate != draft.Beside(CertificateFile) && IsOwn(certificate);
        bool isOpenToAll = isVerified && Read(authority) is { } roots && roots.Any(static one => ShippedCertificates.Find(one) is not null);
        if (isOwn)
        {
            draft.Warn($"{options} keeps the certificate {certificate}");
        }
        else
        {
            draft.Certificate(new CertificateWish
            {
                Profile = CertificateProfile.Server,
                Names = [.. names],
                Purpose = "clients of EMQX over TLS",
                Rights = draft.RightsOf(draft.Beside(KeyFile)),
                Pem = new PemPlaces(draft.Beside(KeyFile), draft.Beside(CertificateFile), draft.Beside(AuthorityFile)),
            });
            edited = edited.Put($"{options}.certfile", Literal.Text(draft.Beside(CertificateFile))).Put($"{options}.keyfile", Literal.Text(draft.Beside(KeyFile))).Without($"{options}.password");
        }

        if (isOpenToAll)
        {
            draft.Warn($"{options}.cacertfile is the CA that EMQX ships: everybody has a key of its. Clients need certificates of another one: set it, until then the CA of this listener takes its place");
        }

        // Without a look at clients' certificates it says nothing but what is sent along with the own one.
        bool isShippedAuthority = Read(authority) is not { } read || read.Any(static one => ShippedCertificates.Find(one) is not null);
        return isOpenToAll || (!isVerified && (!isOwn || isShippedAuthority))
            ? edited.Put($"{options}.cacertfile", Literal.Text(isOwn ? certificate : draft.Beside(AuthorityFile)))
            : edited;
    }

    private bool IsOwn(string written) => Read(written) is [{ } leaf, ..] all && !all.Any(static one => ShippedCertificates.Find(one) is not null)
        && leaf.NotAfter.ToUniversalTime() > draft.Now.UtcDateTime;

    private X509Certificate2[]? Read(string written)
    {
        try
        {
            return files.OnHost(written) is { } path && draft.Seen(path) is { } bytes ? [.. CertificateReader.Read(bytes, password: null).Certificates] : null;
        }
        catch (ProblemException)
        {
            return null;
        }
    }
}
