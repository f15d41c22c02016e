using System.Globalization;
using System.Security.Cryptography;

namespace Gatehouse.Audit;

/// <summary>
/// Verifies a trail: numbering, chain, signatures, links of segments, anchor. It names the first broken record; what comes
/// behind it is not looked at, because nothing vouches for it.
/// </summary>
public sealed class AuditVerifier
{
    /// <summary>The trail signs a record at least so often.</summary>
    public const int MaxUnsigned = 1000;

    private readonly AuditVerifyOptions _options;
    private readonly AuditSealCheck _seals;
    private readonly IReadOnlyList<AuditSegment> _segments;
    private readonly List<string> _notes = [];
    private string _head = new('0', 64);
    private long _sequence;
    private long _first;
    private long _records;
    private long _signed;
    private long _anchored;
    private int _unsigned;
    private int _prunedThrough;
    private int _torn;
    private bool _closed;
    private Place _last = new("", 0, false);
    private AuditBreak? _break;

    private AuditVerifier(IReadOnlyList<AuditSegment> segments, AuditVerifyOptions options, AuditSealCheck seals)
    {
        _segments = segments;
        _options = options;
        _seals = seals;
    }

    /// <summary>Reads the segments in order of their names and reports the first broken place.</summary>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static AuditVerification Verify(
        IReadOnlyList<AuditSegment> segments, AuditVerifyOptions options, CancellationToken cancellation = default)
    {
        using var seals = new AuditSealCheck(options.TrustedKeys);
        AuditSegment[] ordered = [.. segments.OrderBy(static s => s.Name, StringComparer.Ordinal)];
        var verifier = new AuditVerifier(ordered, options, seals);
        verifier.Run(cancellation);
        return verifier.Result();
    }

    private void Run(CancellationToken cancellation)
    {
        for (int i = 0; i < _segments.Count && _break is null; i++)
        {
            int number = SegmentName.NumberOf(_segments[i].Name);
            if (i > 0 && number != SegmentName.NumberOf(_segments[i - 1].Name) + 1)
            {
                int missing = SegmentName.NumberOf(_segments[i - 1].Name) + 1;
                Break(AuditBreakKind.Missing, new Place(SegmentName.Of(missing), 1, false), _sequence + 1, "the segment is missing");
                return;
            }

            ReadSegment(i, cancellation);
        }

        if (_break is null)
        {
            CheckBeginning();
        }

        if (_break is null)
        {
            CheckEnd();
        }
    }

    private void ReadSegment(int index, CancellationToken cancellation)
    {
        AuditSegment segment = _segments[index];
        using var lines = new AuditLineReader(segment.Open());
        while (_break is null && lines.TryRead(out ReadOnlySpan<byte> line))
        {
            cancellation.ThrowIfCancellationRequested();
            var place = new Place(segment.Name, lines.Line, false);
            if (!AuditRecordReader.TryRead(line, out AuditRecord? record))
            {
                Break(AuditBreakKind.Edited, place, _sequence + 1, "the line is not a record as Gatehouse writes it");
                return;
            }

            bool begins = index == 0 && lines.Line == 1;
            if (CheckLink(record, place, begins) && CheckRecord(record, place))
            {
                Accept(record, line, place, begins);
            }
        }

        if (_break is null && (lines.Line == 0 || lines.IsTooLong || (lines.Torn > 0 && index < _segments.Count - 1)))
        {
            string text = lines.Line == 0 ? "the segment has no first record" : "the line is not a record as Gatehouse writes it";
            if (lines.Line > 0 || index < _segments.Count - 1 || lines.IsTooLong)
            {
                Break(AuditBreakKind.Edited, new Place(segment.Name, lines.Line + 1, false), _sequence + 1, text);
            }
        }

        _torn = lines.Torn;
    }

    /// <summary>Number and hash of the record before.</summary>
    private bool CheckLink(AuditRecord record, Place place, bool begins)
    {
        if (begins)
        {
            if (SegmentName.NumberOf(place.Segment) == 1 && (record.Sequence != 1 || record.Previous != _head))
            {
                return Break(AuditBreakKind.Edited, place, 1, "the first segment does not begin with record 1");
            }

            return true;
        }

        if (record.Sequence != _sequence + 1)
        {
            return BreakNumbering(record, place);
        }

        if (record.Previous == _head)
        {
            return true;
        }

        // Either the record before was changed, or this one's own idea of it: the next record knows.
        AuditRecord? next = Next(place);
        string own = HashOf(record.Line.Span);
        bool thisIsIntact = next is not null && next.Sequence == record.Sequence + 1
            ? next.Previous == own
            : !_last.IsSealed && (record.Seal is null || _seals.IsSigned(record));
        return thisIsIntact && _last.Line > 0 && !_last.IsSealed
            ? Break(AuditBreakKind.Edited, _last, _sequence, "the record was changed: its hash is not the one that the next record names")
            : Break(AuditBreakKind.Edited, place, record.Sequence, "the record was changed: it does not name the hash of the one before");
    }

    private bool BreakNumbering(AuditRecord record, Place place)
    {
        long expected = _sequence + 1;
        AuditRecord? next = Next(place);
        if (next is not null && next.Sequence == expected + 1 && next.Previous != _head)
        {
            return Break(AuditBreakKind.Edited, place, expected,
                string.Create(CultureInfo.InvariantCulture, $"the record was changed: it has the number {record.Sequence}"));
        }

        if (record.Sequence < expected || IsLater(place, expected))
        {
            return Break(AuditBreakKind.Reordered, place, expected,
                string.Create(CultureInfo.InvariantCulture, $"record {record.Sequence} stands here, out of order"));
        }

        Place where = place.Line == 1 && _last.Line > 0 ? _last with { Line = _last.Line + 1 } : place;
        return Break(AuditBreakKind.Missing, where, expected,
            string.Create(CultureInfo.InvariantCulture, $"records {expected} to {record.Sequence - 1} are missing"));
    }

    /// <summary>What the record is by itself: signed where it must be, in the right place.</summary>
    private bool CheckRecord(AuditRecord record, Place place)
    {
        bool starts = record.Action == AuditAction.SegmentStarted;
        if (starts != (place.Line == 1) || (_closed && !starts))
        {
            return Break(AuditBreakKind.Edited, place, record.Sequence,
                starts ? "a segment starts in the middle of a file"
                    : _closed ? "a record follows the end of the segment" : "the segment does not begin with its first record");
        }

        if (record.Seal is not { } seal)
        {
            return ++_unsigned <= MaxUnsigned || Break(AuditBreakKind.Unsigned, place, record.Sequence,
                string.Create(CultureInfo.InvariantCulture, $"no signed record among the last {MaxUnsigned}"));
        }

        if (starts && !_seals.Use(seal.Key ?? []))
        {
            return Break(AuditBreakKind.ForeignKey, place, record.Sequence, "the segment is signed with a key that is not this node's");
        }

        if (!_seals.IsSigned(record))
        {
            return Break(AuditBreakKind.BadSignature, place, record.Sequence, "the signature does not match");
        }

        if (seal.Segment != place.Segment)
        {
            return Break(AuditBreakKind.Reordered, place, record.Sequence, $"the record belongs to segment {seal.Segment}");
        }

        if (starts && _last.Line > 0 && (seal.PreviousSegment != _last.Segment || seal.PreviousHead != _head))
        {
            return Break(AuditBreakKind.Reordered, place, record.Sequence, $"the segment follows {seal.PreviousSegment ?? "none"}, not {_last.Segment}");
        }

        _unsigned = 0;
        return true;
    }

    private void Accept(AuditRecord record, ReadOnlySpan<byte> line, Place place, bool begins)
    {
        _head = HashOf(line);
        if (_options.Anchor is { } anchor && anchor.Sequence == record.Sequence)
        {
            if (anchor.Head != _head)
            {
                Break(AuditBreakKind.Edited, place, record.Sequence, "the record is not the one that was anchored");
                return;
            }

            _anchored = record.Sequence;
        }

        _first = begins ? record.Sequence : _first;
        _sequence = record.Sequence;
        _records++;
        _last = place with { IsSealed = record.Seal is not null };
        _signed = record.Seal is not null ? record.Sequence : _signed;
        _closed = record.Seal is { Closed: true };
        if (record.Action == AuditAction.TrailPruned && record.Target is not null)
        {
            _prunedThrough = Math.Max(_prunedThrough, SegmentName.NumberOf(record.Target));
        }

        if (record.Seal?.Anomaly is { } anomaly)
        {
            _notes.Add($"{place.Segment}: {anomaly}");
        }
        else if (record.Action == AuditAction.TrailRecovered)
        {
            _notes.Add($"{place.Segment}: {record.Message}");
        }
    }

    /// <summary>A trail may begin late only where it says itself that retention removed what was before.</summary>
    private void CheckBeginning()
    {
        int begins = _segments.Count == 0 ? 1 : SegmentName.NumberOf(_segments[0].Name);
        if (begins > 1 && _prunedThrough < begins - 1)
        {
            Break(AuditBreakKind.Missing, new Place(SegmentName.Of(begins - 1), 1, false), _first - 1,
                "the segment is missing, and no record says that retention removed it");
        }
    }

    private void CheckEnd()
    {
        if (_options.Anchor is not { } anchor)
        {
            return;
        }

        if (_sequence < anchor.Sequence)
        {
            Break(AuditBreakKind.Cut, new Place(_last.Line > 0 ? _last.Segment : anchor.Segment, _last.Line + 1, false), _sequence + 1,
                string.Create(CultureInfo.InvariantCulture, $"the end is missing: records up to {anchor.Sequence} were anchored"));
        }
        else if (_anchored == 0)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"record {anchor.Sequence} was anchored, but the trail begins at {_first}: nothing newer has been anchored"));
        }
    }

    /// <summary>The record behind a place in the same segment, or null.</summary>
    private AuditRecord? Next(Place place)
    {
        foreach (AuditRecord? record in Behind(place))
        {
            return record;
        }

        return null;
    }

    private bool IsLater(Place place, long sequence) => Behind(place).Any(r => r is not null && r.Sequence == sequence);

    private IEnumerable<AuditRecord?> Behind(Place place)
    {
        using var lines = new AuditLineReader(_segments.First(s => s.Name == place.Segment).Open());
        while (TryReadRecord(lines, out AuditRecord? record))
        {
            if (lines.Line > place.Line)
            {
                yield return record;
            }
        }
    }

    private static bool TryReadRecord(AuditLineReader lines, out AuditRecord? record)
    {
        record = null;
        if (!lines.TryRead(out ReadOnlySpan<byte> line))
        {
            return false;
        }

        AuditRecordReader.TryRead(line, out record);
        return true;
    }

    private bool Break(AuditBreakKind kind, Place place, long sequence, string text)
    {
        _break = new AuditBreak(kind, place.Segment, place.Line, sequence, text);
        return false;
    }

    private AuditVerification Result() => new()
    {
        Break = _break,
        BeginsAt = _segments.Count == 0 ? null : _segments[0].Name,
        Segments = _segments.Count,
        Records = _records,
        FirstSequence = _first,
        LastSequence = _sequence,
        SignedThrough = _signed,
        AnchoredThrough = _anchored,
        HasAnchor = _options.Anchor is not null,
        TornBytes = _torn,
        IsClosed = _closed,
        Notes = _notes,
    };

    private static string HashOf(ReadOnlySpan<byte> line)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(line, hash);
        return Convert.ToHexStringLower(hash);
    }

    private readonly record struct Place(string Segment, int Line, bool IsSealed);
}
