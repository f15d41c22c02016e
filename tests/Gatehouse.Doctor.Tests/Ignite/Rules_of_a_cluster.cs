using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>The cluster's configuration in, what one rule saw out.</summary>
public sealed class Rules_of_a_cluster
{
    private const string Users = "ignite.security { enabled: true\n authentication.providers.default { type: basic\n users { USERS } } }";
    private const string Audit = "ignite.eventlog { channels.a { events: [EVENTS] }\n sinks.s { type: log, channel: a } }";

    [Theory]
    [InlineData("IGN-SEC-001", "ignite.security {}", "C1")]
    [InlineData("IGN-SEC-001", "ignite.security {\n enabled: false }", "C2")]
    [InlineData("IGN-SEC-001", "ignite.security.enabled: true", "")]
    [InlineData("IGN-SEC-001", "ignite.security.enabled: ${ON}", "?1")]
    [InlineData("IGN-SEC-002", "ignite.security.enabled: true", "C1")]
    [InlineData("IGN-SEC-002", "ignite.security { enabled: true, authentication.providers: [] }", "C1")]
    [InlineData("IGN-SEC-002", "ignite.security { enabled: true, authentication.providers: ${P} }", "?1")]
    [InlineData("IGN-SEC-002", "ignite.security.enabled: false", "")]
    [InlineData("IGN-SEC-002", "ignite.security { enabled: true, authentication.providers.default.users.a.password: b }", "")]
    [InlineData("IGN-SEC-008", "ignite.security { enabled: true, authentication.providers { a { users.u.password: x }, b { type: basic, users.v.password: y } } }", "M1")]
    [InlineData("IGN-SEC-008", "ignite.security { enabled: true, authentication.providers { a { type: ldap } } }", "M1 M1")]
    [InlineData("IGN-SEC-008", "ignite.security { enabled: true, authentication.providers { a { type: basic } } }", "M1")]
    [InlineData("IGN-SEC-008", "ignite.security { enabled: true, authentication.providers { a { type: ${T} } } }", "?1")]
    [InlineData("IGN-SEC-008", "ignite.security { enabled: true, authentication.providers: [{ name: a, type: basic, users: [{ username: u, password: x }] }] }", "")]
    [InlineData("IGN-SEC-011", "ignite.security.enabled: true", "I")]
    public void Security(string id, string text, string marks) => Look(text).Marks(id).ShouldBe(marks);

    [Theory]
    [InlineData("IGN-SEC-003", "ignite.password: ignite", "C3")]
    [InlineData("IGN-SEC-003", "Ignite.password: ignite", "C3")]
    [InlineData("IGN-SEC-003", "ignite.password: something-long-enough", "")]
    [InlineData("IGN-SEC-003", "other.password: ignite", "")]
    [InlineData("IGN-SEC-003", "ignite.password: \"********\"", "?3")]
    [InlineData("IGN-SEC-004", "anna.password: short", "H3")]
    [InlineData("IGN-SEC-004", "anna-of-the-lab.password: Anna-of-the-lab", "H3")]
    [InlineData("IGN-SEC-004", "anna.password: secure_password", "H3")]
    [InlineData("IGN-SEC-004", "anna.password: \"\"", "H3")]
    [InlineData("IGN-SEC-004", "anna {}", "H3")]
    [InlineData("IGN-SEC-004", "anna.password: k7Vq-not-in-any-list", "")]
    [InlineData("IGN-SEC-004", "anna.password: ${PASSWORD}", "?3")]
    [InlineData("IGN-SEC-004", "ignite.password: ignite", "")] // IGN-SEC-003 says it
    [InlineData("IGN-SEC-006", "Anna.password: aaaaaaaaaaaaa\n anna.password: bbbbbbbbbbbbb", "H3")]
    [InlineData("IGN-SEC-006", "anna.password: aaaaaaaaaaaaa\n bert.password: bbbbbbbbbbbbb", "")]
    [InlineData("IGN-SEC-007", "anna { password: aaaaaaaaaaaaa, roles: [system] }", "M3")]
    [InlineData("IGN-SEC-007", "anna { password: aaaaaaaaaaaaa, displayName: Anna }", "M3")]
    [InlineData("IGN-SEC-007", "anna { password: aaaaaaaaaaaaa }", "")]
    [InlineData("IGN-SEC-009", "anna.password: the-same-of-both\n bert.password: the-same-of-both", "M3")]
    [InlineData("IGN-SEC-009", "anna.password: the-one-of-anna\n bert.password: the-one-of-bert", "")]
    [InlineData("IGN-SEC-009", "anna.password: \"********\"\n bert.password: \"********\"", "?3")]
    [InlineData("IGN-SEC-010", "anna.password: aaaaaaaaaaaaa", "I3")]
    [InlineData("IGN-SEC-010", "anna.password: aaaaaaaaaaaaa\n bert.password: bbbbbbbbbbbbb", "")]
    [InlineData("IGN-FILE-003", "anna { password: aaaaaaaaaaaaa, displayName: Anna }", "")] // IGN-SEC-007 says it
    [InlineData("IGN-FILE-003", "anna { passwort: aaaaaaaaaaaaa }", "M3")]
    public void Users_by_name(string id, string users, string marks) => Look(Users.Replace("USERS", users, StringComparison.Ordinal)).Marks(id).ShouldBe(marks);

