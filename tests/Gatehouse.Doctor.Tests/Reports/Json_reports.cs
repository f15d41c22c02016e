using System.Text.Json;
using Gatehouse.Doctor.Reports;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Reports;

public class Json_reports
{
    [Fact]
    public void Everything_is_in_them()
    {
        using JsonDocument report = JsonDocument.Parse(ReportFormat.Write(Sample.Examination, "json", "1.2.3"));
        JsonElement root = report.RootElement;

        root.GetProperty("host").GetString().ShouldBe("lab " + Sample.Whole);
        root.GetProperty("began").GetDateTimeOffset().ShouldBe(Sample.Examination.Began);
        root.GetProperty("took_ms").GetInt32().ShouldBe(1234);
        root.GetProperty("checks").GetInt32().ShouldBe(8);
        root.GetProperty("systems").EnumerateArray().Select(static s => s.GetProperty("system").GetString()).ShouldBe(["elasticsearch", "kubo"]);
        root.GetProperty("systems")[1].TryGetProperty("version", out _).ShouldBeFalse();
        JsonElement[] findings = [.. root.GetProperty("findings").EnumerateArray()];
        findings.Select(static f => $"{f.GetProperty("check")} {f.GetProperty("severity")} {f.GetProperty("verdict")}").ShouldBe(
            ["ES-001 critical open", "ES-016 high unknown", "ES-010 medium open", "ES-060 medium accepted", "ES-004 low open", "ES-050 info open"]);
        findings[0].GetProperty("text").GetString().ShouldBe("ES-001 " + Sample.Whole);
        JsonElement evidence = findings[0].GetProperty("evidence")[0];
        evidence.GetProperty("kind").GetString().ShouldBe("file");
        evidence.GetProperty("place").GetString().ShouldBe(Sample.Subject);
        evidence.GetProperty("line").GetInt32().ShouldBe(12);
        evidence.GetProperty("column").GetInt32().ShouldBe(3);
        evidence.GetProperty("shown").GetString().ShouldBe(Sample.Whole);
        findings[3].GetProperty("accepted").GetProperty("until").GetString().ShouldBe("2027-01-31");
        findings[0].TryGetProperty("accepted", out _).ShouldBeFalse();
        root.GetProperty("trend").GetProperty("new")[0].GetString().ShouldBe(findings[0].GetProperty("fingerprint").GetString());
        root.GetProperty("trend").GetProperty("gone")[0].GetProperty("check").GetString().ShouldBe("ES-011");
    }

    [Fact]
    public void They_are_plain_characters_that_no_page_and_no_terminal_takes_for_its_own()
    {
        byte[] report = ReportFormat.Write(Sample.Examination, "json", "1.2.3");

        report.ShouldAllBe(static b => b == '\n' || (b >= ' ' && b < 0x7F));
        report.ShouldNotContain((byte)'<');
    }

    [Fact]
    public void A_format_that_there_is_not_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(static () => ReportFormat.Write(Sample.Examination, "pdf", "1.2.3")).ParamName.ShouldBe("format");
}
