using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Emqx;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>EMQX that clients of other hosts reach themselves: TLS, logins, rules, limits, and nodes that may call.</summary>
public class Harden_emqx_open
{
    private const string Path = "/etc/emqx/emqx.conf";
    private static readonly HardenWishes Open = new() { Version = "5.8.6" };

    [Theory]
    [InlineData("5.0.26")]
    [InlineData("5.8.6")]
    [InlineData("5.9.2")]
    [InlineData("6.2.2")]
    [InlineData("6.3.0")]
    public void A_second_plan_changes_nothing_and_makes_no_secret(string version)
    {
        HardenWishes wishes = Open with { Version = version, Nodes = ["emqx@10.0.0.5", "emqx@10.0.0.6"] };
        PaperHost host = Host().With("/etc/emqx/acl.conf", "{allow, all}.\n");
        host.After(Plan(host, wishes));
        var secrets = new CountedSecrets();

        HardenPlan again = new EmqxHardener().Plan(host, wishes, secrets);

        again.Changes.ShouldBeEmpty(Planned.Shown(again));
        secrets.Made.ShouldBeEmpty();
    }

    [Fact]
    public void Clear_text_goes_to_loopback_and_others_come_over_TLS()
    {
        HardenPlan plan = Plan(Host(), Open);
        HoconFile file = Of(plan);

        file.Settings["listeners.tcp.default.bind"].Text.ShouldBe("127.0.0.1:1883");
        file.Settings["listeners.tcp.default.proxy_protocol"].IsSet.ShouldBeFalse();
        file.Settings["listeners.ssl.default.bind"].Text.ShouldBe("0.0.0.0:8883");
        file.Settings["listeners.ssl.default.ssl_options.certfile"].Text.ShouldBe("/etc/emqx/gatehouse-listener.crt");
        file.Settings["listeners.ssl.default.ssl_options.verify"].IsSet.ShouldBeFalse();
        file.Settings["listeners.ws.default.enable"].AsBoolean().ShouldBe(false);
        file.Settings["mqtt.use_username_as_clientid"].AsBoolean().ShouldBe(true);
        plan.Warnings.ShouldContain(static text => text.StartsWith("listeners.ws.default is switched off"));
        plan.Warnings.ShouldContain(static text => text.StartsWith("listeners.tcp.default is bound to 127.0.0.1:1883"));
        plan.Steps.ShouldContain(static step => step.Contains("Make a user for each client"));
        plan.Steps[^1].ShouldStartWith("gatehouse doctor");
    }

    [Fact]
    public void What_is_kept_stays_as_it_is_and_what_was_shut_stays_shut()
    {
        HoconFile kept = Of(Plan(Host(), Open with { Keep = ["tcp", "ssl"] }));
        kept.Settings["listeners.tcp"].IsSet.ShouldBeFalse();
        kept.Settings["listeners.ssl"].IsSet.ShouldBeFalse();

        HardenPlan shut = Plan(Host("listeners.ssl.default.enable = false\nlisteners.tcp.default { bind = \"127.0.0.1:1999\", max_connections = 10 }\n"), Open);
        Of(shut).Settings["listeners.ssl.default.enable"].AsBoolean().ShouldBe(false);
        Of(shut).Settings["listeners.tcp.default.bind"].Text.ShouldBe("127.0.0.1:1999");
        Of(shut).Settings["listeners.tcp.default.max_connections"].AsInteger().ShouldBe(10);
        shut.Warnings.ShouldContain(static text => text.Contains("is off and stays so"));
    }

    [Fact]
    public void Stricter_TLS_of_the_administrator_stays_and_a_certificate_that_is_asked_for_is_needed()
    {
        HoconFile file = Of(Plan(Host("listeners.ssl.default.ssl_options { versions = [\"tlsv1.3\"], verify = verify_peer, cacertfile = \"/etc/emqx/own-ca.pem\" }\n"), Open));

        file.Settings["listeners.ssl.default.ssl_options.versions"].AsCommaTexts()!.Value.ShouldBe(["tlsv1.3"]);
        file.Settings["listeners.ssl.default.ssl_options.ciphers"].AsCommaTexts()!.Value.ShouldAllBe(static suite => suite.StartsWith("TLS_"));
        file.Settings["listeners.ssl.default.ssl_options.fail_if_no_peer_cert"].AsBoolean().ShouldBe(true);
        file.Settings["listeners.ssl.default.ssl_options.cacertfile"].Text.ShouldBe("/etc/emqx/own-ca.pem");
    }

    [Fact]
    public void Rules_of_the_administrator_stay_and_wide_ones_go()
    {
        const string Own = "%% mine\n{allow, {username, \"pump\"}, publish, [\"pumps/#\"]}.\n{deny, all, subscribe, [\"$SYS/#\", {eq, \"#\"}]}.\n";
        HardenPlan plan = Plan(Host().With("/etc/emqx/acl.conf", "{allow, {ipaddr, \"127.0.0.1\"}, all, [\"$SYS/#\", \"#\"]}.\n" + Own + "{allow, {security_profile, legacy}}.\n{allow, all}.\n"), Open);

        Encoding.UTF8.GetString(plan.Files.Single(static file => file.Path == "/etc/emqx/acl.conf").New).ShouldBe(Own + "{deny, all}.\n");
        plan.Warnings.ShouldContain(static text => text.StartsWith("3 rules of /etc/emqx/acl.conf"));
        HardenPlan broken = Plan(Host().With("/etc/emqx/acl.conf", "{allow, all"), Open);
        broken.Files.ShouldNotContain(static file => file.Path == "/etc/emqx/acl.conf");
        broken.Steps.ShouldContain(static step => step.Contains("cannot be read as rules"));
    }

