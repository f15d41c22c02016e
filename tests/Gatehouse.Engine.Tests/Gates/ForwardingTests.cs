using System.Net.Sockets;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>What goes to the upstream and what comes back.</summary>
public sealed class ForwardingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task The_upstream_gets_the_canonical_request_without_credentials()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        string response = await gate.SendAsync(GateHarness.Request(
            "anna", "GET", "/items/%61%62c?b=x&a=1", "X-Forwarded-For: 1.2.3.4\r\nX_Under: 1\r\nAccept: */*\r\nX-Own: one\r\nX-Own: two\r\nTE: trailers\r\n"));

        response.ShouldStartWith("HTTP/1.1 200 ");
        response.ShouldEndWith("\r\n\r\nok");
        string seen = upstream.Received;
        seen.ShouldStartWith("GET /items/abc?b=x&a=1 HTTP/1.1\r\n");
        seen.ShouldContain($"\r\nHost: 127.0.0.1:{upstream.Port}\r\n");
        seen.ShouldContain("\r\nX-Own: one\r\nX-Own: two\r\n");
        seen.ShouldContain("\r\nAccept: */*\r\n");
        foreach (string hidden in (string[])["Authorization", "Forwarded", "X_Under", "TE:", "localhost", "Connection", "Content-Length"])
        {
            seen.ShouldNotContain(hidden);
        }

        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldBe(
            "AccessGranted Success anna GET /items/abc 200 forward=ok reason=- in=0 out=2 receipt=-");
        gate.Trail.Reserved.ShouldBe(0);
    }

    [Fact]
    public async Task Response_headers_pass_without_what_is_not_the_clients_business()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nAccess-Control-Allow-Origin: *\r\nServer: old/1.0\r\nContent-Length: 2\r\n\r\nno");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        string response = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        response.ShouldStartWith("HTTP/1.1 404 ");
        response.ShouldContain("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
        response.ShouldContain("Content-Type: text/plain\r\n");
        foreach (string hidden in (string[])["X-Hop", "Access-Control", "old/1.0"])
        {
            response.ShouldNotContain(hidden);
        }
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "Content-Length: 100")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", "204 No Content")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", "ETag: \"a\"")]
    [InlineData("GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204 No Content")]
    public async Task Responses_without_a_body_leave_the_connection_in_order(string method, string answer, string part)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(answer);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        for (int round = 0; round < 3; round++)
        {
            await client.SendAsync(GateHarness.Request("anna", method, "/read"));
            (await client.ReadUntilAsync("\r\n\r\n")).ShouldContain(part);
            client.Forget();
        }

        upstream.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task Chunks_and_trailers_reach_a_client_of_http_1_1()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Stream-Error\r\n\r\n5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nX-Stream-Error: none\r\n\r\n");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        for (int round = 0; round < 2; round++)
        {
            await client.SendAsync(GateHarness.Request("anna", "GET", "/stream"));
            string response = await client.ReadUntilAsync("X-Stream-Error: none\r\n\r\n");
            response.ShouldContain("Transfer-Encoding: chunked");
            response.ShouldEndWith("\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nX-Stream-Error: none\r\n\r\n");
            client.Forget();
        }

        upstream.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData("Content-Length: 11\r\n", "hello world", "Content-Length: 11\r\n", "hello world")]
    [InlineData("Transfer-Encoding: chunked\r\n", "5;a=\"b\"\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n")]
    public async Task Request_bodies_are_framed_anew(string header, string body, string seenHeader, string end)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.ReadUntilAsync(end);
            await peer.SendAsync(Ok);
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        string response = await gate.SendAsync(GateHarness.Request("anna", "POST", "/echo", header, body));

        response.ShouldStartWith("HTTP/1.1 200 ");
        string seen = upstream.Received;
        seen.ShouldContain(seenHeader);
        seen.ShouldNotContain("a=\"b\"");
        seen.ShouldNotContain("X-T");
        seen.Replace("\r\n", "", StringComparison.Ordinal).ShouldContain("hello");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("in=11 ");
    }

    [Fact]
    public async Task A_json_body_is_classified_and_goes_on_as_it_was()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.ReadUntilAsync("}");
            await peer.SendAsync(Ok);
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        const string Body = """{ "key": "a/b", "value": "x" }""";

        string response = await gate.SendAsync(GateHarness.Request(
            "anna", "POST", "/json", $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n", Body));

        response.ShouldStartWith("HTTP/1.1 200 ");
        upstream.Received.ShouldEndWith("\r\n\r\n" + Body);
    }

    [Fact]
    public async Task Expect_100_is_answered_after_the_decision()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.ReadUntilAsync("hello");
            await peer.SendAsync(Ok);
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        string head = "Expect: 100-continue\r\nContent-Length: 5\r\n";

        (await gate.SendAsync(GateHarness.Request("carl", "POST", "/echo", head))).ShouldStartWith("HTTP/1.1 403 ");
        upstream.Received.ShouldBe("");

        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", head));
        (await client.ReadUntilAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 100 ");
        await client.SendAsync("hello");
        (await client.ReadUntilAsync("ok")).ShouldContain("HTTP/1.1 200 ");
        upstream.Received.ShouldNotContain("Expect");
    }

    [Fact]
    public async Task Ten_megabytes_flow_both_ways_at_once()
    {
        const int Size = 10 << 20;
        byte[] block = new byte[64 * 1024];
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            // Answers at once and sends as much as it reads: whoever waits for one direction hangs.
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            long left = Size - peer.Unread;
            while (left > 0)
            {
                await peer.SendAsync("10000\r\n");
                await peer.SendAsync(block);
                await peer.SendAsync("\r\n");
                for (long wanted = Math.Min(left, block.Length); wanted > 0;)
                {
                    int count = await peer.DrainAsync();
                    if (count == 0)
                    {
                        return;
                    }

                    wanted -= count;
                    left -= count;
                }
            }

            await peer.SendAsync("0\r\n\r\n");
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", $"Content-Length: {Size}\r\n"));
        Task<long> reading = client.CountUntilChunkedEndAsync();
        byte[] body = new byte[Size];
        for (int sent = 0; sent < Size;)
        {
            sent += await client.Socket.SendAsync(body.AsMemory(sent, Math.Min(65536, Size - sent)));
        }

        // The upstream sends a block for each read of a block or more, so half of what it read is the least.
        (await reading.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeGreaterThan((Size / 2) - (1 << 16));
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain($"forward=ok reason=- in={Size} ");
    }

    [Fact]
    public async Task A_response_arrives_while_the_request_still_streams()
    {
        TaskCompletionSource done = new();
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            await peer.ReadUntilAsync("0\r\n\r\n");
            await peer.SendAsync("0\r\n\r\n");
            done.SetResult();
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", "Transfer-Encoding: chunked\r\n", "4\r\npart\r\n"));
        await client.ReadUntilAsync("first");
        await client.SendAsync("0\r\n\r\n");
        await client.ReadUntilAsync("0\r\n\r\n");

        await done.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_early_answer_reaches_the_client_that_still_uploads()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno");
            while (await peer.ReceiveAsync())
            {
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", "Content-Length: 1000\r\n", "part"));

        (await client.ReadUntilAsync("no")).ShouldStartWith("HTTP/1.1 409 ");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("409 forward=ok");
    }

    [Fact]
    public async Task An_early_answer_is_not_lost_to_a_client_that_reads_behind_its_upload()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno");
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);

        await client.SendAsync(GateHarness.Request("anna", "POST", "/echo", "Content-Length: 4000000\r\n", ""));
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("409 forward=ok");
        for (int block = 0; block < 40; block++)
        {
            await client.SendAsync(new string('x', 100_000));
        }

        (await client.ReadUntilAsync("no")).ShouldStartWith("HTTP/1.1 409 ");
    }

    [Fact]
    public async Task A_closed_idle_connection_is_replaced()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Ok);
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        for (int round = 0; round < 5; round++)
        {
            (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldStartWith("HTTP/1.1 200 ");
        }

        upstream.Connections.ShouldBe(5);
    }

    [Fact]
    public async Task A_unix_socket_is_an_upstream_too()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using ScriptedUpstream upstream = ScriptedUpstream.StartUnix(path, async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Ok);
        });
        await using GateHarness gate = await GateHarness.StartAsync($"unix:{path}");

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldStartWith("HTTP/1.1 200 ");
        upstream.Received.ShouldContain("\r\nHost: localhost\r\n");
        File.Delete(path);
    }

    [Fact]
    public async Task Whoami_says_who_is_there()
    {
        await using GateHarness gate = await GateHarness.StartAsync("builtin:whoami");

        string response = await gate.SendAsync(GateHarness.Request("carl", "GET", "/"));

        response.ShouldStartWith("HTTP/1.1 200 ");
        response.ShouldContain("\"user\":\"carl\",\"realm\":\"native\",\"roles\":[],\"source\":\"127.0.0.1:");
        response.ShouldContain("\"gate\":\"g\"");
        response.ShouldContain("\"node\":\"test-node\"");
    }

    [Fact]
    public async Task Somebody_elses_process_gets_not_one_byte()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(Ok);
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);
        GateModel model = gate.Model($"http://127.0.0.1:{upstream.Port}", owners: new UpstreamOwnerRule([4_000_000_000]));
        await gate.Gates.ApplyAsync([model], CancellationToken.None);

        string response = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        response.ShouldStartWith("HTTP/1.1 502 ");
        response.ShouldContain("GH7102");
        upstream.Received.ShouldBe("");
        await gate.Trail.WaitForAsync("Alarm Failure");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldContain("forward=upstream_refused_owner");
    }
}
