using Gatehouse.Testing.Mqtt.Transport;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

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
