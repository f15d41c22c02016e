using System.Security.Cryptography;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Trust.Sealing;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Ipfs.Ownership.PinBench;

namespace Gatehouse.Engine.Tests.Ipfs.Ownership;

public sealed class PinRepairTests
{
    private readonly PinBench _bench = new();
    private readonly PinMarks _marks = new(SealerOf(1));

    [Fact]
    public async Task A_crash_between_pin_and_answer_is_asked_about()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        foreach (string cid in new[] { "pinned", "refused", "silent" })
        {
            using PinClaim claim = await TakeAsync(ledger, Anna, cid);
            await claim.AddAsync("", NoMeta, 0, default);
        }

        await PinAsync(ledger, Anna, "unpinned");
        await PinAsync(ledger, Anna, "kept");
        foreach (string cid in new[] { "unpinned", "kept" })
        {
            using PinClaim claim = await TakeAsync(ledger, Anna, cid);
            (await claim.RemoveAsync(default)).ShouldBe(PinRemoval.LastLeaves);
        }

        await using PinLedger next = await _bench.CrashAsync();
        next.Pending(Cluster).Order().ShouldBe(["kept", "pinned", "refused", "silent", "unpinned"]);
        next.Pending("two").ShouldBeEmpty();
        PinReconciled done = await new PinRepair(next, _marks).ReconcileAsync(
            Cluster, static (cid, _) => Task.FromResult<bool?>(cid == "silent" ? null : cid is "pinned" or "kept"), default);
        done.ShouldBe(new PinReconciled(Confirmed: 2, Dropped: 2, Left: 1));
        next.OwnedBy(Cluster, Anna).Select(static one => (one.Cid, one.State)).Order()
            .ShouldBe([("kept", PinState.Owned), ("pinned", PinState.Owned), ("silent", PinState.Adding)]);
    }

    [Fact]
    public async Task What_a_request_holds_is_left_to_it()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        using PinClaim claim = await TakeAsync(ledger, Anna);
        await claim.AddAsync("", NoMeta, 0, default);
        (await new PinRepair(ledger, _marks).ReconcileAsync(Cluster, static (_, _) => Task.FromResult<bool?>(false), default)).ShouldBe(new PinReconciled(0, 0, 1));
        (await claim.ConfirmAsync(default)).ShouldBeTrue();
        claim.Mine!.State.ShouldBe(PinState.Owned);
    }

    [Fact]
    public async Task Another_owner_of_a_pending_pin_stays()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        await PinAsync(ledger, Anna);
        using (PinClaim claim = await TakeAsync(ledger, Ben))
        {
            await claim.AddAsync("", NoMeta, 0, default);
        }

        await new PinRepair(ledger, _marks).ReconcileAsync(Cluster, static (_, _) => Task.FromResult<bool?>(false), default);
        ledger.OwnersOf(Cluster, Cid).ShouldHaveSingleItem().Owner.ShouldBe(Anna);
    }

    [Fact]
    public async Task A_lost_ledger_comes_back_from_marks()
    {
        string mark;
        DateTimeOffset created;
        await using (PinLedger first = await _bench.OpenAsync())
        {
            await PinAsync(first, Anna);
            PinOwnership one = first.OwnedBy(Cluster, Anna).Single();
            (mark, created) = (_marks.Make(one), one.Created);
        }

        mark.ShouldNotContain("anna");
        PinBench empty = new();
        empty.Time.Advance(TimeSpan.FromDays(9));
        await using PinLedger ledger = await empty.OpenAsync();
        await PinAsync(ledger, Ben, "shared");
        PinSeen[] pins =
        [
            Seen(Cid, mark),
            Seen("moved", mark),
            Seen("foreign", new PinMarks(SealerOf(2)).Make(Ownership("foreign", Anna))),
            Seen("elsewhere", _marks.Make(Ownership("elsewhere", Anna) with { Cluster = "two" })),
            Seen("garbage", "1.!!!"),
            Seen("cut", mark[..^3]),
            Seen("plain", "native/anna"),
            new PinSeen("unmarked", NoMeta, ""),
            Seen("gone", _marks.Make(Ownership("gone", Anna with { Tag = "0" }))),
            Seen("shared", _marks.Make(Ownership("shared", Anna))),
        ];
        PinRebuilt done = await new PinRepair(ledger, _marks).RebuildAsync(Cluster, pins.ToAsyncEnumerable(), static owner => owner.Tag == "1", default);
        done.ShouldBe(new PinRebuilt { Seen = 10, Added = 1, Forged = 6, Unmarked = 1, Gone = 1, Owned = 1 });
        PinOwnership back = ledger.OwnedBy(Cluster, Anna).ShouldHaveSingleItem();
        (back.Cid, back.Created, back.State, back.Name).ShouldBe((Cid, created, PinState.Owned, "label"));
        back.Meta.ShouldBe(new Dictionary<string, string> { ["k"] = "v" });
        ledger.OwnersOf(Cluster, "shared").ShouldHaveSingleItem().Owner.ShouldBe(Ben, "who left does not come back by an old mark");
    }

    private static PinOwnership Ownership(string cid, PinOwner owner) => new() { Cluster = Cluster, Cid = cid, Owner = owner, RequestId = "" };

    private static PinSeen Seen(string cid, string mark) =>
        new(cid, new Dictionary<string, string> { [PinMarks.MetaKey] = mark, ["k"] = "v" }, "label");

    private static Sealer SealerOf(byte seed)
    {
        byte[] key = new byte[32];
        key.AsSpan().Fill(seed);
        return new Sealer(key);
    }
}
