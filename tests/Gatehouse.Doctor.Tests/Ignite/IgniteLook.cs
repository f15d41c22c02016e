using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Rules;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>Short ways to let the rules of Ignite look at texts, and to say what they saw.</summary>
internal static class IgniteLook
{
    public const string NodePath = "/etc/ignite3db/ignite-config.conf";
    public const string ClusterPath = "/etc/ignite3db/cluster.conf";
    public const string Runner = "java -Xmx1g -classpath /usr/share/ignite3db/lib/ignite-runner-3.1.0.jar org.apache.ignite.internal.app.IgniteRunner";
    public const string StorePassword = "store-Kx7-made-for-tests";

    /// <summary>A host with a node's file, and no process.</summary>
    public static FakeHost WithNode(string text) => new FakeHost().File(NodePath, text, "0600");

    /// <summary>A host with a cluster's configuration, and no node.</summary>
    public static FakeHost WithCluster(string text) => new FakeHost().File(ClusterPath, text, "0600");

    /// <summary>What all rules see at named files, or on the whole host.</summary>
    public static ImmutableArray<Finding> Findings(this FakeHost host, params string[] files) =>
        [.. new IgniteDoctor().Examine(host, files.Length == 0 ? ExaminationRequest.WholeHost : new ExaminationRequest([.. files])).SelectMany(static subject => subject.Findings)];

    /// <summary>
    /// What one rule saw, one mark for each finding, sorted: the severity's first letter (<c>?</c> where it could not decide) and the line of the
    /// first evidence, such as <c>C1 H0</c>.
    /// </summary>
    public static string Marks(this IEnumerable<Finding> findings, string id) => string.Join(
        ' ',
        findings.Where(finding => finding.Check == id)
            .Select(static finding => $"{(finding.IsUnknown ? '?' : finding.Severity.ToString()[0])}{(finding.Evidence.IsEmpty ? "" : finding.Evidence[0].Line)}")
            .Order(StringComparer.Ordinal));

    /// <summary>A PKCS#12 store with a key and a certificate of its own.</summary>
    public static byte[] KeyStore(DateTimeOffset from, DateTimeOffset until, int bits = 0, bool hasNames = true, string name = "n1.example.org", string password = StorePassword)
    {
        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsa = RSA.Create(bits == 0 ? 2048 : bits);
        CertificateRequest request = bits == 0
            ? new CertificateRequest($"CN={name}", curve, HashAlgorithmName.SHA256)
            : new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (hasNames)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 certificate = request.CreateSelfSigned(from, until);
        return certificate.Export(X509ContentType.Pkcs12, password);
    }

    /// <summary>A trust store with one CA.</summary>
    public static byte[] TrustStore(DateTimeOffset now, string name, string password = StorePassword)
    {
        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", curve, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(5));
        return Pkcs12Store.MakeTrustStore([certificate], "ca", password);
    }
}
