using System.Text.Json;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Reports;

/// <summary>An examination as SARIF 2.1.0 (OASIS), which code hosts show beside the files.</summary>
internal static class SarifReport
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    public static byte[] Write(Examination examination, string version)
    {
        CheckPage[] rules =
        [
            .. examination.Findings.Select(static f => f.Check).Distinct().Order(StringComparer.Ordinal).Select(static id => CheckPage.Find(id)).OfType<CheckPage>(),
        ];
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json, rules, version);
            json.WriteStartArray("invocations");
            json.WriteStartObject();
            json.WriteBoolean("executionSuccessful", examination.Blind.IsEmpty);
            WriteNotifications(json, examination);
            json.WriteString("startTimeUtc", examination.Began.UtcDateTime);
            json.WriteString("endTimeUtc", (examination.Began + examination.Took).UtcDateTime);
            json.WriteString("machine", examination.Host);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("results");
            foreach (Finding finding in examination.Findings)
            {
                Write(json, finding, Array.FindIndex(rules, rule => rule.Id == finding.Check));
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteNotifications(Utf8JsonWriter json, Examination examination)
    {
        if (examination.Blind.IsEmpty)
        {
            return;
        }

        json.WriteStartArray("toolExecutionNotifications");
        foreach (BlindSpot blind in examination.Blind)
        {
            json.WriteStartObject();
            json.WriteString("level", "error");
            Text(json, "message", $"{blind}");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTool(Utf8JsonWriter json, CheckPage[] rules, string version)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "gatehouse doctor");
        json.WriteString("version", version);
        json.WriteStartArray("rules");
        foreach (CheckPage rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            Text(json, "shortDescription", rule.Title);
            Text(json, "fullDescription", rule.Why);
            json.WriteStartObject("help");
            json.WriteString("text", rule.Remedy);
            json.WriteString("markdown", rule.Remedy);
            json.WriteEndObject();
            json.WriteStartObject("defaultConfiguration");
            json.WriteString("level", LevelOf(rule.Severity));
            json.WriteEndObject();
            json.WriteStartObject("properties");
            json.WriteString("security-severity", ScoreOf(rule.Severity));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding, int rule)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Check);
        json.WriteNumber("ruleIndex", rule);

        // A result that is no failure has the level none (3.27.10).
        bool isFailure = !finding.IsUnknown && finding.Severity > Severity.Info;
        json.WriteString("kind", finding.IsUnknown ? "open" : isFailure ? "fail" : "informational");
        json.WriteString("level", isFailure ? LevelOf(finding.Severity) : "none");
        Text(json, "message", finding.Text);
        WriteLocations(json, finding);
        json.WriteStartObject("partialFingerprints");
        json.WriteString("gatehouse/v1", finding.Fingerprint);
        json.WriteEndObject();
        if (finding.Accepted is { } accepted)
        {
            json.WriteStartArray("suppressions");
            json.WriteStartObject();
            json.WriteString("kind", "external");
            json.WriteString("justification", accepted.Reason);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteStartObject("properties");
        json.WriteString("system", finding.System);
        json.WriteString("subject", finding.Subject);
        json.WriteString("severity", ReportFormat.Word(finding.Severity));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteLocations(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartArray("locations");
        foreach (Evidence evidence in finding.Evidence)
        {
            json.WriteStartObject();
            if (evidence.Place.StartsWith('/'))
            {
                json.WriteStartObject("physicalLocation");
                json.WriteStartObject("artifactLocation");
                json.WriteString("uri", UriOf(evidence.Place));
                json.WriteEndObject();
                if (evidence.Line > 0)
                {
                    json.WriteStartObject("region");
                    json.WriteNumber("startLine", evidence.Line);
                    json.WriteNumber("startColumn", Math.Max(1, evidence.Column));
                    json.WriteEndObject();
                }

                json.WriteEndObject();
            }
            else
            {
                json.WriteStartArray("logicalLocations");
                json.WriteStartObject();
                json.WriteString("fullyQualifiedName", evidence.Place);
                json.WriteString("kind", "resource");
                json.WriteEndObject();
                json.WriteEndArray();
            }

            Text(json, "message", evidence.Shown);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // By hand: a path that begins with two slashes would become the name of a host.
    private static string UriOf(string path) => "file:///" + string.Join('/', path.TrimStart('/').Split('/').Select(Uri.EscapeDataString));

    private static void Text(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string LevelOf(Severity severity) => severity switch
    {
        Severity.Critical or Severity.High => "error",
        Severity.Medium => "warning",
        _ => "note",
    };

    // The scale of CVSS, by which code hosts sort.
    private static string ScoreOf(Severity severity) => severity switch
    {
        Severity.Critical => "9.5",
        Severity.High => "8.0",
        Severity.Medium => "5.5",
        Severity.Low => "2.5",
        _ => "0.0",
    };
}
