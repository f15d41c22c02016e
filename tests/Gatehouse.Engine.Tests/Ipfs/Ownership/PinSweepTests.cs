using System.Globalization;
using Gatehouse.Engine.Ipfs.Ownership;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Ipfs.Ownership.PinBench;

namespace Gatehouse.Engine.Tests.Ipfs.Ownership;

/// <summary>Pins that the cluster no longer has are nobody's after a while, and no other ones are.</summary>
public sealed class PinSweepTests
{
    private readonly PinBench _bench = new();
    private readonly HashSet<string> _there = [];
    private readonly List<string> _asked = [];
    private bool _answers = true;

    [Fact]
    public async Task Gone_for_an_hour_is_nobodys()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna, "gone");
        await PinAsync(ledger, Ben, "gone");
        await PinAsync(ledger, Anna, "kept");
        _there.Add("kept");
        PinSweep sweep = new(ledger, _bench.Time);

        (await RoundAsync(sweep)).ShouldBe(0);
        (await AfterAsync(sweep, PinSweep.Apart - TimeSpan.FromSeconds(1))).ShouldBe(0);
        ledger.OwnersOf(Cluster, "gone").Count.ShouldBe(2);
        (await AfterAsync(sweep, PinSweep.Cycle)).ShouldBe(1);

        ledger.OwnersOf(Cluster, "gone").ShouldBeEmpty();
        ledger.OwnedBy(Cluster, Anna).ShouldHaveSingleItem().Cid.ShouldBe("kept");
        await using PinLedger next = await _bench.CrashAsync();
        next.OwnersOf(Cluster, "gone").ShouldBeEmpty();
        (await AfterAsync(sweep, PinSweep.Cycle)).ShouldBe(0);
    }

    [Fact]
    public async Task Seen_in_between_begins_anew()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna);
        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        _there.Add(Cid);
        await AfterAsync(sweep, PinSweep.Apart / 2);
        _there.Clear();

        (await AfterAsync(sweep, PinSweep.Apart / 2)).ShouldBe(0);
        (await AfterAsync(sweep, PinSweep.Apart / 2)).ShouldBe(0);
        (await AfterAsync(sweep, PinSweep.Apart / 2)).ShouldBe(1);
    }

    [Fact]
    public async Task Another_owner_begins_anew()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna);
        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        await PinAsync(ledger, Ben);

        (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(0);
        (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_under_way_is_left_alone()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna);
        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        using (PinClaim claim = await TakeAsync(ledger, Anna))
        {
            (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(0);
            _asked.Count.ShouldBe(1, "it is not even asked about");
            claim.IsOwner.ShouldBeTrue();
            await claim.RemoveAsync(default);
        }

        (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(0);
        ledger.Pending(Cluster).ShouldBe([Cid], "nobody knows yet what became of it");
    }

    [Fact]
    public async Task Pinned_again_in_the_last_moment_stays()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna);
        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        _there.Add(Cid);
        (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(0);
        ledger.IsOwned(Cluster, Cid).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_an_answer_nothing_is_known()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna, "a");
        await PinAsync(ledger, Anna, "b");
        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        _answers = false;
        _asked.Clear();
        (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(0);
        _asked.Count.ShouldBe(1, "the rest of the round would wait in vain too");
        (await RoundAsync(sweep)).ShouldBe(0);
        _asked.ShouldBe(["a", "b"], ignoreOrder: true);
        ledger.OwnedBy(Cluster, Anna).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_cluster_that_lost_most_of_its_pins_has_a_day()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        for (int i = 0; i < 30; i++)
        {
            await PinAsync(ledger, Anna, i.ToString(CultureInfo.InvariantCulture));
        }

        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        (await AfterAsync(sweep, PinSweep.Apart)).ShouldBe(0);
        (await AfterAsync(sweep, PinSweep.ApartWhereMostAre - PinSweep.Apart)).ShouldBe(30);
    }

    [Fact]
    public async Task A_round_asks_for_some_and_a_cycle_for_all()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        for (int i = 0; i < 100; i++)
        {
            await PinAsync(ledger, Anna, i.ToString(CultureInfo.InvariantCulture));
        }

        PinSweep sweep = new(ledger, _bench.Time);
        await RoundAsync(sweep);
        _asked.Count.ShouldBe(64);
        await RoundAsync(sweep);
        _asked.ShouldBeUnique();
        _asked.Count.ShouldBe(100);
        await RoundAsync(sweep);
        _asked.Count.ShouldBe(100, "the next look is minutes away");
    }

    private Task<int> AfterAsync(PinSweep sweep, TimeSpan time)
    {
        _bench.Time.Advance(time);
        return RoundAsync(sweep);
    }

    private async Task<int> RoundAsync(PinSweep sweep) => await sweep.RoundAsync(
        Cluster,
        (cid, _) =>
        {
            _asked.Add(cid);
            return Task.FromResult<bool?>(_answers ? _there.Contains(cid) : null);
        },
        default);
}
