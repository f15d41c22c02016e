using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Certificates;

/// <summary>A hierarchy made with openssl, as a company has one.</summary>
public sealed class AuthorityImportTests
{
    private const string Cluster = "0123456789abcdef0123456789abcdef";
    private const string AsRoot = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("rsa:2048", "")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-384", "")]
    public async Task A_company_ca_makes_both_intermediates_and_leaves_verify(string key, string more)
    {
        using TemporaryFolder folder = new();
        await RootAsync(folder, key);
        await SignAsync(folder, "sub", key, AsRoot.Replace("CA:TRUE", "CA:TRUE,pathlen:1", StringComparison.Ordinal) + more);
        using AuthorityMaterial made = Import(folder, "sub", "root");
        made.Chain.Length.ShouldBe(1);
        made.Root.HasPrivateKey.ShouldBeFalse();
        using LeafKey leafKey = LeafKey.Make(KeyKind.EcdsaP256);
        using X509Certificate2 leaf = LeafIssuer.Issue(
            made.Users, new CertificateOrder { Profile = CertificateProfile.Find("client")!, CommonName = "alice", Days = 1 }, leafKey.PublicKey, Now);
        File.WriteAllText(folder["leaf.pem"], leaf.ExportCertificatePem());
        File.WriteAllText(folder["above.pem"], made.Users.ExportCertificatePem() + "\n" + made.Chain[0].ExportCertificatePem());
        (int code, string output) = await folder.RunAsync("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", "above.pem", "leaf.pem");
        code.ShouldBe(0, output);
    }

    [Fact]
    public async Task Requests_signed_by_a_company_ca_are_put_together()
    {
        using TemporaryFolder folder = new();
        await RootAsync(folder, "rsa:2048");
        using LeafKey nodes = LeafKey.Make(KeyKind.EcdsaP256);
        using LeafKey users = LeafKey.Make(KeyKind.EcdsaP256);
        foreach ((LeafKey key, string name) in new[] { (nodes, "nodes"), (users, "users") })
        {
            File.WriteAllText(folder[name + ".csr"], AuthorityImport.MakeRequest(key, name == "users", Cluster));
            (int code, string output) = await folder.RunAsync(
                "openssl", "x509", "-req", "-in", name + ".csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "900", "-copy_extensions", "copy", "-out", name + ".pem");
            code.ShouldBe(0, output);
        }

        X509Certificate2 Load(string name) => X509CertificateLoader.LoadCertificateFromFile(folder[name + ".pem"]);
        using AuthorityMaterial put = AuthorityImport.FromSigned(Load("nodes"), nodes, Load("users"), users, [Load("root")], Cluster, ["gate.example.org"], Now);
        put.Nodes.HasPrivateKey.ShouldBeTrue();
        Id(() => AuthorityImport.FromSigned(Load("nodes"), users, Load("users"), nodes, [Load("root")], Cluster, [], Now)).ShouldBe("GH3111");
        Id(() => AuthorityImport.FromSigned(Load("nodes"), nodes, Load("users"), users, [], Cluster, [], Now)).ShouldBe("GH3110");
        Id(() => AuthorityImport.FromSigned(Load("nodes"), nodes, Load("nodes"), nodes, [Load("root")], Cluster, [], Now)).ShouldBe("GH3110");
    }

    [Theory]
    [InlineData("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign,cRLSign\n", "is no CA")]
    [InlineData("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n", "allows 0 CAs below it")]
    [InlineData("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n", "keyCertSign")]
    [InlineData(AsRoot + "extendedKeyUsage=serverAuth\n", "may not sign for clients")]
    [InlineData(AsRoot + "nameConstraints=critical,permitted;DNS:corp.example\n", "does not verify")]
    [InlineData(AsRoot + "nameConstraints=critical,permitted;URI:corp.example\n", "does not verify")]
    [InlineData(AsRoot + "1.2.3.4=critical,ASN1:UTF8String:x\n", "does not verify")]
    public async Task What_a_cluster_cannot_stand_on_is_named(string extensions, string why)
    {
        using TemporaryFolder folder = new();
        await RootAsync(folder, "rsa:2048");
        await SignAsync(folder, "sub", "rsa:2048", extensions);
        Should.Throw<ProblemException>(() => Import(folder, "sub", "root")).Problem.ToString().ShouldContain(why);
    }

    [Fact]
    public async Task A_hierarchy_that_ends_soon_or_has_no_root_is_refused()
    {
        using TemporaryFolder folder = new();
        await RootAsync(folder, "rsa:2048");
        await SignAsync(folder, "sub", "rsa:2048", AsRoot, days: 10);
        Should.Throw<ProblemException>(() => Import(folder, "sub", "root")).Problem.Text.ShouldContain("30 days more");
        Should.Throw<ProblemException>(() => Import(folder, "sub")).Problem.Text.ShouldContain("does not end in a root");
    }

    [Fact]
    public async Task An_encrypted_key_opens_with_its_password_only()
    {
        using TemporaryFolder folder = new();
        await RootAsync(folder, "rsa:2048");
        (int code, string output) = await folder.RunAsync("openssl", "pkcs8", "-topk8", "-in", "root.key", "-out", "enc.key", "-passout", "pass:secret1");
        code.ShouldBe(0, output);
        byte[] content = File.ReadAllBytes(folder["enc.key"]);
        using (LeafKey key = LeafKey.Read(content, "secret1"))
        {
            PublicKeyFacts.Of(key.PublicKey).Description.ShouldBe("rsa-2048");
        }

        Should.Throw<ProblemException>(() => LeafKey.Read(content, "secret2")).Problem.Id.ShouldBe("GH3105");
        Should.Throw<ProblemException>(() => LeafKey.Read("-----BEGIN X-----\n-----END X-----\n"u8, "")).Problem.Id.ShouldBe("GH3104");
    }

    [Fact]
    public void A_key_on_a_curve_that_the_platform_does_not_know_is_unreadable()
    {
        using ECDsa known = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] content = known.ExportPkcs8PrivateKey();
        ReadOnlySpan<byte> p256 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        int last = content.AsSpan().IndexOf(p256) + p256.Length - 1;
        content[last] = 0x63;
        byte[] pem = System.Text.Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", content));

        Should.Throw<ProblemException>(() => LeafKey.Read(content, "")).Problem.Id.ShouldBe("GH3104");
        Should.Throw<ProblemException>(() => LeafKey.Read(pem, "")).Problem.Id.ShouldBe("GH3104");
    }

