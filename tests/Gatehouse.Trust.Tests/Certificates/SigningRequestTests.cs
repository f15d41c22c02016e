using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Certificates;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Certificates;

public sealed class SigningRequestTests
{
    [Fact]
    public async Task Requests_of_openssl_are_read_and_their_names_are_only_shown()
    {
        using TemporaryFolder folder = new();
        foreach (string[] kind in new string[][]
        {
            ["-newkey", "rsa:2048", "-sha256"],
            ["-newkey", "rsa:2048", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"],
            ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"],
        })
        {
            foreach (string form in new[] { "PEM", "DER" })
            {
                (int code, string output) = await folder.RunAsync(
                    "openssl",
                    ["req", "-new", "-nodes", "-keyout", "k.pem", "-out", "r", "-outform", form, "-subj", "/CN=evil", "-addext", "subjectAltName=DNS:bank.example.org,IP:192.0.2.1",
                        "-addext", "basicConstraints=CA:TRUE", .. kind]);
                code.ShouldBe(0, output);
                SigningRequest request = SigningRequest.Read(File.ReadAllBytes(folder["r"]));
                request.Subject.ShouldBe("CN=evil");
                request.Names.ShouldBe(["192.0.2.1", "bank.example.org"]);
                using ClusterCa ca = ClusterCa.Create("0123456789abcdef0123456789abcdef", TimeProvider.System.GetUtcNow());
                using X509Certificate2 leaf = LeafIssuer.Issue(
                    ca.Nodes, new CertificateOrder { Profile = CertificateProfile.Find("server")!, CommonName = "good", Names = ["good.example.org"], Days = 1 }, request.Key, TimeProvider.System.GetUtcNow());
                leaf.Subject.ShouldBe("CN=good");
                leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority.ShouldBeFalse();
                CertificateFacts.Of(leaf, TimeProvider.System.GetUtcNow()).Names.ShouldBe(["good.example.org"]);
            }
        }
    }

    [Theory]
    [InlineData("-newkey rsa:1024 -sha256", "GH3102")]
    [InlineData("-newkey rsa:2048 -sha1", "GH3102")]
    [InlineData("-newkey rsa:2048 -md5", "GH3102")]
    [InlineData("-newkey rsa:2048 -sha1 -sigopt rsa_padding_mode:pss", "GH3102")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:prime192v1 -sha256", "GH3102")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -sha256", "GH3102")]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -sha256", "GH3102")]
    [InlineData("-newkey rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20", "GH3102")]
    [InlineData("-newkey ed25519", "GH3102")]
    public async Task Weak_keys_and_signatures_are_refused(string kind, string id)
    {
        using TemporaryFolder folder = new();
        (int code, string output) = await folder.RunAsync("openssl", ["req", "-new", "-nodes", "-keyout", "k.pem", "-out", "r", "-subj", "/CN=a", .. kind.Split(' ')]);
        code.ShouldBe(0, output);
        Should.Throw<ProblemException>(() => SigningRequest.Read(File.ReadAllBytes(folder["r"]))).Problem.Id.ShouldBe(id);
    }

    [Fact]
    public void A_request_over_a_stolen_public_key_is_refused()
    {
        using LeafKey own = LeafKey.Make(KeyKind.EcdsaP256);
        using LeafKey other = LeafKey.Make(KeyKind.EcdsaP256);
        byte[] der = Der(own.MakeRequest("a"));
        byte[] stolen = other.PublicKey.ExportSubjectPublicKeyInfo();
        byte[] mine = own.PublicKey.ExportSubjectPublicKeyInfo();
        stolen.CopyTo(der.AsSpan(der.AsSpan().IndexOf(mine)));
        Id(der).ShouldBe("GH3101");
    }

    [Fact]
    public void Anything_else_is_refused_with_the_reason()
    {
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        string request = key.MakeRequest("a");
        byte[] der = Der(request);
        Id([]).ShouldBe("GH3100");
        Id(new byte[SigningRequest.MaxBytes + 1]).ShouldBe("GH3100");
        Id("hello"u8.ToArray()).ShouldBe("GH3100");
        Id([.. der, 0]).ShouldBe("GH3100");
        Id(der[..^1]).ShouldBe("GH3100");
        Id(Encoding.ASCII.GetBytes(request + request)).ShouldBe("GH3100");
        Id(Encoding.ASCII.GetBytes(request + key.ExportPem())).ShouldBe("GH3100");
        for (int i = 0; i < der.Length; i++)
        {
            byte[] changed = [.. der];
            changed[i] ^= 0x01;
            Id(changed).ShouldNotBeNull($"byte {i}");
        }
    }

    [Fact]
    public void Text_of_strangers_is_shown_without_control_characters()
    {
        SigningRequest.Plain("a\u001b[2Jb\u202ec").ShouldBe("a?[2Jb?c");
        SigningRequest.Plain(new string('x', 1000)).Length.ShouldBe(259);
    }

    private static byte[] Der(string pem)
    {
        PemFields fields = PemEncoding.Find(pem);
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }

    private static string? Id(byte[] content)
    {
        try
        {
            SigningRequest.Read(content);
            return null;
        }
        catch (ProblemException fault)
        {
            return fault.Problem.Id;
        }
    }
}
