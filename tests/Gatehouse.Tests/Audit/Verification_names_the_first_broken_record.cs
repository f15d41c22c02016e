using System.Security.Cryptography;
using Gatehouse.Audit;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Audit;

public sealed class Verification_names_the_first_broken_record : IDisposable
{
    private readonly TrailInMemory _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public void A_whole_trail_says_how_far_it_is_proven()
    {
        AuditVerification found = _trail.Verify();
        found.Break.ShouldBeNull();
        found.Records.ShouldBe(36);
        found.LastSequence.ShouldBe(36);
        found.ToString().ShouldBe("complete up to checkpoint 36, anchored to 36, tail unanchored (0 records), begins at segment audit-00000001.jsonl");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    public void A_changed_value_is_found_at_its_record(int line)
    {
        Edit(2, line, text => text.Replace("anna", "mona", StringComparison.Ordinal));
        Expect(AuditBreakKind.Edited, 2, line, 12 + line + 1);
    }

    [Fact]
    public void Any_single_changed_byte_is_found_at_or_before_the_next_record()
    {
        string original = Line(2, 4);
        for (int i = 0; i < original.Length; i++)
        {
            char changed = (char)(original[i] ^ 1);
            Edit(2, 4, _ => original[..i] + changed + original[(i + 1)..]);
            AuditVerification found = _trail.Verify(withAnchor: false);
            found.Break.ShouldNotBeNull($"byte {i}");
            found.Break.Segment.ShouldBe(SegmentName.Of(2));
            found.Break.Line.ShouldBe(5, $"byte {i}: {found.Break}");
        }
    }

    [Fact]
    public void A_changed_checkpoint_is_a_bad_signature()
    {
        Edit(1, 11, text => text.Replace("1970-01-01", "1971-01-01", StringComparison.Ordinal));
        Expect(AuditBreakKind.BadSignature, 1, 11, 12);
    }

    [Fact]
    public void A_removed_line_is_missing_where_it_stood()
    {
        _trail.Segments[SegmentName.Of(2)].RemoveAt(4);
        Expect(AuditBreakKind.Missing, 2, 4, 17);
    }

    [Fact]
    public void Lines_removed_at_a_segments_end_are_missing_behind_the_last()
    {
        _trail.Segments[SegmentName.Of(2)].RemoveRange(9, 3);
        Expect(AuditBreakKind.Missing, 2, 9, 22);
    }

    [Fact]
    public void Swapped_lines_are_reordered()
    {
        List<string> lines = _trail.Segments[SegmentName.Of(3)];
        (lines[3], lines[4]) = (lines[4], lines[3]);
        Expect(AuditBreakKind.Reordered, 3, 3, 28);
    }

    [Fact]
    public void A_repeated_line_is_reordered()
    {
        List<string> lines = _trail.Segments[SegmentName.Of(3)];
        lines.Insert(4, lines[3]);
        Expect(AuditBreakKind.Reordered, 3, 4, 29);
    }

    [Fact]
    public void A_dropped_tail_is_cut_behind_the_last_record()
    {
        _trail.Segments[SegmentName.Of(3)].RemoveRange(6, 6);
        Expect(AuditBreakKind.Cut, 3, 6, 31);
        _trail.Verify(withAnchor: false).IsWhole.ShouldBeTrue("only the anchor knows of a tail that was dropped");
    }

    [Fact]
    public void A_removed_last_segment_is_cut()
    {
        _trail.Segments.Remove(SegmentName.Of(3));
        AuditVerification found = _trail.Verify();
        found.Break.ShouldNotBeNull().Kind.ShouldBe(AuditBreakKind.Cut);
        found.Break.Sequence.ShouldBe(25);
    }

    [Fact]
    public void A_removed_segment_is_missing()
    {
        _trail.Segments.Remove(SegmentName.Of(2));
        Expect(AuditBreakKind.Missing, 2, 0, 13);
    }

    [Fact]
    public void A_removed_first_segment_is_missing_unless_the_trail_says_that_it_was_pruned()
    {
        _trail.Segments.Remove(SegmentName.Of(1));
        Expect(AuditBreakKind.Missing, 1, 0, 12);
    }

    [Fact]
    public void All_segments_gone_are_cut()
    {
        _trail.Segments.Clear();
        _trail.Verify().Break.ShouldNotBeNull().Kind.ShouldBe(AuditBreakKind.Cut);
    }

    [Fact]
    public void A_trail_signed_with_another_key_is_foreign()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AuditVerification found = _trail.Verify(withAnchor: false, other.ExportSubjectPublicKeyInfo());
        found.Break.ShouldNotBeNull().Kind.ShouldBe(AuditBreakKind.ForeignKey);
        found.Break.Line.ShouldBe(1);
    }

