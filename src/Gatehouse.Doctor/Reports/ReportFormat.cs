using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Reports;

/// <summary>Reports for programs, and one page to hand on.</summary>
public static class ReportFormat
{
    /// <summary>Words of the formats.</summary>
    public static ImmutableArray<string> Names { get; } = ["json", "sarif", "junit", "html"];

    /// <summary>Writes an examination.</summary>
    /// <param name="examination">What was found.</param>
    /// <param name="format">One of <see cref="Names"/>.</param>
    /// <param name="version">Version of this program.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public static byte[] Write(Examination examination, string format, string version) => format switch
    {
        "json" => JsonReport.Write(examination),
        "sarif" => SarifReport.Write(examination, version),
        "junit" => JUnitReport.Write(examination),
        "html" => HtmlReport.Write(examination),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "no format of reports"),
    };

    /// <summary>Writes a check's page as JSON.</summary>
    public static byte[] Write(CheckPage page) => JsonReport.Write(page);

    /// <summary>Lower-case word of a severity, or of what stands in its place.</summary>
    public static string Word(Finding finding) => finding.IsUnknown ? "unknown" : Word(finding.Severity);

    /// <summary>Lower-case word of a severity.</summary>
    public static string Word(Severity severity) => severity switch
    {
        Severity.Critical => "critical",
        Severity.High => "high",
        Severity.Medium => "medium",
        Severity.Low => "low",
        _ => "info",
    };
}
