using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Where installations are found, and which files, variables and addresses are the ones in force.</summary>
public class Finding_EMQX
{
    private const string Process =
        "process 812 beam.smp user=990 cwd=/opt/emqx root=/proc/812/root -- beam.smp -root /opt/emqx -boot /opt/emqx/releases/5.8.9/start -epmd_module ekka_epmd -name emqx@127.0.0.1 -- -emqx_data_dir /opt/emqx/data";

    [Fact]
    public void A_container_is_looked_at_through_its_own_root()
    {
        FakeHost host = new FakeHost()
            .File("/opt/emqx/etc/emqx.conf", "dashboard.cors = true")
            .File("/proc/812/root/opt/emqx/etc/emqx.conf", "dashboard.cors = false\nlog.audit.enable = true")
            .Describe(Process);

        ExaminedSubject[] found = Examine(host);

        found.Select(static s => s.System.Subject).ShouldBe(["/proc/812/root/opt/emqx/etc/emqx.conf", "/opt/emqx/etc/emqx.conf"]);
        found[0].Findings.ShouldNotContain(static f => f.Check == "DSH-004");
        found[1].Findings.ShouldContain(static f => f.Check == "DSH-004");
        found[0].System.Version.ShouldBe("5.8.9");
        found[0].System.Layers.ShouldBe(["file", "process"]);
    }

    [Fact]
    public void A_named_file_is_looked_at_with_the_process_that_uses_it_and_no_other()
    {
        FakeHost host = EmqxHost.Running().File("/opt/emqx/etc/emqx.conf", "dashboard.cors = true");

        Examine(host, "/etc/emqx/emqx.conf").Single().System.Layers.ShouldBe(["file", "process"]);
        Examine(host, "/opt/emqx").Single().System.Layers.ShouldBe(["file"]);
        Examine(host, "/etc/emqx/acl.conf").Single().System.Subject.ShouldBe("/etc/emqx/emqx.conf");
        Examine(host, "/etc/elasticsearch/elasticsearch.yml").ShouldBeEmpty();
    }

    [Fact]
    public void A_shell_on_a_node_and_other_Erlang_programs_are_no_broker()
    {
        FakeHost host = new FakeHost().Describe("""
            process 1 beam.smp -- beam.smp -name remsh77-emqx@127.0.0.1 -epmd_module ekka_epmd -- -emqx_data_dir /x
            process 2 beam.smp -- beam.smp -sname rabbit -setcookie x
            """);

        Examine(host).ShouldBeEmpty();
    }

    [Fact]
    public void Files_lie_on_each_other_as_the_version_has_it_and_the_environment_over_them()
    {
        FakeHost host = new FakeHost()
            .File("/etc/emqx/base.hocon", "mqtt.strict_mode = false\ndashboard.cors = true\nmqtt.exclusive_subscription = true")
            .File("/var/lib/emqx/configs/cluster.hocon", "mqtt.strict_mode = true\ndashboard.cors = true")
            .File("/etc/emqx/emqx.conf", "dashboard.cors = false")
            .File("/usr/lib/emqx/releases/emqx_vars", "REL_VSN=\"5.8.9\"")
            .File("/lib/systemd/system/emqx.service", "[Service]\nUser=emqx\nEnvironment=EMQX_MQTT__MAX_PACKET_SIZE=100MB\nEnvironmentFile=-/etc/default/emqx\n")
            .File("/etc/default/emqx", "EMQX_PROMETHEUS__ENABLE_BASIC_AUTH=true\n");

        Finding[] found = [.. EmqxHost.Look(host)];

        found.Select(static f => f.Check).ShouldNotContain("MQT-001");
        found.Select(static f => f.Check).ShouldNotContain("DSH-004");
        found.Select(static f => f.Check).ShouldNotContain("DSH-006");
        found.Select(static f => f.Check).ShouldNotContain("FIL-003");
        found.Single(static f => f.Check == "MQT-006").Evidence[0].Where.ShouldBe("/etc/emqx/base.hocon:3:31");
        found.Single(static f => f.Check == "MQT-002").Evidence[0].Place.ShouldBe("/lib/systemd/system/emqx.service");
    }

    [Fact]
    public void A_unit_without_a_user_starts_as_root()
    {
        FakeHost host = new FakeHost().File("/etc/emqx/emqx.conf", "").File("/etc/systemd/system/emqx.service", "[Service]\nExecStart=/usr/bin/emqx foreground\n");

        EmqxHost.Look(host).ShouldContain(static f => f.Check == "FIL-003" && f.Evidence[0].Place == "/etc/systemd/system/emqx.service");
    }

