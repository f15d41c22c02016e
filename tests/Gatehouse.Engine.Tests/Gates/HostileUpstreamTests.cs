using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>A bad response gives a clear 502 or 504, or a visible failure when it had begun; never a short success.</summary>
public sealed class HostileUpstreamTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "upstream_malformed")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n", "upstream_malformed")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nbytes", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", "upstream_cut")]
    [InlineData("", "upstream_cut")]
    public async Task Before_anything_was_passed_on_the_answer_is_502(string response, string word)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(response);
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        string answer = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        answer.ShouldStartWith("HTTP/1.1 502 ");
        answer.ShouldContain($"\"reason\":\"{word}\"");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain($"AccessGranted Failure anna GET /read 502 forward={word}");
        gate.Gates.Status[0].Counters.Failed.ShouldBe(1);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", "upstream_cut")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "upstream_cut")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", "upstream_malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n", "upstream_malformed")]
    public async Task After_that_the_client_sees_a_failure(string response, string word)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(response);
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "GET", "/stream"));
        string all = await client.ReadToEndAsync();

        all.ShouldNotContain("\n0\r\n\r\n");
        client.Ended.ShouldNotBeNull();
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain($"forward={word}");
    }

    [Fact]
    public async Task A_head_that_never_ends_is_malformed()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\n");
            string line = $"X-Filler: {new string('a', 1000)}\r\n";
            for (int count = 0; count < 200; count++)
            {
                await peer.SendAsync(line);
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldStartWith("HTTP/1.1 502 ");
    }

    [Fact]
    public async Task Bytes_after_the_response_never_answer_the_next_request()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
            await peer.ReadHeadAsync();
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        for (int round = 0; round < 3; round++)
        {
            string answer = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));
            answer.ShouldEndWith("\r\n\r\nok");
        }

        upstream.Connections.ShouldBe(3);
    }

    [Fact]
    public async Task Silence_ends_with_504()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            while (await peer.ReceiveAsync())
            {
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { IdleTimeout = TimeSpan.FromSeconds(1) });

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldStartWith("HTTP/1.1 504 ");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("forward=upstream_timeout");
    }

    [Fact]
    public async Task Nobody_there_is_502()
    {
        await using GateHarness gate = await GateHarness.StartAsync(GateHarness.FreePort());

        string answer = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        answer.ShouldStartWith("HTTP/1.1 502 ");
        answer.ShouldContain("GH7101");
    }

    [Fact]
    public async Task A_response_that_ends_with_the_connection_is_passed_on()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        (await client.ReadUntilAsync("0\r\n\r\n")).ShouldContain("until the end");
    }

    [Theory]
    [InlineData("Content-Length: 101\r\n", "part")]
    [InlineData("Transfer-Encoding: chunked\r\n", "4\r\npart\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "4\r\npart\r\nzz\r\n")]
    public async Task A_body_cut_short_is_never_taken_for_whole(string header, string body)
    {
        TaskCompletionSource<string> seen = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            try
            {
                await peer.ReadHeadAsync();
                while (await peer.ReceiveAsync())
                {
                }
            }
            finally
            {
                seen.SetResult(peer.Received);
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", header, body));
        client.Finish();
        await client.ReadToEndAsync();

        (await seen.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldNotEndWith("0\r\n\r\n");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("forward=client_");
    }

    [Fact]
    public async Task A_stream_that_grows_too_large_is_cut_off_at_the_upstream()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            while (await peer.ReceiveAsync())
            {
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        string answer = await gate.SendAsync(GateHarness.Request(
            "anna", "POST", "/small", "Transfer-Encoding: chunked\r\n", $"800\r\n{new string('a', 2048)}\r\n0\r\n\r\n"));

        answer.ShouldStartWith("HTTP/1.1 413 ");
        upstream.Received.ShouldNotContain("0\r\n\r\n");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("forward=client_too_large");
    }

    [Fact]
    public async Task A_client_that_goes_closes_the_upstream_connection()
    {
        TaskCompletionSource began = new();
        TaskCompletionSource ended = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            began.SetResult();
            try
            {
                await peer.ReceiveAsync();
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        await began.Task.WaitAsync(TimeSpan.FromSeconds(10));
        client.Reset();

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("forward=client_gone");
    }
}
