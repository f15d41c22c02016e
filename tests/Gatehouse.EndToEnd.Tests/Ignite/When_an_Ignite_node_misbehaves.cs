using System.Text.Json;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>A node that is late, says what no node says, or goes away.</summary>
[Collection(nameof(IgniteGates))]
public sealed class When_an_Ignite_node_misbehaves(IgniteGates gates)
{
    private const int Rows = 1_500;

    [Fact]
    public async Task Answers_find_their_requests_in_any_order()
    {
        await using ThinClient client = await gates.ConnectAsync("faulty", "all");
        gates.Faulty.Faults.Plan(Op.TupleContainsKey, NodeFaultKind.HoldUntilNext);
        long held = await client.SendAsync(Op.TupleContainsKey, w => w.Keyed(gates.Orders).Row("k"));
        await client.HeartbeatAsync();
        (await client.AnswerAsync(held)).IsOk.ShouldBeTrue();

        gates.Faulty.Faults.Plan(Op.ComputeExecute, NodeFaultKind.NotifyFirst);
        long early = await client.SendAsync(Op.ComputeExecute, w => w.Execute(client.Mutual, new JobCall("a.B"), "faulty"));
        (await client.NotificationAsync(early)).IsOk.ShouldBeTrue();
        (await client.AnswerAsync(early)).IsOk.ShouldBeTrue();

        gates.Faulty.Faults.Plan(Op.Heartbeat, NodeFaultKind.PartitionFlag);
        (await client.CallAsync(Op.Heartbeat)).AssignmentTimestamp.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_server_operation_ends_the_connection() => await ClosesAsync(new NodeFault(NodeFaultKind.ServerOperation), "upstream_malformed");

    [Fact]
    public async Task A_frame_that_is_no_answer_ends_the_connection() => await ClosesAsync(new NodeFault(NodeFaultKind.Malformed), "upstream_malformed");

    [Fact]
    public async Task A_negative_length_ends_the_connection() => await ClosesAsync(new NodeFault(NodeFaultKind.Huge, Size: -5), "upstream_malformed");

    [Fact]
    public async Task A_node_that_goes_away_ends_the_connection() => await ClosesAsync(new NodeFault(NodeFaultKind.Close), "upstream_cut");

    [Fact]
    public async Task A_node_that_goes_away_within_an_answer_ends_the_connection() => await ClosesAsync(new NodeFault(NodeFaultKind.CloseInAnswer), "upstream_cut");

    [Theory]
    [InlineData(NodeFaultKind.Close)]
    [InlineData(NodeFaultKind.Malformed)]
    public async Task Nobody_is_let_in_by_a_node_that_does_not_answer_the_handshake(NodeFaultKind kind)
    {
        gates.Faulty.Faults.Plan(Op.Handshake, kind);

        await using ThinClient client = await ThinClient.OpenAsync(gates.As("faulty", "all"));

        client.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH");
    }

    [Fact]
    public async Task A_node_that_refuses_the_gate_is_named()
    {
        await using ThinClient client = await ThinClient.OpenAsync(gates.As("refused", "all"));

        client.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH5408");
        client.Handshake.Error!.Message!.ShouldNotContain("gate's own");
    }

    [Fact]
    public async Task A_node_that_is_down_is_an_error_and_one_that_is_back_takes_clients()
    {
        int port;
        Dictionary<string, string> users = new() { ["gate"] = "the-gates-own-secret" };
        string text = await File.ReadAllTextAsync(gates.Daemon.ConfigurationFile, TestContext.Current.CancellationToken);
        await using (StandInNode node = await StandInNode.StartAsync(new StandInNodeOptions { Users = users }))
        {
            port = node.Port;
            await File.WriteAllTextAsync(
                gates.Daemon.ConfigurationFile,
                text.Replace($"tcp://127.0.0.1:{gates.Faulty.Port}", $"tcp://127.0.0.1:{port}", StringComparison.Ordinal),
                TestContext.Current.CancellationToken);
            await gates.FineAsync(["reload"]);
            await using ThinClient first = await gates.ConnectAsync("faulty", "all");
            await first.HeartbeatAsync();
            await node.DisposeAsync();
            await first.Closed;
        }

        try
        {
            await using ThinClient down = await ThinClient.OpenAsync(gates.As("faulty", "all"));
            down.Handshake.Error.ShouldNotBeNull().Message.ShouldStartWith("GH7101");
            await using StandInNode again = await StandInNode.StartAsync(new StandInNodeOptions { Port = port, Users = users });
            await using ThinClient up = await gates.ConnectAsync("faulty", "all");
            await up.HeartbeatAsync();
        }
        finally
        {
            await File.WriteAllTextAsync(gates.Daemon.ConfigurationFile, text, TestContext.Current.CancellationToken);
            await gates.FineAsync(["reload"]);
        }
    }

    [Fact]
    public async Task Large_answers_and_batches_pass_without_being_held()
    {
        await using ThinClient client = await gates.ConnectAsync("main", "all");
        await client.HeartbeatAsync();
        long before = Memory();
        gates.First.Faults.Plan(Op.TupleGetAll, new NodeFault(NodeFaultKind.Large, Size: 20 * 1024 * 1024));
        ThinAnswer answer = await client.CallAsync(Op.TupleGetAll, w => w.Keyed(gates.Orders).Rows(["a"], ["b"]));
        answer.Payload.Length.ShouldBeGreaterThan(19 * 1024 * 1024);
        (Memory() - before).ShouldBeLessThan(16L * 1024 * 1024);

        // Several at once, of 5 MB each.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            await using ThinClient one = await gates.ConnectAsync("main", "orders");
            string[][] rows = [.. Enumerable.Range(0, Rows).Select(n => new[] { $"batch-{i}-{n}", new string('x', 3_500) })];
            (await one.CallAsync(Op.TupleUpsertAll, w => w.Keyed(gates.Orders).Rows(rows))).Reader();
            (await one.GetAsync(gates.Orders, $"batch-{i}-{Rows - 1}")).ShouldNotBeNull().Length.ShouldBe(3_500);
        }));
    }

    private async Task ClosesAsync(NodeFault fault, string forward)
    {
        await using ThinClient client = await gates.ConnectAsync("faulty", "all");
        string table = "PUBLIC.T" + Guid.NewGuid().ToString("N").ToUpperInvariant();
        int id = gates.Faulty.Tables.Create(table);
        await client.GetAsync(id, "k");
        gates.Faulty.Faults.Plan(Op.TupleContainsKey, fault);

        await client.SendAsync(Op.TupleContainsKey, w => w.Keyed(id).Row("k"));

        await client.Closed;
        client.Received.ShouldAllBe(static a => a.Flags == 0 && a.IsOk);
        JsonElement record = await gates.RecordAsync(
            r => r.Contains(table, StringComparison.Ordinal) && r.Contains("TUPLE_CONTAINS_KEY", StringComparison.OrdinalIgnoreCase));
        record.GetRawText().ShouldContain(forward);
        await using ThinClient next = await gates.ConnectAsync("faulty", "all");
        await next.HeartbeatAsync();
    }

    private long Memory()
    {
        string line = File.ReadLines($"/proc/{gates.Daemon.ProcessId}/status").Single(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(new string([.. line.Where(char.IsAsciiDigit)])) * 1024;
    }
}
