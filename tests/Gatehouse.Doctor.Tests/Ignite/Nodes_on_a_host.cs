using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>What is found on a host, and what the process itself tells.</summary>
public sealed class Nodes_on_a_host
{
    private const string Start = $"{IgniteLook.Runner} --config-path {IgniteLook.NodePath} --work-dir /var/lib/ignite3db";

    [Fact]
    public void A_host_without_Ignite_has_nothing_to_say() =>
        new IgniteDoctor().Examine(new FakeHost().File("/etc/emqx/emqx.conf", "node {}").Process(1, "java", "java -jar other.jar"), ExaminationRequest.WholeHost).ShouldBeEmpty();

    [Fact]
    public void A_process_is_looked_at_with_the_file_that_it_uses()
    {
        FakeHost host = new FakeHost().File("/srv/n1.conf", "ignite.network.port: 3344").Process(7, "java", $"{IgniteLook.Runner} --config-path=/srv/n1.conf");

        ExaminedSubject subject = new IgniteDoctor().Examine(host, ExaminationRequest.WholeHost).ShouldHaveSingleItem();
        subject.System.Subject.ShouldBe("/srv/n1.conf");
        subject.System.Version.ShouldBe("3.1.0");
        subject.System.Layers.ShouldBe(["file", "process"]);
        subject.System.Checks.Length.ShouldBe(59);
    }

    [Fact]
    public void The_environment_and_the_working_folder_lead_to_the_file()
    {
        var environment = new Dictionary<string, string> { ["IGNITE_CONFIG_PATH"] = "etc/node.conf", ["IGNITE_WORK_DIR"] = "data" };
        FakeHost host = new FakeHost().File("/proc/9/root/opt/ignite/etc/node.conf", "ignite { clientConnector.listenAddresses: [\"127.0.0.1\"] }")
            .Folder("/proc/9/root/opt/ignite/data/deployment", "0777")
            .Process(9, "java", IgniteLook.Runner, environment, root: "/proc/9/root", workingDirectory: "/opt/ignite");

        ImmutableArray<Finding> findings = host.Findings();
        findings.Marks("IGN-CLI-002").ShouldBe("");
        findings.Marks("IGN-DEP-001").ShouldBe("H0");
        findings.First().Subject.ShouldBe("/proc/9/root/opt/ignite/etc/node.conf");
    }

    [Fact]
    public void A_process_whose_environment_is_hidden_is_not_passed_over()
    {
        ImmutableArray<Finding> findings = new FakeHost().Process(9, "java", IgniteLook.Runner).Describe("noenv 9").Findings();

        findings.Marks("IGN-CLI-001").ShouldBe("?");
        findings.Marks("IGN-RUN-002").ShouldBe("?");
        findings.First(static finding => finding.Check == "IGN-CLI-001").Text.ShouldContain("pid 9 (java)");
    }

    [Fact]
    public void A_file_that_is_named_is_looked_at_with_its_process_and_nothing_else()
    {
        FakeHost host = new FakeHost().File("/srv/n1.conf", "ignite.network.port: 3344").File("/srv/n2.conf", "ignite.network.port: 3345").File(IgniteLook.NodePath, "ignite {}")
            .Process(7, "java", $"{IgniteLook.Runner} --config-path /srv/n1.conf").Process(8, "java", $"{IgniteLook.Runner} --config-path /srv/n2.conf");

        ExaminedSubject subject = new IgniteDoctor().Examine(host, new ExaminationRequest(["/srv/n2.conf"])).ShouldHaveSingleItem();
        subject.System.Subject.ShouldBe("/srv/n2.conf");
        subject.System.Layers.ShouldContain("process");
        host.Reads.ShouldNotContain("/srv/n1.conf");
    }

    [Fact]
    public void Files_of_node_and_cluster_are_told_apart_by_what_is_in_them()
    {
        FakeHost host = new FakeHost().File("/srv/a.conf", "ignite.security.enabled: false").File("/srv/b.conf", "ignite.clientConnector.port: 10800")
            .File("/srv/c.json", "{ \"ignite\": { \"eventlog\": {} } }").File("/srv/notes.txt", "ignite {").File("/srv/emqx.conf", "node.name: ignite");

        ImmutableArray<ExaminedSubject> subjects = [.. new IgniteDoctor().Examine(host, new ExaminationRequest(["/srv"]))];
        subjects.Select(static subject => subject.System.Subject).ShouldBe(["/srv/b.conf", "/srv/c.json"]);
        subjects[0].Findings.Marks("IGN-SEC-001").ShouldBe("C1");
        subjects[1].Findings.Marks("IGN-SEC-001").ShouldBe("C1");
        subjects[1].Findings.Marks("IGN-CLI-001").ShouldBe("?");
    }

