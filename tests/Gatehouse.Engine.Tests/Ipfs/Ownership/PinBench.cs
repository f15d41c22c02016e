using System.Collections.Frozen;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Tests.Mqtt.ClientIds;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Engine.Tests.Ipfs.Ownership;

/// <summary>A ledger over a store in memory that can fail, hold writes up, and be looked into.</summary>
internal sealed class PinBench
{
    public const string Cluster = "one";
    public const string Cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

    public static readonly PinOwner Anna = new("native", "anna", "1");
    public static readonly PinOwner Ben = new("native", "ben", "1");
    public static readonly IReadOnlyDictionary<string, string> NoMeta = FrozenDictionary<string, string>.Empty;

    public ManualTime Time { get; } = new();

    public MemoryStore Store { get; } = new();

    public PinLimits Limits { get; set; } = new();

    public async Task<PinLedger> OpenAsync(TimeProvider? time = null)
    {
        PinLedger ledger = new(Store, time ?? Time, NullLogger.Instance, Limits);
        await ledger.LoadAsync(default);
        return ledger;
    }

    /// <summary>Another node's start with what is in the store now, as after a kill.</summary>
    public async Task<PinLedger> CrashAsync()
    {
        PinBench copy = new() { Limits = Limits };
        foreach ((string key, byte[] value) in Store.Values)
        {
            copy.Store.Values[key] = value;
        }

        return await copy.OpenAsync(Time);
    }

    public static async Task<PinClaim> TakeAsync(PinLedger ledger, PinOwner owner, string cid = Cid)
    {
        PinTake take = await ledger.TakeAsync(Cluster, cid, owner, default);
        take.Outcome.ShouldBe(PinOutcome.Granted);
        return take.Claim.ShouldNotBeNull();
    }

    public static async Task PinAsync(PinLedger ledger, PinOwner owner, string cid = Cid, string name = "", int most = 0)
    {
        using PinClaim claim = await TakeAsync(ledger, owner, cid);
        (await claim.AddAsync(name, NoMeta, most, default)).ShouldBe(PinOutcome.Granted);
        (await claim.ConfirmAsync(default)).ShouldBeTrue();
    }

    public static async Task<PinRemoval> UnpinAsync(PinLedger ledger, PinOwner owner, string cid = Cid)
    {
        using PinClaim claim = await TakeAsync(ledger, owner, cid);
        PinRemoval removal = await claim.RemoveAsync(default);
        (await claim.ConfirmAsync(default)).ShouldBeTrue();
        return removal;
    }
}
