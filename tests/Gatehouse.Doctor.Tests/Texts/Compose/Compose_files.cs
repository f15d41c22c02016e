using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Compose;

/// <summary>Compose files: both forms of everything, and variables of the shell.</summary>
public class Compose_files
{
    private const string File = """
        x-common: &common
          restart: always
          user: "1000:1000"
        services:
          cluster:
            <<: *common
            image: ipfs/ipfs-cluster:${TAG:-latest}
            command: daemon --upgrade "two words"
            network_mode: host
            environment:
              CLUSTER_SECRET: ${CLUSTER_SECRET}
              CLUSTER_PEERNAME: cluster0
              CLUSTER_CRDT_TRUSTEDPEERS: '*'
              PASSED:
              NUMBER: 5
            ports:
              - "127.0.0.1:9094:9094"
              - "9096:9096/udp"
              - 9097
              - "[::1]:80:8080"
              - target: 9095
                published: "9095"
                host_ip: 0.0.0.0
            volumes:
              - ./compose:/data
              - data:/var/lib:ro
              - type: bind
                source: /srv
                target: /x
                read_only: true
            env_file:
              - one.env
              - path: two.env
                required: false
          es:
            image: elasticsearch:8.15.0
            user: root
            command: ["a b", "c"]
            env_file: es.env
            environment:
              - xpack.security.enabled=false
              - ELASTIC_PASSWORD=${ELASTIC_PASSWORD:-changeme}
              - "ES_JAVA_OPTS=-Xms1g $$x"
              - SHELL_ONE
        """;

    [Fact]
    public void Services_have_what_their_containers_get()
    {
        ComposeFile file = ComposeOf(File, Environment(("CLUSTER_SECRET", "abc")));
        ComposeService cluster = file.Service("cluster")!;

        file.Services.Select(static s => s.Name).ShouldBe(["cluster", "es"]);
        cluster.Image.Text.ShouldBe("ipfs/ipfs-cluster:latest");
        cluster.User.Text.ShouldBe("1000:1000");
        cluster.NetworkMode.Text.ShouldBe("host");
        cluster.Command!.Value.ShouldBe(["daemon", "--upgrade", "two words"]);
        cluster.Entrypoint!.Value.ShouldBeEmpty();
        cluster.Variables.All.Select(static v => $"{v.Name}={v.Value ?? "?"}").ShouldBe(["CLUSTER_SECRET=abc", "CLUSTER_PEERNAME=cluster0", "CLUSTER_CRDT_TRUSTEDPEERS=*", "PASSED=?", "NUMBER=5"]);
        cluster.Variables.Find("CLUSTER_PEERNAME")!.Origin.ShouldBe(new Origin(Source, 12, 25, 8, "CLUSTER_PEERNAME"));
        cluster.Ports.Select(static p => $"{p.Host}|{p.Published}|{p.Target}|{p.Protocol}").ShouldBe(["127.0.0.1|9094|9094|tcp", "|9096|9096|udp", "||9097|tcp", "::1|80|8080|tcp", "0.0.0.0|9095|9095|tcp"]);
        cluster.Volumes.Select(static v => $"{v.Source}|{v.Target}|{v.IsReadOnly}|{v.IsPath}").ShouldBe(["./compose|/data|False|True", "data|/var/lib|True|False", "/srv|/x|True|True"]);
        cluster.EnvFiles.Select(static f => (f.Path, f.IsRequired)).ShouldBe([("one.env", true), ("two.env", false)]);
        file.Service("nobody").ShouldBeNull();
    }

    [Fact]
    public void What_the_shell_may_set_is_unknown_and_what_it_does_not_is_empty()
    {
        ComposeService open = ComposeOf(File).Service("cluster")!;
        ComposeService closed = ComposeOf(File, EnvironmentVariables.Empty).Service("cluster")!;

        open.Variables.Find("CLUSTER_SECRET")!.Value.ShouldBeNull();
        open.Variables.Find("CLUSTER_SECRET")!.Raw.ShouldBe("${CLUSTER_SECRET}");
        open.Image.Kind.ShouldBe(SettingKind.Unknown);
        open.Image.Reason.ShouldBe("the variable `TAG` is not known");
        closed.Variables.Find("CLUSTER_SECRET")!.Value.ShouldBe("");
        ComposeOf(File).Settings.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Substitution && r.Subject == "CLUSTER_SECRET");
    }

    [Fact]
    public void A_list_of_variables_reads_as_an_object_of_them_does()
    {
        ComposeService es = ComposeOf(File, EnvironmentVariables.Empty).Service("es")!;

        es.Variables.All.Select(static v => $"{v.Name}={v.Value ?? "?"}").ShouldBe(["xpack.security.enabled=false", "ELASTIC_PASSWORD=changeme", "ES_JAVA_OPTS=-Xms1g $x", "SHELL_ONE=?"]);
        es.Command!.Value.ShouldBe(["a b", "c"]);
        es.EnvFiles.Single().Path.ShouldBe("es.env");
        ComposeOf(File).Service("es")!.Variables.Find("ELASTIC_PASSWORD")!.Value.ShouldBeNull();
    }

    [Fact]
    public void Files_of_variables_lie_below()
    {
        EnvironmentVariables all = ComposeOf(File, EnvironmentVariables.Empty).Service("cluster")!.Environment(
            static path => path == "one.env" ? Encoding.UTF8.GetBytes("CLUSTER_PEERNAME=below\nOTHER=1\n") : null, EnvironmentVariables.Empty, out ImmutableArray<Remark> remarks);

        all.Find("CLUSTER_PEERNAME")!.Value.ShouldBe("cluster0");
        all.Find("OTHER")!.Origin.Source.ShouldBe("one.env");
        remarks.Single().Subject.ShouldBe("two.env");
    }

    [Fact]
    public void Edits_write_a_dollar_that_is_none_of_a_variable()
    {
        ComposeFile file = ComposeOf(File);

        ConfigDocument edited = file.Set("services.cluster.environment.CLUSTER_PEERNAME", Literal.Text("a$b"));
        edited.Text.ShouldBe(File.Replace("CLUSTER_PEERNAME: cluster0", "CLUSTER_PEERNAME: \"a$$b\"", StringComparison.Ordinal));
        edited.Settings["services.cluster.environment.CLUSTER_PEERNAME"].Text.ShouldBe("a$b");
        file.Set("services.es.environment.0", Literal.Text("xpack.security.enabled=true")).Text
            .ShouldBe(File.Replace("xpack.security.enabled=false", "\"xpack.security.enabled=true\"", StringComparison.Ordinal));
        file.Set("services.cluster.ports.0", Literal.Text("127.0.0.1:1:2")).Text.ShouldBe(File.Replace("127.0.0.1:9094:9094", "127.0.0.1:1:2", StringComparison.Ordinal));
        file.Set("services.es.read_only", Literal.Boolean(true)).Text.ShouldBe(File + "\n    read_only: true");
        file.Remove("services.cluster.network_mode").Text.ShouldBe(File.Replace("    network_mode: host\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("services: [a]")]
    [InlineData("services:\n  a: 1\n  b:\n")]
    [InlineData("services:\n  a:\n    ports: {x: 1}\n    environment: 5\n    volumes: [~]\n    command: {}\n")]
    [InlineData("version: '3'")]
    public void Odd_files_are_read_too(string text) => ComposeOf(text).Services.Length.ShouldBeLessThan(2);
}
