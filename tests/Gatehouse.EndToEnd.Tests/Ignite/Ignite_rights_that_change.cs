using System.Diagnostics;
using System.Text.Json;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>A connection, a cursor, a transaction and a request under way live as long as their rights.</summary>
[Collection(nameof(IgniteGates))]
public sealed class Ignite_rights_that_change(IgniteGates gates)
{
    [Fact]
    public async Task Who_is_disabled_is_cut_within_a_second()
    {
        await using ThinClient client = await gates.JoinAsync("main", "leaver", "ignite:table.read,table.write:PUBLIC.ORDERS");
        await client.UpsertAsync(gates.Orders, "leaver", "here");

        await gates.FineAsync(["user", "set", "leaver", "--disable"]);

        await SoonAsync(client);
        await using ThinClient again = await ThinClient.OpenAsync(gates.As("main", "leaver"));
        again.Handshake.Error.ShouldNotBeNull().Code.ShouldBe(ThinError.InvalidCredentials);
    }

    [Fact]
    public async Task Who_loses_the_last_right_is_cut_within_a_second()
    {
        await using ThinClient client = await gates.JoinAsync("main", "emptied", "ignite:table.read:PUBLIC.ORDERS");
        await client.HeartbeatAsync();

        await gates.Daemon.SetRoleAsync("emptied", "http:get:x");

        await SoonAsync(client);
    }

    [Fact]
    public async Task A_cursor_from_before_gives_no_rows_any_more()
    {
        await using ThinClient client = await gates.JoinAsync("main", "cursors", "ignite:sql.read:PUBLIC.ORDERS", "ignite:table.read:PUBLIC.SALARIES");
        await using (ThinClient all = await gates.ConnectAsync("main", "all"))
        {
            await all.UpsertAsync(gates.Orders, "c1", "1");
            await all.UpsertAsync(gates.Orders, "c2", "2");
            await all.UpsertAsync(gates.Orders, "c3", "3");
        }

        SqlAnswer page = await client.SqlAsync(new SqlCall("SELECT * FROM ORDERS") { PageSize = 1 });
        page.HasMore.ShouldBeTrue();
        (await client.NextPageAsync(page.Cursor!.Value)).Rows.Count.ShouldBe(1);

        await gates.Daemon.SetRoleAsync("cursors", "ignite:table.read:PUBLIC.SALARIES");

        await SoonAsync(client);
    }

    [Fact]
    public async Task A_request_under_way_ends_with_its_right()
    {
        await using ThinClient client = await gates.JoinAsync("faulty", "waiting", "ignite:table.read:PUBLIC.ORDERS", "ignite:table.read:PUBLIC.SALARIES");
        gates.Faulty.Faults.Plan(Op.TupleGet, NodeFaultKind.Silent);
        await client.SendAsync(Op.TupleGet, w => w.Keyed(gates.Orders).Row("k"));
        await gates.Faulty.Calls.WaitAsync(c => c.Opcode == Op.TupleGet && c.Operands().Int() == gates.Orders, TimeSpan.FromSeconds(5));

        await gates.Daemon.SetRoleAsync("waiting", "ignite:table.read:PUBLIC.SALARIES");

        await SoonAsync(client);
    }

    [Fact]
    public async Task Within_a_transaction_every_request_is_decided_anew()
    {
        await using ThinClient client = await gates.JoinAsync(
            "main", "within", "ignite:table.read,table.write:PUBLIC.ORDERS", "ignite:table.read:PUBLIC.SALARIES");
        long tx = await client.BeginAsync();
        await client.UpsertAsync(gates.Orders, "within", "1", tx);

        await gates.Daemon.SetRoleAsync("within", "ignite:table.read:PUBLIC.SALARIES");

        // What was done rests on a right that there was; nothing more is done.
        (await Should.ThrowAsync<ThinRefusedException>(() => client.UpsertAsync(gates.Orders, "within", "2", tx))).Error.Message.ShouldStartWith("GH7004");
        await client.RollbackAsync(tx);
    }

    [Fact]
    public async Task An_operator_sees_connections_and_ends_them()
    {
        await using ThinClient client = await gates.JoinAsync("main", "killed", "ignite:table.read:PUBLIC.ORDERS");
        await client.HeartbeatAsync();
        JsonElement own = (await gates.Daemon.JsonAsync("conn", "list")).EnumerateObject()
            .First(static p => p.Value.ValueKind == JsonValueKind.Array).Value.EnumerateArray()
            .Single(static c => c.GetRawText().Contains("\"killed\"", StringComparison.Ordinal));
        own.GetRawText().ShouldContain("ignite client 2 features");
        own.GetRawText().ShouldContain("node first");

        await gates.FineAsync(["conn", "kill", own.GetProperty("id").ToString()]);

        await SoonAsync(client);
    }

    private static async Task SoonAsync(ThinClient client)
    {
        var since = Stopwatch.StartNew();
        await client.Closed;
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1.5));
    }
}
