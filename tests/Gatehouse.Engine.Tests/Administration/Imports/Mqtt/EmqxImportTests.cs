using Gatehouse.Administration;
using Gatehouse.Engine.Administration.Imports;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Administration.Imports.Mqtt.MqttImports;

namespace Gatehouse.Engine.Tests.Administration.Imports.Mqtt;

/// <summary>EMQX's acl.conf, rules of its database and its users: what becomes of each rule.</summary>
public sealed class EmqxImportTests
{
    // Rules with the meaning of the file that comes with EMQX 5.
    private const string Stock5 = """
        %% the dashboard looks at the broker
        {allow, {username, {re, "^dashboard$"}}, subscribe, ["$SYS/#"]}.
        {allow, {ipaddr, "127.0.0.1"}, all, ["$SYS/#", "#"]}.
        {deny, all, subscribe, ["$SYS/#", {eq, "#"}, {eq, "+/#"}]}.
        {allow, all}.
        """;

    // And with EMQX 6.2: what is not said follows the profile of the broker.
    private const string Stock6 = """
        {allow, {username, {re, "^dashboard$"}}, subscribe, ["$SYS/#"]}.
        {deny, all, subscribe, ["$SYS/#", {eq, "#"}, {eq, "+/#"}]}.
        {allow, {security_profile, legacy}}.
        """;

    [Fact]
    public void The_file_of_EMQX_5_comes_over()
    {
        ImportReport report = Acl(Stock5);
        report.Faults.ShouldBeEmpty();
        report.Grants("emqx-everybody").ShouldBe([
            "allow publish,subscribe $SYS/#,# from 127.0.0.1",
            "deny subscribe no-topic-of-anybody/no-topic-of-anybody/no-topic-of-anybody/no-topic-of-anybody,no-topic-of-anybody/no-topic-of-anybody/no-topic-of-anybody/no-topic-of-anybody/no-topic-of-anybody",
            "allow publish,subscribe #",
        ]);
        var policy = report.Compile();
        policy.Allows("x", ["emqx-everybody"], "subscribe", "a/#").ShouldBeTrue();
        policy.Allows("x", ["emqx-everybody"], "publish", "a/b").ShouldBeTrue();
        policy.Allows("x", ["emqx-everybody"], "subscribe", "#").ShouldBeFalse();
        policy.Allows("x", ["emqx-everybody"], "subscribe", "+/#").ShouldBeFalse();
        policy.Allows("x", ["emqx-everybody"], "subscribe", "$SYS/#").ShouldBeFalse();
        policy.Allows("dashboard", report.MappedRoles("dashboard"), "publish", "a/b").ShouldBeTrue();
        report.Mappings["emqx-everybody"]!.Enabled.ShouldBeFalse();
        report.Mappings["emqx-user-dashboard"]!.Enabled.ShouldBeTrue();
        report.Lines().Length.ShouldBe(4);
    }

    [Fact]
    public void The_file_of_EMQX_6_comes_over_without_its_profile()
    {
        ImportReport report = Acl(Stock6);
        report.Roles.Keys.ShouldBe(["emqx-user-dashboard"]);
        report.Grants("emqx-user-dashboard").ShouldBe(["allow subscribe $SYS/#"]);
        report.LeftOut.Single().Location!.Line.ShouldBe(3);
        report.LeftOut.Single().Text.ShouldContain("security profile");
        report.Lines()[1].ShouldContain("nothing that comes after it would allow it");
    }

