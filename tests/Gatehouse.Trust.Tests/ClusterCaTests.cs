using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests;

public sealed class ClusterCaTests
{
    private const string Cluster = "0123456789abcdef0123456789abcdef";
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task OpenSsl_verifies_every_leaf_for_its_purpose_and_no_other()
    {
        using TemporaryFolder folder = new();
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        File.WriteAllText(folder["root.pem"], ca.Root.ExportCertificatePem());
        File.WriteAllText(folder["ca.crt"], string.Concat(ca.Describe(Gatehouse.Membership.TrustPhase.Active).All.Select(static c => c.ExportCertificatePem() + "\n")));
        await WriteAsync(folder, "server", ca.IssueServer("n1", CertificateNames.ForServer("n1", ["gate.example.org", "192.0.2.7", "2001:db8::7"]), Now));
        await WriteAsync(folder, "node", ca.IssueNode("n1", Now));
        await WriteAsync(folder, "client", ca.IssueClient("alice", Now));

        foreach ((string leaf, string purpose, bool good) in new[]
        {
            ("server", "sslserver", true), ("server", "sslclient", false),
            ("node", "sslserver", true), ("node", "sslclient", true),
            ("client", "sslclient", true), ("client", "sslserver", false),
        })
        {
            (int code, string output) = await folder.RunAsync(
                "openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "root.pem", "-untrusted", $"{leaf}.pem", $"{leaf}.pem");
            (code == 0).ShouldBe(good, $"{leaf} as {purpose}: {output}");
            (code, output) = await folder.RunAsync("openssl", "verify", "-purpose", purpose, "-CAfile", "ca.crt", $"{leaf}.pem");
            (code == 0).ShouldBe(good, $"{leaf} as {purpose} by ca.crt: {output}");
        }

        foreach (string name in new[] { "localhost", "gate.example.org", "n1" })
        {
            (await folder.RunAsync("openssl", "verify", "-CAfile", "ca.crt", "-verify_hostname", name, "server.pem")).Code.ShouldBe(0, name);
        }

        foreach (string address in new[] { "127.0.0.1", "::1", "192.0.2.7", "2001:db8::7" })
        {
            (await folder.RunAsync("openssl", "verify", "-CAfile", "ca.crt", "-verify_ip", address, "server.pem")).Code.ShouldBe(0, address);
        }

        (await folder.RunAsync("openssl", "verify", "-CAfile", "ca.crt", "-verify_hostname", "other.example.org", "server.pem")).Code.ShouldNotBe(0);
        string text = (await folder.RunAsync("openssl", "x509", "-in", "node.pem", "-noout", "-text")).Output;
        text.ShouldContain($"URI:spiffe://{Cluster}/node/n1");
        text.ShouldContain("CA:FALSE");
    }

    [Fact]
    public async Task The_users_intermediate_cannot_make_a_server_that_anyone_accepts()
    {
        using TemporaryFolder folder = new();
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);

        // A thief of the users key alone signs a server certificate with it: the roles of the two are swapped here.
        using ClusterCa swapped = Swap(ca);
        File.WriteAllText(folder["ca.crt"], string.Concat(ca.Describe(Gatehouse.Membership.TrustPhase.Active).All.Select(static c => c.ExportCertificatePem() + "\n")));
        await WriteAsync(folder, "server", swapped.IssueServer("n1", ["localhost"], Now));
        (int code, string output) = await folder.RunAsync("openssl", "verify", "-purpose", "sslserver", "-CAfile", "ca.crt", "server.pem");
        code.ShouldNotBe(0, output);
    }

    [Fact]
    public void Lives_serials_and_lengths_are_as_promised()
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        X509Certificate2 leaf = ca.IssueServer("n1", ["localhost"], Now).Certificate;

