using System.Text;
using Gatehouse.Engine.Gates;
using Gatehouse.Identity;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Who lost the right is cut within a second, mid-body too; upgrades happen only where they are allowed.</summary>
public sealed class LifeTests
{
    [Theory]
    [InlineData("removed")]
    [InlineData("role")]
    [InlineData("disabled")]
    [InlineData("password")]
    public async Task A_running_watch_is_cut_when_the_right_is_lost(string how)
    {
        TaskCompletionSource ended = new();
        await using ScriptedUpstream upstream = Streaming(ended);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("bert", "GET", "/stream"));
        await client.ReadUntilAsync("first");
        long began = TimeProvider.System.GetTimestamp();

        gate.Change(document => document with
        {
            Users = how == "removed"
                ? document.Users.Remove("bert")
                : document.Users.SetItem("bert", how switch
                {
                    "role" => document.Users["bert"] with { Roles = [] },
                    "disabled" => document.Users["bert"] with { Enabled = false },
                    _ => document.Users["bert"] with { CredentialVersion = 2 },
                }),
        });
        await client.ReadToEndAsync();

        client.Received.ShouldNotContain("0\r\n\r\n");
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(5));
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await gate.Trail.WaitForAsync("AccessGranted Failure bert GET /stream")).ShouldContain("forward=cut");
    }

    [Fact]
    public async Task An_upload_under_way_is_cut_and_never_taken_for_whole()
    {
        TaskCompletionSource<string> ended = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            try
            {
                while (await peer.ReceiveAsync())
                {
                }
            }
            finally
            {
                ended.SetResult(peer.Received);
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", "Transfer-Encoding: chunked\r\n", "4\r\npart\r\n"));
        while (!upstream.Received.Contains("part", StringComparison.Ordinal))
        {
            await Task.Yield();
        }

        gate.Change(document => document with { Users = document.Users.Remove("anna") });

        (await ended.Task.WaitAsync(TimeSpan.FromSeconds(5))).ShouldNotEndWith("0\r\n\r\n");
        (await gate.Trail.WaitForAsync("AccessGranted Failure anna POST /echo")).ShouldContain("forward=cut");
    }

    [Fact]
    public async Task Clients_that_vanish_cost_neither_slot_nor_record_nor_connection()
    {
        string body = new('x', 200_000);
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        const int Clients = 300;
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            using RawClient client = await RawClient.ConnectAsync(gate.Port);
            await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
            client.Reset();
        });

        // Each one that was forwarded is recorded; none keeps its slot. The harness fails on a fault inside the gate.
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (gate.Trail.Reserved != 0 || gate.Gates.Status[0].Counters.Active > 0)
        {
            await Task.Delay(20, limit.Token);
        }

        gate.Trail.Reserved.ShouldBe(0);
    }

    [Fact]
    public async Task An_upstream_that_resets_an_upload_leaves_the_clients_connection_in_order()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            peer.Reset();
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        // The rest of the body is drained; the next request on the connection is read where it begins.
        Task sending = client.SendAsync(
            GateHarness.Request("anna", "POST", "/echo", "Content-Length: 3000000\r\n", new string('x', 3_000_000))
            + GateHarness.Request("anna", "GET", "/nowhere"));
        await client.ReadUntilAsync("unknown_path");
        await sending;

        client.Received.ShouldStartWith("HTTP/1.1 502");
        gate.Trail.Reserved.ShouldBe(0);
    }

    [Fact]
    public async Task A_change_that_takes_nothing_away_cuts_nothing()
    {
        TaskCompletionSource ended = new();
        await using ScriptedUpstream upstream = Streaming(ended);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("bert", "GET", "/stream"));
        await client.ReadUntilAsync("first");

        gate.Change(document => document with { Users = document.Users.Add("dora", new UserDocument { Name = "dora" }).Remove("carl") });
        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldNotBeEmpty();

        ended.Task.IsCompleted.ShouldBeFalse();
        client.Ended.ShouldBeNull();
    }

    [Fact]
    public async Task A_login_falls_on_the_next_request_of_the_same_connection()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");

        // The answer is with the client before the request is over; until then losing the right would cut it.
        while (gate.Gates.Status[0].Counters.Active > 0)
        {
            await Task.Yield();
        }

        gate.Change(document => document with { Users = document.Users.Remove("anna") });
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 401 ");
    }

    [Fact]
    public async Task A_new_model_takes_over_without_dropping_a_connection()
    {
        await using ScriptedUpstream first = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
        await using ScriptedUpstream second = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
        await using GateHarness gate = await GateHarness.StartAsync(first.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldEndWith("first");

        await gate.Gates.ApplyAsync([gate.Model($"http://127.0.0.1:{second.Port}")], CancellationToken.None);
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        (await client.ReadResponseAsync()).ShouldEndWith("second");
        gate.Gates.Status[0].Counters.Requests.ShouldBe(2);
    }

    [Fact]
    public async Task A_gate_that_cannot_listen_fails_alone()
    {
        await using GateHarness gate = await GateHarness.StartAsync("builtin:whoami");
        GateModel twin = gate.Model("builtin:whoami", c => c with { Name = "twin" });

        await gate.Gates.ApplyAsync([gate.Gates.Status[0].Model, twin], CancellationToken.None);

        gate.Gates.Status[0].State.ShouldBe(GateState.Listening);
        gate.Gates.Status[1].State.ShouldBe(GateState.Failed);
        gate.Gates.Status[1].Problem.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_websocket_passes_where_gate_and_endpoint_allow_it()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: abc\r\n\r\nhello");
            await peer.ReadUntilAsync("ping");
            await peer.SendAsync("pong");
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Upgrade = ["websocket"] });
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request(
            "anna", "GET", "/ws", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: xyz\r\nSec-WebSocket-Version: 13\r\n"));
        string head = await client.ReadUntilAsync("hello");
        await client.SendAsync("ping");
        await client.ReadUntilAsync("pong");
        await client.ReadToEndAsync();

        head.ShouldStartWith("HTTP/1.1 101 ");
        head.ShouldContain("Sec-WebSocket-Accept: abc\r\n");
        upstream.Received.ShouldContain("Connection: Upgrade\r\nUpgrade: websocket\r\n");
        upstream.Received.ShouldContain("Sec-WebSocket-Key: xyz\r\n");
        upstream.Received.ShouldEndWith("ping");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("anna GET /ws 101 forward=ok");
    }

    [Theory]
    [InlineData("/read", "")]
    [InlineData("/ws", "Origin: https://evil.example\r\n")]
    public async Task Other_upgrades_are_refused(string path, string header)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Upgrade = ["websocket"] });

        string answer = await gate.SendAsync(GateHarness.Request("anna", "GET", path, header + "Connection: Upgrade\r\nUpgrade: websocket\r\n"));

        answer.ShouldStartWith("HTTP/1.1 403 ");
        upstream.Connections.ShouldBe(0);
    }

    private static ScriptedUpstream Streaming(TaskCompletionSource ended) => ScriptedUpstream.Start(async peer =>
    {
        string? head = await peer.ReadHeadAsync();
        if (head is null || !head.Contains("/stream", StringComparison.Ordinal))
        {
            await peer.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\n\r\n"));
            return;
        }

        await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        try
        {
            await peer.ReceiveAsync();
        }
        finally
        {
            ended.TrySetResult();
        }
    });
}
