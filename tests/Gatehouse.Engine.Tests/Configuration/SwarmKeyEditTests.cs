using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>The steps of a rotation change two values of the file and nothing else.</summary>
public sealed class SwarmKeyEditTests
{
    private const string Head = "version: 1 # mine\ngates:\n  s:\n    protocol: libp2p-psk\n    listen: 127.0.0.1:9496\n    upstream: tcp://127.0.0.1:9096\n";

    [Theory]
    [InlineData("    swarm: { mode: relay, keys: ['file:a'], upstream_key: 'file:a' } # here\n")]
    [InlineData("    swarm: { upstream_key: 'file:a', keys: ['file:a'], mode: relay, deadline: 2s }\n")]
    [InlineData("    swarm:\n      mode: relay\n      keys:\n        - file:a\n      # the old one\n      upstream_key: file:a\n")]
    [InlineData("    swarm:\n      upstream_key: file:a\n      keys: [ 'file:a' ] # all\n      mode: relay\n  t: { protocol: tcp, listen: '127.0.0.1:9', upstream: 'tcp://127.0.0.1:8', realms: [network] }\n")]
    public void Both_values_change_in_any_form(string swarm)
    {
        SecretReference old = SecretReference.Parse("file:a")!;
        SecretReference next = SecretReference.Parse("file:/etc/b.key")!;

        string prepared = ConfigurationWriter.SetSwarmKeys(Head + swarm, "s", [old, next], old);
        string activated = ConfigurationWriter.SetSwarmKeys(prepared, "s", [old, next], next);
        string retired = ConfigurationWriter.SetSwarmKeys(activated, "s", [next], next);

        SwarmOf(prepared).Keys.ShouldBe([old, next]);
        SwarmOf(prepared).UpstreamKey.ShouldBe(old);
        SwarmOf(activated).UpstreamKey.ShouldBe(next);
        SwarmOf(retired).Keys.ShouldBe([next]);
        retired.ShouldStartWith(Head);
        retired.Count(static c => c == '#').ShouldBe((Head + swarm).Count(static c => c == '#'));
    }

    [Theory]
    [InlineData("    swarm: { keys: ['file:a'] }\n")]
    [InlineData("    enabled: false\n")]
    public void A_gate_that_cannot_rotate_is_left_alone(string swarm) =>
        Should.Throw<ProblemException>(() => ConfigurationWriter.SetSwarmKeys(Head + swarm, "s", [SecretReference.Parse("file:b")!], SecretReference.Parse("file:b")!))
            .Problem.Id.ShouldBe(ConfigurationProblems.Edit.Id);

    private static SwarmConfiguration SwarmOf(string text) => ConfigurationReader.Read(text, "f").Value!.Gates[0].Swarm!;
}
