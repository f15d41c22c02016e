using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Certificates;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Certificates;

public sealed class Pkcs12StoreTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData("ecdsa-p256")]
    [InlineData("rsa-2048")]
    public async Task Openssl_keytool_and_our_own_reader_open_a_key_store(string keyType)
    {
        using TemporaryFolder folder = new();
        using ClusterCa ca = ClusterCa.Create("0123456789abcdef0123456789abcdef", Now);
        KeyKinds.TryParse(keyType, out KeyKind kind).ShouldBeTrue();
        using LeafKey key = LeafKey.Make(kind);
        using X509Certificate2 leaf = LeafIssuer.Issue(
            ca.Nodes, new CertificateOrder { Profile = CertificateProfile.Find("ignite")!, CommonName = "n1", Names = ["n1.example.org"], Days = 1 }, key.PublicKey, Now);
        string password = Pkcs12Store.NewPassword();
        byte[] store = Pkcs12Store.MakeKeyStore(key, leaf, [ClusterCa.Public(ca.Nodes)], "ignite", password);
        File.WriteAllBytes(folder["store.p12"], store);
        File.WriteAllText(folder["password"], password);

        (int code, string output) = await folder.RunAsync("openssl", "pkcs12", "-in", "store.p12", "-passin", "file:password", "-nodes", "-info");
        code.ShouldBe(0, output);
        output.ShouldContain("friendlyName: ignite");
        output.Split("BEGIN CERTIFICATE").Length.ShouldBe(3);
        File.WriteAllText(folder["key.pem"], output);
        (await folder.RunAsync("openssl", "pkey", "-in", "key.pem", "-pubout")).Output.Trim().ShouldBe(leaf.PublicKey.ExportSubjectPublicKeyInfoPemOrThrow());

        (code, output) = await folder.RunAsync("keytool", "-list", "-v", "-keystore", "store.p12", "-storetype", "PKCS12", "-storepass:file", "password");
        code.ShouldBe(0, output);
        output.ShouldContain("Alias name: ignite");
        output.ShouldContain("Entry type: PrivateKeyEntry");
        output.ShouldContain("Certificate chain length: 2");

        CertificateFile read = CertificateReader.Read(store, password);
        read.Form.ShouldBe("PKCS#12");
        read.HasPrivateKey.ShouldBeTrue();
        read.Certificates.Select(static c => c.Thumbprint).ShouldBe([leaf.Thumbprint, ca.Nodes.Thumbprint]);
        Should.Throw<ProblemException>(() => CertificateReader.Read(store, null)).Problem.Id.ShouldBe("GH3105");
        Should.Throw<ProblemException>(() => CertificateReader.Read(store, password + "x")).Problem.Id.ShouldBe("GH3105");
    }

    [Fact]
    public async Task Java_trusts_what_is_in_a_trust_store()
    {
        using TemporaryFolder folder = new();
        using ClusterCa ca = ClusterCa.Create("0123456789abcdef0123456789abcdef", Now);
        File.WriteAllBytes(folder["trust.p12"], Pkcs12Store.MakeTrustStore([ca.Root, ca.Nodes], "gatehouse", "changeit"));
        (int code, string output) = await folder.RunAsync("keytool", "-list", "-keystore", "trust.p12", "-storetype", "PKCS12", "-storepass", "changeit");
        code.ShouldBe(0, output);
        output.ShouldContain("gatehouse, ");
        output.ShouldContain("gatehouse-2, ");
        output.Split("trustedCertEntry").Length.ShouldBe(3, output);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("pässword")]
    public void Passwords_that_programs_read_differently_are_refused(string password)
    {
        using ClusterCa ca = ClusterCa.Create("0123456789abcdef0123456789abcdef", Now);
        Should.Throw<ProblemException>(() => Pkcs12Store.MakeTrustStore([ca.Root], "a", password)).Problem.Id.ShouldBe("GH3105");
    }
}

internal static class PublicKeyPem
{
    public static string ExportSubjectPublicKeyInfoPemOrThrow(this PublicKey key) =>
        System.Security.Cryptography.PemEncoding.WriteString("PUBLIC KEY", key.ExportSubjectPublicKeyInfo());
}