        (CertificateLife.NotAfter(ca.Root) - Now).TotalDays.ShouldBeInRange(3652, 3653);
        (CertificateLife.NotAfter(leaf) - Now).TotalDays.ShouldBeInRange(89.99, 90);
        (Now - CertificateLife.NotBefore(leaf)).TotalMinutes.ShouldBeInRange(9, 11, "clocks differ");
        CertificateLife.NeedsRenewal(leaf, Now.AddDays(59)).ShouldBeFalse();
        CertificateLife.NeedsRenewal(leaf, Now.AddDays(61)).ShouldBeTrue();
        CertificateLife.NeedsRenewal(leaf, Now.AddDays(-1)).ShouldBeTrue();
        ca.Root.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint.ShouldBe(1);
        ca.Nodes.Extensions.OfType<X509BasicConstraintsExtension>().Single().PathLengthConstraint.ShouldBe(0);
        foreach (X509Certificate2 certificate in new[] { ca.Root, ca.Nodes, ca.Users, leaf })
        {
            certificate.SerialNumberBytes.Length.ShouldBe(16);
            certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().ShouldHaveSingleItem();
            certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().ShouldHaveSingleItem();
        }
    }

    [Fact]
    public void A_late_leaf_ends_with_the_ca_and_an_expired_ca_issues_none()
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        X509Certificate2 late = ca.IssueClient("alice", Now.AddDays(3600)).Certificate;
        CertificateLife.NotAfter(late).ShouldBe(CertificateLife.NotAfter(ca.Users));
        Should.Throw<ProblemException>(() => ca.IssueClient("alice", Now.AddDays(3700))).Problem.Definition.ShouldBe(TrustProblems.CaExpired);
    }

    [Fact]
    public void Export_and_import_keep_the_ca_and_refuse_damage()
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        byte[] content = ca.Export();
        using ClusterCa again = ClusterCa.Import(Cluster, content);
        again.Fingerprint.ShouldBe(ca.Fingerprint);
        string.Concat(again.Describe(Gatehouse.Membership.TrustPhase.Active).All.Select(static c => c.ExportCertificatePem() + "\n")).ShouldBe(string.Concat(ca.Describe(Gatehouse.Membership.TrustPhase.Active).All.Select(static c => c.ExportCertificatePem() + "\n")));
        again.IssueNode("n2", Now).Certificate.HasPrivateKey.ShouldBeTrue();
        Should.Throw<ProblemException>(() => ClusterCa.Import(Cluster, content.AsSpan(1))).Problem.Id.ShouldBe("GH3031");
    }

    [Theory]
    [InlineData("0x7f.1")]
    [InlineData("1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("bad name")]
    [InlineData("-x.example.org")]
    [InlineData("x..example.org")]
    [InlineData("a.*.example.org")]
    [InlineData("münchen.example")]
    [InlineData("")]
    public void Names_that_two_readers_could_take_differently_are_refused(string name) =>
        Should.Throw<ProblemException>(() => CertificateNames.ForServer("n", [name])).Problem.Definition.ShouldBe(TrustProblems.NameInvalid);

    [Fact]
    public void Names_of_a_certificate_come_back_in_the_same_form()
    {
        using ClusterCa ca = ClusterCa.Create(Cluster, Now);
        IReadOnlyList<string> names = CertificateNames.ForServer("Node_1", ["GATE.example.org", "*.example.net", "2001:DB8::7"]);
        CertificateNames.Of(ca.IssueServer("Node_1", names, Now).Certificate).ShouldBe(names);
        names.ShouldContain("gate.example.org");
        names.ShouldContain("2001:db8::7");
    }

    private static ClusterCa Swap(ClusterCa ca)
    {
        CaFile file = System.Text.Json.JsonSerializer.Deserialize(ca.Export(), CaJson.Default.CaFile) ?? throw new InvalidOperationException();
        return ClusterCa.Import(Cluster, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            new CaFile
            {
                Format = 1,
                Root = file.Root,
                RootKey = file.RootKey,
                Nodes = file.Users,
                NodesKey = file.UsersKey,
                Users = file.Nodes,
                UsersKey = file.NodesKey,
            },
            CaJson.Default.CaFile));
    }

    private static Task WriteAsync(TemporaryFolder folder, string name, IssuedCertificate issued)
    {
        issued.KeyPem().ShouldStartWith("-----BEGIN PRIVATE KEY-----");
        return File.WriteAllTextAsync(folder[name + ".pem"], issued.ChainPem());
    }
}
