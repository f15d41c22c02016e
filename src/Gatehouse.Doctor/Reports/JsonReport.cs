using System.Text.Json;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Reports;

/// <summary>An examination as JSON: names in snake case, times in RFC 3339, nothing that is empty.</summary>
internal static class JsonReport
{
    public static byte[] Write(Examination examination)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("host", examination.Host);
            json.WriteString("began", examination.Began);
            json.WriteNumber("took_ms", (long)examination.Took.TotalMilliseconds);
            json.WriteNumber("checks", examination.Checks);
            json.WriteStartArray("systems");
            foreach (ExaminedSystem system in examination.Systems)
            {
                Write(json, system);
            }

            json.WriteEndArray();
            WriteBlind(json, examination);
            json.WriteStartArray("findings");
            foreach (Finding finding in examination.Findings)
            {
                Write(json, finding);
            }

            json.WriteEndArray();
            if (examination.Trend is { } trend)
            {
                Write(json, trend);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static byte[] Write(CheckPage page)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("check", page.Id);
            json.WriteString("title", page.Title);
            json.WriteString("severity", ReportFormat.Word(page.Severity));
            json.WriteString("system", page.System);
            json.WriteString("meaning", page.Meaning);
            json.WriteString("why", page.Why);
            json.WriteString("remedy", page.Remedy);
            json.WriteString("source", page.Source);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteBlind(Utf8JsonWriter json, Examination examination)
    {
        if (examination.Blind.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("not_looked_at");
        foreach (BlindSpot blind in examination.Blind)
        {
            json.WriteStartObject();
            json.WriteString("place", blind.Place);
            json.WriteString("why", blind.Why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ExaminedSystem system)
    {
        json.WriteStartObject();
        json.WriteString("system", system.System);
        json.WriteString("subject", system.Subject);
        if (system.Version is not null)
        {
            json.WriteString("version", system.Version);
        }

        Texts(json, "layers", system.Layers);
        json.WriteNumber("checks", system.Checks.Length);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("check", finding.Check);
        json.WriteString("severity", ReportFormat.Word(finding.Severity));
        json.WriteString("verdict", finding.IsUnknown ? "unknown" : finding.Accepted is null ? "open" : "accepted");
        json.WriteString("system", finding.System);
        json.WriteString("subject", finding.Subject);
        json.WriteString("title", finding.Title);
        json.WriteString("text", finding.Text);
        json.WriteString("fingerprint", finding.Fingerprint);
        json.WriteStartArray("evidence");
        foreach (Evidence evidence in finding.Evidence)
        {
            json.WriteStartObject();
            json.WriteString("kind", KindOf(evidence));
            json.WriteString("place", evidence.Place);
            Number(json, "line", evidence.Line);
            Number(json, "column", evidence.Column);
            json.WriteString("shown", evidence.Shown);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (finding.Accepted is { } accepted)
        {
            json.WriteStartObject("accepted");
            json.WriteString("reason", accepted.Reason);
            json.WriteString("until", accepted.Until.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Trend trend)
    {
        json.WriteStartObject("trend");
        json.WriteString("since", trend.Since);
        Texts(json, "new", trend.New);
        json.WriteStartArray("gone");
        foreach (PastFinding past in trend.Gone)
        {
            json.WriteStartObject();
            json.WriteString("fingerprint", past.Fingerprint);
            json.WriteString("check", past.Check);
            json.WriteString("severity", ReportFormat.Word(past.Severity));
            json.WriteString("subject", past.Subject);
            json.WriteString("text", past.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string KindOf(Evidence evidence) => evidence.Kind switch
    {
        EvidenceKind.File => "file",
        EvidenceKind.Mode => "mode",
        EvidenceKind.Environment => "environment",
        EvidenceKind.Process => "process",
        _ => "port",
    };

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, int value)
    {
        if (value > 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
