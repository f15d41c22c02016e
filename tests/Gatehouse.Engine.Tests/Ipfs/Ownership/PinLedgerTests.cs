using Gatehouse.Engine.Ipfs.Ownership;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Ipfs.Ownership.PinBench;

namespace Gatehouse.Engine.Tests.Ipfs.Ownership;

public sealed class PinLedgerTests
{
    private readonly PinBench _bench = new();

    [Fact]
    public async Task Who_pins_owns_until_they_unpin()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna, name: "photos");
        ledger.IsOwner(Cluster, Cid, Anna).ShouldBeTrue();
        ledger.IsOwner(Cluster, Cid, Ben).ShouldBeFalse();
        ledger.IsOwner("two", Cid, Anna).ShouldBeFalse("another cluster's pin of the same CID is another");
        ledger.IsOwner(Cluster, Cid, Anna with { Tag = "2" }).ShouldBeFalse("a user who was made again under the name is another");
        PinOwnership one = ledger.OwnedBy(Cluster, Anna).ShouldHaveSingleItem();
        (one.Name, one.State, one.Cid).ShouldBe(("photos", PinState.Owned, Cid));
        ledger.Find(Cluster, one.RequestId).ShouldBe(one);
        ledger.Find("two", one.RequestId).ShouldBeNull();
        (await UnpinAsync(ledger, Ben)).ShouldBe(PinRemoval.NotOwner);
        (await UnpinAsync(ledger, Anna)).ShouldBe(PinRemoval.LastLeaves);
        ledger.Count.ShouldBe(0);
        ledger.Find(Cluster, one.RequestId).ShouldBeNull();
        _bench.Store.Values.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_shared_pin_goes_with_its_last_owner()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna, name: "a");
        await PinAsync(ledger, Ben, name: "b");
        PinOwnership[] owners = [.. ledger.OwnersOf(Cluster, Cid)];
        owners.Select(static one => one.RequestId).Distinct().Count().ShouldBe(2);
        (await UnpinAsync(ledger, Anna)).ShouldBe(PinRemoval.OthersStay);
        ledger.IsOwner(Cluster, Cid, Anna).ShouldBeFalse();
        ledger.OwnedBy(Cluster, Ben).ShouldHaveSingleItem().Name.ShouldBe("b");
        (await UnpinAsync(ledger, Ben)).ShouldBe(PinRemoval.LastLeaves);
    }

    [Fact]
    public async Task Pinning_again_changes_the_label_and_keeps_the_id()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna, name: "a");
        int writes = _bench.Store.Writes;
        string id = ledger.OwnedBy(Cluster, Anna).Single().RequestId;
        await PinAsync(ledger, Anna, name: "a");
        _bench.Store.Writes.ShouldBe(writes, "what is there already is not written again");
        using (PinClaim claim = await TakeAsync(ledger, Anna))
        {
            claim.IsOwner.ShouldBeTrue();
            (await claim.AddAsync("b", NoMeta, 0, default)).ShouldBe(PinOutcome.Granted);
            claim.Mine!.State.ShouldBe(PinState.Owned, "it is owned whatever the upstream says to new options");
            (await claim.WithdrawAsync(default)).ShouldBeTrue();
            claim.Mine!.Name.ShouldBe("a");
        }

        await PinAsync(ledger, Anna, name: "c");
        PinOwnership one = ledger.OwnedBy(Cluster, Anna).Single();
        (one.Name, one.RequestId).ShouldBe(("c", id));
        _bench.Store.Writes.ShouldBe(writes + 3);
    }

    [Fact]
    public async Task What_the_upstream_refused_is_as_before()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        using (PinClaim claim = await TakeAsync(ledger, Anna))
        {
            (await claim.AddAsync("a", NoMeta, 0, default)).ShouldBe(PinOutcome.Granted);
            _bench.Store.Values.Count.ShouldBe(1, "an owner is written before the upstream is asked");
            (await claim.WithdrawAsync(default)).ShouldBeTrue();
        }

        _bench.Store.Values.ShouldBeEmpty();
        await PinAsync(ledger, Anna);
        using (PinClaim claim = await TakeAsync(ledger, Anna))
        {
            (await claim.RemoveAsync(default)).ShouldBe(PinRemoval.LastLeaves);
            claim.IsOwner.ShouldBeTrue("the upstream has not unpinned it yet");
            (await claim.WithdrawAsync(default)).ShouldBeTrue();
        }

        ledger.OwnedBy(Cluster, Anna).ShouldHaveSingleItem().State.ShouldBe(PinState.Owned);
    }

    [Fact]
    public async Task One_request_at_a_time_has_a_CID()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        PinClaim first = await TakeAsync(ledger, Anna);
        (await ledger.TakeAsync(Cluster, "other", Ben, default)).Claim!.Dispose();
        ValueTask<PinTake> second = ledger.TakeAsync(Cluster, Cid, Ben, default);
        Task<PinTake> third = ledger.TakeAsync(Cluster, Cid, Ben, default).AsTask();
        using var giveUp = new CancellationTokenSource();
        Task<PinTake> fourth = ledger.TakeAsync(Cluster, Cid, Ben, giveUp.Token).AsTask();
        second.IsCompleted.ShouldBeFalse();
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => fourth);
        first.Dispose();
        first.Dispose();
        PinClaim claim = (await second).Claim.ShouldNotBeNull();
        third.IsCompleted.ShouldBeFalse();
        _bench.Time.Advance(_bench.Limits.LockTime);
        (await third).Outcome.ShouldBe(PinOutcome.Busy);
        (await first.AddAsync("", NoMeta, 0, default)).ShouldBe(PinOutcome.Unavailable, "it has let go");
        claim.Dispose();
        (await TakeAsync(ledger, Anna)).Dispose();
    }

    [Fact]
    public async Task Bounds_hold()
    {
        _bench.Limits = new PinLimits { MaxOwnerships = 3, MaxText = 10 };
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna, "a", most: 2);
        await PinAsync(ledger, Anna, "b", most: 2);
        await PinAsync(ledger, Anna, "b", "again", most: 2);
        (await AddAsync(Anna, "c", 2)).ShouldBe(PinOutcome.TooMany);
        await PinAsync(ledger, Ben, "a");
        (await AddAsync(Ben, "b", 0)).ShouldBe(PinOutcome.Full);
        (await ledger.TakeAsync(Cluster, new string('x', 257), Ben, default)).Outcome.ShouldBe(PinOutcome.TooLong);
        (await ledger.TakeAsync(Cluster, "\uD800", Ben, default)).Outcome.ShouldBe(PinOutcome.TooLong, "two such CIDs would be one");
        using PinClaim claim = await TakeAsync(ledger, Anna, "a");
        (await claim.AddAsync("", new Dictionary<string, string> { ["12345"] = "678901" }, 0, default)).ShouldBe(PinOutcome.TooLong);
        (await claim.AddAsync("\uDFFF", NoMeta, 0, default)).ShouldBe(PinOutcome.TooLong);

        async Task<PinOutcome> AddAsync(PinOwner owner, string cid, int most)
        {
            using PinClaim one = await TakeAsync(ledger, owner, cid);
            return await one.AddAsync("", NoMeta, most, default);
        }
    }

    [Fact]
    public async Task Lists_begin_with_the_newest()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        foreach (string cid in new[] { "a", "b", "c" })
        {
            await PinAsync(ledger, Anna, cid);
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        ledger.OwnedBy(Cluster, Anna).Select(static one => one.Cid).ShouldBe(["c", "b", "a"]);
        (IReadOnlyList<PinOwnership> page, string? next) = ledger.List(static _ => true, null, 2);
        (IReadOnlyList<PinOwnership> rest, string? end) = ledger.List(static _ => true, next, 2);
        page.Concat(rest).Select(static one => one.Cid).Order().ShouldBe(["a", "b", "c"]);
        end.ShouldBeNull();
    }

    [Fact]
    public async Task What_the_store_does_not_take_did_not_happen()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna);
        _bench.Store.Fails = true;
        using (PinClaim claim = await TakeAsync(ledger, Ben))
        {
            (await claim.AddAsync("", NoMeta, 0, default)).ShouldBe(PinOutcome.Unavailable);
            claim.IsOwner.ShouldBeFalse();
        }

        using (PinClaim claim = await TakeAsync(ledger, Anna))
        {
            (await claim.RemoveAsync(default)).ShouldBe(PinRemoval.Unavailable);
            claim.Mine!.State.ShouldBe(PinState.Owned);
        }

        _bench.Store.Fails = false;
        _bench.Time.Advance(_bench.Limits.SweepEvery);
        await ledger.DisposeAsync();
        await using PinLedger next = await _bench.CrashAsync();
        next.OwnersOf(Cluster, Cid).ShouldHaveSingleItem().Owner.ShouldBe(Anna);
    }

    [Fact]
    public async Task Nothing_is_taken_before_the_store_was_read()
    {
        _bench.Store.Fails = true;
        await using PinLedger ledger = await _bench.OpenAsync();
        (await ledger.TakeAsync(Cluster, Cid, Anna, default)).Outcome.ShouldBe(PinOutcome.Unavailable);
        ledger.IsOwner(Cluster, Cid, Anna).ShouldBeFalse();
        _bench.Store.Fails = false;
        await ledger.LoadAsync(default);
        await PinAsync(ledger, Anna);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_somebody_elses()
    {
        await using (PinLedger ledger = await _bench.OpenAsync())
        {
            await PinAsync(ledger, Anna);
            await PinAsync(ledger, Ben);
        }

        string place = PinRecord.PlaceOf(PinRecord.KeyOf(Cluster, Cid), Ben);
        _bench.Store.Values[place] = [9, 9];
        await using PinLedger damaged = await _bench.OpenAsync();
        damaged.IsOwner(Cluster, Cid, Ben).ShouldBeFalse();
        (await UnpinAsync(damaged, Anna)).ShouldBe(PinRemoval.OthersStay, "somebody has it, nobody knows who");
        (await damaged.ForgetAsync(Cluster, Cid, static _ => true, default)).Lost.ShouldHaveSingleItem().State.ShouldBe(PinState.Damaged);
        damaged.Count.ShouldBe(0);
        _bench.Store.Values.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_record_moved_to_another_place_is_not_read()
    {
        await using (PinLedger ledger = await _bench.OpenAsync())
        {
            await PinAsync(ledger, Anna);
        }

        byte[] record = _bench.Store.Values.Single().Value;
        _bench.Store.Values[PinRecord.PlaceOf(PinRecord.KeyOf(Cluster, "other"), Anna)] = record;
        await using PinLedger next = await _bench.OpenAsync();
        next.OwnedBy(Cluster, Anna).ShouldHaveSingleItem().Cid.ShouldBe(Cid);
        next.IsOwner(Cluster, "other", Anna).ShouldBeFalse();
    }
}