    [Theory]
    [InlineData("{allow, {user, \"ann\"}, publish, [\"a/${clientid}/#\", <<\"b\">>]}.", "emqx-user-ann", "allow publish a/${clientid}/#,b")]
    [InlineData("{allow, {username, \"ann\"}, {publish, [{qos, [0, 1]}, {retain, false}]}, [\"a\"]}.", "emqx-user-ann", "allow publish a qos 0,1 retain False")]
    [InlineData("{allow, all, {all, [{retain, true}, {qos, 2}]}, [\"a\"]}.", "emqx-everybody", "allow publish a qos 2 retain True|allow subscribe a qos 2")]
    [InlineData("{allow, {ipaddrs, [\"10.1.2.3/8\", \"::1\"]}, all, [{eq, \"a/b\"}, \"eq c\"]}.", "emqx-everybody", "allow publish,subscribe a/b,c from 10.0.0.0/8,::1")]
    [InlineData("{allow, {'and', [{user, \"ann\"}, {ipaddr, \"10.0.0.1\"}]}, all, [\"a\"]}.", "emqx-user-ann", "allow publish,subscribe a from 10.0.0.1")]
    [InlineData("{allow, {'or', [{user, \"ann\"}, {ipaddr, \"10.0.0.1\"}]}, all, [\"a\"]}.", "emqx-user-ann", "allow publish,subscribe a|allow publish,subscribe a from 10.0.0.1")]
    [InlineData("{allow, {user, {re, \"^dev-\"}}, all, [\"a\"]}.", "emqx-users-1", "allow publish,subscribe a")]
    [InlineData("{allow, all, pubsub, [\"c/${cert_common_name}\", \"${$}x\"]}.", "emqx-everybody", "allow publish,subscribe c/${cert.cn},$x")]
    [InlineData("{allow, all, subscribe, [\"$SYS/#\"]}.", "emqx-everybody", "allow subscribe $SYS/#")]
    [InlineData("{allow, all, publish, all}.", "emqx-everybody", "allow publish #")]
    public void What_can_be_said_is_kept(string rule, string role, string grants)
    {
        ImportReport report = Acl(rule);
        report.LeftOut.ShouldBeEmpty();
        string.Join('|', report.Grants(role)).ShouldBe(grants);
        _ = report.Compile();
    }

    [Theory]
    [InlineData("{clientid, \"c1\"}", "[\"a\"]")]
    [InlineData("{client, {re, \"^c\"}}", "[\"a\"]")]
    [InlineData("{zone, z}", "[\"a\"]")]
    [InlineData("{listener, \"tcp:default\"}", "[\"a\"]")]
    [InlineData("{client_attr, \"team\", \"x\"}", "[\"a\"]")]
    [InlineData("{security_profile, hardened}", "[\"a\"]")]
    [InlineData("{something, new}", "[\"a\"]")]
    [InlineData("{user, {re, \"^(a|b)$\"}}", "[\"a\"]")]
    [InlineData("{user, {re, \"a.c\"}}", "[\"a\"]")]
    [InlineData("{user, \"a*\"}", "[\"a\"]")]
    [InlineData("{ipaddr, \"localhost\"}", "[\"a\"]")]
    [InlineData("{ipaddr, \"::ffff:10.0.0.1\"}", "[\"a\"]")]
    [InlineData("{ipaddr, \"10.1\"}", "[\"a\"]")]
    [InlineData("all", "[\"u/%u\"]")]
    [InlineData("all", "[\"z/${zone}\"]")]
    [InlineData("all", "[\"a/${client_attrs.team}/b\"]")]
    [InlineData("all", "[\"a/${$}{username}\"]")]
    [InlineData("all", "[{eq, \"a/${username}\"}]")]
    [InlineData("all", "[{eq, \"a/#\"}]")]
    [InlineData("all", "[\"a/#/b\"]")]
    [InlineData("all", "[\"a+\"]")]
    [InlineData("all", "[\"$share/g/a\"]")]
    [InlineData("all", "[\"$queue/a\"]")]
    [InlineData("all", "[\"$delayed/5/a\"]")]
    [InlineData("all", "[\"$exclusive/a\"]")]
    public void What_cannot_be_said_allows_nothing_and_denies_at_least_as_much(string who, string topics)
    {
        ImportReport allow = Acl($"{{allow, {who}, all, {topics}}}.");
        allow.LeftOut.Single().Id.ShouldBe("GH3081");
        allow.LeftOut.Single().Location!.Line.ShouldBe(1);
        allow.Roles.ShouldBeEmpty();

        ImportReport deny = Acl($"{{deny, {who}, all, {topics}}}.\n{{allow, all, all, [\"#\"]}}.");
        deny.Grants("emqx-everybody").Count(static grant => grant.StartsWith("deny", StringComparison.Ordinal)).ShouldBe(1);
        _ = deny.Compile();
    }

