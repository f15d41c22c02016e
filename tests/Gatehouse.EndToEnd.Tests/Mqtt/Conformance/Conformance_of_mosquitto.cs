using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>The suite itself holds against mosquitto alone: what a gate is compared with is what the protocol says.</summary>
public sealed class Conformance_of_mosquitto
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Every_case_holds_directly(int level)
    {
        await using MosquittoBroker broker = await MosquittoBroker.StartAsync(new MosquittoOptions { More = Suite.BrokerLines });
        var failures = new List<string>();

        foreach ((ConformanceCase play, _, string prefix) in ConformanceSuite.Plays(ConformanceSuite.Cases, "c").Where(p => p.Level == level))
        {
            (string[] transcript, Exception? fault) = await Suite.PlayAsync(broker.Endpoint, play, level, prefix);
            if (fault is not null)
            {
                failures.Add($"{play.Name}: {fault.Message}\n{string.Join('\n', transcript)}\n");
            }
        }

        failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Cases_that_wait_for_the_time_hold_directly()
    {
        await using MosquittoBroker broker = await MosquittoBroker.StartAsync(new MosquittoOptions { More = Suite.BrokerLines });

        (string[] Transcript, Exception? Fault)[] played = await Task.WhenAll(
            ConformanceSuite.Plays(SessionCases.Slow, "w").Select(p => Suite.PlayAsync(broker.Endpoint, p.Case, p.Level, p.Prefix)));

        played.Where(static p => p.Fault is not null).Select(static p => $"{p.Fault!.Message}\n{string.Join('\n', p.Transcript)}").ShouldBeEmpty();
    }
}

/// <summary>Playing cases.</summary>
internal static class Suite
{
    /// <summary>Limits that cases look at.</summary>
    public const string BrokerLines = "max_keepalive 1000\nmax_packet_size 3000000\nmax_inflight_messages 20\nmax_queued_messages 1000\nset_tcp_nodelay true\n";

    /// <summary>Plays one case; what every client got, and what did not hold.</summary>
    public static async Task<(string[] Transcript, Exception? Fault)> PlayAsync(MqttEndpoint endpoint, ConformanceCase play, int level, string prefix)
    {
        await using var stage = new Stage(endpoint, level, prefix);
        try
        {
            await play.Play(stage);
            return (stage.Transcript, null);
        }
        catch (Exception fault) when (fault is ShouldAssertException or TimeoutException or InvalidOperationException or InvalidDataException or IndexOutOfRangeException or ArgumentException)
        {
            return (stage.Transcript, fault);
        }
    }
}