    [Fact]
    public void Sockets_count_more_than_the_file()
    {
        const string Node = "ignite { network { listenAddresses: [\"10.0.0.1\"] }, clientConnector { listenAddresses: [\"127.0.0.1\"] }, rest.ssl.enabled: true }";
        FakeHost host = IgniteLook.WithNode(Node).Process(7, "java", Start)
            .Socket("[::]:3344", 7).Socket("127.0.0.1:10800", 7).Socket("[::]:10300", 7);

        ImmutableArray<Finding> findings = host.Findings();
        findings.Marks("IGN-NET-003").ShouldBe("C1");
        findings.Marks("IGN-NET-001").ShouldBe("C1");
        findings.Marks("IGN-CLI-002").ShouldBe("");
        findings.Marks("IGN-RUN-003").ShouldBe("M1 M1 M1"); // 3344 on every interface, 10300 open, 10400 closed
    }

    [Fact]
    public void A_node_that_listens_as_its_file_says_is_no_contradiction()
    {
        const string Node = "ignite { network { listenAddresses: [\"10.0.0.1\"] }, clientConnector { listenAddresses: [\"127.0.0.1\"] }, rest.ssl.enabled: true }";
        FakeHost host = IgniteLook.WithNode(Node).Process(7, "java", Start).Socket("10.0.0.1:3344", 7).Socket("127.0.0.1:10800", 7).Socket("[::]:10400", 7);

        host.Findings().Marks("IGN-RUN-003").ShouldBe("");
        IgniteLook.WithNode(Node).Process(7, "java", Start).Findings().Marks("IGN-RUN-003").ShouldBe("?0");
        IgniteLook.WithNode(Node).Findings().Marks("IGN-RUN-003").ShouldBe("");
    }

    [Theory]
    [InlineData(0, "M0")]
    [InlineData(990, "")]
    public void Who_a_node_runs_as(uint user, string marks)
    {
        FakeHost host = IgniteLook.WithNode("ignite {}").Process(7, "java", Start, user: user);

        host.Findings().Marks("IGN-RUN-001").ShouldBe(marks);
    }

    [Theory]
    [InlineData("[Service]\nUser=ignite3db\n", "", "")]
    [InlineData("[Service]\nExecStart=/x\n", "", "M0")]
    [InlineData("[Service]\nUser=ignite3db\n", "[Service]\nUser=root\n", "M2")]
    public void Who_a_unit_would_run_it_as(string unit, string dropIn, string marks)
    {
        FakeHost host = IgniteLook.WithNode("ignite {}").File("/lib/systemd/system/ignite3db.service", unit);
        if (dropIn.Length > 0)
        {
            host.File("/lib/systemd/system/ignite3db.service.d/user.conf", dropIn);
        }

        host.Findings().Marks("IGN-RUN-001").ShouldBe(marks);
    }

    [Theory]
    [InlineData("-Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false", "H0")]
    [InlineData("-Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.host=127.0.0.1 -Dcom.sun.management.jmxremote.authenticate=false", "M0")]
    [InlineData("-Dcom.sun.management.jmxremote.port=9010 -Dcom.sun.management.jmxremote.ssl=false", "M0")]
    [InlineData("-Dcom.sun.management.jmxremote.port=9010", "")]
    [InlineData("-Dcom.sun.management.jmxremote", "")]
    [InlineData("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005", "H0")]
    [InlineData("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=0.0.0.0:5005", "H0")]
    [InlineData("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005", "M0")]
    [InlineData("-agentlib:jdwp=transport=dt_socket,server=y,address=127.0.0.1:5005,suspend=n", "M0")]
    [InlineData("-Xrunjdwp:transport=dt_socket,address=*:5005", "H0")]
    [InlineData("-Xmx1g", "")]
    public void Flags_of_the_Java_machine(string flags, string marks)
    {
        string[] words = IgniteLook.Runner.Split(' ', 2);
        IgniteLook.WithNode("ignite {}").Process(7, "java", $"{words[0]} {flags} {words[1]} --config-path {IgniteLook.NodePath}").Findings().Marks("IGN-RUN-002").ShouldBe(marks);

        IgniteLook.WithNode("ignite {}").Process(7, "java", Start, new Dictionary<string, string> { ["JAVA_TOOL_OPTIONS"] = flags }).Findings().Marks("IGN-RUN-002").ShouldBe(marks);

        // The same in the file that the start script reads, where the third line is the place.
        IgniteLook.WithNode("ignite {}").File("/etc/ignite3db/vars.env", $"# set by us\nWORK_DIR=/var/lib/ignite3db\nIGNITE3_EXTRA_JVM_ARGS=\"{flags}\"\n").Findings()
            .Marks("IGN-RUN-002").ShouldBe(marks.Replace('0', '3'));
    }

    [Fact]
    public void Flags_that_hold_secrets_are_not_shown()
    {
        string[] words = IgniteLook.Runner.Split(' ', 2);
        FakeHost host = IgniteLook.WithNode("ignite {}")
            .Process(7, "java", $"{words[0]} -Djavax.net.ssl.keyStorePassword=flag-secret-77 -agentlib:jdwp=address=*:5005 {words[1]} --config-path {IgniteLook.NodePath}");

        string.Join('\n', host.Findings().Select(static finding => $"{finding.Text} {string.Join(' ', finding.Evidence)}")).ShouldNotContain("flag-secret-77");
    }

