using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Reports;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Reports;

public partial class Html_reports
{
    private static readonly string Page = Encoding.UTF8.GetString(ReportFormat.Write(Sample.Examination, "html", "1.2.3"));

    [Fact]
    public void Hostile_text_stays_text()
    {
        Page.ShouldNotContain("<script", Case.Insensitive);
        Page.ShouldNotContain("<!--");
        Tags().Matches(Page).Select(static tag => tag.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal).ShouldBe(
            ["article", "b", "body", "code", "details", "h1", "h2", "h3", "head", "html", "li", "meta", "p", "pre", "span", "style", "summary", "table", "td", "th", "title", "tr", "ul"]);
        Tags().Matches(Page).Select(static tag => tag.Groups["attributes"].Value.Trim()).Where(static a => a.Length > 0).Distinct()
            .ShouldAllBe(static attributes => OwnAttributes().IsMatch(attributes));
    }

    [Fact]
    public void What_was_said_is_shown_whole()
    {
        string text = WebUtility.HtmlDecode(Page);
        string whole = Sample.Whole.Replace('\u0001', '\ufffd').Replace('\u001b', '\ufffd');

        foreach (string part in new[] { "ES-001 ", "ES-016 ", "ES-004 ", "ES-050 ", "ES-060 ", "known ", "lab ", "9.2.3 ", "a title " })
        {
            text.ShouldContain(part + whole);
        }

        text.ShouldContain($"{Sample.Subject}:12:3");
        text.ShouldContain("Accepted until 2027-01-31");
        text.ShouldContain("Gone since 2026-11-22 12:00 UTC");
        text.ShouldContain("2026-11-23 10:00:00 UTC, 8 checks in 1.2 s");
    }

    [Fact]
    public void Nothing_on_it_is_a_command_to_a_terminal() =>
        Page.Any(static c => (char.IsControl(c) && c is not ('\n' or '\t')) || (c >= '\u202a' && c <= '\u202e')).ShouldBeFalse();

    [Fact]
    public void Words_in_backticks_are_code_and_nothing_else_is()
    {
        Examination examination = Sample.Examination;
        string page = Encoding.UTF8.GetString(ReportFormat.Write(
            examination with { Findings = [examination.Findings[0] with { Text = "`a<b>` is open, `\u202eelif` \u001b]0;x\u0007\u009b" }] }, "html", "1"));

        page.ShouldContain("<p><code>a&lt;b&gt;</code> is open, <code>\ufffdelif</code>");
        page.ShouldNotContain("\u001b");
        page.ShouldNotContain("\u009b");
        page.ShouldNotContain("\u202e");
    }

    [Fact]
    public void What_could_not_be_looked_at_stands_in_every_report_for_programs_and_people()
    {
        Examination blind = Sample.Examination with { Blind = [new BlindSpot("/etc/es/elasticsearch.yml:3:1", "GH8101, a tab")] };

        foreach (string format in new[] { "json", "sarif", "html" })
        {
            Encoding.UTF8.GetString(ReportFormat.Write(blind, format, "1")).ShouldContain("/etc/es/elasticsearch.yml:3:1");
        }

        Encoding.UTF8.GetString(ReportFormat.Write(blind, "sarif", "1")).ShouldContain("\"executionSuccessful\": false");
        Encoding.UTF8.GetString(ReportFormat.Write(Sample.Examination, "sarif", "1")).ShouldContain("\"executionSuccessful\": true");
    }

    [Fact]
    public void Numbers_count_what_is_open() =>
        Numbers().Matches(Page).Select(static n => $"{n.Groups["count"].Value} {n.Groups["word"].Value}")
            .ShouldBe(["1 critical", "0 high", "1 medium", "1 low", "1 info", "1 not known", "1 accepted"]);

    [Fact]
    public void It_asks_for_nothing_else()
    {
        Page.ShouldContain("Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"");
        Page.ShouldNotContain("src=\"");
        Page.ShouldNotContain("href=");
        Page.ShouldNotContain("url(");
    }

    [GeneratedRegex("<(?<name>[a-zA-Z][a-zA-Z0-9]*)(?<attributes>[^>]*)>", RegexOptions.ExplicitCapture)]
    private static partial Regex Tags();

    [GeneratedRegex("""^(lang="en"|charset="utf-8"|name="viewport" content="width=device-width"|http-equiv="Content-Security-Policy" content="[^"<]*"|class="[a-z]+")$""", RegexOptions.ExplicitCapture)]
    private static partial Regex OwnAttributes();

    [GeneratedRegex("<li><b>(?<count>[0-9]+)</b> (?<word>[a-z ]+)</li>", RegexOptions.ExplicitCapture)]
    private static partial Regex Numbers();
}
