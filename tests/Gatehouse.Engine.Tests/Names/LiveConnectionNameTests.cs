using System.Net;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Names;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Names;

/// <summary>What a name resolves to bites on live connections.</summary>
public sealed class LiveConnectionNameTests : IDisposable
{
    private static readonly IPEndPoint Source = IPEndPoint.Parse("192.0.2.1:4711");
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly ManualTime _time = new();
    private readonly ScriptedResolver _resolver = new();
    private readonly SnapshotHolder _snapshots = new(AddressSnapshots.Make());
    private readonly NameBook _book;
    private readonly ConnectionRegistry _registry;
    private readonly TaskCompletionSource<string> _cut = new();

    public LiveConnectionNameTests()
    {
        _book = new NameBook(_snapshots, _resolver, new NameLimits(), _time, NullLogger<NameBook>.Instance);
        _registry = new ConnectionRegistry(_snapshots, new RecordingTrail(), _time, NullLogger<ConnectionRegistry>.Instance);
        _registry.Register("g", Source, true, reason => _cut.TrySetResult(reason));
    }

    public void Dispose()
    {
        _registry.Dispose();
        _book.Dispose();
    }

    [Fact]
    public async Task A_host_that_moves_away_takes_its_connection_with_it()
    {
        _resolver.Forward("app.example", "192.0.2.1");
        await PutInForceAsync("+192.0.2.0/24", "+app.example");
        while (_book.Open > 0)
        {
            await TickAsync();
        }

        await PutInForceAsync("+app.example");
        await TickAsync();
        _cut.Task.IsCompleted.ShouldBeFalse();
        _resolver.Forward("app.example", "192.0.2.2");
        await TickUntilCutAsync();
    }

    [Fact]
    public async Task A_name_that_turns_out_to_be_denied_cuts()
    {
        _resolver.Reverse("192.0.2.1", "a.evil.example");
        _resolver.Forward("a.evil.example");
        _snapshots.Swap(AddressSnapshots.Make("-*.evil.example", "+192.0.2.0/24"));
        await TickUntilCutAsync();
    }

    [Fact]
    public async Task A_new_deny_rule_that_is_not_resolved_yet_cuts_nobody_at_first_and_not_never()
    {
        await PutInForceAsync("-slow.example");
        for (int i = 0; i < 50; i++)
        {
            await TickAsync();
        }

        _cut.Task.IsCompleted.ShouldBeFalse();
        await TickUntilCutAsync();
    }

    private async Task PutInForceAsync(params string[] rules)
    {
        _snapshots.Swap(AddressSnapshots.Make(rules));
        await TickAsync();
    }

    private async Task TickUntilCutAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!_cut.Task.IsCompleted)
        {
            limit.Token.ThrowIfCancellationRequested();
            await TickAsync();
        }

        (await _cut.Task).ShouldBe(CutReasons.AddressDenied);
    }

    // One tick of the clock, and the sweep and questions that come of it.
    private async Task TickAsync()
    {
        _time.Advance(Tick);
        await Task.Delay(5, TestContext.Current.CancellationToken);
    }
}
