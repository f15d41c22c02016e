using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Forwarding;

/// <summary>The fake that other tests stand on does what it says.</summary>
public sealed class ScriptedUpstreamTests
{
    [Fact]
    public async Task It_remembers_every_byte_and_answers_by_its_script()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            string? head = await peer.ReadHeadAsync();
            string body = await peer.ReadAsync(3);
            await peer.SendAsync($"[{head?.Length}:{body}]");
        });
        using RawClient client = await RawClient.ConnectAsync(upstream.Port);

        await client.SendAsync("GET /\r\n\r\nabc");

        (await client.ReadToEndAsync()).ShouldBe("[9:abc]");
        upstream.Received.ShouldBe("GET /\r\n\r\nabc");
        upstream.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task It_can_reset_and_half_close()
    {
        await using ScriptedUpstream resetting = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReceiveAsync();
            peer.Reset();
        });
        await using ScriptedUpstream finishing = ScriptedUpstream.Start(async peer =>
        {
            peer.Finish();
            await peer.ReadUntilAsync("late");
        });
        using RawClient first = await RawClient.ConnectAsync(resetting.Port);
        using RawClient second = await RawClient.ConnectAsync(finishing.Port);

        await first.SendAsync("x");
        await first.ReadToEndAsync();
        await second.ReadToEndAsync();
        await second.SendAsync("late");

        first.Ended.ShouldBe("reset");
        second.Ended.ShouldBe("end");
    }
}
