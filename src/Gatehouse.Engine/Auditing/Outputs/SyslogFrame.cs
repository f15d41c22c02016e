using System.Buffers;
using System.Globalization;
using System.Text;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>
/// A record as a message of RFC 5424, counted in octets (RFC 5425 section 4.3, RFC 6587 section 3.4.1 for plain TCP). The
/// message is the record as it stands in the trail, so that its chain can be checked at the receiver too; what is longer than
/// allowed is cut and marked.
/// </summary>
internal static class SyslogFrame
{
    /// <summary>Smallest limit: what every receiver must take (RFC 5425 section 4.3.1).</summary>
    public const int LeastMax = 2048;

    private const int MaxHost = 255;
    private const int MaxParameter = 200;
    private static ReadOnlySpan<byte> Mark => "...[cut]"u8;

    /// <summary>Appends a frame.</summary>
    public static void Write(OutgoingRecord outgoing, OutputSettings settings, IBufferWriter<byte> into)
    {
        ReadOnlySpan<byte> line = outgoing.Line.Span;
        bool isAscii = Ascii.IsValid(line);
        byte[] head = Encoding.UTF8.GetBytes(Head(outgoing, settings, null));
        int room = settings.MaxMessage - head.Length - (isAscii ? 0 : 3);
        bool isCut = line.Length > room;
        if (isCut)
        {
            head = Encoding.UTF8.GetBytes(Head(outgoing, settings, line.Length));
            room = settings.MaxMessage - head.Length - (isAscii ? 0 : 3) - Mark.Length;
            line = line[..Boundary(line, Math.Max(0, room))];
        }

        int length = head.Length + (isAscii ? 0 : 3) + line.Length + (isCut ? Mark.Length : 0);
        into.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture) + " "));
        into.Write(head);
        if (!isAscii)
        {
            // RFC 5424 section 6.4: what is UTF-8 says so.
            into.Write("\uFEFF"u8);
        }

        WriteLine(line, into);
        if (isCut)
        {
            into.Write(Mark);
        }
    }

    private static string Head(OutgoingRecord outgoing, OutputSettings settings, int? whole)
    {
        AuditRecord? record = outgoing.Record;
        var text = new StringBuilder(256);
        text.Append(CultureInfo.InvariantCulture, $"<{(settings.Facility * 8) + Severity(record)}>1 ");
        text.Append(record is null ? "-" : record.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        text.Append(CultureInfo.InvariantCulture, $" {HostName(settings.Node)} gatehouse - {(record is null ? "unreadable" : AuditWords.Of(record.Action))} ");

        // 32473 is the number that RFC 5612 keeps for those who have none of their own.
        text.Append("[gatehouse@32473");
        if (record is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" seq=\"{record.Sequence}\"");
        }

        Parameter(text, "segment", outgoing.Segment);
        text.Append(CultureInfo.InvariantCulture, $" offset=\"{outgoing.Offset}\"");
        Parameter(text, "gate", record?.Gate);
        Parameter(text, "user", record?.User);
        Parameter(text, "outcome", record is null ? null : AuditWords.Of(record.Outcome));
        if (whole is { } length)
        {
            text.Append(CultureInfo.InvariantCulture, $" cut=\"{length}\"");
        }

        return text.Append("] ").ToString();
    }

    /// <summary>RFC 5424 section 6.2.1: alert, warning, informational.</summary>
    private static int Severity(AuditRecord? record) => record switch
    {
        null => 1,
        { Action: AuditAction.Alarm } => 1,
        { Outcome: AuditOutcome.Failure } => 4,
        _ => 6,
    };

    /// <summary>Printable ASCII without a space (section 6.2.4).</summary>
    private static string HostName(string node) =>
        node.Length is > 0 and <= MaxHost && node.All(static c => c is > ' ' and < '\u007f') ? node : "-";

    /// <summary>Section 6.3.3: quotation mark, backslash and bracket are escaped; what moves a cursor or ends a line is replaced.</summary>
    private static void Parameter(StringBuilder text, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        text.Append(' ').Append(name).Append("=\"");
        int count = 0;
        foreach (Rune rune in value.EnumerateRunes())
        {
            if (++count > MaxParameter)
            {
                text.Append("...");
                break;
            }

            if (rune.Value is '"' or '\\' or ']')
            {
                text.Append('\\');
            }

            bool isPlain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
            text.Append(isPlain ? rune.ToString() : "_");
        }

        text.Append('"');
    }

    /// <summary>A record holds no control byte; a line that somebody put into the file may.</summary>
    private static void WriteLine(ReadOnlySpan<byte> line, IBufferWriter<byte> into)
    {
        Span<byte> to = into.GetSpan(Math.Max(1, line.Length));
        line.CopyTo(to);
        for (int i = 0; i < line.Length; i++)
        {
            if (to[i] is < 0x20 or 0x7F)
            {
                to[i] = (byte)'?';
            }
        }

        into.Advance(line.Length);
    }

    private static int Boundary(ReadOnlySpan<byte> utf8, int at)
    {
        while (at > 0 && at < utf8.Length && (utf8[at] & 0xC0) == 0x80)
        {
            at--;
        }

        return at;
    }
}
