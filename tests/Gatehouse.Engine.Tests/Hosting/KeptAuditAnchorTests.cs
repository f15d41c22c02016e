using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Auditing;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

/// <summary>The head of the trail where the store is away: at a start, while records go on, and at the end.</summary>
public sealed class KeptAuditAnchorTests : IDisposable
{
    private readonly StoreFixture _fixture = new();
    private readonly TrailFolder _folder = new();
    private readonly AnchorInMemory _inStore = new();

    public void Dispose()
    {
        _folder.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public async Task Without_the_store_a_trail_goes_on_and_a_cut_is_found_all_the_same()
    {
        _inStore.Fails = true;
        KeptAuditAnchor away = Kept(new OfflineStateStore(new Generation(1, "", new(), _fixture.Note()), StoreProblems.StoreUnavailable.Because("away")));
        await WriteAsync(away, 10);
        await using (FileAuditTrail again = await OpenAsync(away))
        {
            again.Findings.ShouldBeEmpty();
        }

        string[] lines = await File.ReadAllLinesAsync(_folder.FileOf(1), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.FileOf(1), string.Concat(lines[..6].Select(static line => line + "\n")), TestContext.Current.CancellationToken);
        File.Delete(_folder.FileOf(2));
        await using FileAuditTrail cut = await OpenAsync(away);
        cut.Findings.ShouldContain(static found => found.Definition == AuditProblems.BelowAnchor);
    }

    [Fact]
    public async Task The_newer_one_counts_and_one_that_was_changed_is_none()
    {
        await using SqliteStateStore up = await _fixture.OpenAsync();
        KeptAuditAnchor anchor = Kept(up);
        (await anchor.ReadAsync(default)).ShouldBeNull();
        await anchor.PutAsync(Head(7), default);
        File.GetUnixFileMode(Place).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        _inStore.Kept = Head(3);
        (await anchor.ReadAsync(default)).ShouldBe(Head(7), "a store that was put back hides nothing");
        _inStore.Kept = Head(9);
        (await anchor.ReadAsync(default)).ShouldBe(Head(9));
        byte[] content = await File.ReadAllBytesAsync(Place, TestContext.Current.CancellationToken);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(Place, content, TestContext.Current.CancellationToken);
        _inStore.Kept = Head(2);
        (await anchor.ReadAsync(default)).ShouldBe(Head(2));
    }

    [Fact]
    public async Task A_store_that_hangs_keeps_no_trail_from_being_closed()
    {
        var time = new ManualTime();
        var hanging = new HangingAnchor();
        var anchoring = new AuditAnchoring(hanging, time, NullLogger.Instance);
        anchoring.Start();
        anchoring.Publish(Head(1));
        await hanging.AskedAsync();

        Task closing = anchoring.DisposeAsync().AsTask();
        await hanging.AskedAsync();
        time.Advance(TimeSpan.FromSeconds(6));
        await closing.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        anchoring.Failure.ShouldNotBeNull();
    }

    private string Place => Path.Combine(_fixture.Root, "node.head");

    private KeptAuditAnchor Kept(IStateStore store) => new(_inStore, store, Place, _fixture.NodeSealer);

    private static AuditAnchor Head(long sequence) => new(SegmentName.Of(1), sequence, new string('a', 64));

    private Task<FileAuditTrail> OpenAsync(IAuditAnchor anchor) =>
        FileAuditTrail.OpenAsync(_folder.Options, _folder.Signer, anchor, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);

    private async Task WriteAsync(IAuditAnchor anchor, int records)
    {
        await using FileAuditTrail trail = await OpenAsync(anchor);
        for (int i = 0; i < records; i++)
        {
            TrailFolder.Record(trail, "/" + i);
        }
    }

    private sealed class HangingAnchor : IAuditAnchor
    {
        private readonly SemaphoreSlim _asked = new(0);

        public async Task AskedAsync() => (await _asked.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();

        public async ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation)
        {
            _asked.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        }

        public ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation) => new((AuditAnchor?)null);
    }
}
