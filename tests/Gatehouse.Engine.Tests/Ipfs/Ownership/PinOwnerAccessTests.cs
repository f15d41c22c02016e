using System.Runtime.CompilerServices;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ipfs.Ownership;

/// <summary>The ledger as administrators see and change it.</summary>
public sealed class PinOwnerAccessTests : IDisposable
{
    private const string Actor = "native/admin";
    private readonly PinBench _bench = new();
    private readonly AdminBench _admin = new();
    private readonly PinMarks _marks = new(new Sealer(new byte[32]));

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_pin_is_given_and_taken_and_both_are_recorded()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        PinOwnerAccess access = Access(ledger, null);
        (await access.AssignAsync(Actor, Request("reader"), default)).ShouldBeNull();
        (await access.AssignAsync(Actor, Request("corp/eve"), default)).ShouldBeNull();
        (await access.AssignAsync(Actor, Request("nobody"), default)).ShouldNotBeNull().Id.ShouldBe(AdministrationProblems.NotFound.Id);
        (await access.AssignAsync(Actor, Request("elsewhere/eve"), default)).ShouldNotBeNull();

        var reader = PinOwner.Of(new Principal("reader", RealmNames.ApiKey), _admin.Snapshots.Current);
        ledger.IsOwner(PinBench.Cluster, PinBench.Cid, reader).ShouldBeTrue("a key's pins are its user's");
        List(access).ShouldBe(["corp/eve owned", "native/reader owned"]);
        List(access, "reader").ShouldBe(["native/reader owned"]);
        List(access, "native/eve").ShouldBeEmpty();

        (await access.ReleaseAsync(Actor, PinBench.Cluster, PinBench.Cid, "admin", default)).ShouldNotBeNull().Id.ShouldBe(AdministrationProblems.NotFound.Id);
        (await access.ReleaseAsync(Actor, PinBench.Cluster, PinBench.Cid, "reader", default)).ShouldBeNull();
        List(access).ShouldBe(["corp/eve owned"]);
        (await access.ReleaseAsync(Actor, PinBench.Cluster, PinBench.Cid, null, default)).ShouldBeNull();
        ledger.Count.ShouldBe(0);
        AuditEvent last = _admin.Trail.Records.Last();
        (last.Target, last.Message, last.User).ShouldBe(($"pin-owner/{PinBench.Cluster}/{PinBench.Cid}", "pin taken from corp/eve", "admin"));
        _admin.Trail.Records.Count.ShouldBe(4);
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_refused()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        _bench.Store.Fails = true;
        (await Access(ledger, null).AssignAsync(Actor, Request("reader"), default)).ShouldNotBeNull().Id.ShouldBe("GH5543");
        ledger.Count.ShouldBe(0);
        _admin.Trail.Records.Last().Outcome.ShouldBe(AuditOutcome.Failure);
    }

    [Fact]
    public async Task A_rebuild_reads_the_pins_of_the_gate()
    {
        await using PinLedger ledger = await _bench.OpenAsync();
        var reader = PinOwner.Of(new Principal("reader", RealmNames.Native), _admin.Snapshots.Current);
        var source = new Source(
            new PinSeen("a", Marked("a", reader), "first"), new PinSeen("b", Marked("b", reader with { Tag = "0" }), ""), new PinSeen("c", PinBench.NoMeta, ""));
        PinOwnerAccess access = Access(ledger, source);
        (PinRebuildResponse? done, _) = await access.RebuildAsync(Actor, "ipfs", default);
        done.ShouldBe(new PinRebuildResponse { Cluster = PinBench.Cluster, Pins = 3, Added = 1, Gone = 1, Unmarked = 1 });
        ledger.OwnedBy(PinBench.Cluster, reader).ShouldHaveSingleItem().Name.ShouldBe("first");
        (await access.RebuildAsync(Actor, "other", default)).ShouldBe((null, null));
        source.Fails = true;
        (await access.RebuildAsync(Actor, "ipfs", default)).Problem.ShouldNotBeNull().Id.ShouldBe("GH5549");
    }

    private static PinOwnerRequest Request(string user) => new() { Cluster = PinBench.Cluster, Cid = PinBench.Cid, User = user };

    private static string[] List(PinOwnerAccess access, string? user = null) =>
        [.. access.List(new PinOwnerQuery(PinBench.Cluster, user, null, null, 10)).Owners.Select(static one => $"{one.Realm}/{one.User} {one.State}").Order()];

    private PinOwnerAccess Access(PinLedger ledger, IPinSource? source) => new(ledger, _marks, source, _admin.Trail, _admin.Snapshots, _bench.Time);

    private Dictionary<string, string> Marked(string cid, PinOwner owner) => new()
    {
        [PinMarks.MetaKey] = _marks.Make(new PinOwnership { Cluster = PinBench.Cluster, Cid = cid, Owner = owner, RequestId = "" }),
    };

    private sealed class Source(params PinSeen[] pins) : IPinSource
    {
        public bool Fails { get; set; }

        public string? ClusterOf(string gate) => gate == "ipfs" ? PinBench.Cluster : null;

        public async IAsyncEnumerable<PinSeen> ReadAsync(string gate, [EnumeratorCancellation] CancellationToken cancellation)
        {
            foreach (PinSeen pin in pins)
            {
                await Task.Yield();
                yield return pin;
            }

            if (Fails)
            {
                throw PinProblems.NoSource.Exception("the answer ended half-way", "try again");
            }
        }
    }
}
