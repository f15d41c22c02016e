using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

public sealed class A_start_looks_at_what_is_there : IDisposable
{
    private readonly TrailFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_torn_line_is_cut_and_said()
    {
        await WriteAsync(10);
        await File.AppendAllTextAsync(_folder.FileOf(1), "{\"@timestamp\":\"2026-01-01T0");
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            trail.Findings.ShouldHaveSingleItem().Definition.ShouldBe(AuditProblems.Recovered);
        }

        AuditVerification found = _folder.Verify();
        found.Break.ShouldBeNull();
        found.Notes.ShouldHaveSingleItem().ShouldContain("27 bytes of a torn line dropped, 0 unsigned records");
        _folder.Paths().Count().ShouldBe(10);
    }

    [Fact]
    public async Task Zeros_at_the_end_are_a_crash_too()
    {
        await WriteAsync(10);
        await File.AppendAllTextAsync(_folder.FileOf(1), new string('\0', 4096) + "\n\0\n");
        await WriteAsync(1);
        _folder.Verify().Break.ShouldBeNull();
    }

    [Fact]
    public async Task A_segment_without_a_first_record_is_taken_away()
    {
        await WriteAsync(3);
        await File.WriteAllTextAsync(_folder.FileOf(2), "{\"@times");
        await WriteAsync(3);
        AuditVerification found = _folder.Verify();
        found.Break.ShouldBeNull();
        found.Segments.ShouldBe(2);
    }

    [Fact]
    public async Task A_tail_below_the_anchor_is_an_alarm_and_never_repaired()
    {
        await WriteAsync(10);
        string[] lines = await File.ReadAllLinesAsync(_folder.FileOf(1));
        await File.WriteAllTextAsync(_folder.FileOf(1), string.Concat(lines[..6].Select(l => l + "\n")));
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            trail.Findings.ShouldContain(p => p.Definition == AuditProblems.BelowAnchor);
            TrailFolder.Record(trail, "/later");
        }

        AuditBreak broken = _folder.Verify().Break.ShouldNotBeNull();
        broken.Kind.ShouldBe(AuditBreakKind.Missing);
        broken.Segment.ShouldBe(SegmentName.Of(1));
        broken.Line.ShouldBe(7);
        broken.Sequence.ShouldBe(7);
        AuditRecord start = _folder.Records().First(r => r.Seal?.Segment == SegmentName.Of(2));
        start.Seal?.Anomaly.ShouldNotBeNull().ShouldContain("was anchored");
        start.Sequence.ShouldBe(lines.Length + 1);
        _folder.Records().ShouldContain(r => r.Action == AuditAction.Alarm);
    }

    [Fact]
    public async Task All_files_gone_below_the_anchor_is_an_alarm()
    {
        await WriteAsync(10);
        Directory.Delete(_folder.Path, recursive: true);
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            trail.Findings.ShouldContain(p => p.Definition == AuditProblems.BelowAnchor);
        }

        _folder.Verify().Break.ShouldNotBeNull().Kind.ShouldBe(AuditBreakKind.Missing);
    }

    [Fact]
    public async Task Another_tail_of_the_same_length_is_an_alarm()
    {
        await WriteAsync(10);
        AuditAnchor anchor = _folder.Anchor.Kept.ShouldNotBeNull();
        _folder.Anchor.Kept = anchor with { Head = new string('a', 64) };
        await using FileAuditTrail trail = await _folder.OpenAsync();
        trail.Findings.ShouldHaveSingleItem().Definition.ShouldBe(AuditProblems.BelowAnchor);
    }

    [Fact]
    public async Task A_record_changed_in_the_middle_stays_as_it_is_and_is_an_alarm()
    {
        await WriteAsync(10);
        string text = await File.ReadAllTextAsync(_folder.FileOf(1));
        string changed = text.Replace("\"/4\"", "\"/5\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.FileOf(1), changed);
        await using (FileAuditTrail trail = await _folder.OpenAsync())
        {
            trail.Findings.ShouldContain(p => p.Definition == AuditProblems.Broken);
        }

        (await File.ReadAllTextAsync(_folder.FileOf(1))).ShouldBe(changed);
        AuditBreak broken = _folder.Verify().Break.ShouldNotBeNull();
        broken.Kind.ShouldBe(AuditBreakKind.Edited);
        broken.Line.ShouldBe(text.Split('\n').ToList().FindIndex(l => l.Contains("\"/4\"", StringComparison.Ordinal)) + 1);
    }

    [Fact]
    public async Task An_anchor_that_cannot_be_read_prevents_the_start()
    {
        var broken = new UnreadableAnchor();
        ProblemException thrown = await Should.ThrowAsync<ProblemException>(() => FileAuditTrail.OpenAsync(
            _folder.Options, _folder.Signer, broken, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None));
        thrown.Problem.Definition.ShouldBe(AuditProblems.AnchorFailed);
    }

    [Fact]
    public async Task Search_follow_and_receipts_find_records()
    {
        string receipt;
        await using (FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { SegmentBytes = 4000 }))
        {
            for (int i = 0; i < 50; i++)
            {
                TrailFolder.Record(trail, "/" + i);
                if (i % 10 == 0)
                {
                    await trail.FlushAsync(CancellationToken.None);
                }
            }

            AuditEvent denial = TrailFolder.Event("/denied", AuditAction.AccessDenied);
            denial.User = "eve";
            denial.Source = new System.Net.IPEndPoint(System.Net.IPAddress.Parse("10.1.2.3"), 99);
            denial.Receipt = receipt = trail.NewReceipt();
            trail.Write(denial);
            await trail.FlushAsync(CancellationToken.None);
        }

        var search = new AuditSearch(_folder.Path, TimeProvider.System);
        (await CollectAsync(search, new AuditQuery { Limit = 5, Action = AuditAction.AccessGranted })).ShouldBe(["/49", "/48", "/47", "/46", "/45"]);
        (await CollectAsync(search, new AuditQuery { User = "eve" })).ShouldBe(["/denied"]);
        (await CollectAsync(search, new AuditQuery { Source = System.Net.IPNetwork.Parse("10.1.0.0/16") })).ShouldBe(["/denied"]);
        (await CollectAsync(search, new AuditQuery { Text = "/DENI" })).ShouldBe(["/denied"]);
        (await CollectAsync(search, new AuditQuery { Since = DateTimeOffset.UtcNow.AddHours(1) })).ShouldBeEmpty();
        (await CollectAsync(search, new AuditQuery { Until = DateTimeOffset.UtcNow.AddHours(-1) })).ShouldBeEmpty();
        (await CollectAsync(search, new AuditQuery { Gate = "other" })).ShouldBeEmpty();
        ReceiptCode.TryParse(receipt.ToLowerInvariant(), out ReceiptCode code).ShouldBeTrue();
        (await search.FindReceiptAsync(code, CancellationToken.None)).ShouldNotBeNull().Path.ShouldBe("/denied");
        (await search.FindReceiptAsync(ReceiptCode.New(1, 1, 1), CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Follow_goes_on_across_segments()
    {
        await using FileAuditTrail trail = await _folder.OpenAsync(_folder.Options with { SegmentBytes = 3000 });
        TrailFolder.Record(trail, "/before");
        await trail.FlushAsync(CancellationToken.None);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        IAsyncEnumerator<AuditRecord> follow = new AuditSearch(_folder.Path, TimeProvider.System)
            .FollowAsync(new AuditQuery { Action = AuditAction.AccessGranted }, limit.Token).GetAsyncEnumerator(limit.Token);
        Task<bool> next = follow.MoveNextAsync().AsTask();
        for (int i = 0; i < 40; i++)
        {
            TrailFolder.Record(trail, "/" + i);
            await trail.FlushAsync(CancellationToken.None);
        }

        for (int i = 0; i < 40; i++)
        {
            (await next).ShouldBeTrue();
            follow.Current.Path.ShouldBe("/" + i);
            next = follow.MoveNextAsync().AsTask();
        }

        await limit.CancelAsync();
        (await next).ShouldBeFalse();
        AuditFolder.Segments(_folder.Path).Count.ShouldBeGreaterThan(2);
    }

    private async Task WriteAsync(int records)
    {
        await using FileAuditTrail trail = await _folder.OpenAsync();
        for (int i = 0; i < records; i++)
        {
            TrailFolder.Record(trail, "/" + i);
        }
    }

    private static async Task<List<string?>> CollectAsync(AuditSearch search, AuditQuery query)
    {
        var paths = new List<string?>();
        await foreach (AuditRecord record in search.RunAsync(query, CancellationToken.None))
        {
            paths.Add(record.Path);
        }

        return paths;
    }

    private sealed class UnreadableAnchor : IAuditAnchor
    {
        public ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation) => ValueTask.CompletedTask;

        public ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation) => throw new IOException("away");
    }
}
