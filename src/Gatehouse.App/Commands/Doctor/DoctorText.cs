using Gatehouse.App.Terminal;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Reports;

namespace Gatehouse.App.Commands.Doctor;

/// <summary>What doctor found, for people.</summary>
internal static class DoctorText
{
    /// <summary>Systems, findings from worst to mildest, and a line that sums up.</summary>
    /// <param name="screen">Where to.</param>
    /// <param name="examination">What was found.</param>
    /// <param name="all">With what is only worth knowing, not known, or accepted.</param>
    /// <param name="isNamed">Whether files were named.</param>
    public static void Write(Screen screen, Examination examination, bool all, bool isNamed)
    {
        Table systems = new("SYSTEM", "WHERE", "VERSION", "SEEN");
        foreach (ExaminedSystem system in examination.Systems)
        {
            systems.Add(system.System, system.Subject, system.Version, string.Join(", ", system.Layers));
        }

        systems.Write(screen, isNamed ? "nothing of a guarded system is there" : "no guarded system was found here; name its configuration file: gatehouse doctor FILE");
        HashSet<string> news = [.. examination.Trend?.New ?? []];
        IEnumerable<Finding> shown = examination.Findings.Where(f => all || (f.IsOpen && f.Severity > Severity.Info));
        foreach (IGrouping<(string Word, string, string, string, string Tail), Finding> alike in shown.GroupBy(f => (ReportFormat.Word(f), f.System, f.Subject, f.Check, Tail(f, news))))
        {
            screen.Output.WriteLine();
            Write(screen, [.. alike], alike.Key.Tail);
        }

        if (examination.Systems.IsEmpty && examination.Trend is not { Gone.IsEmpty: false })
        {
            return;
        }

        screen.Output.WriteLine();
        WriteGone(screen, examination.Trend);
        if (examination.Systems.IsEmpty)
        {
            return;
        }

        screen.Line(Summary(examination, all));
        if (examination.Findings.Any(f => f.IsOpen))
        {
            screen.Line("gatehouse explain ID says why, and what to do");
        }
    }

    /// <summary>A check's page.</summary>
    public static void Write(Screen screen, CheckPage page)
    {
        screen.Output.WriteLine($"{screen.Styled(page.Id, Style.Bold)}  {screen.Styled(page.Title, Style.Bold)}");
        screen.Output.WriteLine($"{screen.Styled(ReportFormat.Word(page.Severity), StyleOf(page.Severity))}, {Screen.Plain(page.System)}");
        foreach ((string head, string text) in ((string, string)[])[("What it means", page.Meaning), ("Why", page.Why), ("What to do", page.Remedy), ("Source", page.Source)])
        {
            screen.Output.WriteLine();
            screen.Output.WriteLine(screen.Styled(head, Style.Bold));
            foreach (string line in text.Split('\n'))
            {
                screen.Line(line);
            }
        }
    }

    private static string Tail(Finding finding, HashSet<string> news) =>
        finding.Accepted is { } accepted ? $"  (accepted until {accepted.Until:yyyy-MM-dd}: {accepted.Reason})" : news.Contains(finding.Fingerprint) ? "  (new)" : "";

    // What one check says about one system.
    private static void Write(Screen screen, Finding[] alike, string tail)
    {
        Finding first = alike[0];
        string word = ReportFormat.Word(first).ToUpperInvariant().PadRight(8);
        screen.Output.WriteLine($"{screen.Styled(word, first.IsUnknown ? Style.Dim : StyleOf(first.Severity))}  {screen.Styled(first.Check, Style.Bold)}  {screen.Styled(first.Title, Style.Bold)}{Screen.Plain(tail)}");
        screen.Line($"          {first.System} {first.Subject}{(alike.Length == 1 ? $": {first.Text}" : "")}");
        foreach (Finding finding in alike)
        {
            if (alike.Length > 1)
            {
                screen.Line($"          - {finding.Text}");
            }

            foreach (Evidence evidence in finding.Evidence)
            {
                screen.Output.WriteLine($"            {screen.Styled(evidence.Where, Style.Dim)}  {Screen.Plain(evidence.Shown)}");
            }
        }
    }

    private static void WriteGone(Screen screen, Trend? trend)
    {
        if (trend is not { Gone.IsEmpty: false })
        {
            return;
        }

        screen.Line($"gone since {trend.Since.UtcDateTime:yyyy-MM-dd HH:mm}Z:");
        foreach (PastFinding past in trend.Gone)
        {
            screen.Output.WriteLine($"  {screen.Styled(past.Check, Style.Green)}  {Screen.Plain($"{past.Subject}: {past.Text}")}");
        }

        screen.Output.WriteLine();
    }

    private static string Summary(Examination examination, bool all)
    {
        string[] counts =
        [
            .. Enum.GetValues<Severity>().Reverse()
                .Select(severity => (Severity: severity, Count: examination.Findings.Count(f => f.IsOpen && f.Severity == severity)))
                .Where(static one => one.Count > 0)
                .Select(static one => $"{one.Count} {ReportFormat.Word(one.Severity)}"),
        ];
        int unknown = examination.Findings.Count(static f => f.IsUnknown && f.Accepted is null);
        int accepted = examination.Findings.Count(static f => f.Accepted is not null);
        string found = counts.Length == 0 ? "nothing is open" : string.Join(", ", counts);
        string blind = examination.Blind.IsEmpty ? "" : $"; {examination.Blind.Length} could not be looked at";
        string rest = blind + (unknown > 0 ? $"; {unknown} not known" : "") + (accepted > 0 ? $"; {accepted} accepted" : "") + (!all && unknown + accepted > 0 ? " (--all shows them)" : "");
        return $"{examination.Checks} checks in {examination.Took.TotalSeconds:0.0} s: {found}{rest}";
    }

    private static Style StyleOf(Severity severity) => severity switch
    {
        Severity.Critical or Severity.High => Style.Red,
        Severity.Medium => Style.Yellow,
        _ => Style.None,
    };
}
