using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Certificates;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Certificates;

public sealed class LeafIssuerTests
{
    private const string Cluster = "0123456789abcdef0123456789abcdef";
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Every_profile_verifies_with_openssl_for_its_purposes_and_no_other()
    {
        using TemporaryFolder folder = new();
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        File.WriteAllText(folder["ca.crt"], string.Concat(new[] { ca.Root, ca.Nodes, ca.Users }.Select(static c => c.ExportCertificatePem() + "\n")));
        foreach (CertificateProfile profile in CertificateProfile.All)
        {
            using X509Certificate2 leaf = Issue(ca, profile, KeyKinds.WordOf(profile.Keys[0]));
            File.WriteAllText(folder["leaf.pem"], leaf.ExportCertificatePem() + "\n");
            foreach ((string purpose, bool good) in new[] { ("sslserver", profile.IsServer), ("sslclient", profile.IsClient) })
            {
                (int code, string output) = await folder.RunAsync("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.crt", "leaf.pem");
                (code == 0).ShouldBe(good, $"{profile.Name} as {purpose}: {output}");
            }

            (CertificateLife.NotAfter(leaf) - Now).TotalDays.ShouldBe(profile.IsLoadedOnce ? 365 : 90, 0.1, profile.Name);
        }
    }

    [Theory]
    [InlineData("erlang", true)]
    [InlineData("server", false)]
    public void Erlang_finds_an_address_among_the_dns_names(string profile, bool isDns)
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        using X509Certificate2 leaf = Issue(ca, CertificateProfile.Find(profile)!, "ecdsa-p256", "127.77.0.2", "2001:db8::7", "emqx.example.org");
        X509SubjectAlternativeNameExtension names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        names.EnumerateIPAddresses().Select(static a => a.ToString()).ShouldBe(["127.77.0.2", "2001:db8::7"]);
        names.EnumerateDnsNames().ShouldBe(isDns ? ["127.77.0.2", "2001:db8::7", "emqx.example.org"] : ["emqx.example.org"]);
    }

    [Fact]
    public void Ipfs_takes_no_ecdsa_key()
    {
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        CertificateOrder request = new() { Profile = CertificateProfile.Find("ipfs")!, CommonName = "a", Names = ["a"], Days = 1 };
        Problem? problem = LeafIssuer.Check(request, PublicKeyFacts.Of(key.PublicKey));
        problem.ShouldNotBeNull().Definition.ShouldBe(CertificateProblems.PropertiesInvalid);
        problem.Text.ShouldContain("ecdsa-p256");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public void Days_are_bounded(int days)
    {
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        CertificateOrder request = new() { Profile = CertificateProfile.Find("client")!, CommonName = "a", Days = days };
        LeafIssuer.Check(request, PublicKeyFacts.Of(key.PublicKey)).ShouldNotBeNull().Definition.ShouldBe(CertificateProblems.PropertiesInvalid);
    }

    [Fact]
    public void Nothing_outlives_its_issuer()
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        DateTimeOffset late = CertificateLife.NotAfter(ca.Users) - TimeSpan.FromDays(3);
        CertificateOrder request = new() { Profile = CertificateProfile.Find("client")!, CommonName = "alice", Days = 90 };
        using X509Certificate2 leaf = LeafIssuer.Issue(ca.Users, request, key.PublicKey, late);
        leaf.NotAfter.ShouldBe(ca.Users.NotAfter);
        Should.Throw<ProblemException>(() => LeafIssuer.Issue(ca.Users, request, key.PublicKey, late + TimeSpan.FromDays(4)))
            .Problem.Definition.ShouldBe(TrustProblems.CaExpired);
    }

    [Theory]
    [InlineData(1024, "2048")]
    [InlineData(2048, null)]
    public void Short_rsa_keys_are_weak(int bits, string? why)
    {
#pragma warning disable CA5385, S4426 // a weak key is what this test is about
        using RSA rsa = RSA.Create(bits);
#pragma warning restore CA5385, S4426
        PublicKeyFacts facts = PublicKeyFacts.Of(new PublicKey(rsa));
        facts.IsWeak.ShouldBe(why is not null);
        (facts.Weakness ?? "").ShouldContain(why ?? "");
    }

    [Fact]
    public void A_certificate_without_common_name_has_its_names_critical()
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        CertificateOrder request = new() { Profile = CertificateProfile.Find("client")!, CommonName = "", Names = ["etcd.example.org"], Days = 1 };
        using X509Certificate2 leaf = LeafIssuer.Issue(ca.Users, request, key.PublicKey, Now);
        leaf.Subject.ShouldBe("");
        leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().Critical.ShouldBeTrue();
    }

    internal static X509Certificate2 Issue(ClusterCa ca, CertificateProfile profile, string keyType, params string[] names)
    {
        KeyKinds.TryParse(keyType, out KeyKind kind).ShouldBeTrue();
        using LeafKey key = LeafKey.Make(kind);
        CertificateOrder request = new()
        {
            Profile = profile,
            CommonName = "host1",
            Names = profile.IsOfUsers ? [] : LeafIssuer.NamesOf(names.Length == 0 ? ["host1.example.org"] : names),
            Days = profile.DefaultDays,
        };
        return LeafIssuer.Issue(profile.IsOfUsers ? ca.Users : ca.Nodes, request, key.PublicKey, Now);
    }
}
