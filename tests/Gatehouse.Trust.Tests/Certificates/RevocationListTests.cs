using System.Security.Cryptography.X509Certificates;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Certificates;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Certificates;

public sealed class RevocationListTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Openssl_verifies_a_list_and_refuses_what_is_on_it()
    {
        using TemporaryFolder folder = new();
        using ClusterCa ca = ClusterCa.Create("0123456789abcdef0123456789abcdef", Now);
        CertificateProfile client = CertificateProfile.Find("client")!;
        using X509Certificate2 good = LeafIssuerTests.Issue(ca, client, "ecdsa-p256");
        using X509Certificate2 bad = LeafIssuerTests.Issue(ca, client, "ecdsa-p256");
        RevokedSerial entry = new(CertificateFacts.SerialOf(bad), Now, RevocationReasons.KeyCompromise);
        byte[] list = RevocationListMaker.Make(ca.Users, 42, [entry, entry], Now);
        File.WriteAllBytes(folder["users.crl"], list);
        File.WriteAllText(folder["users.pem"], RevocationListMaker.Pem(list));
        File.WriteAllText(folder["ca.crt"], string.Concat(new[] { ca.Root, ca.Nodes, ca.Users }.Select(static c => c.ExportCertificatePem() + "\n")));
        File.WriteAllText(folder["good.pem"], good.ExportCertificatePem());
        File.WriteAllText(folder["bad.pem"], bad.ExportCertificatePem());

        (int code, string output) = await folder.RunAsync("openssl", "crl", "-in", "users.crl", "-inform", "DER", "-CAfile", "ca.crt", "-noout", "-text");
        code.ShouldBe(0, output);
        output.ShouldContain("verify OK");
        output.ShouldContain("Key Compromise");
        output.ReplaceLineEndings(" ").ShouldMatch("CRL Number: +42 ");
        (await folder.RunAsync("openssl", "verify", "-crl_check", "-CAfile", "ca.crt", "-CRLfile", "users.pem", "good.pem")).Code.ShouldBe(0);
        (code, output) = await folder.RunAsync("openssl", "verify", "-crl_check", "-CAfile", "ca.crt", "-CRLfile", "users.pem", "bad.pem");
        code.ShouldNotBe(0);
        output.ShouldContain("revoked");
    }

    [Theory]
    [InlineData(31, -1)]
    [InlineData(29.5, 30)]
    [InlineData(13.5, 14)]
    [InlineData(6.5, 7)]
    [InlineData(0.5, 1)]
    [InlineData(-0.5, 0)]
    public void Ends_are_warned_of_in_steps(double days, int level)
    {
        var warnings = CertificateWatch.Look([new WatchedCertificate("gate web", Now + TimeSpan.FromDays(days), RenewsItself: false)], Now);
        warnings.Select(static w => w.Level).ShouldBe(level < 0 ? [] : [level]);
    }

    [Fact]
    public void What_renews_itself_is_named_only_when_it_is_overdue()
    {
        WatchedCertificate own = new("this node", Now + TimeSpan.FromDays(20), RenewsItself: true) { OverdueFrom = Now + TimeSpan.FromDays(1) };
        CertificateWatch.Look([own], Now).ShouldBeEmpty();
        CertificateWatch.Look([own], Now + TimeSpan.FromDays(2)).Length.ShouldBe(1);
    }
}
