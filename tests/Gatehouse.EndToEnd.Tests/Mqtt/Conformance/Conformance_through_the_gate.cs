using System.Collections.Concurrent;
using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Every case holds without the gate, and goes through it byte for byte as to mosquitto itself; where it does not, <see cref="Differences"/> says why.</summary>
[Collection(nameof(MqttGates))]
public sealed class Conformance_through_the_gate(MqttGates gates)
{
    // mosquitto's own WebSocket listener never passes a packet of 2 MiB on, with or without a gate.
    private const string TooLong = "remaining length of 20971";

    [Theory]
    [InlineData("plain", 3)]
    [InlineData("plain", 4)]
    [InlineData("plain", 5)]
    [InlineData("secure", 5)]
    [InlineData("web", 5)]
    [InlineData("overweb", 5)]
    public async Task Every_case_is_as_without_the_gate(string gate, int level)
    {
        await using MosquittoBroker direct = await MosquittoBroker.StartAsync(new MosquittoOptions { More = Suite.BrokerLines });
        char letter = (char)('a' + Array.IndexOf(["plain", "secure", "web", "overweb"], gate));
        var differences = new ConcurrentQueue<string>();

        // Cases share no topic and no client id. Some at once: mosquitto's WebSocket listener makes each step wait for a delayed acknowledgement.
        await Parallel.ForEachAsync(
            ConformanceSuite.Plays(ConformanceSuite.Cases, $"{letter}").Where(p => p.Level == level && !(gate == "overweb" && p.Case.Name.Contains(TooLong, StringComparison.Ordinal))),
            new ParallelOptions { MaxDegreeOfParallelism = gate == "overweb" ? 8 : 1, CancellationToken = TestContext.Current.CancellationToken },
            async (p, _) =>
            {
                (string[] expected, Exception? wrong) = await Suite.PlayAsync(direct.Endpoint, p.Case, level, p.Prefix);
                (string[] actual, Exception? fault) = await Suite.PlayAsync(gates.Gate(gate), p.Case, level, p.Prefix);
                if (wrong is not null)
                {
                    differences.Enqueue($"{p.Case.Name} does not hold without the gate: {wrong.Message}\n{string.Join('\n', expected)}");
                }

                if (!Differences.Agree(p.Case, level, expected, actual))
                {
                    differences.Enqueue($"{p.Case.Name} {fault?.Message}\ndirectly:\n{string.Join('\n', expected)}\nthrough the gate:\n{string.Join('\n', actual)}\n");
                }
            });

        differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task Cases_that_wait_for_the_time_hold_directly_and_through_the_gate()
    {
        await using MosquittoBroker direct = await MosquittoBroker.StartAsync(new MosquittoOptions { More = Suite.BrokerLines });

        string?[] faults = await Task.WhenAll(
            [.. ConformanceSuite.Plays(SessionCases.Slow, "v").Select(p => FaultAsync(direct.Endpoint, p)),
                .. ConformanceSuite.Plays(SessionCases.Slow, "w").Select(p => FaultAsync(gates.Gate("plain"), p))]);

        faults.Where(static f => f is not null).ShouldBeEmpty();
    }

    private static async Task<string?> FaultAsync(MqttEndpoint endpoint, (ConformanceCase Case, int Level, string Prefix) play)
    {
        (string[] transcript, Exception? fault) = await Suite.PlayAsync(endpoint, play.Case, play.Level, play.Prefix);
        return fault is null ? null : $"{play.Case.Name}: {fault.Message}\n{string.Join('\n', transcript)}";
    }
}
