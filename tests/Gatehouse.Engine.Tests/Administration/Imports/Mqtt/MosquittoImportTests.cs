using Gatehouse.Engine.Administration.Imports;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Administration.Imports.Mqtt.MqttImports;

namespace Gatehouse.Engine.Tests.Administration.Imports.Mqtt;

/// <summary>mosquitto's ACL and password files: what becomes of each line.</summary>
public sealed class MosquittoImportTests
{
    private const string Acl = """
        # everybody without a name
        topic read $SYS/#
        topic read public/#

        user ann
        topic readwrite ann/#
        topic deny ann/locked
        topic a topic with spaces

        user bob
        topic write in/bob

        pattern write sensor/%u/data
        pattern read  answers/%c
        """;

    private const string Passwords = """
        # made by mosquitto_passwd
        ann:$7$101$c2FsdHNhbHQ=$aGFzaA==
        tom:$6$c2FsdA==$aGFzaA==
        admin:$7$101$c2FsdHNhbHQ=$aGFzaA==
        """;

    [Fact]
    public void Both_files_come_over()
    {
        ImportReport report = Read("mosquitto", ("aclfile", Acl.Replace("topic a topic with spaces", "topic read a topic with spaces", StringComparison.Ordinal)), ("passwd", Passwords));
        report.Faults.ShouldBeEmpty();
        string[] patterns = ["allow publish sensor/${username}/data", "allow subscribe answers/${clientid}"];
        report.Grants("mosquitto-anonymous").ShouldBe(["allow subscribe $SYS/#", "allow subscribe public/#", .. patterns]);
        report.Grants("mosquitto-user-ann").ShouldBe(["deny publish,subscribe ann/locked", "allow publish,subscribe ann/#", "allow subscribe a topic with spaces", .. patterns]);
        report.Grants("mosquitto-user-bob").ShouldBe(["allow publish in/bob", .. patterns]);
        report.Grants("mosquitto-everybody").ShouldBe(patterns);
        report.Users["ann"]!.Roles.ShouldBe(["mosquitto-user-ann"]);
        report.Users["tom"]!.Roles.ShouldBe(["mosquitto-everybody"]);
        report.Users.Values.ShouldAllBe(static user => user!.Enabled == false && user.PasswordHash == null);
        report.Mappings.Keys.ShouldBe(["mosquitto-everybody", "mosquitto-user-ann", "mosquitto-user-bob"]);
        report.LeftOut.Single().Text.ShouldContain("admin");
        string.Join(' ', report.Rows.Select(static row => row.Why)).ShouldNotContain("aGFz");

        var policy = report.Compile();
        policy.Allows("ann", ["mosquitto-user-ann"], "publish", "ann/x").ShouldBeTrue();
        policy.Allows("ann", ["mosquitto-user-ann"], "publish", "ann/locked").ShouldBeFalse();
        policy.Allows("ann", ["mosquitto-user-ann"], "publish", "sensor/ann/data").ShouldBeTrue();
        policy.Allows("ann", ["mosquitto-user-ann"], "publish", "sensor/bob/data").ShouldBeFalse();
        policy.Allows("ann", ["mosquitto-user-ann"], "subscribe", "answers/c1").ShouldBeTrue();
        policy.Allows("ann", ["mosquitto-user-ann"], "subscribe", "ann/#").ShouldBeFalse("it would deliver what is denied");
    }

    [Theory]
    [InlineData("topic a topic with spaces")]
    [InlineData("topic reed a")]
    [InlineData("topic")]
    [InlineData("user")]
    [InlineData("topic\tread a")]
    [InlineData("{allow, all}.")]
    [InlineData("pattern deny")]
    public void What_mosquitto_itself_would_not_load_is_refused_with_its_line(string line)
    {
        ImportReport report = Read("mosquitto", ("aclfile", "topic read x\n" + line + "\n"));
        if (line == "pattern deny")
        {
            report.Faults.ShouldBeEmpty("a topic may have such a name");
            return;
        }

        report.Faults.Single().Id.ShouldBe("GH3080");
        report.Faults[0].Location!.Line.ShouldBe(2);
    }

    [Theory]
    [InlineData("pattern write dev-%u/x")]
    [InlineData("pattern write a/${username}")]
    [InlineData("pattern write $share/g/a")]
    [InlineData("pattern write a/#/b")]
    public void What_has_no_counterpart_gives_nothing(string line)
    {
        ImportReport report = Read("mosquitto", ("aclfile", line + "\n"));
        report.LeftOut.Count.ShouldBe(1);
        report.Roles.ShouldBeEmpty();
    }

    [Fact]
    public void A_deny_wins_wherever_it_stands_and_a_pattern_of_one_over_a_users_line_is_named()
    {
        ImportReport report = Read("mosquitto", ("aclfile", "user ann\ntopic read a/#\ntopic deny a/b\npattern deny a/c\npattern read a/+\n"));
        report.Grants("mosquitto-user-ann").ShouldBe(["deny publish,subscribe a/b", "allow subscribe a/#", "deny publish,subscribe a/c", "allow subscribe a/+"]);
        report.LeftOut.Single().Location!.Line.ShouldBe(2, "there her own line lets her read a/c");
    }
}
