using System.Net;
using System.Text;
using System.Text.RegularExpressions;
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

        foreach (string part in new[] { "ES-001 ", "ES-016 ", "ES-004 ", "ES-050 ", "ES-060 ", "known ", "lab ", "9.2.3 ", "a title " })
        {
            text.ShouldContain(part + Sample.Whole);
        }

        text.ShouldContain($"{Sample.Subject}:12:3");
        text.ShouldContain("Accepted until 2027-01-31");
        text.ShouldContain("Gone since 2026-11-22 12:00 UTC");
        text.ShouldContain("2026-11-23 10:00:00 UTC, 8 checks in 1.2 s");
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