    [Fact]
    public void Nodes_that_may_call_stand_in_the_arguments_and_the_own_host_with_them()
    {
        HardenWishes wishes = Open with { Nodes = ["emqx2@10.0.0.6", "emqx@10.0.0.5"] };
        PaperHost host = Host().With("/etc/emqx/vm.args", "-heart\n-s own start\n-s net_kernel allow old@1.2.3.4\n-s net_kernel allow older@1.2.3.4\n");

        Arguments(Plan(host, wishes)).ShouldBe("-heart\n-s own start\n-s net_kernel allow emqx2@10.0.0.6 emqx@10.0.0.5 10.0.0.5\n-kernel inet_dist_use_interface {10,0,0,5}\n");
        Arguments(Plan(Host(), Open with { Nodes = ["emqx2@10.0.0.6"] })).ShouldContain("allow emqx2@10.0.0.6 emqx@10.0.0.5 10.0.0.5\n");
        Plan(Host(), Open).Steps.ShouldContain(static step => step.Contains("--nodes NODE@HOST"));
        HardenPlan extra = Plan(Host().With("/etc/emqx/vm.args", "-heart\n-extra words\n"), wishes with { Version = "6.3.0" });
        extra.Warnings.ShouldContain(static text => text.StartsWith("callers are not compared"));
    }

    [Theory]
    [InlineData("10.0.0.6")]
    [InlineData("a@b@c")]
    [InlineData("-eval@x")]
    [InlineData("a@-eval")]
    [InlineData("a b@c")]
    [InlineData("a\"b@c")]
    [InlineData("a@c#")]
    [InlineData("a@c\\")]
    [InlineData("@c")]
    public void Names_that_would_be_something_else_in_the_arguments_are_refused(string node) =>
        Should.Throw<ProblemException>(() => Plan(Host(), Open with { Nodes = [node] })).Problem.Id.ShouldBe("GH8162");

    [Fact]
    public void The_security_profile_stands_where_the_version_reads_it_and_open_ports_stay_open()
    {
        HardenPlan old = Plan(Host("listeners.tcp.own.bind = 1884\n"), Open with { Version = "6.2.2", Keep = ["tcp"] });
        Arguments(old).ShouldContain("-env EMQX_SECURITY_PROFILE hardened\n");
        Of(old).Settings["listeners.tcp.own.bind"].Text.ShouldBe("0.0.0.0:1884");
        Of(old).Settings["listeners.tcp.default.bind"].Text.ShouldBe("0.0.0.0:1883");

        HardenPlan later = Plan(Host().With("/etc/emqx/emqx.env", "# mine\nEMQX_FEATURES=all\n"), Open with { Version = "6.3.0" });
        Encoding.UTF8.GetString(later.Files.Single(static file => file.Path == "/etc/emqx/emqx.env").New).ShouldBe("# mine\nEMQX_FEATURES=all\nEMQX_SECURITY_PROFILE=hardened\n");
        Plan(Host(), Open).Files.ShouldNotContain(static file => file.Path.EndsWith("emqx.env"));
    }

    [Fact]
    public void Settings_that_a_version_does_not_know_are_not_written()
    {
        HoconFile old = Of(Plan(Host(), Open with { Version = "5.0.26" }));
        old.Settings["listeners.ssl.default.max_conn_rate"].IsSet.ShouldBeFalse();
        old.Settings["log.audit"].IsSet.ShouldBeFalse();
        old.Settings["dashboard.password_expired_time"].IsSet.ShouldBeFalse();
        old.Settings["dashboard.default_password"].Text!.Length.ShouldBe(32);

        HoconFile later = Of(Plan(Host(), Open with { Version = "5.9.2" }));
        later.Settings["log.audit.enable"].AsBoolean().ShouldBe(true);
        later.Settings["dashboard.password_expired_time"].Text.ShouldBe("180d");
        later.Settings["dashboard.default_password"].Text.ShouldBe("file:///etc/emqx/gatehouse-dashboard-password");
        Of(Plan(Host().With("/usr/lib/emqx/releases/emqx_vars", "IS_ENTERPRISE=\"yes\"\n"), Open)).Settings["log.audit.enable"].AsBoolean().ShouldBe(true);
    }

    private static PaperHost Host(string more = "") => new PaperHost().With(Path, "node { name = \"emqx@10.0.0.5\", data_dir = \"/var/lib/emqx\" }\n" + more).With("/etc/emqx/vm.args", "-heart\n");

    private static HardenPlan Plan(IHost host, HardenWishes wishes) => new EmqxHardener().Plan(host, wishes, new CountedSecrets());

    private static string Arguments(HardenPlan plan) => Encoding.UTF8.GetString(plan.Files.Single(static file => file.Path == "/etc/emqx/vm.args").New);

    private static HoconFile Of(HardenPlan plan) => HoconFile.Read(plan.Files.Single(static file => file.Path == Path).New, Path, HoconOptions.Emqx);
}