    [Fact]
    public void Users_in_a_list()
    {
        ImmutableArray<Finding> findings = Look(
            """
            ignite { security { enabled: true
              authentication { providers: [ { name: default, type: basic, users: [
                { username: ignite, password: ignite }
                { username: Anna, password: short }
                { username: anna, password: another-of-anna, roles: [system] }
              ] } ] } } }
            """);

        findings.Marks("IGN-SEC-003").ShouldBe("C3");
        findings.Marks("IGN-SEC-004").ShouldBe("H4");
        findings.Marks("IGN-SEC-006").ShouldBe("H4");
        findings.Marks("IGN-SEC-007").ShouldBe("M5");
        findings.Marks("IGN-FILE-003").ShouldBe("");
    }

    [Theory]
    [InlineData("0644", "aaaaaaaaaaaaa", false, "M0")]
    [InlineData("0644", "********", false, "")]
    [InlineData("0600", "aaaaaaaaaaaaa", false, "")]
    [InlineData("0600", "aaaaaaaaaaaaa", true, "M0")]
    [InlineData("0644", "aaaaaaaaaaaaa", true, "M0 M0")]
    public void Passwords_in_a_file(string mode, string password, bool isRepository, string marks)
    {
        FakeHost host = new FakeHost().File("/srv/deploy/cluster.conf", $"ignite.security.authentication.providers.default.users.anna.password: \"{password}\"", mode);
        if (isRepository)
        {
            host.Folder("/srv/.git");
        }

        host.Findings("/srv/deploy/cluster.conf").Marks("IGN-SEC-005").ShouldBe(marks);
    }

    [Theory]
    [InlineData("ignite.eventlog {}", "M1")]
    [InlineData("ignite.eventlog.channels.a.events: [USER_AUTHENTICATION_SUCCESS, USER_AUTHENTICATION_FAILURE, QUERY_STARTED]", "M1")] // no sink takes them
    [InlineData("ignite.eventlog { channels.a.events: ${E}\n sinks.s.channel: a }", "?1")]
    public void Events_that_nobody_keeps(string text, string marks) => Look(text).Marks("IGN-LOG-001").ShouldBe(marks);

    [Theory]
    [InlineData("USER_AUTHENTICATION_SUCCESS, USER_AUTHENTICATION_FAILURE, QUERY_FINISHED", "", "")]
    [InlineData("USER_AUTHENTICATION_FAILURE, QUERY_FINISHED", "", "M1")]
    [InlineData("USER_AUTHENTICATION_SUCCESS, USER_AUTHENTICATION_FAILURE", "", "M1")]
    [InlineData("USER_AUTHENTICATION_SUCCESS, USER_AUTHENTICATION_FAILURE, QUERY_FINISHED", "3.1.0", "")]
    [InlineData("USER_AUTHENTICATION_SUCCESS, USER_AUTHENTICATION_FAILURE, QUERY_FINISHED", "3.2.0-SNAPSHOT", "M1")]
    [InlineData("USER_AUTHENTICATION_SUCCESS, USER_AUTHENTICATION_FAILURE, QUERY_FINISHED, REST_API_REQUEST_FINISHED", "3.2.0", "")]
    public void Events_that_are_kept(string events, string version, string marks) => LookAt(version, Audit.Replace("EVENTS", events, StringComparison.Ordinal)).Marks("IGN-LOG-001").ShouldBe(marks);

    [Theory]
    [InlineData("QUERY_FINISHED, COMPUTE_JOB_FAILED", "3.1.0", "")]
    [InlineData("QUERY_FINISHED, COMPUTE_JOB_FAILED", "3.0.0", "M1")]
    [InlineData("QUERY_FINISHED, COMPUTE_JOB_FAILED", "", "?1")]
    [InlineData("REST_API_REQUEST_STARTED", "3.1.0", "M1")]
    [InlineData("USER_AUTHORIZATION_SUCCESS", "3.1.0", "M1")]
    [InlineData("USER_AUTHORIZATION_SUCCESS", "", "M1")]
    public void Names_of_events(string events, string version, string marks) => LookAt(version, Audit.Replace("EVENTS", events, StringComparison.Ordinal)).Marks("IGN-LOG-004").ShouldBe(marks);

