using System.Diagnostics;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

public sealed class Errors_close_the_trail : IDisposable
{
    private readonly TrailFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_gives_no_slot_and_afterwards_nothing_is_lost(bool write)
    {
        var files = new GatedFiles(_folder.Path);
        await using (FileAuditTrail trail = await _folder.OpenAsync(files: files))
        {
            var health = new HealthWatch(trail);
            trail.TryReserve(out AuditSlot early).ShouldBeTrue();
            files.FailWrites = write;
            files.FailSyncs = !write;
            TrailFolder.Record(trail, "/while-failing");
            (await trail.FlushAsync(CancellationToken.None)).ShouldBeFalse();
            (await health.Failed).Definition.ShouldBe(AuditProblems.WriteFailed);
            trail.IsHealthy.ShouldBeFalse();
            trail.TryReserve(out _).ShouldBeFalse();
            (await trail.ReserveAsync(CancellationToken.None)).IsValid.ShouldBeFalse();

            trail.Complete(early, TrailFolder.Event("/was-under-way"));
            trail.Write(TrailFolder.Event("/denied-meanwhile", AuditAction.AccessDenied));
            files.FailWrites = files.FailSyncs = false;
            await health.Recovered;
            TrailFolder.Record(trail, "/after");
            (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
        }

        _folder.Verify().Break.ShouldBeNull();
        _folder.Paths().ShouldBe(["/while-failing", "/was-under-way", "/after"], ignoreOrder: true);
        List<AuditRecord> records = _folder.Records();
        records.ShouldContain(r => r.Action == AuditAction.AccessDenied && r.Count == 1);
        records.ShouldContain(r => r.Action == AuditAction.Alarm && r.Message != null && r.Message.StartsWith("the trail could not be written since"));
    }

    [Fact]
    public async Task A_full_disk_closes_and_room_opens_again()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting needs root");
        string mount = Directory.CreateTempSubdirectory("gatehouse-full-").FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount) == 0, "mounting is not allowed here");
        try
        {
            using var small = new TrailFolder(Path.Combine(mount, "data"));
            string ballast = Path.Combine(mount, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[100_000]);
            int written = 0;
            await using (FileAuditTrail trail = await small.OpenAsync())
            {
                var health = new HealthWatch(trail);
                while (trail.TryReserve(out AuditSlot slot) && written < 5000)
                {
                    trail.Complete(slot, TrailFolder.Event($"/{written++}/{new string('x', 200)}"));
                    if (!await trail.FlushAsync(CancellationToken.None))
                    {
                        break;
                    }
                }

                (await health.Failed).Definition.ShouldBe(AuditProblems.WriteFailed);
                trail.TryReserve(out _).ShouldBeFalse();
                File.Delete(ballast);
                await health.Recovered;
                (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
            }

            small.Verify().Break.ShouldBeNull();
            small.Paths().Count().ShouldBe(written);
        }
        finally
        {
            Run("umount", mount).ShouldBe(0);
            Directory.Delete(mount);
        }
    }

    [Fact]
    public async Task A_deleted_folder_is_noticed_and_the_segment_put_back()
    {
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            var health = new HealthWatch(trail);
            TrailFolder.Record(trail, "/before");
            (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
            Directory.Delete(_folder.Path, recursive: true);
            TrailFolder.Record(trail, "/into-the-void");
            (await health.Failed).Definition.ShouldBe(AuditProblems.WriteFailed);
            await health.Recovered;
            TrailFolder.Record(trail, "/after");
        }

        _folder.Verify().Break.ShouldBeNull();
        _folder.Paths().ShouldBe(["/before", "/into-the-void", "/after"]);
        _folder.Records().ShouldContain(r => r.Action == AuditAction.Alarm && r.Outcome == AuditOutcome.Failure);
    }

    [Fact]
    public async Task A_segment_cut_while_in_use_goes_on_in_a_new_one_and_stays_broken()
    {
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            var health = new HealthWatch(trail);
            for (int i = 0; i < 20; i++)
            {
                TrailFolder.Record(trail, "/" + i);
            }

            (await trail.FlushAsync(CancellationToken.None)).ShouldBeTrue();
            using (var file = new FileStream(_folder.FileOf(1), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.SetLength(file.Length / 2);
            }

            // The writer looks at its file with the checkpoint that follows these.
            await health.Failed;
            await health.Recovered;
            TrailFolder.Record(trail, "/after");
        }

        AuditVerification found = _folder.Verify();
        found.Break.ShouldNotBeNull().Segment.ShouldBe(SegmentName.Of(1));
        File.ReadAllText(_folder.FileOf(2)).ShouldContain("was cut while in use");
        File.ReadAllText(_folder.FileOf(2)).ShouldContain("\"/after\"");
    }

    [Fact]
    public async Task A_strict_decision_returns_only_after_the_sync()
    {
        var files = new GatedFiles(_folder.Path);
        await using FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { IsStrict = true }, files);
        trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
        files.Hold();
        ValueTask<bool> decision = trail.DecideAsync(slot, TrailFolder.Event("/strict", AuditAction.AccessDecided));
        files.IsHeld.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue("the decision makes the writer sync at once");
        decision.IsCompleted.ShouldBeFalse();
        files.Let();
        (await decision).ShouldBeTrue();
        _folder.Records().ShouldContain(r => r.Action == AuditAction.AccessDecided);
        trail.Complete(slot, TrailFolder.Event("/strict"));
        await trail.FlushAsync(CancellationToken.None);

        trail.TryReserve(out slot).ShouldBeTrue();
        files.FailSyncs = true;
        (await trail.DecideAsync(slot, TrailFolder.Event("/refused", AuditAction.AccessDecided))).ShouldBeFalse();
        files.FailSyncs = false;
    }

    [Fact]
    public async Task Strict_waiters_share_one_sync()
    {
        var files = new GatedFiles(_folder.Path);
        await using FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { IsStrict = true }, files);
        trail.TryReserve(out AuditSlot slot).ShouldBeTrue();
        files.Hold();
        Task<bool> first = trail.DecideAsync(slot, TrailFolder.Event("/0", AuditAction.AccessDecided)).AsTask();
        files.IsHeld.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        int before = files.Syncs;
        Task<bool>[] more = [.. Enumerable.Range(0, 500).Select(i => trail.DecideAsync(slot, TrailFolder.Event("/" + i, AuditAction.AccessDecided)).AsTask())];
        files.Let();
        (await first).ShouldBeTrue();
        (await Task.WhenAll(more)).ShouldAllBe(ok => ok);
        (files.Syncs - before).ShouldBeLessThan(20);
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false }) ?? throw new InvalidOperationException();
        process.WaitForExit();
        return process.ExitCode;
    }

    private sealed class HealthWatch
    {
        private readonly TaskCompletionSource<Problem> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HealthWatch(FileAuditTrail trail) => trail.HealthChanged += problem =>
        {
            if (problem is not null)
            {
                _failed.TrySetResult(problem);
            }
            else
            {
                _recovered.TrySetResult();
            }
        };

        public Task<Problem> Failed => _failed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public Task Recovered => _recovered.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
