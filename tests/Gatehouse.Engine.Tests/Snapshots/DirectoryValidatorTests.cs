using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Snapshots.Validation;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Snapshots;

/// <summary>Settings of directories: what is refused, and by which problem.</summary>
public sealed class DirectoryValidatorTests
{
    private static readonly string Root = MakeRoot();

    private static DirectorySettings Searching => new()
    {
        Urls = ["ldaps://dc1.example", "ldaps://[::1]:3269/"],
        Authorities = Root,
        BindDn = "cn=searcher,dc=example",
        BindPassword = "secret-word",
        UserBase = "ou=people,dc=example",
    };

    private static DirectorySettings Domain => new() { Urls = ["ldap://dc1.example"], StartTls = true, Authorities = Root, Domain = "example.com", NetbiosName = "EXAMPLE" };

    [Fact]
    public void Whole_settings_are_accepted()
    {
        Ids(Searching).ShouldBeEmpty();
        Ids(Searching with { BindDn = null, BindPassword = null, UserBase = null, UserDnTemplates = ["uid={0},ou=people,dc=example"] }).ShouldBeEmpty();
        Ids(Searching with { Urls = ["ldap://127.0.0.1", "ldap://[::1]:3890", "ldap://localhost"], AllowClearText = true, Authorities = null }).ShouldBeEmpty();
        Ids(Domain, RealmKind.ActiveDirectory).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ldaps://", "GH5101")]
    [InlineData("https://dc1", "GH5101")]
    [InlineData("dc1.example", "GH5101")]
    [InlineData("ldaps://dc1/dc=example", "GH5101")]
    [InlineData("ldaps://dc1?uid", "GH5101")]
    [InlineData("ldaps://user@dc1", "GH5101")]
    [InlineData("ldaps://dc1:99999", "GH5101")]
    [InlineData("ldapi://%2fvar", "GH5101")]
    [InlineData("ldap://dc1.example", "GH5102")]
    [InlineData("ldap://10.0.0.1", "GH5102")]
    [InlineData("ldap://localhost.example", "GH5102")]
    public void A_server_must_be_plain_and_safe(string url, string id)
    {
        Ids(Searching with { Urls = [url], AllowClearText = true }).ShouldBe([id]);
    }

    [Fact]
    public void Each_setting_has_its_problem()
    {
        Ids(Searching with { Urls = [] }).ShouldBe(["GH5101"]);
        Ids(Searching with { Urls = default }).ShouldBe(["GH5101"]);
        Ids(Searching with { Urls = ["ldap://127.0.0.1"] }).ShouldBe(["GH5102"]);
        Ids(Searching with { Authorities = null }).ShouldBe(["GH5103"]);
        Ids(Searching with { Authorities = "no PEM" }).ShouldBe(["GH5103"]);
        Ids(Searching with { Authorities = Root + "\n-----BEGIN PRIVATE KEY-----" }).ShouldBe(["GH5103"]);
        Ids(Searching with { BindPassword = "" }).ShouldBe(["GH5104"]);
        Ids(Searching with { UserBase = "people" }).ShouldBe(["GH5105"]);
        Ids(Searching with { NameAttribute = "u(id" }).ShouldBe(["GH5105"]);
        Ids(Searching with { UserFilter = "(uid=x)" }).ShouldBe(["GH5106"]);
        Ids(Searching with { UserFilter = "(uid={0}" }).ShouldBe(["GH5106"]);
        Ids(Searching with { GroupFilter = "(member={0})" }).ShouldBe(["GH5106"]);
        Ids(Searching with { NestedDepth = 17 }).ShouldBe(["GH5107"]);
        Ids(Searching with { PoolSize = 1 }).ShouldBe(["GH5107"]);
        Ids(Searching with { CacheSeconds = 301 }).ShouldBe(["GH5107"]);
        Ids(Searching with { UserBase = null }).ShouldBe(["GH5108"]);
        Ids(Searching with { Domain = "example.com" }).ShouldBe(["GH5108"]);
        Ids(Searching with { UserFilter = "(|(uid={0})(mail={0}))" }).ShouldBe(["GH5108"]);
        Ids(Searching with { UserFilter = "(|(uid={0})(mail={0}))", NameAttribute = "uid" }).ShouldBeEmpty();
        Ids(Domain with { Domain = null }, RealmKind.ActiveDirectory).ShouldBe(["GH5108"]);
        Ids(Domain with { NetbiosName = "A\\B" }, RealmKind.ActiveDirectory).ShouldBe(["GH5108"]);
    }

    [Fact]
    public void No_text_holds_the_password() =>
        Problems(Searching with { Urls = ["x"], BindDn = "", UserBase = "", NestedDepth = -1, Authorities = "" }, RealmKind.Ldap)
            .ShouldAllBe(static p => !p.ToString().Contains("secret-word", StringComparison.Ordinal));

    private static string[] Ids(DirectorySettings settings, RealmKind kind = RealmKind.Ldap) => [.. Problems(settings, kind).Select(static p => p.Id)];

    private static List<Problem> Problems(DirectorySettings settings, RealmKind kind)
    {
        var problems = new List<Problem>();
        new DirectoryValidator().Validate(new RealmDocument { Name = "directory", Kind = kind, Directory = settings }, problems);
        return problems;
    }

    private static string MakeRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = new CertificateRequest("CN=Root", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return root.ExportCertificatePem();
    }
}
