using System.Text;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Emqx;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What becomes of EMQX's files.</summary>
public class Harden_emqx
{
    private const string Path = "/etc/emqx/emqx.conf";

    [Fact]
    public void One_of_a_package_behind_a_gate() => Plan(Package(), new HardenWishes { Gate = true, Version = "5.8.6" }).ShouldBeGolden("emqx-package");

    [Fact]
    public void A_later_one_in_a_mesh_has_settings_of_its_own_and_no_tls()
    {
        HardenPlan plan = Plan(Package().With("/usr/lib/emqx/releases/6.2.1/emqx.rel", ""), new HardenWishes { Mesh = true, Bind = "127.77.0.1", Version = "6.2.1" });
        HoconFile file = Of(plan);

        file.Settings["node.dist_bind_address"].Text.ShouldBe("127.77.0.1");
        file.Settings["rpc.listen_address"].Text.ShouldBe("127.77.0.1");
        file.Settings["cluster.proto_dist"].IsSet.ShouldBeFalse();
        plan.Certificates.ShouldHaveSingleItem().Pem!.Key.ShouldBe("/etc/emqx/gatehouse-listener.key");
        plan.Files.ShouldNotContain(static change => change.Path.EndsWith("ssl_dist.conf"));
    }

    [Fact]
    public void A_plan_on_its_own_result_makes_no_secret_and_changes_nothing_but_what_is_issued()
    {
        var wishes = new HardenWishes { Gate = true, Version = "5.8.6" };
        PaperHost host = Package();
        host.After(Plan(host, wishes));
        var secrets = new CountedSecrets();

        HardenPlan again = new EmqxHardener().Plan(host, wishes, secrets);

        again.Changes.ShouldBeEmpty(Planned.Shown(again));
        again.Certificates.Length.ShouldBe(1);
        secrets.Made.ShouldBeEmpty();
    }

    [Fact]
    public void The_files_that_are_written_whole_are_what_erlang_reads()
    {
        HardenPlan plan = Plan(Package(), new HardenWishes { Gate = true, Version = "5.8.6" });

        ErlangFile tls = ErlangFile.Read(plan.Files.Single(static file => file.Path == "/etc/emqx/ssl_dist.conf").New, "ssl_dist.conf");
        tls.Settings["server.verify"].Text.ShouldBe("verify_peer");
        tls.Settings["client.verify"].Text.ShouldBe("verify_peer");
        tls.Settings["server.fail_if_no_peer_cert"].AsBoolean().ShouldBe(true);
        tls.Settings["client.certfile"].Text.ShouldBe("/etc/emqx/gatehouse-erlang.crt");
        ErlangFile.Read(plan.Files.Single(static file => file.Path == "/etc/emqx/acl.conf").New, "acl.conf").Terms.Length.ShouldBe(2);
    }

    [Fact]
    public void Logins_are_switched_on_behind_a_gate_where_there_are_none_and_left_where_there_are()
    {
        HardenWishes wishes = new() { Gate = true, Version = "5.8.6" };
        HoconFile written = Of(Plan(Package(), wishes));
        written.Settings["authentication.0.mechanism"].Text.ShouldBe("password_based");
        written.Settings["authentication.0.backend"].Text.ShouldBe("built_in_database");

        // By the dashboard, that is: emqx.conf would take the list's place.
        PaperHost own = Package().With("/var/lib/emqx/configs/cluster.hocon", "authentication = [{mechanism = jwt, use_jwks = true}]\n", 900, 900, "0644").Folder("/var/lib/emqx/configs", "0755", 900);
        HardenPlan kept = Plan(own, wishes);
        Of(kept).Settings["authentication"].IsSet.ShouldBeFalse();
        kept.Changes.Single(static change => change.Path.EndsWith("cluster.hocon")).Rights.Octal.ShouldBe("0600");

        HardenPlan off = Plan(Package().With("/var/lib/emqx/configs/cluster.hocon", "authentication = [{mechanism = jwt, enable = false}]\n"), wishes);
        Of(off).Settings["authentication"].IsSet.ShouldBeFalse();
        off.Warnings.ShouldContain(static text => text.Contains("no authentication"));
    }

    [Theory]
    [InlineData("emqxsecretcookie", true)]
    [InlineData("abcdefghijklmnopqrstuvwxyz#123456", true)]
    [InlineData("Kq7xN3pZtR9wYb2LmC5vHd8sGf4JaE6u", false)]
    public void A_cookie_that_is_known_or_read_differently_is_replaced(string cookie, bool isReplaced)
    {
        PaperHost host = new PaperHost().With(Path, $"node {{ name = \"emqx@10.0.0.5\", cookie = \"{cookie}\" }}\n");

        (Of(Plan(host, new HardenWishes { Version = "5.8.6" })).Settings["node.cookie"].Text != cookie).ShouldBe(isReplaced);
    }

    [Fact]
    public void What_it_cannot_see_it_asks_for_and_variables_that_take_it_back_are_named()
    {
        Refused(Package(), new HardenWishes()).ShouldSatisfyAllConditions(static p => p.Id.ShouldBe("GH8162"), static p => p.Hint!.ShouldContain("--product-version"));
        Refused(Package(), new HardenWishes { Version = "latest" }).Id.ShouldBe("GH8162");
        Refused(new PaperHost().With("/etc/my emqx/emqx.conf", "a = 1\n"), new HardenWishes { File = "/etc/my emqx", Version = "5.8.6" }).Id.ShouldBe("GH8161");
        HardenPlan plan = Plan(
            Package().With("/usr/lib/systemd/system/emqx.service", "[Service]\nUser=ipfs\nEnvironment=EMQX_NODE__COOKIE=public EMQX_NODE__NAME=x@y\n", 0, 0, "0644"), new HardenWishes { Version = "5.8.6" });
        plan.Account.Name.ShouldBe("ipfs");
        plan.Overrides.ShouldContain(static text => text.Contains("EMQX_NODE__COOKIE") && text.Contains("node.cookie"));
        plan.Overrides.ShouldAllBe(static text => !text.Contains("public"));
    }

    private static PaperHost Package() => new PaperHost()
        .With(Path, Planned.Fixture("emqx-package.conf"), 0, 900, "0644")
        .With("/etc/emqx/vm.args", "## arguments\n-heart\n-kernel prevent_overlapping_partitions false\n", 0, 900, "0644")
        .With("/etc/emqx/ssl_dist.conf", "[{server,[{verify, verify_none}]},{client,[{verify, verify_none}]}].\n", 0, 900, "0644")
        .With("/etc/emqx/acl.conf", "{allow, {ipaddr, \"127.0.0.1\"}, all, [\"$SYS/#\", \"#\"]}.\n{allow, all}.\n", 0, 900, "0644")
        .With("/lib/systemd/system/emqx.service", "[Service]\nUser=ipfs\n", 0, 0, "0644");

    private static HardenPlan Plan(PaperHost host, HardenWishes wishes) => new EmqxHardener().Plan(host, wishes, new CountedSecrets());

    private static Problem Refused(PaperHost host, HardenWishes wishes) => Should.Throw<ProblemException>(() => Plan(host, wishes)).Problem;

    private static HoconFile Of(HardenPlan plan) => HoconFile.Read(plan.Files.Single(static file => file.Path == Path).New, Path, HoconOptions.Emqx);
}
