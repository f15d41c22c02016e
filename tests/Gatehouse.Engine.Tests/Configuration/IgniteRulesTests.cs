using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Validators;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>Settings of a gate for Ignite clients: read, written, and told at their place where they contradict each other.</summary>
public sealed class IgniteRulesTests
{
    private const string Nodes = "ignite: { nodes: { a: { server_names: [a.example.com], upstream: 'tcp://127.0.0.1:10801' } } }";

    [Theory]
    [InlineData("realms: [network]", "realms")]
    [InlineData("hosts: [node.example.com]", "hosts")]
    [InlineData("upgrade: [websocket]", "upgrade")]
    [InlineData("audit_body: 1KiB", "audit_body")]
    [InlineData("upstream_api_key: 'env:A'", "upstream_api_key")]
    [InlineData("ignite: { server_names_only: true }", "ignite.server_names_only")]
    [InlineData(Nodes + "\n    tls: false", "ignite.nodes")]
    [InlineData("ignite: { nodes: { a: { server_names: [], upstream: 'tcp://127.0.0.1:10801' } } }", "ignite.nodes.a.server_names")]
    [InlineData("ignite: { nodes: { a: { server_names: [x], upstream: 'tcp://127.0.0.1:1' }, b: { server_names: [X], upstream: 'tcp://127.0.0.1:2' } } }", "ignite.nodes.b.server_names")]
    [InlineData("ignite: { nodes: { a: { server_names: [x], upstream: 'tls://127.0.0.1:1' } } }", "ignite.nodes.a.upstream")]
    [InlineData("upstream_user: g\n    upstream_password: 'env:A'\n    ignite: { nodes: { a: { server_names: [x], upstream: 'tcp://10.0.0.1:1' } } }", "ignite.nodes.a.upstream")]
    public void Told(string lines, string key) => IgniteRules.Conflicts(Gate(lines)).Select(static c => c.Key).ShouldBe([key]);

    [Theory]
    [InlineData("enabled: true")]
    [InlineData("system: ignite\n    ignite: { custom_marshalled: pass }")]
    [InlineData("realms: [pki]\n    client_ca_file: ca.pem")]
    [InlineData("upstream_user: g\n    upstream_password: 'env:A'\n    " + Nodes)]
    public void Fine(string lines) => IgniteRules.Conflicts(Gate(lines)).ShouldBeEmpty();

    [Theory]
    [InlineData("ignite: { idle_timeout: 0s }", "GH1012", "between 2s and 1d")]
    [InlineData("ignite: { max_pending: 0 }", "GH1012", "between 1 and 1000000")]
    [InlineData("ignite: { max_frame: 2GiB }", "GH1012", "between 64KiB and 1GiB")]
    [InlineData("ignite: { custom_marshaled: pass }", "GH1006", "custom_marshalled")]
    [InlineData("ignite: { custom_marshalled: allow }", "GH1013", "custom marshalled")]
    [InlineData("ignite: { nodes: { a: { server_name: [x], upstream: 'tcp://127.0.0.1:1' } } }", "GH1006", "server_names")]
    [InlineData("ignite: { nodes: { a: { server_names: ['*.x'], upstream: 'tcp://127.0.0.1:1' } } }", "GH1014", "no host name")]
    [InlineData("ignite: { nodes: { a: { server_names: [x] } } }", "GH1009", "upstream")]
    public void What_is_no_value_is_told(string lines, string id, string said)
    {
        ConfigurationResult result = ConfigurationReader.Read(Text(lines), "f");

        result.Value.ShouldBeNull();
        Problem problem = result.Problems[0];
        problem.Id.ShouldBe(id);
        problem.Text.ShouldContain(said);
    }

    [Fact]
    public void Every_setting_is_written_and_read_back()
    {
        var ignite = new IgniteConfiguration
        {
            HandshakeTimeout = TimeSpan.FromSeconds(2),
            MaxHandshake = 2048,
            MaxFrame = 1 << 20,
            IdleTimeout = TimeSpan.FromSeconds(30),
            ConnectionsPerUser = 3,
            ConnectionsPerSecond = 7,
            MaxPending = 9,
            CustomMarshalled = Words.Pass,
            TablesRefresh = TimeSpan.FromSeconds(1),
            ServerNamesOnly = true,
            Nodes =
            [
                new IgniteNodeConfiguration { Name = "a", ServerNames = ["a.example.com", "a"], Upstream = "tls://10.0.0.1:10800" },
                new IgniteNodeConfiguration { Name = "b", ServerNames = ["b.example.com"], Upstream = "tls://10.0.0.2:10800" },
            ],
        };
        var gate = new GateConfiguration { Name = "i", Protocol = "ignite", Listen = "127.0.0.1:10843", Upstream = "tls://10.0.0.1:10800", Ignite = ignite };

        string whole = ConfigurationWriter.Write(new NodeConfiguration { Gates = [gate] });

        Json(ConfigurationReader.Read(whole, "f").Value!.Gates[0].Ignite).ShouldBe(Json(ignite), whole);
        string added = ConfigurationWriter.AddGate("version: 1\ngates: {}\n", gate);
        Json(ConfigurationReader.Read(added, "f").Value!.Gates[0].Ignite).ShouldBe(Json(ignite), added);
        foreach (System.Reflection.PropertyInfo property in typeof(IgniteConfiguration).GetProperties())
        {
            Json(property.GetValue(ignite)).ShouldNotBe(Json(property.GetValue(new IgniteConfiguration())), property.Name);
        }

        ConfigurationWriter.Write(new NodeConfiguration { Gates = [gate with { Ignite = new IgniteConfiguration() }] }).ShouldNotContain("ignite: {");
    }

    [Fact]
    public void Server_names_are_kept_in_lower_case()
    {
        ImmutableArray<string> names = Gate("ignite: { nodes: { a: { server_names: A.Example.COM, upstream: 'tcp://127.0.0.1:1' } } }").Ignite!.Nodes[0].ServerNames;

        names.ShouldBe(["a.example.com"]);
    }

    private static string Json(object? value) => JsonSerializer.Serialize(value);

    private static GateConfiguration Gate(string lines) => ConfigurationReader.Read(Text(lines), "f").Value!.Gates[0];

    private static string Text(string lines) =>
        $"version: 1\ngates:\n  i:\n    protocol: ignite\n    listen: 127.0.0.1:10843\n    upstream: tcp://127.0.0.1:10800\n    {lines}\n";
}
