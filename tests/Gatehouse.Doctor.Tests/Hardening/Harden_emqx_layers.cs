using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Emqx;
using Gatehouse.Doctor.Texts.Hocon;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>EMQX's files on top of each other: what is in force is what is made safe.</summary>
public class Harden_emqx_layers
{
    private const string Path = "/etc/emqx/emqx.conf";
    private const string ClusterFile = "/var/lib/emqx/configs/cluster.hocon";
    private const string Open = "{allow, all}.\n";
    private static readonly HardenWishes Gate = new() { Gate = true, Version = "5.8.6" };

    [Theory]
    [InlineData("${EMQX_DATA_DIR}/authz/acl.conf", "/var/lib/emqx/authz/acl.conf")]
    [InlineData("/var/lib/emqx/authz/acl.conf", "/var/lib/emqx/authz/acl.conf")]
    [InlineData("${EMQX_ETC_DIR}/own.conf", "/etc/emqx/own.conf")]
    public void The_file_of_rules_that_is_in_force_is_the_one_that_is_written(string written, string expected)
    {
        PaperHost host = Host().With(ClusterFile, $"authorization.sources = [{{type = built_in_database}}, {{type = file, path = \"{written}\"}}]\n").With(expected, Open);

        HardenPlan plan = Plan(host, Gate);

        Encoding.UTF8.GetString(plan.Files.Single(file => file.Path == expected).New).ShouldContain("{deny, all}.");
        plan.Files.ShouldNotContain(static file => file.Path == "/etc/emqx/acl.conf");
        plan.Steps.ShouldContain(static step => step.Contains("built_in_database stands before"));
        plan.Steps.ShouldContain(step => step.Contains($"writes {expected} anew"));
        HardenPlan open = Plan(host, Gate with { Gate = false });
        Encoding.UTF8.GetString(open.Files.Single(file => file.Path == expected).New).ShouldBe("{deny, all}.\n");
    }

    [Theory]
    [InlineData("authorization.sources = [{type = file, path = \"data/authz/acl.conf\"}]")]
    [InlineData("authorization.sources = [{type = file, path = \"${MY_DIR}/acl.conf\"}]")]
    [InlineData("authorization.sources = [{type = file, path = \"/nowhere/acl.conf\"}]")]
    [InlineData("authorization.sources = [{type = file, enable = false}]")]
    [InlineData("authorization.sources = []")]
    public void Where_no_file_of_rules_can_be_told_a_step_says_so_and_none_is_written(string sources)
    {
        HardenPlan plan = Plan(Host().With(ClusterFile, sources + "\n"), Gate);

        plan.Steps.ShouldContain(static step => step.Contains("authorization.sources") && step.Contains("nobody else anything"));
        plan.Files.ShouldNotContain(static file => file.Path.EndsWith("acl.conf"));
    }

    [Fact]
    public void A_variable_may_name_the_file_of_rules()
    {
        PaperHost host = Host().With("/etc/emqx/own.conf", Open).With(
            "/lib/systemd/system/emqx.service",
            "[Service]\nUser=ipfs\nEnvironment=EMQX_AUTHORIZATION__SOURCES__1__TYPE=file EMQX_AUTHORIZATION__SOURCES__1__PATH=/etc/emqx/own.conf\n",
            0, 0, "0644");

        Plan(host, Gate).Files.ShouldContain(static file => file.Path == "/etc/emqx/own.conf");
    }

    [Fact]
    public void Before_5_1_what_the_dashboard_wrote_wins_and_is_named()
    {
        PaperHost host = Host()
            .With(ClusterFile, "listeners.tcp.later.bind = 1999\n")
            .With("/var/lib/emqx/configs/cluster-override.conf", "listeners.ssl.default.enable = true\nauthorization.no_match = deny\n", mode: "0644")
            .With("/var/lib/emqx/configs/local-override.conf", "# by the dashboard\nlisteners.tcp.default.bind = \"0.0.0.0:1884\"\n");
        HardenPlan plan = Plan(host, Gate with { Version = "5.0.26" });

        plan.Overrides.ShouldBe(
        [
            "line 2 of /var/lib/emqx/configs/local-override.conf takes back listeners.tcp.default.bind",
            "line 1 of /var/lib/emqx/configs/cluster-override.conf takes back listeners.ssl.default.enable",
        ], ignoreOrder: true);
        Of(plan).Settings["listeners.tcp.default.bind"].Text.ShouldBe("127.0.0.1:1884");
        plan.Changes.Single(static file => file.Path.EndsWith("cluster-override.conf")).Rights.Octal.ShouldBe("0600");
        plan.Warnings.ShouldNotContain(static text => text.Contains("tcp:later"), "cluster.hocon is of later versions");
        plan.Steps.ShouldContain(static step => step.Contains("win over all of this before 5.1") && step.Contains("/var/lib/emqx/configs/cluster-override.conf"));
        plan.Steps.ShouldNotContain(static step => step.Contains("win over nothing"));

        HardenPlan later = Plan(host, Gate);
        later.Overrides.ShouldBeEmpty();
        later.Steps.ShouldContain(static step => step.Contains("win over nothing"));
    }

