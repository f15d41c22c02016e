using System.Globalization;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>The connection of a client over HTTP/1: what follows what, and what ends it.</summary>
public sealed class Http1Tests : IAsyncLifetime
{
    private ScriptedUpstream _upstream = null!;
    private GateHarness _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = ScriptedUpstream.Start(static async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                if (head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal))
                {
                    await peer.ReadUntilAsync("\r\n0\r\n\r\n");
                }
                else if (head.Contains("Content-Length: ", StringComparison.Ordinal))
                {
                    await peer.ReadAsync(int.Parse(head.Split("Content-Length: ")[1].Split('\r')[0], CultureInfo.InvariantCulture));
                }

                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        _gate = await GateHarness.StartAsync(_upstream.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_waits_for_100_gets_it_only_when_it_may_send()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
        (await client.ReadUntilAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 100 Continue\r\n\r\n");
        await client.SendAsync("hello");
        (await client.ReadUntilAsync("ok")).ShouldContain("HTTP/1.1 200 OK");

        string refused = await _gate.SendAsync(GateHarness.Request("bert", "POST", "/echo", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
        refused.ShouldStartWith("HTTP/1.1 403 ");
        refused.ShouldContain("Connection: close");
    }

    [Theory]
    [InlineData("HTTP/1.0", "", true)]
    [InlineData("HTTP/1.0", "Connection: keep-alive\r\n", false)]
    [InlineData("HTTP/1.1", "", false)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", true)]
    [InlineData("HTTP/1.1", "Connection: keep-alive, close\r\n", true)]
    public async Task Connections_end_as_the_client_says(string version, string header, bool ends)
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        string request = $"GET /read {version}\r\nHost: localhost\r\nAuthorization: {GateHarness.Basic("anna")}\r\n{header}\r\n";
        await client.SendAsync(request);
        string response = await client.ReadResponseAsync();
        response.Contains("Connection: close", StringComparison.Ordinal).ShouldBe(ends);
        response.Contains("Connection: keep-alive", StringComparison.Ordinal).ShouldBe(version == "HTTP/1.0" && !ends);
        if (ends)
        {
            (await client.ReadToEndAsync()).ShouldBeEmpty();
            client.Ended.ShouldBe("end");
            return;
        }

        await client.SendAsync(request);
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task A_refused_request_with_a_small_body_leaves_the_connection_in_step()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        string hidden = GateHarness.Request("anna", "DELETE", "/items/1");
        await client.SendAsync(GateHarness.Request("bert", "POST", "/echo", $"Content-Length: {hidden.Length}\r\n", hidden));
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 403 ");

        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        _upstream.Received.ShouldNotContain("DELETE");
    }

    [Fact]
    public async Task A_refused_request_with_a_large_body_is_answered_and_the_connection_ends()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(GateHarness.Request("bert", "POST", "/echo", "Content-Length: 10000000\r\n", new string('x', 100_000)));

        string all = await client.ReadToEndAsync();

        all.ShouldStartWith("HTTP/1.1 403 ");
        all.ShouldContain("Connection: close");
        _upstream.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Chunks_arrive_whole_however_they_are_cut_and_extensions_vanish()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        string body = "3;ext=1\r\nabc\r\n1\r\nd\r\n" + "A\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n";
        string request = GateHarness.Request("anna", "POST", "/echo", "Transfer-Encoding: chunked\r\n", body);
        foreach (char c in request)
        {
            await client.SendAsync(c.ToString());
        }

        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        _upstream.Received.ShouldNotContain("ext=1");
        _upstream.Received.ShouldNotContain("X-Trailer");
        await client.SendAsync(request);
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        string.Concat(_upstream.Received.Split("\r\n").Where(static line => line.Length > 2 || line is "a" or "b" or "c" or "d"))
            .ShouldContain("abcd0123456789");
    }

    [Fact]
    public async Task Pipelined_bodies_are_told_apart()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(
            GateHarness.Request("anna", "POST", "/echo", "Content-Length: 3\r\n", "one")
            + GateHarness.Request("anna", "POST", "/echo", "Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n")
            + GateHarness.Request("anna", "POST", "/json", "Content-Type: application/json\r\nContent-Length: 11\r\n", "{\"key\":\"k\"}")
            + GateHarness.Request("anna", "GET", "/read"));

        for (int count = 0; count < 4; count++)
        {
            (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        }

        _upstream.Received.ShouldContain("one");
        _upstream.Received.ShouldContain("two");
        _upstream.Received.ShouldContain("{\"key\":\"k\"}");
    }

    [Fact]
    public async Task A_head_that_does_not_end_is_answered_with_408()
    {
        await using GateHarness gate = await GateHarness.StartAsync(
            $"http://127.0.0.1:{_upstream.Port}", limits: new LimitsConfiguration { HeadTimeout = TimeSpan.FromSeconds(1) });
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync("GET /read HTTP/1.1\r\nHost: loc");

        (await client.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 408 ");
        await gate.Trail.WaitForAsync("reason=malformed_http");
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using GateHarness gate = await GateHarness.StartAsync(
            $"http://127.0.0.1:{_upstream.Port}", limits: new LimitsConfiguration { KeepAlive = TimeSpan.FromSeconds(1) });
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");

        (await client.ReadToEndAsync()).ShouldBeEmpty();
        client.Ended.ShouldBe("end");
    }

    [Fact]
    public async Task A_stopped_gate_ends_idle_connections_and_lets_requests_finish()
    {
        TaskCompletionSource asked = new();
        TaskCompletionSource answer = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            asked.SetResult();
            await answer.Task;
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient idle = await RawClient.ConnectAsync(gate.Port);
        using RawClient busy = await RawClient.ConnectAsync(gate.Port);
        await busy.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        await asked.Task;

        Task stop = gate.Gates.StopAsync(CancellationToken.None);
        (await idle.ReadToEndAsync()).ShouldBeEmpty();
        answer.SetResult();

        (await busy.ReadToEndAsync()).ShouldEndWith("ok");
        await stop.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("GET", "/stream", "", "")]
    [InlineData("POST", "/echo", "Content-Length: 5\r\n", "hello")]
    [InlineData("POST", "/echo", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    public async Task A_client_that_goes_before_the_answer_ends_the_upstreams_work(string method, string target, string header, string body)
    {
        TaskCompletionSource asked = new();
        TaskCompletionSource cut = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            if (body.Length > 0)
            {
                await peer.ReadUntilAsync("hello");
            }

            asked.SetResult();
            try
            {
                while (await peer.ReceiveAsync())
                {
                }
            }
            finally
            {
                cut.SetResult();
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using (RawClient client = await RawClient.ConnectAsync(gate.Port))
        {
            await client.SendAsync(GateHarness.Request("anna", method, target, header, body));
            await asked.Task;
        }

        await cut.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("forward=client_gone");
    }

    [Fact]
    public async Task Bytes_behind_a_request_do_not_hide_that_the_client_went()
    {
        TaskCompletionSource asked = new();
        TaskCompletionSource cut = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            asked.SetResult();
            try
            {
                while (await peer.ReceiveAsync())
                {
                }
            }
            finally
            {
                cut.SetResult();
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using (RawClient client = await RawClient.ConnectAsync(gate.Port))
        {
            await client.SendAsync(GateHarness.Request("anna", "GET", "/stream") + "GET");
            await asked.Task;
            client.Socket.LingerState = new LingerOption(true, 0);
        }

        await cut.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