    [Theory]
    [InlineData("IGN-LOG-002", "ignite.eventlog.sinks.w { type: webhook, endpoint: \"http://siem:80\" }", "M1")]
    [InlineData("IGN-LOG-002", "ignite.eventlog.sinks.w { type: webhook, endpoint: \"siem:443\" }", "M1")]
    [InlineData("IGN-LOG-002", "ignite.eventlog.sinks.w { type: webhook, endpoint: \"https://siem\", ssl.enabled: true }", "")]
    [InlineData("IGN-LOG-002", "ignite.eventlog.sinks.w { type: webhook, endpoint: \"http://127.0.0.1:9000\" }", "")]
    [InlineData("IGN-LOG-002", "ignite.eventlog.sinks.w { type: webhook, endpoint: ${E} }", "?1")]
    [InlineData("IGN-LOG-002", "ignite.eventlog.sinks.w { type: log }", "")]
    [InlineData("IGN-LOG-003", "ignite.eventlog.sinks.s { type: log, channel: nowhere }", "M1")]
    [InlineData("IGN-LOG-003", "ignite.eventlog { channels.a.enabled: true\n sinks.s { channel: a, level: OFF } }", "M2")]
    [InlineData("IGN-LOG-003", "ignite.eventlog { channels.a.enabled: false\n sinks.s { channel: a } }", "M1")]
    [InlineData("IGN-LOG-003", "ignite.eventlog { channels.a.enabled: true }", "M1")]
    [InlineData("IGN-LOG-003", "ignite.eventlog { channels: [{ name: a }], sinks: [{ name: s, channel: a }] }", "")]
    [InlineData("IGN-LOG-003", "ignite.eventlog { channels: [{ name: a }], sinks: [{ name: s, channel: ${C} }] }", "?1")]
    [InlineData("IGN-MET-001", "ignite.metrics.exporters.o { exporterName: otlp, endpoint: \"http://collector:4317\" }", "M1")]
    [InlineData("IGN-MET-001", "ignite.metrics.exporters.o { exporterName: otlp, endpoint: \"collector:4317\" }", "M1")]
    [InlineData("IGN-MET-001", "ignite.metrics.exporters.o { exporterName: otlp, endpoint: \"https://collector\", ssl.enabled: true\n headers.Authorization.header: \"Bearer abc\" }", "M2")]
    [InlineData("IGN-MET-001", "ignite.metrics.exporters.o { exporterName: otlp, endpoint: \"https://collector\", ssl.enabled: true, headers.tenant.header: blue }", "")]
    [InlineData("IGN-MET-001", "ignite.metrics.exporters.o { exporterName: otlp, endpoint: \"localhost:4317\" }", "")]
    [InlineData("IGN-MET-001", "ignite.metrics.exporters.j { exporterName: jmx }", "")]
    [InlineData("IGN-FILE-003", "ignite { security.enabled: true\n clientConnector.port: 10800\n metrics.exporters.j.exporterName: jmx }", "M2")]
    [InlineData("IGN-FILE-004", "ignite.eventlog.sinks.w.batchSendFrequency: 5", "I1")]
    [InlineData("IGN-FILE-004", "ignite.transaction.readOnlyTimeout: 5", "I1")]
    public void What_goes_out(string id, string text, string marks) => Look(text).Marks(id).ShouldBe(marks);

    [Fact]
    public void Without_the_cluster_its_checks_say_that_they_cannot_know()
    {
        ImmutableArray<Finding> findings = IgniteLook.WithNode("ignite.network.port: 3344").Findings();

        foreach (string id in new[] { "IGN-SEC-001", "IGN-SEC-005", "IGN-SEC-010", "IGN-LOG-001", "IGN-LOG-004", "IGN-MET-001" })
        {
            findings.Marks(id).ShouldBe("?", id);
        }

        findings.Marks("IGN-SEC-011").ShouldBe("I");
    }

    private static ImmutableArray<Finding> Look(string text) => IgniteLook.WithCluster(text).Findings(IgniteLook.ClusterPath);

    private static ImmutableArray<Finding> LookAt(string version, string text)
    {
        FakeHost host = IgniteLook.WithCluster(text).File(IgniteLook.NodePath, "ignite.network.port: 3344");
        if (version.Length > 0)
        {
            host.File($"/usr/share/ignite3db/lib/ignite-runner-{version}.jar", "");
        }

        return host.Findings();
    }
}