    [Theory]
    [InlineData("{allow, all, all, [\"#\"]}", 1, 25)]
    [InlineData("{permit, all}.", 1, 1)]
    [InlineData("{allow, all, all}.", 1, 1)]
    [InlineData("{allow, all, read, [\"a\"]}.", 1, 14)]
    [InlineData("{allow, all, {publish, [{qos, 3}]}, [\"a\"]}.", 1, 14)]
    [InlineData("{allow, all, publish, \"a\"}.", 1, 23)]
    [InlineData("{allow, all, publish, [a]}.", 1, 24)]
    public void What_EMQX_itself_would_not_load_is_refused_with_its_place(string text, int line, int column)
    {
        ImportReport report = Acl(text);
        report.Faults.Single().Id.ShouldBe("GH3080");
        (report.Faults[0].Location!.Line, report.Faults[0].Location!.Column).ShouldBe((line, column), report.Faults[0].Text);
        report.Roles.ShouldBeEmpty();
    }

    [Fact]
    public void An_allow_before_a_deny_of_the_same_is_narrowed_and_named()
    {
        ImportReport report = Acl("{allow, all, all, [\"a/b\"]}.\n{deny, all, all, [\"a/#\"]}.\n{allow, all, all, [\"#\"]}.");
        report.Grants("emqx-everybody").ShouldBe(["allow publish,subscribe a/b", "deny publish,subscribe a/#", "allow publish,subscribe #"]);
        report.LeftOut.Single().Location!.Line.ShouldBe(1);
        report.LeftOut.Single().Text.ShouldContain("line 2");
    }

    [Fact]
    public void Who_is_named_keeps_what_an_earlier_rule_gives_and_others_are_denied()
    {
        ImportReport report = Acl("{allow, {user, \"ann\"}, all, [\"#\"]}.\n{deny, all, all, [\"secret/#\"]}.\n{allow, all, all, [\"#\"]}.\n{deny, all}.");
        report.LeftOut.ShouldBeEmpty();
        report.Grants("emqx-user-ann").ShouldBe(["allow publish,subscribe #", "allow publish,subscribe #"]);
        report.Grants("emqx-everybody").ShouldBe(["deny publish,subscribe secret/#", "allow publish,subscribe #"]);
        report.Lines()[3].ShouldContain("what no role allows is denied");
    }

    [Fact]
    public void Rules_of_the_database_are_asked_by_client_then_user_then_all()
    {
        ImportReport report = Read(
            "emqx-rules",
            ("all.json", """{"rules":[{"topic":"all/#","permission":"allow","action":"all"},{"topic":"#","permission":"deny","action":"all"}]}"""),
            ("users.json", """{"data":[{"username":"ann","rules":[{"topic":"all/x","permission":"deny","action":"publish","qos":[0,1],"retain":"all"},{"topic":"t/${username}","permission":"allow","action":"subscribe","ipaddr":"10.0.0.0/8"}]}],"meta":{"count":1}}"""),
            ("clients.json", """[{"clientid":"c1","rules":[{"topic":"c/#","permission":"allow","action":"all"}]}]"""));
        report.Faults.ShouldBeEmpty();
        report.Grants("emqx-user-ann").ShouldBe(["deny publish all/x qos 0,1", "allow subscribe t/${username} from 10.0.0.0/8", "allow publish,subscribe all/#"]);
        report.Grants("emqx-everybody").ShouldBe(["allow publish,subscribe all/#"]);
        report.LeftOut.Single().Location!.Source.ShouldBe("clients.json");
    }