    [Fact]
    public void A_segment_forged_with_another_key_is_foreign_at_its_first_line()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var forged = new TrailInMemory(3, other);
        _trail.Segments[SegmentName.Of(1)] = forged.Segments[SegmentName.Of(1)];
        AuditVerification found = _trail.Verify(withAnchor: false);
        found.Break.ShouldNotBeNull().Kind.ShouldBe(AuditBreakKind.ForeignKey);
    }

    [Fact]
    public void A_forged_checkpoint_under_the_nodes_header_is_a_bad_signature()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signer = new EcdsaAuditSigner(other);
        List<string> lines = _trail.Segments[SegmentName.Of(3)];
        AuditRecordReader.TryRead(System.Text.Encoding.UTF8.GetBytes(lines[11].TrimEnd('\n')), out AuditRecord? real).ShouldBeTrue();
        byte[] line = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain(real.Sequence - 1, Convert.FromHexString(real.Previous));
        var link = new AuditLink(SegmentName.Of(3), real.Seal?.PreviousSegment, real.Seal?.PreviousHead);
        int length = chain.Seal(line, AuditSeals.FormatCheckpoint(line, real.Time, link, null), signer);
        lines[11] = System.Text.Encoding.UTF8.GetString(line, 0, length);
        Expect(AuditBreakKind.BadSignature, 3, 11, 36);
    }

    [Fact]
    public void A_replaced_tail_is_not_what_was_anchored()
    {
        List<string> lines = _trail.Segments[SegmentName.Of(3)];
        AuditRecordReader.TryRead(System.Text.Encoding.UTF8.GetBytes(lines[10].TrimEnd('\n')), out AuditRecord? last).ShouldBeTrue();
        byte[] line = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain(last.Sequence - 1, Convert.FromHexString(last.Previous));
        lines.RemoveRange(10, 2);
        for (int i = 0; i < 5; i++)
        {
            var record = new AuditEvent { Action = AuditAction.AccessGranted, Time = last.Time, User = "forger" };
            lines.Add(System.Text.Encoding.UTF8.GetString(line, 0, chain.Append(line, AuditRecordWriter.Format(record, line))));
        }

        Expect(AuditBreakKind.Edited, 3, 11, 36);
    }

    [Fact]
    public void A_torn_last_line_is_reported_and_not_a_break()
    {
        List<string> lines = _trail.Segments[SegmentName.Of(3)];
        lines.Add("{\"@timestamp\":\"19");
        AuditVerification found = _trail.Verify();
        found.IsWhole.ShouldBeTrue();
        found.TornBytes.ShouldBe(17);
    }

    [Fact]
    public void More_than_a_thousand_records_without_a_signature_are_a_break()
    {
        List<string> lines = _trail.Segments[SegmentName.Of(3)];
        byte[] line = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain(36, Convert.FromHexString(_trail.Anchor.Head));
        for (int i = 0; i < 1001; i++)
        {
            var record = new AuditEvent { Action = AuditAction.AccessGranted, Time = DateTimeOffset.UnixEpoch };
            lines.Add(System.Text.Encoding.UTF8.GetString(line, 0, chain.Append(line, AuditRecordWriter.Format(record, line))));
        }

        Expect(AuditBreakKind.Unsigned, 3, 1012, 1037);
    }

    private string Line(int segment, int index) => _trail.Segments[SegmentName.Of(segment)][index];

    private void Edit(int segment, int index, Func<string, string> edit) =>
        _trail.Segments[SegmentName.Of(segment)][index] = edit(Line(segment, index));

    /// <summary>Line counts from 0 here, as the list does.</summary>
    private void Expect(AuditBreakKind kind, int segment, int index, long sequence)
    {
        AuditBreak found = _trail.Verify().Break.ShouldNotBeNull();
        found.Kind.ShouldBe(kind, found.ToString());
        found.Segment.ShouldBe(SegmentName.Of(segment), found.ToString());
        found.Line.ShouldBe(index + 1, found.ToString());
        found.Sequence.ShouldBe(sequence, found.ToString());
    }
}
