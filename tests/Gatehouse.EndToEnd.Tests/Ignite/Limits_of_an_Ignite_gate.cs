using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>What a connection may take: time, places, bytes.</summary>
[Collection(nameof(IgniteGates))]
public sealed class Limits_of_an_Ignite_gate(IgniteGates gates)
{
    [Fact]
    public async Task A_user_has_so_many_connections_and_the_place_of_one_that_ends()
    {
        await using ThinClient one = await EnterAsync();
        await using (ThinClient two = await EnterAsync())
        {
            await using ThinClient three = await ThinClient.OpenAsync(gates.As("narrow", "all"));
            three.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH5403");
        }

        await using ThinClient four = await EnterAsync();
        await four.HeartbeatAsync();
    }

    [Fact]
    public async Task Who_connects_too_often_is_told_so_and_not_just_cut()
    {
        ThinError? refused = null;
        for (int i = 0; i < 20 && refused is null; i++)
        {
            await using ThinClient client = await ThinClient.OpenAsync(gates.As("rated", "all"));
            refused = client.Handshake.Error;
            (refused is null || i >= 4).ShouldBeTrue($"four may come at once; number {i + 1} was refused");
        }

        refused.ShouldNotBeNull().Message.ShouldStartWith("GH7003");
    }

    [Fact]
    public async Task Silence_ends_a_connection_and_heartbeats_keep_it()
    {
        await using ThinClient silent = await EnterAsync();
        await using ThinClient alive = await EnterAsync();
        silent.Handshake.IdleTimeout.ShouldBe(TimeSpan.FromSeconds(2));
        var since = Stopwatch.StartNew();

        Task<string> closed = silent.Closed;
        while (!closed.IsCompleted)
        {
            await alive.HeartbeatAsync();
            await Task.WhenAny(closed, Task.Delay(600, TestContext.Current.CancellationToken));
        }

        await closed;
        since.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8));
        await alive.HeartbeatAsync();
    }

    [Fact]
    public async Task Whoever_says_no_handshake_or_too_large_a_one_is_closed()
    {
        int before = gates.First.Handshakes.Count;
        var since = Stopwatch.StartNew();
        Task<byte[]> late = TalkAsync([.. Frames.Magic, 0, 0]);
        Task<byte[]> foreign = TalkAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        Task<byte[]> huge = TalkAsync([.. Frames.Magic, .. Length(int.MaxValue)]);
        Task<byte[]> large = TalkAsync([.. Frames.Magic, .. Length(1025)]);

        (await foreign).ShouldBeEmpty();
        (await huge).ShouldBeEmpty();
        (await large).ShouldBeEmpty();
        (await late).ShouldBeEmpty();

        since.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(6));
        (await gates.RecordAsync(static r => r.Contains("GH5401", StringComparison.Ordinal))).ToString().ShouldContain("narrow");
        gates.First.Handshakes.Count.ShouldBe(before);
    }

    [Fact]
    public async Task A_frame_that_is_too_large_ends_the_connection()
    {
        await using ThinClient client = await EnterAsync();
        await client.UpsertAsync(gates.Orders, "fits", new string('x', 60_000));

        await client.SendRawAsync(Length((64 * 1024) + 1));

        await client.Closed;
    }

    [Fact]
    public async Task So_many_requests_are_under_way_and_no_more()
    {
        await using ThinClient client = await gates.ConnectAsync("faulty", "all");
        try
        {
            for (int i = 0; i < 3; i++)
            {
                gates.Faulty.Faults.Plan(Op.TupleGet, NodeFaultKind.HoldUntilNext);
            }

            long[] held = [await AskAsync(client), await AskAsync(client), await AskAsync(client)];
            (await client.AnswerAsync(await AskAsync(client))).Error.ShouldNotBeNull().Message.ShouldStartWith("GH5406");
            await RepeatAsync(client, held[0]);
            client.IsClosed.ShouldBeFalse();
        }
        finally
        {
            gates.Faulty.Faults.Clear();
        }
    }

    [Fact]
    public async Task A_number_stands_for_one_request_at_a_time()
    {
        await using ThinClient client = await gates.ConnectAsync("faulty", "all");
        gates.Faulty.Faults.Plan(Op.TupleGet, NodeFaultKind.HoldUntilNext);
        long held = await AskAsync(client);

        await RepeatAsync(client, held);

        // The refusal has the number of the request, too; the node's answer comes behind it.
        ThinAnswer refused = await client.AnswerAsync(held);
        refused.Error.ShouldNotBeNull().Message.ShouldStartWith("GH70");
        Task<ThinAnswer> answer = client.AnswerAsync(held);
        await client.HeartbeatAsync();
        (await answer).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task New_settings_are_for_new_connections()
    {
        await using ThinClient before = await gates.ConnectAsync("main", "all");
        string text = await File.ReadAllTextAsync(gates.Daemon.ConfigurationFile, TestContext.Current.CancellationToken);
        int main = text.IndexOf("  names:\n", StringComparison.Ordinal);
        try
        {
            await File.WriteAllTextAsync(gates.Daemon.ConfigurationFile, text.Insert(main, "    ignite: { idle_timeout: 33s }\n"), TestContext.Current.CancellationToken);
            await gates.FineAsync(["reload"]);

            await before.UpsertAsync(gates.Orders, "reloaded", "still here");
            await using ThinClient after = await gates.ConnectAsync("main", "all");
            after.Handshake.IdleTimeout.ShouldBe(TimeSpan.FromSeconds(33));
            (await after.GetAsync(gates.Orders, "reloaded")).ShouldBe("still here");
            int table = gates.First.Tables.Create("PUBLIC.AFTER_RELOAD");
            await before.UpsertAsync(table, "a", "b");
        }
        finally
        {
            await File.WriteAllTextAsync(gates.Daemon.ConfigurationFile, text, TestContext.Current.CancellationToken);
            await gates.FineAsync(["reload"]);
        }
    }

    private async Task<long> AskAsync(ThinClient client) => await client.SendAsync(Op.TupleGet, w => w.Keyed(gates.Orders).Row("k"));

    private async Task RepeatAsync(ThinClient client, long id) =>
        await client.SendRawAsync(Frames.Of(new PackWriter().Int((int)Op.TupleGet).Int(id).Keyed(gates.Orders).Row("k").ToArray()));

    private async Task<ThinClient> EnterAsync()
    {
        for (int i = 0; ; i++)
        {
            // The place of another test's connection is free when the gate has seen its end.
            ThinClient client = await ThinClient.OpenAsync(gates.As("narrow", "all"));
            if (client.Handshake.Error is null)
            {
                return client;
            }

            await client.DisposeAsync();
            i.ShouldBeLessThan(100);
            await Task.Delay(20);
        }
    }

    /// <summary>What the gate says until it closes.</summary>
    private async Task<byte[]> TalkAsync(byte[] bytes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", gates.As("narrow", null).Port, limit.Token);
        await using var tls = new SslStream(socket.GetStream(), false, static (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, limit.Token);
        await tls.WriteAsync(bytes, limit.Token);
        using var all = new MemoryStream();
        try
        {
            await tls.CopyToAsync(all, limit.Token);
        }
        catch (IOException)
        {
            // Aborted: closed all the same.
        }

        return all.ToArray();
    }

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }
}