    [Fact]
    public void Quic_goes_as_the_other_listeners_do()
    {
        PaperHost host = Host("listeners.quic.default { enabled = true, bind = 14567 }\nlisteners.quic.own { bind = 14568 }\nlisteners.ws.gone = marked_for_deletion\n");
        HardenPlan plan = Plan(host, Gate);

        Of(plan).Settings["listeners.quic.default.enable"].AsBoolean().ShouldBe(false);
        Of(plan).Settings["listeners.quic.default.enabled"].AsBoolean().ShouldBe(false);
        plan.Warnings.ShouldContain(static text => text.Contains("quic:own"));
        plan.Warnings.ShouldNotContain(static text => text.Contains("ws:gone"));
        HardenPlan kept = Plan(host, Gate with { Keep = ["quic"] });
        Of(kept).Settings["listeners.quic.default.enable"].IsSet.ShouldBeFalse();
        kept.Warnings.ShouldContain(static text => text.StartsWith("listeners.quic.default stays"));
        Of(Plan(Host(), Gate)).Settings["listeners.quic"].IsSet.ShouldBeFalse("it is off until it is set");
    }

    [Fact]
    public void Without_a_gate_headers_that_are_believed_are_named()
    {
        HardenWishes wishes = Gate with { Gate = false, Keep = ["ws", "wss"] };
        HardenPlan plan = Plan(
            Host("listeners.ws.default.websocket.proxy_address_header = \"x-real\"\nlisteners.ws.own { bind = 8090, websocket.proxy_address_header = \"\" }\nlisteners.wss.off { enable = false, bind = 8091 }\n"), wishes);

        string[] told = [.. plan.Warnings.Where(static text => text.Contains("which address it comes from"))];
        told.Length.ShouldBe(2);
        told.ShouldContain(static text => text.StartsWith("listeners.ws.own.websocket: proxy_port_header "));
        told.ShouldContain(static text => text.StartsWith("listeners.ws.default.websocket: proxy_address_header "), "written by hand, it may be meant");
        Of(plan).Settings["listeners.wss.default.websocket.proxy_address_header"].Text.ShouldBe("");
        Plan(Host(), wishes with { Version = "6.3.0" }).Warnings.ShouldNotContain(static text => text.Contains("which address it comes from"), "none is believed by default");
    }

    [Fact]
    public void Since_6_3_the_cookie_has_a_file_of_its_own()
    {
        HardenWishes wishes = Gate with { Version = "6.3.0" };
        PaperHost host = Host();
        HardenPlan plan = Plan(host, wishes);

        Of(plan).Settings["node.cookie"].Text.ShouldBe("file:///etc/emqx/gatehouse-cookie");
        FileChange cookie = plan.Files.Single(static file => file.Path == "/etc/emqx/gatehouse-cookie");
        cookie.New.Length.ShouldBe(64);
        cookie.NewLines.ShouldBeNull("it is a secret and nothing else");
        cookie.Rights.Octal.ShouldBe("0600");
        plan.Steps.ShouldContain(static step => step.Contains("the cookie in /etc/emqx/gatehouse-cookie"));

        var secrets = new CountedSecrets();
        HardenPlan again = new EmqxHardener().Plan(host.After(plan), wishes, secrets);
        again.Changes.ShouldBeEmpty(Planned.Shown(again));
        secrets.Made.ShouldBeEmpty();
    }

    [Fact]
    public void A_cookie_that_cannot_be_read_stays_and_is_a_step_and_a_weak_one_goes()
    {
        HardenWishes wishes = Gate with { Version = "6.3.0" };
        HardenPlan hidden = Plan(Host("node.cookie = \"file:///run/emqx/cookie\"\n"), wishes);
        Of(hidden).Settings["node.cookie"].Text.ShouldBe("file:///run/emqx/cookie");
        hidden.Steps.ShouldContain(static step => step.Contains("/run/emqx/cookie"));

        HardenPlan weak = Plan(Host("node.cookie = \"file:///run/emqx/cookie\"\n").With("/run/emqx/cookie", "public\n"), wishes);
        Of(weak).Settings["node.cookie"].Text.ShouldBe("file:///etc/emqx/gatehouse-cookie");

        HardenPlan given = Plan(Host("node.cookie = \"file:///run/emqx/cookie\"\n"), wishes with { Secret = "Kq7xN3pZtR9wYb2LmC5vHd8sGf4JaE6u" });
        Encoding.UTF8.GetString(given.Files.Single(static file => file.Path.EndsWith("gatehouse-cookie")).New).ShouldBe("Kq7xN3pZtR9wYb2LmC5vHd8sGf4JaE6u");
    }

    private static PaperHost Host(string more = "") => new PaperHost().With(Path, "node { name = \"emqx@10.0.0.5\", data_dir = \"/var/lib/emqx\" }\n" + more).With("/etc/emqx/vm.args", "-heart\n");

    private static HardenPlan Plan(IHost host, HardenWishes wishes) => new EmqxHardener().Plan(host, wishes, new CountedSecrets());

    private static HoconFile Of(HardenPlan plan) => HoconFile.Read(plan.Files.Single(static file => file.Path == Path).New, Path, HoconOptions.Emqx);
}
