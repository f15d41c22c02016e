using System.Text;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Ipfs;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>The peer's key goes out of service.json and is never lost; experiments of Kubo go where that is said.</summary>
public class Harden_ipfs_identity
{
    private const string Path = "/home/ipfs/.ipfs-cluster/service.json", Identity = "/home/ipfs/.ipfs-cluster/identity.json";
    private const string Id = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN", Key = "CAESQhidden+of/this==";

    [Fact]
    public void A_key_that_has_no_file_of_its_own_gets_one()
    {
        PaperHost host = Host($$""" "id": "{{Id}}", "private_key": "{{Key}}", """);
        HardenPlan plan = Plan(host);
        FileChange made = plan.Files.Single(static file => file.Path == Identity);
        SettingTree identity = JsonFile.Read(made.New, Identity).Settings;

        identity["id"].Text.ShouldBe(Id);
        identity["private_key"].Text.ShouldBe(Key);
        made.Rights.Octal.ShouldBe("0600");
        made.Rights.Owner.ShouldBe(900u);
        Encoding.UTF8.GetString(plan.Files[^1].New).ShouldNotContain(Key);
        Planned.Shown(plan).ShouldNotContain(Key);
        Plan(host.After(plan)).IsDone.ShouldBeTrue();
    }

    [Theory]
    [InlineData($$"""{"id": "{{Id}}", "private_key": "{{Key}}"}""", "the peer uses the key in " + Identity)]
    [InlineData($$"""{"id": "{{Id}}", "private_key": "another"}""", "which is another one")]
    public void A_key_that_has_one_goes(string identity, string warning)
    {
        PaperHost host = Host($$""" "id": "{{Id}}", "private_key": "{{Key}}", """).With(Identity, identity);
        HardenPlan plan = Plan(host);

        plan.Warnings.ShouldContain(text => text.Contains(warning));
        Encoding.UTF8.GetString(Service(plan)).ShouldNotContain(Key);
        plan.Files.Single(static file => file.Path == Identity).IsContentChange.ShouldBeFalse();
    }

    [Theory]
    [InlineData($$""" "private_key": "{{Key}}", """, null)]
    [InlineData($$""" "id": "{{Id}}", "private_key": "{{Key}}", """, "{}")]
    public void A_key_stays_where_nothing_else_would_have_it(string cluster, string? identity)
    {
        PaperHost host = identity is null ? Host(cluster) : Host(cluster).With(Identity, identity);
        HardenPlan plan = Plan(host);

        Encoding.UTF8.GetString(Service(plan)).ShouldContain(Key);
        plan.Warnings.ShouldContain(static text => text.Contains("stands in service.json"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false, "filestore")]
    [InlineData(false, false, "filestore", "urlstore")]
    public void Experiments_go_where_that_is_said(bool urls, bool files, params string[] drop)
    {
        const string Config = "/home/ipfs/.ipfs/config";
        PaperHost host = new PaperHost().With(Config, """{"Experimental": {"FilestoreEnabled": true, "UrlstoreEnabled": true}}""");

        SettingTree written = JsonFile.Read(new KuboHardener().Plan(host, new HardenWishes { File = Config, Drop = [.. drop] }, new CountedSecrets()).Files[0].New, Config).Settings;

        written["Experimental.UrlstoreEnabled"].AsBoolean().ShouldBe(urls);
        written["Experimental.FilestoreEnabled"].AsBoolean().ShouldBe(files);
    }

    private static byte[] Service(HardenPlan plan) => plan.Files.Single(static file => file.Path == Path).New;

    private static PaperHost Host(string cluster) => new PaperHost()
        .With(Path, "{\"cluster\": {" + cluster + "\"secret\": \"5f3ac1d077e2458bb6f01c2d93ae5f6480177acb2be94d50c8e3661fa7d40b28\"}, \"consensus\": {\"crdt\": {\"trusted_peers\": []}}, \"api\": {}}")
        .Folder("/home/ipfs/.ipfs-cluster", "0700", 900, 900);

    private static HardenPlan Plan(PaperHost host) => new IpfsClusterHardener().Plan(host, new HardenWishes { File = Path, Peers = ["self"] }, new CountedSecrets());
}
