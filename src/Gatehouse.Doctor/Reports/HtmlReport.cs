using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Reports;

/// <summary>An examination as one page that needs nothing else: no script, no request to anywhere, fit to be printed.</summary>
internal static partial class HtmlReport
{
    private const string Style = """
        :root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6577;--line:#d8dde6;--paper:#fff;--box:#f5f7fa}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ef;--soft:#9aa5b6;--line:#36404f;--paper:#151a21;--box:#1e252f}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p.sub{color:var(--soft);margin:.2rem 0 1.5rem}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        ul.sum{list-style:none;display:flex;flex-wrap:wrap;gap:.6rem;padding:0}ul.sum li{background:var(--box);border-radius:.4rem;padding:.4rem .8rem}
        article{border:1px solid var(--line);border-left-width:.4rem;border-radius:.4rem;padding:.8rem 1rem;margin:.8rem 0;break-inside:avoid}
        article h3{margin:0;font-size:1rem}article p{margin:.4rem 0}code,pre{font:13px/1.45 ui-monospace,monospace;background:var(--box);border-radius:.25rem}
        code{padding:.1rem .25rem;overflow-wrap:anywhere}pre{padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}
        .critical{border-left-color:#b3001b}.high{border-left-color:#d9480f}.medium{border-left-color:#c99700}.low{border-left-color:#2b6cb0}.info,.unknown{border-left-color:#8a94a6}
        .tag{font-size:.75rem;text-transform:uppercase;letter-spacing:.04em;color:var(--soft)}details>summary{cursor:pointer;color:var(--soft)}
        """;

    public static byte[] Write(Examination examination)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
            .Append(CultureInfo.InvariantCulture, $"<title>Gatehouse doctor: {Text(examination.Host)}</title>\n<style>\n{Style}\n</style></head>\n<body>\n")
            .Append(CultureInfo.InvariantCulture, $"<h1>What is open on {Text(examination.Host)}</h1>\n")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"sub\">{examination.Began.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, {examination.Checks} checks in {examination.Took.TotalSeconds:0.0} s</p>\n");
        WriteSummary(html, examination);
        WriteSystems(html, examination);
        Section(html, "Findings", examination.Findings.Where(static f => f.IsOpen));
        Section(html, "Not known", examination.Findings.Where(static f => f.IsUnknown && f.Accepted is null));
        Section(html, "Accepted risks", examination.Findings.Where(static f => f.Accepted is not null));
        if (examination.Trend is { Gone.IsEmpty: false } trend)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>Gone since {trend.Since.UtcDateTime:yyyy-MM-dd HH:mm} UTC</h2>\n<ul>\n");
            foreach (PastFinding past in trend.Gone)
            {
                html.Append(CultureInfo.InvariantCulture, $"<li><b>{Text(past.Check)}</b> {Prose(past.Text)} <code>{Text(past.Subject)}</code></li>\n");
            }

            html.Append("</ul>\n");
        }

        return Encoding.UTF8.GetBytes(html.Append("</body></html>\n").ToString());
    }

    private static void WriteSummary(StringBuilder html, Examination examination)
    {
        html.Append("<ul class=\"sum\">");
        foreach (Severity severity in Enum.GetValues<Severity>().Reverse())
        {
            html.Append(CultureInfo.InvariantCulture, $"<li><b>{examination.Findings.Count(f => f.IsOpen && f.Severity == severity)}</b> {ReportFormat.Word(severity)}</li>");
        }

        html.Append(CultureInfo.InvariantCulture, $"<li><b>{examination.Findings.Count(static f => f.IsUnknown)}</b> not known</li>");
        html.Append(CultureInfo.InvariantCulture, $"<li><b>{examination.Findings.Count(static f => f.Accepted is not null)}</b> accepted</li></ul>\n");
    }

    private static void WriteSystems(StringBuilder html, Examination examination)
    {
        html.Append("<h2>Looked at</h2>\n<table><tr><th>System</th><th>Where</th><th>Version</th><th>Seen</th></tr>\n");
        foreach (ExaminedSystem system in examination.Systems)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(system.System)}</td><td><code>{Text(system.Subject)}</code></td><td>{Text(system.Version ?? "not known")}</td><td>{Text(string.Join(", ", system.Layers))}</td></tr>\n");
        }

        html.Append("</table>\n");
        if (!examination.Blind.IsEmpty)
        {
            html.Append("<h2>Could not be looked at</h2>\n<ul>\n");
            foreach (BlindSpot blind in examination.Blind)
            {
                html.Append(CultureInfo.InvariantCulture, $"<li><code>{Text(blind.Place)}</code> {Prose(blind.Why)}</li>\n");
            }

            html.Append("</ul>\n");
        }
    }

    private static void Section(StringBuilder html, string title, IEnumerable<Finding> findings)
    {
        Finding[] all = [.. findings];
        if (all.Length == 0)
        {
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n");
        foreach (Finding finding in all)
        {
            string word = ReportFormat.Word(finding);
            html.Append(CultureInfo.InvariantCulture, $"<article class=\"{word}\"><span class=\"tag\">{word} &middot; {Text(finding.Check)} &middot; {Text(finding.System)}</span>\n<h3>{Prose(finding.Title)}</h3>\n<p>{Prose(finding.Text)}</p>\n");
            foreach (Evidence evidence in finding.Evidence)
            {
                html.Append(CultureInfo.InvariantCulture, $"<p><code>{Text(evidence.Where)}</code> <code>{Text(evidence.Shown)}</code></p>\n");
            }

            if (finding.Accepted is { } accepted)
            {
                html.Append(CultureInfo.InvariantCulture, $"<p>Accepted until {accepted.Until:yyyy-MM-dd}: {Prose(accepted.Reason)}</p>\n");
            }

            if (CheckPage.Find(finding.Check) is { } page)
            {
                html.Append(CultureInfo.InvariantCulture, $"<details><summary>Why, and what to do</summary><pre>{Prose(page.Why)}\n\n{Prose(page.Remedy)}</pre></details>\n");
            }

            html.Append("</article>\n");
        }
    }

    private static string Text(string text) => WebUtility.HtmlEncode(PlainText.Of(text));

    // Words of files and commands stand in backticks.
    private static string Prose(string text) => Ticked().Replace(Text(text), "<code>${words}</code>");

    [GeneratedRegex("`(?<words>[^`\n]+)`", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Ticked();
}
