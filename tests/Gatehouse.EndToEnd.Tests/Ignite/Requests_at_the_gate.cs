using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

[Collection(nameof(GuardedTables))]
public sealed class Requests_at_the_gate(GuardedTables ignite)
{
    private const int AccessDenied = 983044;

    [Fact]
    public async Task Rows_of_a_table_with_rights_come_and_go()
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        (await client.TableIdAsync("ORDERS")).ShouldBe(ignite.Orders);
        (await client.TableIdAsync("PUBLIC", "ORDERS")).ShouldBe(ignite.Orders);

        await client.UpsertAsync(ignite.Orders, "7", "seven");

        (await client.GetAsync(ignite.Orders, "7")).ShouldBe("seven");
        (await client.DeleteAsync(ignite.Orders, "7")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_refused_request_is_an_error_with_a_receipt_and_the_connection_goes_on()
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        ignite.Node.Calls.Clear();

        ThinRefusedException refused = await Should.ThrowAsync<ThinRefusedException>(() => client.UpsertAsync(ignite.Salaries, "1", "all of it"));

        refused.Error.Code.ShouldBe(AccessDenied);
        refused.Error.Message.ShouldStartWith("GH7004 ");
        refused.Error.Message!.ShouldContain("receipt");
        ignite.Node.Calls.Of(Op.TupleUpsert).ShouldBeEmpty();
        await client.UpsertAsync(ignite.Orders, "1", "one");
        (await client.GetAsync(ignite.Orders, "1")).ShouldBe("one");
        string receipt = refused.Error.Message![(refused.Error.Message!.LastIndexOf(' ') + 1)..];
        ShellResult explained = await ignite.Daemon.CliAsync(["explain", receipt]);
        explained.Output.ShouldContain("PUBLIC.SALARIES", Case.Sensitive, explained.ToString());
    }

    [Theory]
    [InlineData("SELECT * FROM ORDERS")]
    [InlineData("select o.* from public.orders o where o.id in (select id from \"PUBLIC\".\"ORDERS\")")]
    [InlineData("INSERT INTO orders SELECT * FROM orders")]
    [InlineData("DELETE FROM ORDERS WHERE ID = 1")]
    [InlineData("EXPLAIN PLAN FOR SELECT * FROM ORDERS")]
    public async Task Statements_on_tables_with_rights_go_on(string sql)
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        int before = ignite.Node.Statements.Count;

        await client.SqlAsync(sql);

        ignite.Node.Statements.Skip(before).ShouldContain(s => s.Sql == sql);
    }

    [Theory]
    [InlineData("SELECT * FROM SALARIES")]
    [InlineData("SELECT * FROM ORDERS // \n , SALARIES")]
    [InlineData("SELECT (SELECT MAX(X) FROM SALARIES) FROM ORDERS")]
    [InlineData("INSERT INTO ORDERS SELECT * FROM SALARIES")]
    [InlineData("WITH ORDERS AS (SELECT * FROM SALARIES) SELECT * FROM ORDERS")]
    [InlineData("DROP TABLE ORDERS")]
    [InlineData("SELECT * FROM SYSTEM.SQL_QUERIES")]
    [InlineData("KILL QUERY '00000000-0000-0000-0000-000000000000'")]
    [InlineData("SELECT 1; DROP TABLE ORDERS")]
    [InlineData("SELECT * FROM")]
    public async Task Other_statements_never_reach_the_node(string sql)
    {
        await using ThinClient client = await ignite.ConnectAsync("orders");
        int before = ignite.Node.Statements.Count;

        ThinRefusedException refused = await Should.ThrowAsync<ThinRefusedException>(() => client.SqlAsync(sql));

        refused.Error.Code.ShouldBe(AccessDenied);
        ignite.Node.Statements.Skip(before).ShouldNotContain(s => s.Sql == sql);
        await client.HeartbeatAsync();
    }

    [Fact]
    public async Task Jobs_belong_to_who_began_them()
    {
        await using ThinClient one = await ignite.ConnectAsync("jobs");
        await using ThinClient other = await ignite.ConnectAsync("others");
        Guid job = await one.ExecuteAsync("org.example.SleepJob", "orders:1.0.0");

        (await Should.ThrowAsync<ThinRefusedException>(async () => (await other.CallAsync(Op.ComputeCancel, w => w.Uuid(job))).Reader())).Error.Code.ShouldBe(AccessDenied);
        ignite.Node.Calls.Of(Op.ComputeCancel).ShouldNotContain(c => c.Operands().Uuid() == job);
        (await one.CallAsync(Op.ComputeCancel, w => w.Uuid(job))).Reader();
        ignite.Node.Calls.Of(Op.ComputeCancel).ShouldContain(c => c.Operands().Uuid() == job);
    }

    [Theory]
    [InlineData("com.evil.Job", "orders:1.0.0")]
    [InlineData("org.example.EchoJob", "evil:1.0.0")]
    [InlineData("org.exampleX.EchoJob", "orders:1.0.0")]
    public async Task Classes_and_units_without_rights_are_not_run(string className, string unit)
    {
        await using ThinClient client = await ignite.ConnectAsync("jobs");
        ignite.Node.Calls.Clear();

        (await Should.ThrowAsync<ThinRefusedException>(() => client.ExecuteAsync(className, unit))).Error.Code.ShouldBe(AccessDenied);

        ignite.Node.Calls.Of(Op.ComputeExecute).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_newest_version_of_a_unit_takes_the_right_to_all_of_them()
    {
        await ignite.Daemon.SetRoleAsync("pinned", "ignite:compute.execute:org.example.*", "ignite:compute.unit orders:1.0.0");
        await ignite.Daemon.AddUserAsync("pinned", GuardedTables.Password, "pinned");
        await using ThinClient pinned = await ignite.ConnectAsync("pinned");
        await using ThinClient free = await ignite.ConnectAsync("jobs");

        await pinned.ExecuteAsync("org.example.EchoJob", "orders:1.0.0");
        (await Should.ThrowAsync<ThinRefusedException>(() => pinned.ExecuteAsync("org.example.EchoJob", "orders:latest"))).Error.Code.ShouldBe(AccessDenied);
        await free.ExecuteAsync("org.example.EchoJob", "orders:latest");
    }

    [Fact]
    public async Task A_right_that_is_taken_away_ends_what_rests_on_it_within_a_second()
    {
        await ignite.Daemon.SetRoleAsync("passing", "ignite:sql.read:PUBLIC.ORDERS");
        await ignite.Daemon.AddUserAsync("passing", GuardedTables.Password, "passing");
        await using ThinClient client = await ignite.ConnectAsync("passing");
        await client.SqlAsync("SELECT * FROM ORDERS");

        await ignite.Daemon.SetRoleAsync("passing", "ignite:sql.read:PUBLIC.SALARIES");

        await client.Closed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_table_made_later_is_known_at_its_first_use()
    {
        await using ThinClient admin = await ignite.ConnectAsync("admin-of-ignite");
        int table = ignite.Node.Tables.Create("PUBLIC.LATER");

        await admin.UpsertAsync(table, "1", "one");

        (await admin.GetAsync(table, "1")).ShouldBe("one");
        (await Should.ThrowAsync<ThinRefusedException>(() => admin.UpsertAsync(9_999, "1", "one"))).Error.Message.ShouldStartWith("GH5405");
    }
}