    [Fact]
    public void Arguments_of_the_Erlang_machine_are_read_from_their_file_where_nothing_runs()
    {
        FakeHost host = EmqxHost.Files(version: "5.8.9").File("/etc/emqx/vm.args", "-kernel inet_dist_use_interface {127,0,0,1}\n");

        EmqxHost.Look(host).ShouldNotContain(static f => f.Check == "ERL-010");
        EmqxHost.Look(host.File("/etc/emqx/vm.args", "# nothing\n")).ShouldContain(static f => f.Check == "ERL-010");
    }

    [Fact]
    public void Names_of_hosts_are_looked_up_in_the_file_of_hosts()
    {
        const string Conf = "node.name = \"emqx@n1.mesh\"\ncluster.discovery_strategy = static\ncluster.static.seeds = [\"emqx@n1.mesh\", \"emqx@n2.mesh\"]";
        FakeHost host = EmqxHost.Files(Conf, "6.2.2");

        EmqxHost.Look(host).ShouldContain(static f => f.Check == "ERL-011" && !f.IsUnknown);
        EmqxHost.Look(host.File("/etc/hosts", "127.0.1.1 n1.mesh # own\n127.0.1.2 n2.mesh\n")).ShouldNotContain(static f => f.Check == "ERL-011");
        EmqxHost.Look(host.File("/etc/hosts", "127.0.1.1 n1.mesh\n127.0.1.3 n3.mesh\n10.0.0.7 n2.mesh\n")).ShouldContain(static f => f.Check == "ERL-011");
    }

    [Fact]
    public void A_service_of_a_compose_file_is_looked_at_with_its_variables_and_mounts()
    {
        FakeHost host = new FakeHost()
            .File("/srv/docker-compose.yml", """
                services:
                  broker:
                    image: registry:5000/emqx/emqx:5.8.5
                    env_file: [emqx.env]
                    environment:
                      EMQX_NODE__COOKIE: emqxsecretcookie
                      EMQX_ALLOW_ANONYMOUS: "false"
                    volumes:
                      - ./acl.conf:/opt/emqx/etc/acl.conf:ro
                    ports: ["5369:5369"]
                  exporter:
                    image: emqx/emqx-exporter:0.2
                """)
            .File("/srv/emqx.env", "EMQX_DASHBOARD__CORS=true\n")
            .File("/srv/acl.conf", "{allow, all}.");

        ExaminedSubject found = Examine(host, "/srv/docker-compose.yml").Single();

        found.System.Subject.ShouldBe("/srv/docker-compose.yml (broker)");
        found.System.Version.ShouldBe("5.8.5");
        found.Findings.ShouldContain(static f => f.Check == "ERL-001" && f.Evidence[0].Line == 6);
        found.Findings.ShouldContain(static f => f.Check == "VER-003" && f.Evidence[0].Line == 7);
        found.Findings.ShouldContain(static f => f.Check == "AUZ-002" && f.Evidence[0].Place == "/srv/acl.conf");
        found.Findings.ShouldContain(static f => f.Check == "DSH-004");
        found.Findings.ShouldContain(static f => f.Check == "RPC-001" && f.Text.Contains("5369", StringComparison.Ordinal));
        found.Findings.ShouldContain(static f => f.Check == "ERL-010" && f.IsUnknown);
    }

    [Fact]
    public void A_folder_stands_for_the_compose_files_in_it()
    {
        FakeHost host = new FakeHost().File("/srv/compose.yaml", "services:\n  broker:\n    image: emqx/emqx:5.8.5\n")
            .File("/srv/other.yaml", "services:\n  second:\n    image: emqx/emqx:5.8.5\n");

        Examine(host, "/srv/").Single().System.Subject.ShouldBe("/srv/compose.yaml (broker)");
        Examine(host, "/srv/other.yaml").Single().System.Subject.ShouldBe("/srv/other.yaml (second)");
    }

    [Fact]
    public void A_host_without_it_has_nothing_to_say() => Examine(new FakeHost()).ShouldBeEmpty();

    private static ExaminedSubject[] Examine(FakeHost host, params string[] files) => [.. new EmqxDoctor().Examine(host, new ExaminationRequest([.. files]))];
}
