using System.Text;
using Gatehouse.Engine.Ignite;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Names;
using Gatehouse.Protocols.Ignite.Calls;
using Gatehouse.Protocols.Ignite.Sql;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ignite;

/// <summary>What an attacker with a login would try on the parts of the gate.</summary>
public sealed class AttackTests
{
    [Fact]
    public async Task A_large_frame_stands_alone_and_the_next_takes_room_of_its_own()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        const int first = 70_000;
        const int second = 200_000;
        var budget = new ByteBudget(1 << 20);
        using var frames = new ClientFrames(new MemoryStream(new byte[first + second]), budget, TimeProvider.System);
        while (frames.Received.Length < first)
        {
            (await frames.MoreAsync(first, cancellation)).ShouldBePositive();
        }

        // Bytes behind it would keep its buffer, and the next frame would grow in it without having asked.
        frames.Received.Length.ShouldBe(first);
        frames.Consume(first);
        using ByteBudget.Share others = await budget.TakeAsync((1 << 20) - (1 << 17), cancellation);

        // There is room for the first frame again, but not for the second.
        Task<int> more = frames.MoreAsync(second, cancellation).AsTask();
        more.IsCompleted.ShouldBeFalse();
        others.Dispose();
        (await more.WaitAsync(TimeSpan.FromSeconds(10), cancellation)).ShouldBePositive();
    }

    [Fact]
    public async Task Handshakes_take_no_room_of_those_who_are_in()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        const int large = 100_000;
        var entering = new ByteBudget(1 << 17);
        var admitted = new ByteBudget(1 << 17);
        using var frames = new ClientFrames(new MemoryStream(new byte[2 * large]), entering, TimeProvider.System);
        while (frames.Received.Length < large)
        {
            (await frames.MoreAsync(large, cancellation)).ShouldBePositive();
        }

        frames.Consume(large);
        frames.Admit(admitted);
        (await frames.MoreAsync(large, cancellation)).ShouldBePositive();

        // What the handshake took is back, and others may take all of it.
        using ByteBudget.Share others = await entering.TakeAsync(1 << 17, cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        admitted.TakeAsync(1, cancellation).AsTask().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void Rights_of_many_names_are_not_kept_without_end()
    {
        var opened = new OpenedRights();
        for (int i = 0; i < 3; i++)
        {
            var operations = new OperationSet();
            operations.Begin(IgniteRights.SqlRead);
            for (int name = 0; name < 4000; name++)
            {
                operations.AddResource(Encoding.UTF8.GetBytes($"PUBLIC.T{i}_{name}"));
            }

            opened.Add(operations);
        }

        // What could not be kept counts as lost at the next change.
        opened.All(static _ => true).ShouldBeFalse();
    }

    [Fact]
    public void Heartbeats_pass_a_full_list_of_requests_but_not_without_end()
    {
        var pending = new PendingCalls(most: 1);
        Call request = pending.Take();
        (request.Id, request.Opcode) = (1, IgniteOpcodes.SqlExec);
        pending.TryAdd(request).ShouldBeNull();
        int taken = 0;
        for (int i = 0; i < 100; i++)
        {
            Call heartbeat = pending.Take();
            (heartbeat.Id, heartbeat.Opcode) = (2 + i, IgniteOpcodes.Heartbeat);
            taken += pending.TryAdd(heartbeat) is null ? 1 : 0;
        }

        taken.ShouldBe(16);
    }

    [Fact]
    public void Nobody_pushes_the_jobs_of_others_out()
    {
        var jobs = new JobBook();
        Principal anna = new("anna", RealmNames.Native);
        var job = Guid.NewGuid();
        jobs.Add(job, anna);
        for (int i = 0; i < 12; i++)
        {
            Principal flood = new($"flood{i}", RealmNames.Native);
            for (int n = 0; n < JobBook.MostOfOne; n++)
            {
                jobs.Add(Guid.NewGuid(), flood);
            }
        }

        jobs.IsOwn(job, anna).ShouldBeTrue();
    }

    [Fact]
    public void A_batch_asks_for_each_right_once()
    {
        var wants = new SqlWants();
        SqlStatement insert = SqlClassifier.Read("INSERT INTO ORDERS SELECT * FROM SALARIES", null, allowsScript: false).Statements[0];
        SqlStatement one = SqlClassifier.Read("SELECT 1", null, allowsScript: false).Statements[0];
        for (int i = 0; i < 10_000; i++)
        {
            wants.TryAdd(insert).ShouldBeTrue();
            wants.TryAdd(one).ShouldBeTrue();
        }

        var operations = new OperationSet();
        wants.WriteTo(operations);

        Show(operations).ShouldBe("sql.write PUBLIC.ORDERS; sql.read PUBLIC.SALARIES");
        wants.Clear();
        wants.TryAdd(one).ShouldBeTrue();
        operations.Clear();
        wants.WriteTo(operations);
        Show(operations).ShouldBe("sql.read ");
    }

    [Fact]
    public void A_script_asks_for_what_each_of_its_statements_wants()
    {
        var wants = new SqlWants();
        SqlReading script = SqlClassifier.Read(
            "START TRANSACTION; DELETE FROM A; CREATE SCHEMA S; DROP TABLE B; CREATE ZONE Z; KILL QUERY 'x'; SELECT * FROM SYSTEM.TABLES; COMMIT",
            null,
            allowsScript: true);
        script.Refusal.ShouldBeNull();
        foreach (SqlStatement statement in script.Statements)
        {
            wants.TryAdd(statement).ShouldBeTrue(statement.Verb);
        }

        var operations = new OperationSet();
        wants.WriteTo(operations);

        Show(operations).ShouldBe("tx.use ; sql.kill ; sql.write PUBLIC.A; sql.ddl PUBLIC.B,S.; sql.ddl.zone Z; system.read SYSTEM.TABLES");
    }

    [Fact]
    public void More_names_than_a_program_has_are_refused()
    {
        var wants = new SqlWants();
        bool isTaken = true;
        for (int i = 0; i < 5000 && isTaken; i++)
        {
            isTaken = wants.TryAdd(SqlClassifier.Read($"DELETE FROM T{i}", null, allowsScript: false).Statements[0]);
        }

        isTaken.ShouldBeFalse();
        wants.IsFull.ShouldBeTrue();
    }

    // As UnitVersion.parse of a node reads them.
    [Theory]
    [InlineData("1", "1.0.0")]
    [InlineData("1.0", "1.0.0")]
    [InlineData("01.000.0", "1.0.0")]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("1.2.3-rc.1", "1.2.3-rc.1")]
    [InlineData("latest", "latest")]
    [InlineData("LATEST", null)]
    [InlineData("+1.0.0", null)]
    [InlineData("-1.0.0", null)]
    [InlineData("1.0.0.", null)]
    [InlineData("1.0.0.0", null)]
    [InlineData(" 1.0.0", null)]
    [InlineData("1.0.0-", null)]
    [InlineData("40000.0.0", null)]
    [InlineData("\u0661.0.0", null)]
    [InlineData("", null)]
    public void Forms_of_one_version_are_one_version_to_grants(string sent, string? read) => IgniteUnitVersions.Canonical(sent).ShouldBe(read);

    private static string Show(OperationSet operations)
    {
        List<string> shown = [];
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            shown.Add($"{operation.Action.Name} {string.Join(',', Enumerable.Range(0, operation.ResourceCount).Select(r => Encoding.UTF8.GetString(operations[i].Resource(r))))}");
        }

        return string.Join("; ", shown);
    }
}
