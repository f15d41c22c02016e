using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

public sealed class The_trail_is_written_and_verifies : IDisposable
{
    private readonly TrailFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Records_are_on_disk_after_a_flush_and_private()
    {
        await using FileAuditTrail trail = await _folder.OpenAsync();
        TrailFolder.Record(trail, "/a");
        trail.Write(TrailFolder.Event("/b", AuditAction.AccessDenied));
        (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
        _folder.Paths().ShouldBe(["/a", "/b"]);
        _folder.Verify().IsWhole.ShouldBeTrue();
        File.GetUnixFileMode(_folder.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.GetUnixFileMode(_folder.FileOf(1)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_clean_close_is_signed_and_anchored_to_the_last_record()
    {
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            TrailFolder.Record(trail, "/a");
        }

        AuditVerification found = _folder.Verify();
        found.Break.ShouldBeNull();
        found.IsClosed.ShouldBeTrue();
        found.Tail.ShouldBe(0);
        found.AnchoredThrough.ShouldBe(found.LastSequence);
    }

    [Fact]
    public async Task Restarts_go_on_in_new_segments_of_one_chain()
    {
        for (int i = 0; i < 4; i++)
        {
            await using FileAuditTrail trail = await _folder.OpenAsync();
            trail.Findings.ShouldBeEmpty();
            TrailFolder.Record(trail, "/" + i);
        }

        AuditVerification found = _folder.Verify();
        found.Break.ShouldBeNull();
        found.Segments.ShouldBe(4);
        _folder.Paths().ShouldBe(["/0", "/1", "/2", "/3"]);
    }

    [Fact]
    public async Task A_checkpoint_comes_within_seconds_by_itself()
    {
        await using FileAuditTrail trail = await _folder.OpenAsync();
        TrailFolder.Record(trail, "/a");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var search = new AuditSearch(_folder.Path, TimeProvider.System);
        await foreach (AuditRecord record in search.FollowAsync(new AuditQuery { WithSeals = true, Action = AuditAction.Checkpoint }, limit.Token))
        {
            record.Sequence.ShouldBeGreaterThan(2);
            return;
        }

        Assert.Fail("no checkpoint");
    }

    [Fact]
    public async Task Many_records_rotate_by_size_and_retention_never_breaks_verification()
    {
        var time = new AdvancingClock();
        AuditTrailOptions options = _folder.Options with { SegmentBytes = 20_000, KeepFor = TimeSpan.FromHours(1) };
        await using (FileAuditTrail trail = await _folder.OpenAsync(options, time: time))
        {
            for (int i = 0; i < 30; i++)
            {
                for (int j = 0; j < 40; j++)
                {
                    TrailFolder.Record(trail, $"/{i}/{j}");
                }

                (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
                time.Advance(TimeSpan.FromMinutes(10));
            }
        }

        AuditVerification found = _folder.Verify();
        found.Break.ShouldBeNull(found.ToString());
        found.BeginsAt.ShouldNotBe(SegmentName.Of(1));
        found.Segments.ShouldBeGreaterThan(2);
        _folder.Paths().Last().ShouldBe("/29/39");

        File.Delete(_folder.FileOf(SegmentName.NumberOf(found.BeginsAt ?? "")));
        _folder.Verify().Break.ShouldNotBeNull().Kind.ShouldBe(AuditBreakKind.Missing);
    }

    [Fact]
    public async Task Many_threads_lose_nothing_and_numbers_have_no_gap()
    {
        const int threads = 8;
        const int each = 5000;
        await using (FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { Slots = 256 }))
        {
            await Task.WhenAll(Enumerable.Range(0, threads).Select(t => Task.Run(async () =>
            {
                for (int i = 0; i < each; i++)
                {
                    AuditSlot slot;
                    while (!(slot = await trail.ReserveAsync(CancellationToken.None)).IsValid)
                    {
                        // A loaded machine may take longer than a second; a client would come again too.
                    }

                    trail.Complete(slot, TrailFolder.Event($"/{t}/{i}"));
                }
            })));
        }

        _folder.Verify().Break.ShouldBeNull();
        var seen = new int[threads];
        foreach (string path in _folder.Paths())
        {
            string[] parts = path.Split('/');
            seen[int.Parse(parts[1])].ShouldBe(int.Parse(parts[2]), "each thread's records are in its order");
            seen[int.Parse(parts[1])]++;
        }

        seen.ShouldAllBe(n => n == each);
    }

    [Fact]
    public async Task A_flood_without_slots_is_counted_and_nothing_is_dropped()
    {
        var files = new GatedFiles(_folder.Path);
        const int flood = 50_000;
        await using (FileAuditTrail trail = await _folder.OpenAsync(files: files))
        {
            files.Hold();
            TrailFolder.Record(trail, "/x");
            ValueTask<bool> held = trail.FlushAsync(CancellationToken.None);
            files.IsHeld.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
            var denied = new AuditEvent { Action = AuditAction.ConnectionDenied, Outcome = AuditOutcome.Failure, Gate = "g", Time = DateTimeOffset.UtcNow };
            for (int i = 0; i < flood; i++)
            {
                denied.Source = new IPEndPoint(new IPAddress([10, 0, 0, (byte)(i % 3)]), i % 60_000);
                trail.Write(denied);
            }

            files.Let();
            (await held).ShouldBeTrue();
        }

        AuditRecord[] records = [.. _folder.Records().Where(r => r.Action == AuditAction.ConnectionDenied)];
        records.Sum(r => Math.Max(1, r.Count)).ShouldBe(flood);
        records.Length.ShouldBeLessThan(8300);
        records.ShouldContain(r => r.Count > 1 && r.SourceAddress != null && r.End >= r.Time);
    }

    [Fact]
    public async Task A_denial_that_is_only_counted_says_so_and_every_receipt_given_out_is_found()
    {
        var files = new GatedFiles(_folder.Path);
        var given = new List<string>();
        int counted = 0;
        await using (FileAuditTrail trail = await _folder.OpenAsync(files: files))
        {
            files.Hold();
            TrailFolder.Record(trail, "/x");
            ValueTask<bool> held = trail.FlushAsync(CancellationToken.None);
            files.IsHeld.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
            var denied = new AuditEvent { Action = AuditAction.AccessDenied, Outcome = AuditOutcome.Failure, Gate = "g", Time = DateTimeOffset.UtcNow };
            for (int i = 0; i < 20_000; i++)
            {
                denied.Receipt = trail.NewReceipt();
                if (trail.Write(denied))
                {
                    given.Add(denied.Receipt);
                }
                else
                {
                    counted++;
                }
            }

            trail.Figures.Dropped.ShouldBe(counted);
            files.Let();
            (await held).ShouldBeTrue();
        }

        counted.ShouldBeGreaterThan(0);
        AuditRecord[] records = [.. _folder.Records().Where(r => r.Action == AuditAction.AccessDenied)];
        records.Where(static r => r.Receipt is not null).Select(static r => r.Receipt!).ShouldBe(given);
        records.Where(static r => r.Receipt is null).Sum(static r => r.Count).ShouldBe(counted);
    }

    [Fact]
    public async Task Slots_are_bounded_and_waiting_for_one_ends()
    {
        AuditTrailOptions options = _folder.Options with { Slots = 2, ReserveTimeout = TimeSpan.FromSeconds(2) };
        await using FileAuditTrail trail = await _folder.OpenAsync(options);
        trail.TryReserve(out AuditSlot first).ShouldBeTrue();
        trail.TryReserve(out AuditSlot second).ShouldBeTrue();
        trail.TryReserve(out _).ShouldBeFalse();
        (await trail.ReserveAsync(CancellationToken.None)).IsValid.ShouldBeFalse();
        trail.Release(first);
        (await trail.ReserveAsync(CancellationToken.None)).IsValid.ShouldBeTrue();
        trail.Complete(second, TrailFolder.Event("/a"));
        (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
        (await trail.ReserveAsync(CancellationToken.None)).IsValid.ShouldBeTrue();
    }

    [Fact]
    public async Task A_waiting_caller_gets_the_slot_that_comes_free()
    {
        await using FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { Slots = 1, ReserveTimeout = TimeSpan.FromSeconds(30) });
        trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
        ValueTask<AuditSlot> waiting = trail.ReserveAsync(CancellationToken.None);
        waiting.IsCompleted.ShouldBeFalse();
        trail.Complete(slot, TrailFolder.Event("/a"));
        (await waiting).IsValid.ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_open_to_others_or_in_use_is_refused()
    {
        await using (await _folder.OpenAsync())
        {
            (await Should.ThrowAsync<ProblemException>(() => _folder.OpenAsync())).Problem.Definition.ShouldBe(AuditProblems.FolderInUse);
        }

        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        (await Should.ThrowAsync<ProblemException>(() => _folder.OpenAsync())).Problem.Definition.ShouldBe(AuditProblems.FolderUnusable);
    }

    [Fact]
    public async Task Reserving_and_completing_allocate_nothing()
    {
        await using FileAuditTrail trail = await _folder.OpenAsync();
        AuditEvent record = TrailFolder.Event("/a");
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 500; i++)
            {
                trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
                trail.Complete(slot, record);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            await trail.FlushAsync(CancellationToken.None);
        }

        least.ShouldBe(0);
    }

    [Fact]
    public async Task A_failing_anchor_is_tried_again_and_told()
    {
        _folder.Anchor.Fails = true;
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            TrailFolder.Record(trail, "/a");
            await trail.FlushAsync(CancellationToken.None);
            trail.IsHealthy.ShouldBeTrue();
            _folder.Anchor.Fails = false;
        }

        _folder.Verify().Tail.ShouldBe(0);
    }
}
