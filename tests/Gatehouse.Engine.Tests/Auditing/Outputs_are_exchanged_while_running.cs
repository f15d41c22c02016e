using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>Outputs come, change and go while records are written: each record reaches each receiver once and in order.</summary>
public sealed class Outputs_are_exchanged_while_running : IDisposable
{
    private readonly TrailFolder _folder = new();
    private readonly ReceiverCa _ca = new();

    public void Dispose()
    {
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task One_receiver_takes_over_from_another_without_a_gap()
    {
        using X509Certificate2 certificate = _ca.Issue("logs");
        await using SyslogReceiver first = SyslogReceiver.Start(certificate);
        await using SyslogReceiver second = SyslogReceiver.Start(certificate);
        await using SyslogReceiver beside = SyslogReceiver.Start(certificate);
        await using FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { SegmentBytes = 100_000 });
        await using AuditOutputs outputs = new(_folder.Path, [Settings("siem", first.Port)], new AuditDelivery(), TimeProvider.System, NullLogger.Instance);
        outputs.Start(trail.Write);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                TrailFolder.Record(trail, $"/{i}");
                await Task.Delay(1, CancellationToken.None);
            }
        });

        await UntilAsync(() => first.Messages.Count > 50);
        AuditOutput untouched = outputs.All[0];
        await outputs.ApplyAsync([Settings("siem", first.Port), Settings("other", beside.Port)]);
        outputs.All[0].ShouldBeSameAs(untouched);
        await UntilAsync(() => beside.Messages.Count > 50);
        outputs.Compare([Settings("siem", second.Port), Settings("third", 1)]).ShouldBe(["output third added", "output siem changed", "output other removed"]);
        await outputs.ApplyAsync([Settings("siem", second.Port), Settings("other", beside.Port)]);
        await UntilAsync(() => second.Messages.Count > 50);
        await outputs.ApplyAsync([Settings("siem", second.Port)]);
        int left = beside.Messages.Count;
        await UntilAsync(() => second.Messages.Count > 150);
        await stop.CancelAsync();
        await writing;
        await trail.FlushAsync(CancellationToken.None);
        long last = _folder.Records()[^1].Sequence;
        await UntilAsync(() => second.Sequences()[^1] >= last);
        long[] all = [.. first.Sequences(), .. second.Sequences()];
        all.ShouldBe(Enumerable.Range(1, all.Length).Select(static n => (long)n), "nothing lost, nothing twice");
        beside.Messages.Count.ShouldBe(left, "what was removed gets nothing more");

        // One that comes back goes on where it was.
        await outputs.ApplyAsync([Settings("other", beside.Port)]);
        await UntilAsync(() => beside.Sequences()[^1] >= last);
        beside.Sequences().ShouldBe(Enumerable.Range(1, beside.Messages.Count).Select(static n => (long)n));
    }

    [Fact]
    public async Task Removing_the_one_that_blocks_lets_traffic_go_on()
    {
        using X509Certificate2 certificate = _ca.Issue("logs");
        SyslogReceiver gone = SyslogReceiver.Start(certificate);
        await gone.DisposeAsync();
        var delivery = new AuditDelivery();
        await using FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { Delivery = delivery });
        await using AuditOutputs outputs = new(
            _folder.Path, [Settings("siem", gone.Port) with { Limit = 1, BlocksOnOverflow = true }], delivery, TimeProvider.System, NullLogger.Instance);
        outputs.Start(trail.Write);
        TrailFolder.Record(trail, "/1");
        await UntilAsync(() => delivery.IsBlocked);
        trail.TryReserve(out _).ShouldBeFalse();
        await outputs.ApplyAsync([]);
        trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
        trail.Release(slot);
        delivery.KeepFrom.ShouldBeNull();
        outputs.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_receiver_that_reads_nothing_holds_a_change_up_for_seconds_only()
    {
        using var deaf = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        deaf.Start();
        await using FileAuditTrail trail = await _folder.OpenAsync();
        for (int i = 0; i < 20_000; i++)
        {
            TrailFolder.Record(trail, "/" + new string('x', 500));
        }

        await trail.FlushAsync(CancellationToken.None);
        int port = ((System.Net.IPEndPoint)deaf.LocalEndpoint).Port;
        await using AuditOutputs outputs = new(
            _folder.Path, [Settings("siem", port) with { IsTls = false }], new AuditDelivery(), TimeProvider.System, NullLogger.Instance);
        outputs.Start(trail.Write);
        await UntilAsync(() => outputs.All[0].Delivered > 0);
        long start = TimeProvider.System.GetTimestamp();
        await outputs.ApplyAsync([]);
        TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Limits_and_durability_of_the_trail_change_while_it_is_written()
    {
        await using FileAuditTrail trail = await _folder.OpenAsync();
        TrailFolder.Record(trail, "/before");
        trail.IsStrict.ShouldBeFalse();
        trail.Change(static now => now with { IsStrict = true, SegmentBytes = 1, Directory = "/nowhere", Node = "another" });
        trail.IsStrict.ShouldBeTrue();
        await UntilAsync(() => AuditFolder.Segments(_folder.Path).Count > 2);
        trail.Change(now => now with { IsStrict = false, SegmentBytes = 64 << 20 });
        await trail.FlushAsync(CancellationToken.None);
        _folder.Verify().IsWhole.ShouldBeTrue();
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isDone())
        {
            TimeProvider.System.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(60));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private OutputSettings Settings(string name, int port) => new()
    {
        Name = name,
        Kind = OutputKind.Syslog,
        Host = "127.0.0.1",
        Port = port,
        ServerName = "logs",
        Authorities = [_ca.Certificate],
        Node = "n1",
        Fingerprint = $"{name} {port}",
        RetryAfter = TimeSpan.FromMilliseconds(20),
        RetryAtMost = TimeSpan.FromMilliseconds(200),
    };
}
