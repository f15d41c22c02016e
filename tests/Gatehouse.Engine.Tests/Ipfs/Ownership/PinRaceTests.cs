using Gatehouse.Engine.Ipfs.Ownership;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Ipfs.Ownership.PinBench;

namespace Gatehouse.Engine.Tests.Ipfs.Ownership;

public sealed class PinRaceTests
{
    private readonly PinBench _bench = new();

    [Fact]
    public async Task Many_pin_and_unpin_one_CID_and_the_upstream_agrees_at_each_step()
    {
        const int Workers = 64;
        const int Rounds = 20;
        await using PinLedger ledger = await _bench.OpenAsync(TimeProvider.System);
        var upstream = new Upstream();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var owner = new PinOwner("native", $"user{worker % 8}");
            var random = new Random(worker);
            for (int round = 0; round < Rounds; round++)
            {
                using PinClaim claim = await TakeAsync(ledger, owner);
                if (random.Next(2) == 0)
                {
                    (await claim.AddAsync($"{worker}", NoMeta, 0, default)).ShouldBe(PinOutcome.Granted);
                    await upstream.PinAsync();
                    (await claim.ConfirmAsync(default)).ShouldBeTrue();
                }
                else
                {
                    bool was = claim.IsOwner;
                    bool alone = claim.Others.Count == 0;
                    PinRemoval removal = await claim.RemoveAsync(default);
                    removal.ShouldBe(!was ? PinRemoval.NotOwner : alone ? PinRemoval.LastLeaves : PinRemoval.OthersStay);
                    if (removal == PinRemoval.LastLeaves)
                    {
                        await upstream.UnpinAsync();
                        (await claim.ConfirmAsync(default)).ShouldBeTrue();
                    }
                }

                upstream.IsPinned.ShouldBe(ledger.OwnersOf(Cluster, Cid).Count > 0);
            }
        })));

        IReadOnlyList<PinOwnership> owners = ledger.OwnersOf(Cluster, Cid);
        owners.Select(static one => one.Owner).Distinct().Count().ShouldBe(owners.Count);
        ledger.Count.ShouldBe(owners.Count);
        owners.ShouldAllBe(static one => one.State == PinState.Owned);
        await using PinLedger next = await _bench.CrashAsync();
        next.OwnersOf(Cluster, Cid).Select(static one => (one.Owner, one.RequestId, one.Name))
            .ShouldBe(owners.Select(static one => (one.Owner, one.RequestId, one.Name)), ignoreOrder: true);

        foreach (PinOwnership one in owners)
        {
            await UnpinAsync(ledger, one.Owner);
        }

        ledger.Count.ShouldBe(0);
        await ledger.DisposeAsync();
        _bench.Store.Values.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_principal_never_gets_more_than_it_may()
    {
        await using PinLedger ledger = await _bench.OpenAsync(TimeProvider.System);
        int granted = 0;
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            using PinClaim claim = await TakeAsync(ledger, Anna, $"cid{i}");
            if (await claim.AddAsync("", NoMeta, 10, default) == PinOutcome.Granted)
            {
                Interlocked.Increment(ref granted);
                await claim.ConfirmAsync(default);
            }
        })));
        granted.ShouldBe(10);
        ledger.CountOf(Cluster, Anna).ShouldBe(10);
        _bench.Store.Values.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Changes_of_many_CIDs_are_written_together()
    {
        await using PinLedger ledger = await _bench.OpenAsync(TimeProvider.System);
        _bench.Store.Hold();
        Task[] pins = [.. Enumerable.Range(0, 200).Select(i => PinAsync(ledger, Anna, $"cid{i}"))];
        _bench.Store.LetGo();
        await Task.WhenAll(pins);
        _bench.Store.Writes.ShouldBe(400, "one before the upstream is asked, one behind its answer");
        _bench.Store.Calls.ShouldBeLessThan(210, "the first 200 wait together; how many of the others do depends on the machine");
        _bench.Store.Largest.ShouldBeLessThanOrEqualTo(100);
    }

    // Two requests at a time would be seen.
    private sealed class Upstream
    {
        private int _inside;
        private volatile bool _isPinned;

        public bool IsPinned => _isPinned;

        public async Task PinAsync() => _isPinned = await AnswerAsync(true);

        public async Task UnpinAsync()
        {
            _isPinned.ShouldBeTrue("what is unpinned was pinned");
            _isPinned = await AnswerAsync(false);
        }

        private async Task<bool> AnswerAsync(bool value)
        {
            Interlocked.Increment(ref _inside).ShouldBe(1);
            await Task.Yield();
            Interlocked.Decrement(ref _inside);
            return value;
        }
    }
}