    [Theory]
    [InlineData("listener_re", "\"x\"")]
    [InlineData("clientid_re", "\"^c\"")]
    [InlineData("username_re", "\"(\"")]
    [InlineData("ipaddr", "\"\"")]
    [InlineData("qos", "[7]")]
    [InlineData("retain", "\"maybe\"")]
    public void A_condition_of_a_database_rule_that_is_not_known_gives_nothing(string key, string value)
    {
        ImportReport report = Read("emqx-rules", ("all.json", $$"""{"rules":[{"topic":"#","permission":"allow","action":"all","{{key}}":{{value}}}]}"""));
        report.LeftOut.Count.ShouldBe(1);
        report.Roles.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"rules":[{"topic":"#","permission":"allow"}]}""")]
    [InlineData("""{"rules":[{"topic":"#","permission":"allow","action":"all","action":"publish"}]}""")]
    [InlineData("""{"data":[{"user":"x","rules":[]}]}""")]
    [InlineData("""{"data":[1]}""")]
    [InlineData("""{"rules":1}""")]
    [InlineData("{allow, all}.")]
    public void Other_JSON_is_refused(string text) => Read("emqx-rules", ("rules.json", text)).Faults.ShouldNotBeEmpty();

    [Fact]
    public void Users_come_disabled_without_a_password_and_with_their_roles()
    {
        ImportReport report = Read(
            "emqx-acl",
            ("acl.conf", "{allow, {user, \"ann\"}, all, [\"a\"]}.\n{allow, {user, {re, \"^dev-\"}}, all, [\"d\"]}.\n{allow, all, subscribe, [\"news\"]}.\n"),
            ("users.csv", "user_id,password_hash,salt,is_superuser\r\nann,b6c743,de10,false\r\ndev-1,b6c743,de10,false\r\nroot,b6c743,de10,true\r\nadmin,b6c743,de10,false\r\nwith space,b6c743,de10,false\r\n"),
            ("more.json", """[{"user_id":"tom","password_hash":"$2b$10$secret","salt":"","is_superuser":false}]"""));
        report.Faults.ShouldBeEmpty();
        report.Users.Keys.ShouldBe(["ann", "dev-1", "root", "tom"]);
        report.Users["ann"]!.Roles.ShouldBe(["emqx-user-ann"]);
        report.Users["dev-1"]!.Roles.ShouldBe(["emqx-everybody", "emqx-users-1"]);
        report.Users["root"]!.Roles.ShouldBe(["emqx-superuser"]);
        report.Users["tom"]!.Roles.ShouldBe(["emqx-everybody"]);
        report.Users.Values.ShouldAllBe(static user => user!.Enabled == false && user.PasswordHash == null);
        report.Grants("emqx-superuser").ShouldBe(["allow publish,subscribe #", "allow subscribe $SYS/#"]);
        report.LeftOut.Select(static problem => problem.Location!.Line).ShouldBe([5, 6]);
        (string.Join(' ', report.Rows.Select(static row => row.Why)) + string.Join(' ', report.LeftOut.Select(static p => p.Text))).ShouldNotContain("b6c743");
    }

    [Fact]
    public void A_packed_export_is_named_as_such() =>
        ForeignImport.Read("emqx-rules", [("export.tar.gz", new byte[] { 0x1f, 0x8b, 8, 0 })], new HashSet<string>(), new HashSet<string>())
            .Faults.Single().Text.ShouldContain("packed");

    [Fact]
    public void Two_lists_are_refused_as_nobody_knows_which_is_asked_first() =>
        Read("emqx-acl", ("a.conf", "{allow, all}."), ("b.conf", "{deny, all}.")).Faults.Single().Id.ShouldBe("GH3080");
}
