using System.Text;
using Gatehouse.Engine.Ignite;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Names;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ignite;

public sealed class PartsTests
{
    [Fact]
    public void A_number_stands_once_until_it_is_answered()
    {
        var pending = new PendingCalls(most: 10);
        Call first = pending.Take();
        first.Id = 7;
        pending.TryAdd(first).ShouldBeNull();

        Call second = pending.Take();
        second.Id = 7;
        pending.TryAdd(second).ShouldBe(CallRefusal.Duplicate);

        pending.TryRemove(7, out Call? answered).ShouldBeTrue();
        answered.ShouldBeSameAs(first);
        pending.TryAdd(second).ShouldBeNull();
    }

    [Fact]
    public void More_than_the_limit_are_refused_and_not_kept()
    {
        var pending = new PendingCalls(most: 2);
        for (int id = 0; id < 2; id++)
        {
            Call call = pending.Take();
            call.Id = id;
            pending.TryAdd(call).ShouldBeNull();
        }

        Call third = pending.Take();
        third.Id = 2;
        pending.TryAdd(third)!.Problem.ShouldBe(IgniteProblems.TooManyPending);
        pending.Count.ShouldBe(2);
    }

    [Fact]
    public void A_call_that_is_used_again_knows_nothing_of_before()
    {
        var pending = new PendingCalls(most: 2);
        Call call = pending.Take();
        call.Id = 9;
        call.Opcode = 50;
        call.Operations.Begin(IgniteRights.SqlRead);
        call.Record.Statement = "SELECT ?";
        call.Record.Call = "SQL_EXEC";
        pending.GiveBack(call);

        Call again = pending.Take();
        again.ShouldBeSameAs(call);
        (again.Id, again.Opcode, again.Operations.Count, again.HasRecord).ShouldBe((0, 0, 0, false));
        (again.Record.Statement, again.Record.Call).ShouldBe((null, null));
    }

    [Fact]
    public void Jobs_are_of_who_the_node_answered_first()
    {
        var jobs = new JobBook();
        Principal anna = new("anna", RealmNames.Native);
        Principal bert = new("bert", RealmNames.Native);
        var job = Guid.NewGuid();
        jobs.IsOwn(job, anna).ShouldBeFalse();

        jobs.Add(job, anna);
        jobs.Add(job, bert);

        jobs.IsOwn(job, anna).ShouldBeTrue();
        jobs.IsOwn(job, bert).ShouldBeFalse();
        jobs.IsOwn(job, new Principal("anna", "corp")).ShouldBeFalse("a name of another realm is another person");
    }

    [Fact]
    public void The_oldest_jobs_are_forgotten_first()
    {
        var jobs = new JobBook();
        Principal anna = new("anna", RealmNames.Native);
        var first = Guid.NewGuid();
        var second = Guid.NewGuid();
        jobs.Add(first, anna);
        jobs.Add(second, anna);
        for (int i = 0; i < JobBook.MostOfOne - 1; i++)
        {
            jobs.Add(Guid.NewGuid(), anna);
        }

        jobs.IsOwn(first, anna).ShouldBeFalse();
        jobs.IsOwn(second, anna).ShouldBeTrue();
    }

    [Fact]
    public async Task Room_for_large_frames_is_given_in_the_order_of_asking()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var budget = new ByteBudget(100);
        ByteBudget.Share first = await budget.TakeAsync(80, cancellation);
        Task<ByteBudget.Share> large = budget.TakeAsync(60, cancellation).AsTask();
        Task<ByteBudget.Share> small = budget.TakeAsync(10, cancellation).AsTask();

        // There would be room for the small one, but then large ones would wait for ever.
        small.IsCompleted.ShouldBeFalse();

        first.Dispose();
        using ByteBudget.Share second = await large.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        using ByteBudget.Share third = await small.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
    }

    [Fact]
    public async Task Whoever_stops_waiting_for_room_holds_nobody_up()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var budget = new ByteBudget(100);
        using ByteBudget.Share first = await budget.TakeAsync(80, cancellation);
        using var stop = new CancellationTokenSource();
        Task<ByteBudget.Share> large = budget.TakeAsync(60, stop.Token).AsTask();
        Task<ByteBudget.Share> small = budget.TakeAsync(10, cancellation).AsTask();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(large);
        using ByteBudget.Share second = await small.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
    }

    [Fact]
    public async Task A_share_says_how_much_it_is_until_it_is_given_back()
    {
        ByteBudget.Share share = await new ByteBudget(100).TakeAsync(30, TestContext.Current.CancellationToken);
        share.Count.ShouldBe(30);
        share.Dispose();
        share.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_frame_larger_than_all_room_takes_all_of_it_and_gives_it_back_once()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var budget = new ByteBudget(100);
        ByteBudget.Share all = await budget.TakeAsync(1_000, cancellation);
        Task<ByteBudget.Share> next = budget.TakeAsync(100, cancellation).AsTask();
        next.IsCompleted.ShouldBeFalse();

        all.Dispose();
        all.Dispose();

        using ByteBudget.Share taken = await next.WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        using var stop = new CancellationTokenSource();
        Task<ByteBudget.Share> more = budget.TakeAsync(1, stop.Token).AsTask();
        more.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(more);
    }

    [Fact]
    public void What_statements_wanted_is_asked_again_once_for_each_kind()
    {
        var opened = new OpenedRights();
        for (int i = 0; i < 100; i++)
        {
            opened.Add(Wanting("PUBLIC.A"));
            opened.Add(Wanting("PUBLIC.B"));
        }

        List<string> asked = [];
        opened.All(operations =>
        {
            asked.Add(Encoding.UTF8.GetString(operations[0].Resource(0)));
            return true;
        }).ShouldBeTrue();
        asked.Order().ShouldBe(["PUBLIC.A", "PUBLIC.B"]);
        opened.All(operations => Encoding.UTF8.GetString(operations[0].Resource(0)) != "PUBLIC.B").ShouldBeFalse();
    }

    [Fact]
    public void More_kinds_than_can_be_kept_end_the_connection_at_the_next_change()
    {
        var opened = new OpenedRights();
        for (int i = 0; i < 512; i++)
        {
            opened.Add(Wanting($"PUBLIC.T{i}"));
        }

        opened.All(static _ => true).ShouldBeTrue();
        opened.Add(Wanting("PUBLIC.MORE"));
        opened.All(static _ => true).ShouldBeFalse();
    }

    private static OperationSet Wanting(string table)
    {
        var operations = new OperationSet();
        operations.Begin(IgniteRights.SqlRead);
        operations.AddResource(Encoding.UTF8.GetBytes(table));
        return operations;
    }
}
