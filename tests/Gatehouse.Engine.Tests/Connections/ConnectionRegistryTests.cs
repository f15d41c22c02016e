using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Connections;

public sealed class ConnectionRegistryTests : IDisposable
{
    private static readonly IPEndPoint Source = IPEndPoint.Parse("192.0.2.1:4711");

    private readonly ManualTime _time = new();
    private readonly RecordingTrail _trail = new();
    private readonly SnapshotHolder _snapshots = new(AddressSnapshots.Make());
    private readonly ConnectionRegistry _registry;

    public ConnectionRegistryTests() =>
        _registry = new ConnectionRegistry(_snapshots, _trail, _time, NullLogger<ConnectionRegistry>.Instance);

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task Work_that_lost_its_right_is_cut_and_its_neighbours_go_on()
    {
        var aborted = new TaskCompletionSource<string>();
        GateConnection connection = _registry.Register("test", Source, true, aborted.SetResult);
        FakeWork kept = new("GET /kept");
        FakeWork lost = new("GET /lost");
        connection.Add(kept);
        connection.Add(lost);
        lost.Allowed = false;
        _snapshots.Swap(AddressSnapshots.Make());
        (await lost.WasCut.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(CutReasons.RightLost);
        AuditEvent record = await _trail.NextAsync(AuditAction.ConnectionCut);
        record.Message.ShouldBe("GET /lost");
        record.ConnectionId.ShouldBe(connection.Id);
        kept.WasCut.Task.IsCompleted.ShouldBeFalse();
        aborted.Task.IsCompleted.ShouldBeFalse();
        _registry.List().ShouldHaveSingleItem().Work.ShouldBe(["GET /kept"]);
    }

    [Fact]
    public async Task What_ends_by_the_clock_is_cut_by_the_timer()
    {
        GateConnection connection = _registry.Register("test", Source, true, static _ => { });
        FakeWork work = new("GET /") { AllowedUntil = _time.GetUtcNow() + TimeSpan.FromMilliseconds(700) };
        connection.Add(work);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await work.Asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        work.WasCut.Task.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await work.WasCut.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_source_that_is_denied_is_cut_whatever_runs()
    {
        var aborted = new TaskCompletionSource<string>();
        GateConnection connection = _registry.Register("test", Source, true, aborted.SetResult);
        FakeWork work = new("GET /");
        connection.Add(work);
        _snapshots.Swap(AddressSnapshots.Make("-192.0.2.0/24"));
        (await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(CutReasons.AddressDenied);
        (await work.WasCut.Task).ShouldBe(CutReasons.AddressDenied);
    }

    [Fact]
    public async Task Work_that_throws_is_cut_and_harms_no_other()
    {
        var aborted = new TaskCompletionSource<string>();
        GateConnection bad = _registry.Register("test", Source, true, aborted.SetResult);
        bad.Add(new FakeWork("bad") { Throws = true });
        GateConnection good = _registry.Register("test", Source, true, static _ => { });
        FakeWork lost = new("lost") { Allowed = false };
        good.Add(lost);
        _snapshots.Swap(AddressSnapshots.Make());
        await lost.WasCut.Task.WaitAsync(TimeSpan.FromSeconds(20));
        (await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe(CutReasons.RightLost);
        _registry.List().Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_cut_that_hangs_does_not_hold_up_the_next()
    {
        using var release = new ManualResetEventSlim();
        GateConnection slow = _registry.Register("test", Source, true, static _ => { });
        slow.Add(new FakeWork("slow") { Allowed = false, HangUntil = release });
        GateConnection other = _registry.Register("test", Source, true, static _ => { });
        FakeWork lost = new("lost") { Allowed = false };
        other.Add(lost);
        _snapshots.Swap(AddressSnapshots.Make());
        await lost.WasCut.Task.WaitAsync(TimeSpan.FromSeconds(20));
        release.Set();
    }

    [Fact]
    public void Killing_goes_by_number_user_and_gate()
    {
        List<string> aborted = [];
        GateConnection anna = _registry.Register("one", Source, true, _ => aborted.Add("anna"));
        anna.Principal = new Principal("anna", RealmNames.Native);
        GateConnection other = _registry.Register("one", Source, true, _ => aborted.Add("other"));
        other.Principal = new Principal("anna", "ldap");
        GateConnection gate = _registry.Register("two", Source, true, _ => aborted.Add("two"));
        _registry.Kill(4711, CutReasons.Killed).ShouldBeFalse();
        _registry.KillUser("anna", CutReasons.Killed, RealmNames.Native).ShouldBe(1);
        aborted.ShouldBe(["anna"]);
        _registry.KillGate("two", CutReasons.GateClosed).ShouldBe(1);
        _registry.Kill(other.Id, CutReasons.Killed).ShouldBeTrue();
        _registry.Kill(other.Id, CutReasons.Killed).ShouldBeTrue();
        aborted.ShouldBe(["anna", "two", "other"]);
        _trail.Records.Count.ShouldBe(3);
        gate.CutReason.ShouldBe(CutReasons.GateClosed);
        _registry.List().Select(static c => c.Id).ShouldBe([anna.Id, other.Id, gate.Id]);
        _registry.Unregister(gate);
        _registry.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Work_that_begins_on_a_connection_being_cut_is_cut_at_once()
    {
        GateConnection connection = _registry.Register("test", Source, true, static _ => { });
        connection.Cut(CutReasons.Killed);
        FakeWork late = new("late");
        connection.Add(late);
        (await late.WasCut.Task).ShouldBe(CutReasons.Killed);
    }

    private sealed class FakeWork(string line) : ILiveWork
    {
        public bool Allowed { get; set; } = true;

        public DateTimeOffset AllowedUntil { get; init; } = DateTimeOffset.MaxValue;

        public bool Throws { get; init; }

        public ManualResetEventSlim? HangUntil { get; init; }

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<string> WasCut { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now)
        {
            Asked.TrySetResult();
            return Throws ? throw new InvalidOperationException("test") : Allowed && now < AllowedUntil;
        }

        public void Cut(string reason)
        {
            WasCut.TrySetResult(reason);
            HangUntil?.Wait(TimeSpan.FromSeconds(20));
            if (Throws)
            {
                throw new InvalidOperationException("test");
            }
        }

        public string Describe() => Throws ? throw new InvalidOperationException("test") : line;
    }
}
