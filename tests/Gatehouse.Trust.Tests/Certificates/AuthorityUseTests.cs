using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Certificates;

/// <summary>An authority that was brought, at a node that holds its keys.</summary>
public sealed class AuthorityUseTests
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_node_opens_tries_and_uses_what_was_wrapped_to_it()
    {
        using TemporaryFolder folder = new();
        using NodeTrust trust = await TrustBootstrap.EnsureAsync(
            new TrustOptions { DataDirectory = folder["data"], NodeName = "n1", NodeKeyPath = folder["n1.key"], Time = TimeProvider.System }, TestContext.Current.CancellationToken);
        using AuthorityMaterial material = await MakeAsync(folder, trust.ClusterId);
        AuthorityDocument document = material.ToDocument(trust.ClusterId, [(trust.NodeId, trust.WrapPublicKey.ToArray())], Now);
        document.External.ShouldBeTrue();
        trust.EnsureUsable(document, ["gate.example.org"], Now);

        // Keys of one authority beside the certificates of another.
        using AuthorityMaterial other = await MakeAsync(folder, trust.ClusterId);
        AuthorityDocument mixed = document with { Keys = other.ToDocument(trust.ClusterId, [(trust.NodeId, trust.WrapPublicKey.ToArray())], Now).Keys };
        Should.Throw<ProblemException>(() => trust.EnsureUsable(mixed, [], Now)).Problem.Id.ShouldBe("GH3111");
        Should.Throw<ProblemException>(() => trust.EnsureUsable(document with { Keys = document.Keys.Clear() }, [], Now)).Problem.Id.ShouldBe("GH3042");

        // In force it signs like our own.
        MembershipDocument alone = trust.DescribeAlone(Now, "test");
        MembershipDocument next = alone with
        {
            Authorities = [document with { Phase = TrustPhase.Active }, alone.Authorities[0] with { Phase = TrustPhase.Old }],
        };
        trust.Adopt(next).ShouldBeTrue();
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        CertificateOrder order = new() { Profile = CertificateProfile.Find("client")!, CommonName = "alice", Days = 5 };
        using X509Certificate2 leaf = trust.IssueLeaf(order, key.PublicKey, Now);
        File.WriteAllText(folder["ours.pem"], material.Root.ExportCertificatePem());
        File.WriteAllText(folder["leaf.pem"], leaf.ExportCertificatePem());
        File.WriteAllText(folder["chain.pem"], string.Concat(trust.ChainOf(order.Profile).Select(static c => c.ExportCertificatePem() + "\n")));
        (int code, string output) = await folder.RunAsync("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ours.pem", "-untrusted", "chain.pem", "leaf.pem");
        code.ShouldBe(0, output);

        // Lists of the old authority are signed still.
        byte[] list = trust.SignRevocationList(alone.Authorities[0].Id, isUsers: true, 7, [new RevokedSerial("4142", Now, RevocationReasons.Superseded)], Now);
        File.WriteAllBytes(folder["old.crl"], list);
        File.WriteAllText(folder["old.pem"], X509CertificateLoader.LoadCertificate(alone.Authorities[0].Users).ExportCertificatePem());
        (code, output) = await folder.RunAsync("openssl", "crl", "-inform", "DER", "-in", "old.crl", "-CAfile", "old.pem", "-noout");
        (code, output.Trim()).ShouldBe((0, "verify OK"));
    }

    private static async Task<AuthorityMaterial> MakeAsync(TemporaryFolder folder, string cluster)
    {
        (int code, string output) = await folder.RunAsync(
            "openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "root.key", "-out", "root.pem", "-days", "3000", "-subj", "/CN=Company root", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
        code.ShouldBe(0, output);
        using LeafKey key = LeafKey.Read(File.ReadAllBytes(folder["root.key"]), "");
        return AuthorityImport.FromKey([X509CertificateLoader.LoadCertificateFromFile(folder["root.pem"])], key, cluster, [], Now);
    }
}
