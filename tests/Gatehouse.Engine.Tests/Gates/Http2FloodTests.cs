using System.Diagnostics;
using System.Net;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Alone in the process: memory is measured, and a flood would slow the others down.</summary>
[CollectionDefinition(nameof(Http2Floods), DisableParallelization = true)]
public sealed class Http2Floods;

/// <summary>
/// Floods that HTTP/2 invites: each is ended by the gate after a bounded effort, leaves nothing behind, and other clients are
/// served meanwhile.
/// </summary>
[Collection(nameof(Http2Floods))]
public sealed class Http2FloodTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Rapid_reset_ends_the_connection_and_frees_what_it_took()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, static c => c with { Tls = true });
        await using Http2RawClient client = await Http2RawClient.ConnectAsync(gate.Port);
        byte[] head = Http2RawClient.Request("anna", "/read");

        // CVE-2023-44487: a request and its reset, over and over.
        int streams = await FloodAsync(client, 100_000, n =>
        [
            .. Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndHeaders | Http2RawClient.EndStream, (2 * n) + 1, head),
            .. Http2RawClient.Frame(Http2RawClient.Reset, 0, (2 * n) + 1, [0, 0, 0, 8]),
        ]);

        streams.ShouldBeLessThan(100_000);
        await ShouldServeOthersAsync(gate);
        await UntilAsync(() => gate.Trail.Reserved == 0);
        (await gate.Trail.WaitForAsync("TamperedRequest")).ShouldContain("malformed_http");
    }

    [Fact]
    public async Task Headers_without_end_are_cut_at_the_limit_for_headers()
    {
        await using GateHarness gate = await StartAsync();
        await using Http2RawClient client = await Http2RawClient.ConnectAsync(gate.Port);
        await client.TryWriteAsync(Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndStream, 1, Http2RawClient.Request("anna", "/read")), Patience);

        // CVE-2024-27316: a header block that never ends, in frames that never end it.
        byte[] piece = new byte[16_000];
        for (int at = 0; at < piece.Length; at += 100)
        {
            // A literal header of 100 bytes: x, and 96 of value.
            piece[at] = 0;
            piece[at + 1] = 1;
            piece[at + 2] = (byte)'x';
            piece[at + 3] = 96;
            piece.AsSpan(at + 4, 96).Fill((byte)'y');
        }

        int frames = await FloodAsync(client, 2_000, _ => Http2RawClient.Frame(Http2RawClient.Continuation, 0, 1, piece));

        frames.ShouldBeLessThan(1_000);
        await ShouldServeOthersAsync(gate);
    }

    [Fact]
    public async Task Empty_continuations_without_end_do_not_live_for_ever()
    {
        await using GateHarness gate = await StartAsync();
        await using Http2RawClient client = await Http2RawClient.ConnectAsync(gate.Port);
        await client.TryWriteAsync(Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndStream, 1, Http2RawClient.Request("anna", "/read")), Patience);
        byte[] many = [.. Enumerable.Range(0, 100).SelectMany(static _ => Http2RawClient.Frame(Http2RawClient.Continuation, 0, 1, []))];
        var clock = Stopwatch.StartNew();

        while (clock.Elapsed < TimeSpan.FromSeconds(2) && await client.TryWriteAsync(many, Patience))
        {
        }

        await ShouldServeOthersAsync(gate);
    }

    [Fact]
    public async Task A_header_block_that_unpacks_to_much_is_refused()
    {
        await using GateHarness gate = await StartAsync();
        await using Http2RawClient client = await Http2RawClient.ConnectAsync(gate.Port);

        // A header of 3,000 bytes goes into the table once (0x40: literal with indexing); each 0xbe after it brings it back.
        List<byte> block = [.. Http2RawClient.Request("anna", "/read"), 0x40, 1, (byte)'x', 0x7f, 0xb9, 0x16];
        block.AddRange(Enumerable.Repeat((byte)'y', 3_000));
        block.AddRange(Enumerable.Repeat((byte)0xbe, 10_000));
        await client.TryWriteAsync(
            Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndHeaders | Http2RawClient.EndStream, 1, [.. block]), Patience);

        await client.Ended.WaitAsync(Patience);
        client.GoAwayCode.ShouldNotBeNull();
        gate.Trail.Lines.ShouldNotContain(static l => l.Contains("AccessGranted Success anna GET /read", StringComparison.Ordinal));
        await ShouldServeOthersAsync(gate);
    }

    [Theory]
    [InlineData("pings", true)]
    [InlineData("pings", false)]
    [InlineData("settings", true)]
    [InlineData("settings", false)]
    [InlineData("empty data", true)]
    [InlineData("window updates", true)]
    public async Task Frames_that_only_make_work_keep_nobody_else_waiting(string flood, bool reads)
    {
        await using GateHarness gate = await StartAsync();
        await using Http2RawClient client = await Http2RawClient.ConnectAsync(gate.Port, reads);
        if (flood == "empty data")
        {
            await client.TryWriteAsync(Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndHeaders, 1, Http2RawClient.Request("anna", "/read")), Patience);
        }

        byte[] frame = flood switch
        {
            "pings" => Http2RawClient.Frame(Http2RawClient.Ping, 0, 0, new byte[8]),
            "settings" => Http2RawClient.Frame(Http2RawClient.Settings, 0, 0, [0, 4, 0, 0, 0x10, 0]),
            "window updates" => Http2RawClient.Frame(Http2RawClient.WindowUpdate, 0, 0, [0, 0, 0, 1]),
            _ => Http2RawClient.Frame(Http2RawClient.Data, 0, 1, []),
        };
        byte[] many = [.. Enumerable.Range(0, 500).SelectMany(_ => frame)];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var clock = Stopwatch.StartNew();
        Task other = ShouldServeOthersAsync(gate);

        try
        {
            while (clock.Elapsed < TimeSpan.FromSeconds(1.5) && await client.TryWriteAsync(many, TimeSpan.FromSeconds(2)))
            {
            }
        }
        catch (TimeoutException)
        {
            // Held back by what it does not read itself: that costs the gate nothing.
        }

        await other;
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(32 * 1024 * 1024);
    }

    private static async Task<GateHarness> StartAsync() => await GateHarness.StartAsync("builtin:whoami", static c => c with { Tls = true });

    /// <summary>Writes until the gate has enough; how many it took.</summary>
    private static async Task<int> FloodAsync(Http2RawClient client, int count, Func<int, byte[]> frames)
    {
        for (int n = 0; n < count; n++)
        {
            if (client.Ended.IsCompleted || !await client.TryWriteAsync(frames(n), Patience))
            {
                return n;
            }
        }

        return count;
    }

    private static async Task ShouldServeOthersAsync(GateHarness gate)
    {
        using SocketsHttpHandler handler = new();
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        using HttpClient client = new(handler) { Timeout = Patience, DefaultRequestVersion = HttpVersion.Version20 };
        client.DefaultRequestHeaders.Add("Authorization", GateHarness.Basic("anna"));
        foreach (string path in (string[])["/", "/read"])
        {
            // Whichever of the two upstreams it is, one of these is its own.
            using HttpResponseMessage answer = await client.GetAsync(new Uri($"https://localhost:{gate.Port}{path}"));
            if (answer.IsSuccessStatusCode)
            {
                return;
            }
        }

        throw new InvalidOperationException("another client is not served");
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            clock.Elapsed.ShouldBeLessThan(Patience);
            await Task.Delay(10);
        }
    }
}
