using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Writing;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>The mesh in gatehouse.yaml: read, written back, and refused where it could not work or would not protect.</summary>
public sealed class MeshConfigurationTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_the_mapping_there_is_a_port_and_no_service()
    {
        MeshConfiguration mesh = ConfigurationReader.Read("version: 1\n", "f").Value!.Mesh;

        mesh.Listen.ShouldBe("0.0.0.0:7444");
        mesh.Advertise.ShouldBeEmpty();
        mesh.Services.ShouldBeEmpty();
    }

    [Fact]
    public void Every_setting_is_read_and_written_back()
    {
        const string Text = """
            version: 1
            mesh:
              listen: '[::]:7544'
              advertise: ['10.0.0.5:7544', '[2001:db8::1]:7544', 'node-a.example.com:7544']
              services:
                erlang: { kind: erlang, program: emqx1@127.77.0.1, programs: { host-b: emqx2, host-c: emqx3@127.77.0.3 }, base: 4400, run_as: [etcd], allow_users: [etcd, '1000'] }
                second: { kind: erlang, program: web7, docker: true, run_as: any, separate: address, address: 127.0.0.9 }
                transport: { kind: elasticsearch-transport }
                swarm: { kind: ipfs-swarm, separate: port, program: ipfs1 }
                custom: { kind: tcp, ports: [4000, 4001] }
            """;

        NodeConfiguration read = Check(Text).Value!;
        NodeConfiguration again = ConfigurationReader.Read(ConfigurationText.Of(read), "f").Value!;

        ConfigurationText.Of(again).ShouldBe(ConfigurationText.Of(read));
        again.Mesh.Listen.ShouldBe("[::]:7544");
        again.Mesh.Advertise.ShouldBe(["10.0.0.5:7544", "[2001:db8::1]:7544", "node-a.example.com:7544"]);
        MeshServiceConfiguration erlang = again.Mesh.Services[0];
        erlang.Program.ShouldBe("emqx1@127.77.0.1");
        erlang.Programs["host-c"].ShouldBe("emqx3@127.77.0.3");
        erlang.Base.ShouldBe(4400);
        erlang.RunAs.ShouldBe(["etcd"]);
        erlang.AllowUsers.ShouldBe(["etcd", "1000"]);
        erlang.PortRule!.Of("emqx1").ShouldBe([4401, 5371]);
        again.Mesh.Services[1].Docker.ShouldBeTrue();
        again.Mesh.Services[1].Address.ShouldBe("127.0.0.9");
        again.Mesh.Services[3].IsByPort.ShouldBeTrue();
        again.Mesh.Services[4].Ports.ShouldBe([4000, 4001]);
    }

    [Theory]
    [InlineData("a: { kind: udp }", "GH1013")]
    [InlineData("a: { program: x }", "GH1009")]
    [InlineData("A: { kind: ignite }", "GH1014")]
    [InlineData("a: { kind: ignite, port: 1 }", "GH1006")]
    [InlineData("a: { kind: tcp }", "GH1065")]
    [InlineData("a: { kind: tcp, ports: [] }", "GH1065")]
    [InlineData("a: { kind: tcp, ports: [0] }", "GH1012")]
    [InlineData("a: { kind: tcp, ports: [4000, 4000] }", "GH1007")]
    [InlineData("a: { kind: ignite, base: 4000 }", "GH1065")]
    [InlineData("a: { kind: ignite, docker: true }", "GH1065")]
    [InlineData("a: { kind: erlang, docker: true, ports: [4370] }", "GH1065")]
    [InlineData("a: { kind: erlang, program: e1, docker: true, separate: port }", "GH1065")]
    [InlineData("a: { kind: erlang, program: e59999, base: 6000 }", "GH1065")]
    [InlineData("a: { kind: erlang, separate: name }", "GH1013")]
    [InlineData("a: { kind: ignite, separate: port, address: 127.0.0.1 }", "GH1065")]
    [InlineData("a: { kind: erlang, program: remsh1 }", "GH1069")]
    [InlineData("a: { kind: erlang, programs: { host-b: 'em qx' } }", "GH1069")]
    [InlineData("a: { kind: erlang, programs: { 'host b': emqx } }", "GH1014")]
    [InlineData("a: { kind: erlang, programs: emqx }", "GH1008")]
    [InlineData("a: { kind: erlang, program: e1, separate: port, programs: { host-b: e60001 } }", "GH1072")]
    [InlineData("a: { kind: tcp, ports: [1, 2], peer_ports: { host-b: [3] } }", "GH1065")]
    [InlineData("a: { kind: tcp, ports: [1], peer_ports: { host-b: [0] } }", "GH1012")]
    [InlineData("a: { kind: tcp, ports: [1], peer_ports: [2] }", "GH1008")]
    [InlineData("a: { kind: tcp, ports: [1], separate: port, program: x1, peer_ports: { host-b: [2] } }", "GH1072")]
    [InlineData("a: { kind: tcp, ports: [1] }\n    b: { kind: tcp, ports: [2], peer_ports: { host-b: [1] } }", "GH1066")]
    [InlineData("a: { kind: ignite, address: 0.0.0.0 }", "GH1071")]
    [InlineData("a: { kind: ignite, address: '::' }", "GH1071")]
    [InlineData("a: { kind: ignite, address: 10.0.0.6 }", "GH1071")]
    [InlineData("a: { kind: ignite, address: 127.1 }", "GH1011")]
    [InlineData("a: { kind: ignite, run_as: nobody-here }", "GH1023")]
    [InlineData("a: { kind: ignite, allow_users: [nobody-here] }", "GH1023")]
    [InlineData("a: { kind: ignite, run_as: [any, etcd] }", "GH1065")]
    [InlineData("a: { kind: ignite }\n    b: { kind: tcp, ports: [3344] }", "GH1066")]
    [InlineData("a: { kind: erlang, program: e1 }\n    b: { kind: erlang, program: f1, programs: { host-b: f2 } }", "GH1066")]
    [InlineData("a: { kind: erlang, program: e1, programs: { b: x5 } }\n    b: { kind: erlang, program: f2, programs: { b: y5 } }", "GH1066")]
    public void Services_that_cannot_be_are_told(string services, string id) => Ids("  services:\n    " + services).ShouldBe([id]);

    [Theory]
    [InlineData("a: { kind: erlang, program: e1 }\n    b: { kind: erlang, program: f2, programs: { host-b: f3 } }")]
    [InlineData("a: { kind: erlang, program: e1, separate: port, programs: { host-b: e2 } }")]
    [InlineData("a: { kind: tcp, ports: [4369, 25672], peer_ports: { host-b: [4369, 25673] } }")]
    [InlineData("a: { kind: ignite, address: 10.0.0.5 }")]
    [InlineData("a: { kind: ignite }\n    b: { kind: ignite, program: i1, separate: port }")]
    public void Services_that_can_be_are_not(string services) => Ids("  services:\n    " + services).ShouldBeEmpty();

    [Theory]
    [InlineData("advertise: '0.0.0.0:7444'", "GH1070")]
    [InlineData("advertise: '[::]:7444'", "GH1070")]
    [InlineData("advertise: '224.0.0.1:7444'", "GH1070")]
    [InlineData("advertise: '127.0.0.1:7444'", "GH1070")]
    [InlineData("advertise: '[::1]:7444'", "GH1070")]
    [InlineData("advertise: '10.0.0.5'", "GH1011")]
    [InlineData("advertise: '10.1:7444'", "GH1011")]
    [InlineData("advertise: '2001:db8::1:7444'", "GH1011")]
    [InlineData("advertise: '[10.0.0.5]:7444'", "GH1011")]
    [InlineData("advertise: 'a_b:7444'", "GH1011")]
    [InlineData("advertise: 'host:0'", "GH1011")]
    [InlineData("listen: 0.0.0.0:7443", "GH1016")]
    public void Addresses_that_lead_nowhere_are_told(string line, string id) => Ids("  " + line).ShouldBe([id]);

    [Fact]
    public void A_mesh_of_one_host_may_advertise_loopback() => Ids("  listen: 127.0.0.1:7444\n  advertise: '127.0.0.1:7444'").ShouldBeEmpty();

    [Theory]
    [InlineData("protocol: tcp\n    listen: 0.0.0.0:3344\n    upstream: tcp://127.0.0.1:4444\n    realms: [network]", "GH1067")]
    [InlineData("protocol: tcp\n    listen: '[::]:3344'\n    upstream: tcp://127.0.0.1:4444\n    realms: [network]", "GH1067")]
    [InlineData("protocol: tcp\n    listen: 127.77.0.2:3344\n    upstream: tcp://127.0.0.1:4444\n    realms: [network]", "GH1067")]
    [InlineData("protocol: tcp\n    listen: 127.0.0.1:3344\n    upstream: tcp://127.0.0.1:4444\n    realms: [network]", null)]
    [InlineData("protocol: tcp\n    enabled: false\n    listen: 0.0.0.0:3344\n    upstream: tcp://127.0.0.1:4444\n    realms: [network]", null)]
    public void A_listener_in_the_way_of_a_service_is_told(string gate, string? id) =>
        Ids("  services:\n    a: { kind: ignite }\ngates:\n  g:\n    " + gate).ShouldBe(id is null ? [] : [id]);

    [Theory]
    [InlineData("kind: ipfs-swarm", true, "GH1068")]
    [InlineData("kind: tcp, ports: [4001, 9096]", true, "GH1068")]
    [InlineData("kind: ipfs-swarm, ports: [9196]", true, null)]
    [InlineData("kind: ipfs-swarm", false, null)]
    public void A_swarm_goes_through_the_mesh_or_a_gate(string service, bool enabled, string? id)
    {
        string key = _folder.File("swarm.key", "/key/swarm/psk/1.0.0/\n/base16/\n8f3a1c5e7092b4d6f80a1b2c3d4e5f60718293a4b5c6d7e8f9010b2d3f4a5c6e\n");
        string gate = $"protocol: libp2p-psk\n    enabled: {(enabled ? "true" : "false")}\n    listen: 0.0.0.0:9496\n    upstream: tcp://127.0.0.1:9096\n    swarm: {{ keys: ['file:{key}'] }}";

        Ids($"  services:\n    a: {{ {service} }}\ngates:\n  g:\n    {gate}").ShouldBe(id is null ? [] : [id]);
    }

    [Fact]
    public void A_problem_stands_at_its_key()
    {
        Problem problem = Check("version: 1\nmesh:\n  services:\n    a:\n      kind: ignite\n      address: 0.0.0.0\n").Problems.ShouldHaveSingleItem();

        problem.Location!.Line.ShouldBe(6);
    }

    private string[] Ids(string mesh) => [.. Check("version: 1\nmesh:\n" + mesh + "\n").Problems.Select(static p => p.Id)];

    private ConfigurationResult Check(string text) => ConfigurationCheck.Text(text, Path.Combine(_folder.Path, "gatehouse.yaml"), _folder.Path, new TestHost());
}