    private static AuthorityMaterial Import(TemporaryFolder folder, string signer, params string[] above)
    {
        using LeafKey key = LeafKey.Read(File.ReadAllBytes(folder[signer + ".key"]), "");
        return AuthorityImport.FromKey(
            [.. above.Prepend(signer).Select(name => X509CertificateLoader.LoadCertificateFromFile(folder[name + ".pem"]))], key, Cluster, ["gate.example.org", "127.0.0.1"], Now);
    }

    private static string? Id(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ProblemException fault)
        {
            return fault.Problem.Id;
        }
    }

    private static async Task RootAsync(TemporaryFolder folder, string key)
    {
        (int code, string output) = await folder.RunAsync(
            "openssl", ["req", "-x509", "-nodes", "-newkey", .. key.Split(' '), "-keyout", "root.key", "-out", "root.pem", "-days", "3000", "-subj", "/CN=Company root",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
        code.ShouldBe(0, output);
    }

    private static async Task SignAsync(TemporaryFolder folder, string name, string key, string extensions, int days = 1000)
    {
        (int code, string output) = await folder.RunAsync("openssl", ["req", "-new", "-nodes", "-newkey", .. key.Split(' '), "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=Company " + name]);
        code.ShouldBe(0, output);
        File.WriteAllText(folder[name + ".ext"], extensions);
        (code, output) = await folder.RunAsync(
            "openssl", "x509", "-req", "-in", name + ".csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", $"{days}", "-extfile", name + ".ext", "-out", name + ".pem");
        code.ShouldBe(0, output);
    }
}
