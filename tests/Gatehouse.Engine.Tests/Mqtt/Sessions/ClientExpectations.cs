using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>What a client gets.</summary>
internal static class ClientExpectations
{
    /// <summary>Reads a packet and asserts what it is, as a line of <see cref="Received.Describe"/>.</summary>
    public static async Task GetsAsync(this RawConnection client, string line, int level = 4)
    {
        Received? packet = await client.ReadAsync();
        packet.ShouldNotBeNull($"the gate ended the connection instead of {line}");
        packet.Describe(level).ShouldBe(line);
    }

    /// <summary>Asserts that the gate ends the connection: before 5.0 just so, from then on with a reason.</summary>
    public static async Task IsEndedAsync(this RawConnection client, int level = 4, int reason = 0)
    {
        if (level == 5 && reason != 0)
        {
            await client.GetsAsync($"DISCONNECT {reason:x2}", level);
        }

        (await client.ReadAsync())?.Describe(level).ShouldBe("the end of the connection");
    }

    /// <summary>Sends PINGREQ behind all else and asserts that it is the next that the broker gets.</summary>
    public static async Task NothingReachesAsync(this RawConnection client, BrokerPeer broker)
    {
        await client.SendAsync(Packet.Ping);
        await broker.GetsAsync(Packet.Ping);
    }

    /// <summary>Has the broker answer a ping and asserts that it is the next that the client gets.</summary>
    public static async Task NothingReachesAsync(this BrokerPeer broker, RawConnection client)
    {
        await broker.SendAsync([0xd0, 0x00]);
        await client.GetsAsync("PINGRESP");
    }
}