    [Theory]
    [InlineData("3.0.0", "H0")]
    [InlineData("3.1.0", "")]
    [InlineData("3.2.0-SNAPSHOT", "")]
    public void Versions_of_Ignite_3(string version, string marks) =>
        IgniteLook.WithNode("ignite {}").Process(7, "java", Start.Replace("3.1.0", version, StringComparison.Ordinal)).Findings().Marks("IGN-VER-001").ShouldBe(marks);

    [Fact]
    public void A_version_that_is_not_known_is_not_passed_over() => IgniteLook.WithNode("ignite {}").Findings().Marks("IGN-VER-001").ShouldBe("?");

    [Theory]
    [InlineData("2.16.0", "H0")]
    [InlineData("2.17.0", "I0")]
    public void Versions_of_Ignite_2(string version, string marks)
    {
        FakeHost host = new FakeHost().Process(new ProcessFact
        {
            Id = 5,
            Name = "java",
            Arguments = ["java", "-cp", $"/opt/ignite/libs/ignite-core-{version}.jar", "org.apache.ignite.startup.cmdline.CommandLineStartup", "/opt/ignite/config/default-config.xml"],
            Environment = ImmutableDictionary<string, string>.Empty,
            User = 990,
        });

        ImmutableArray<Finding> findings = host.Findings();
        findings.Select(static finding => finding.Check).ShouldBe(["IGN-VER-001"]);
        findings.Marks("IGN-VER-001").ShouldBe(marks);
    }

    [Theory]
    [InlineData("10800:10800", "H4")]
    [InlineData("127.0.0.1:10800:10800", "?")]
    [InlineData("10300:10300", "?")]
    public void The_image_of_a_service_without_a_file_has_its_published_port_open(string port, string marks)
    {
        FakeHost host = new FakeHost().File("/srv/compose.yaml", $"services:\n  node:\n    image: apacheignite/ignite:3.1.0\n    ports: [\"{port}\"]\n");

        new IgniteDoctor().Examine(host, new ExaminationRequest(["/srv"])).ShouldHaveSingleItem().Findings.Marks("IGN-CLI-002").ShouldBe(marks);
    }

    [Fact]
    public void Services_of_a_compose_file()
    {
        const string Compose =
            """
            services:
              node1:
                image: apacheignite/ignite:3.0.0
                ports: ["10800:10800", "127.0.0.1:10300:10300"]
                environment:
                  IGNITE3_EXTRA_JVM_ARGS: "-agentlib:jdwp=address=*:5005"
                volumes: ["./node.conf:/opt/ignite/etc/ignite-config.conf:ro"]
              node2:
                image: apacheignite/ignite:3.1.0
                user: "10001:10001"
              node3:
                image: docker.io/apacheignite/ignite
                configs: [{ source: node, target: /opt/ignite/etc/ignite-config.conf }]
              other:
                image: postgres:17
            configs:
              node: { content: "ignite.network.ssl.enabled: true" }
            """;
        FakeHost host = new FakeHost().File("/srv/compose.yaml", Compose).File("/srv/node.conf", "ignite.network.ssl.enabled: false").File("/srv/notes.yml", Compose);

        ImmutableArray<ExaminedSubject> subjects = [.. new IgniteDoctor().Examine(host, new ExaminationRequest(["/srv/compose.yaml"]))];
        subjects.Select(static subject => $"{subject.System.Subject} {subject.System.Version}").ShouldBe(["/srv/compose.yaml (node1) 3.0.0", "/srv/compose.yaml (node2) 3.1.0", "/srv/compose.yaml (node3) "]);
        subjects[0].Findings.Marks("IGN-CLI-002").ShouldBe("H4"); // where the port is published
        subjects[0].Findings.Marks("IGN-CLI-001").ShouldBe("C1");
        subjects[0].Findings.Marks("IGN-NET-003").ShouldBe(""); // nobody but the containers beside it reaches that port
        subjects[0].Findings.Marks("IGN-NET-001").ShouldBe("H1");
        subjects[0].Findings.Marks("IGN-RUN-001").ShouldBe("M3");
        subjects[0].Findings.Marks("IGN-RUN-002").ShouldBe("H6");
        subjects[0].Findings.Marks("IGN-VER-001").ShouldBe("H3");
        subjects[1].Findings.Marks("IGN-RUN-001").ShouldBe("");
        subjects[1].Findings.Marks("IGN-NET-001").ShouldBe("?");
        subjects[2].Findings.Marks("IGN-NET-001").ShouldBe("");
        subjects[2].Findings.Marks("IGN-VER-001").ShouldBe("?");
    }
}
