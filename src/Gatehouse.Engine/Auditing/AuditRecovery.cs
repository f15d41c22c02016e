using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Auditing;

/// <summary>Where a trail goes on after a start.</summary>
internal sealed class AuditResume
{
    /// <summary>Number of the segment to start.</summary>
    public int SegmentNumber { get; set; } = 1;

    /// <summary>The segment before, or null.</summary>
    public string? PreviousSegment { get; set; }

    /// <summary>Number of the last record.</summary>
    public long Sequence { get; set; }

    /// <summary>SHA-256 of the last record's line.</summary>
    public byte[] Head { get; set; } = new byte[32];

    /// <summary>Why the trail does not go on where it should, for the new segment's first record; null when it does.</summary>
    public string? Anomaly { get; set; }

    /// <summary>What a crash left and what was done about it, or null.</summary>
    public string? Recovered { get; set; }

    /// <summary>What an operator must hear.</summary>
    public List<Problem> Findings { get; } = [];
}

/// <summary>
/// Looks at what the last run left: cuts a torn line, tells a crash from a change, compares with the anchor. A crash can only
/// leave something that is no record at the very end; whatever else is wrong stays as it is, and the new segment says so.
/// </summary>
internal sealed class AuditRecovery
{
    private readonly IAuditFiles _files;
    private readonly AuditAnchor? _anchor;
    private readonly AuditResume _resume = new();
    private readonly List<string> _names;
    private long _first;
    private long _unsigned;
    private long _dropped;
    private bool _anchorSeen;

    private AuditRecovery(IAuditFiles files, AuditAnchor? anchor)
    {
        _files = files;
        _anchor = anchor;
        _names = [.. files.Segments()];
    }

    /// <summary>Finds the place to go on.</summary>
    public static AuditResume Run(IAuditFiles files, AuditAnchor? anchor)
    {
        var recovery = new AuditRecovery(files, anchor);
        recovery.ReadLastSegment();
        recovery.CompareWithAnchor();
        recovery.Report();
        return recovery._resume;
    }

    private void ReadLastSegment()
    {
        while (_names.Count > 0)
        {
            string name = _names[^1];
            _resume.SegmentNumber = Math.Max(_resume.SegmentNumber, SegmentName.NumberOf(name) + 1);
            if (Walk(name))
            {
                _resume.PreviousSegment = name;
                return;
            }

            // Its first record never got to the disk: the segment before is the last one.
            _files.Delete(name);
            _names.RemoveAt(_names.Count - 1);
            _resume.SegmentNumber = SegmentName.NumberOf(name);
        }
    }

    /// <summary>Walks one segment to its end; false where it holds no record.</summary>
    private bool Walk(string name)
    {
        long good = 0;
        bool isBroken = false;
        using (var lines = new AuditLineReader(_files.OpenRead(name)))
        {
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                if (!AuditChain.TryReadLink(line, out long sequence, out ReadOnlySpan<byte> previous, out bool isSealed))
                {
                    continue;
                }

                // Bytes that are no record may only stand at the end; a record behind them means that they were put there.
                bool follows = lines.Offset - line.Length - 1 == good
                    && (good == 0 || (sequence == _resume.Sequence + 1 && IsHead(previous)));
                isBroken |= !follows;
                good = lines.Offset;
                _first = _first == 0 ? sequence : _first;
                Remember(line, sequence, isSealed);
            }
        }

        if (isBroken)
        {
            _resume.Anomaly = $"segment {name} was changed: a record in it does not follow the one before";
            _resume.Findings.Add(AuditProblems.Broken.Because(_resume.Anomaly, hint: "gatehouse audit verify"));
        }

        long length = _files.LengthOf(name);
        if (length > good)
        {
            _dropped += length - good;
            if (good > 0)
            {
                _files.Truncate(name, good);
            }
        }

        return good > 0;
    }

    private void Remember(ReadOnlySpan<byte> line, long sequence, bool isSealed)
    {
        _resume.Sequence = sequence;
        SHA256.HashData(line, _resume.Head);
        _unsigned = isSealed ? 0 : _unsigned + 1;
        if (_anchor?.Sequence == sequence)
        {
            _anchorSeen = _anchor.Head == Convert.ToHexStringLower(_resume.Head);
        }
    }

    private bool IsHead(ReadOnlySpan<byte> hex)
    {
        Span<byte> own = stackalloc byte[64];
        Convert.TryToHexStringLower(_resume.Head, own, out _);
        return own.SequenceEqual(hex);
    }

    private void CompareWithAnchor()
    {
        if (_anchor is null)
        {
            return;
        }

        if (_resume.Sequence < _anchor.Sequence)
        {
            Alarm(string.Create(CultureInfo.InvariantCulture,
                $"the trail ends at record {_resume.Sequence}, but record {_anchor.Sequence} in {_anchor.Segment} was anchored"));

            // Numbers are never given twice: the gap stays visible for good.
            _resume.Sequence = _anchor.Sequence;
            _resume.SegmentNumber = Math.Max(_resume.SegmentNumber, SegmentName.NumberOf(_anchor.Segment) + 1);
            if (_resume.PreviousSegment is null)
            {
                _resume.PreviousSegment = _anchor.Segment;
                Convert.FromHexString(_anchor.Head).CopyTo(_resume.Head, 0);
            }
        }
        else if (!_anchorSeen && (_anchor.Sequence >= _first || !StandsIn(_anchor.Segment)))
        {
            Alarm(string.Create(CultureInfo.InvariantCulture, $"record {_anchor.Sequence} in {_anchor.Segment} is not the one that was anchored"));
        }
    }

    /// <summary>Whether the anchored record stands in an older segment, as after a crash right behind a rotation.</summary>
    private bool StandsIn(string segment)
    {
        if (!_names.Contains(segment))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[32];
        using var lines = new AuditLineReader(_files.OpenRead(segment));
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (AuditChain.TryReadLink(line, out long sequence, out _, out _) && sequence == _anchor?.Sequence)
            {
                SHA256.HashData(line, hash);
                return _anchor.Head == Convert.ToHexStringLower(hash);
            }
        }

        return false;
    }

    private void Alarm(string text)
    {
        _resume.Anomaly = _resume.Anomaly is null ? text : $"{_resume.Anomaly}; {text}";
        _resume.Findings.Add(AuditProblems.BelowAnchor.Because(text, hint: "gatehouse audit verify"));
    }

    private void Report()
    {
        if (_dropped == 0 && _unsigned == 0)
        {
            return;
        }

        var text = new StringBuilder("the last run did not end in order: ");
        text.Append(CultureInfo.InvariantCulture, $"{_dropped} bytes of a torn line dropped, {_unsigned} unsigned records taken over");
        _resume.Recovered = text.ToString();
        _resume.Findings.Add(AuditProblems.Recovered.Because(_resume.Recovered));
    }
}
