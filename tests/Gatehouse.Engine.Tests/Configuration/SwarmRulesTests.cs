using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Validators;
using Gatehouse.Engine.Configuration.Writing;
using Gatehouse.Problems;
using Gatehouse.Protocols.Libp2p;
using Gatehouse.Trust.Files;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>Settings of a swarm gate: what is wrong is told at its place, and nothing of a key is shown.</summary>
public sealed class SwarmRulesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-swarm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("enabled: true", "protocol")]
    [InlineData("swarm: { mode: verify, keys: [] }", "swarm")]
    [InlineData("swarm: { keys: ['env:A'], mode: relay }", "swarm")]
    [InlineData("swarm: { keys: ['env:A'], upstream_key: 'env:A' }", "swarm.upstream_key")]
    [InlineData("swarm: { keys: ['env:A'] }\n    realms: [network]", "realms")]
    [InlineData("swarm: { keys: ['env:A'] }\n    tls: false", "tls")]
    [InlineData("swarm: { keys: ['env:A'] }\n    client_ca_file: ca.pem", "client_ca_file")]
    public void Told(string lines, string key) => SwarmRules.Conflicts(Read(lines).Gates[0]).Select(static c => c.Key).ShouldBe([key]);

    [Theory]
    [InlineData("swarm: { keys: ['env:A'] }")]
    [InlineData("swarm: { mode: relay, keys: ['env:A', 'file:b.key'], upstream_key: 'file:b.key', deadline: 2s, connections_per_source: 9, unproven_per_source: 3 }")]
    public void Fine_and_written_as_it_is_read(string lines)
    {
        NodeConfiguration read = Read(lines);
        SwarmRules.Conflicts(read.Gates[0]).ShouldBeEmpty();

        NodeConfiguration again = ConfigurationReader.Read(ConfigurationText.Of(read), "f").Value!;

        ConfigurationText.Of(again).ShouldBe(ConfigurationText.Of(read));
        again.Gates[0].Swarm!.Keys.ShouldBe(read.Gates[0].Swarm!.Keys);
    }

    [Fact]
    public void A_key_in_the_file_is_refused_and_not_shown()
    {
        const string Secret = "8f3a1c5e7092b4d6f80a1b2c3d4e5f60718293a4b5c6d7e8f9010b2d3f4a5c6e";

        ConfigurationResult result = ConfigurationReader.Read(Text($"swarm: {{ keys: ['{Secret}'] }}"), "f");

        result.Problems.ShouldHaveSingleItem().Id.ShouldBe(ConfigurationProblems.Secret.Id);
        result.Problems[0].ToString().ShouldNotContain(Secret[..6]);
    }

    [Theory]
    [InlineData("random", null)]
    [InlineData("zeros", "GH5562")]
    [InlineData("noise", "GH5561")]
    [InlineData("missing", "GH5561")]
    [InlineData("wide", "GH5561")]
    public void Keys_are_there_private_and_secret(string what, string? problem)
    {
        string file = Path.Combine(_folder, "swarm.key");
        byte[] content = what switch
        {
            "zeros" => new string('0', 64).Select(static c => (byte)c).ToArray(),
            "noise" => "this is no key"u8.ToArray(),
            _ => SwarmKey.Generate().ToKeyFile(),
        };
        if (what != "missing")
        {
            SecretFile.Write(file, content);
        }

        if (what == "wide")
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        string path = Path.Combine(_folder, "gatehouse.yaml");
        var context = new ConfigurationContext(path, _folder, ConfigurationMarks.None, new TestHost());
        new SwarmKeyValidator().Validate(Read("swarm: { keys: ['file:swarm.key'] }"), context);

        context.Problems.Select(static p => p.Id).ShouldBe(problem is null ? [] : [problem]);
    }

    private static NodeConfiguration Read(string lines) => ConfigurationReader.Read(Text(lines), "f").Value!;

    private static string Text(string lines) =>
        $"version: 1\ngates:\n  s:\n    protocol: libp2p-psk\n    listen: 127.0.0.1:9496\n    upstream: tcp://127.0.0.1:9096\n    {lines}\n";
}
