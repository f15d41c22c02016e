using System.Text.Json;
using Gatehouse.Doctor.Reports;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Reports;

/// <summary>SARIF 2.1.0: what its chapter 3 demands of a log, a run, a tool, a result and a place.</summary>
public sealed class Sarif_reports : IDisposable
{
    private readonly JsonDocument _report = JsonDocument.Parse(ReportFormat.Write(Sample.Examination, "sarif", "1.2.3"));

    private JsonElement Run => _report.RootElement.GetProperty("runs").EnumerateArray().ShouldHaveSingleItem();

    private JsonElement[] Results => [.. Run.GetProperty("results").EnumerateArray()];

    public void Dispose() => _report.Dispose();

    [Fact]
    public void The_log_says_which_version_it_is()
    {
        _report.RootElement.GetProperty("version").GetString().ShouldBe("2.1.0");
        _report.RootElement.GetProperty("$schema").GetString().ShouldEndWith("/sarif-schema-2.1.0.json");
    }

    [Fact]
    public void The_tool_has_a_name_and_each_rule_once()
    {
        JsonElement driver = Run.GetProperty("tool").GetProperty("driver");
        driver.GetProperty("name").GetString().ShouldBe("gatehouse doctor");
        driver.GetProperty("version").GetString().ShouldBe("1.2.3");
        JsonElement[] rules = [.. driver.GetProperty("rules").EnumerateArray()];
        rules.Select(static r => r.GetProperty("id").GetString()).ShouldBe(["ES-001", "ES-004", "ES-010", "ES-016", "ES-050", "ES-060"]);
        foreach (JsonElement rule in rules)
        {
            rule.GetProperty("shortDescription").GetProperty("text").GetString().ShouldNotBeNullOrEmpty();
            rule.GetProperty("fullDescription").GetProperty("text").GetString().ShouldNotBeNullOrEmpty();
            rule.GetProperty("help").GetProperty("text").GetString().ShouldNotBeNullOrEmpty();
            rule.GetProperty("defaultConfiguration").GetProperty("level").GetString().ShouldBeOneOf("none", "note", "warning", "error");
            double.Parse(rule.GetProperty("properties").GetProperty("security-severity").GetString()!).ShouldBeInRange(0, 10);
        }
    }

    [Fact]
    public void The_invocation_says_when_and_that_it_went_well()
    {
        JsonElement invocation = Run.GetProperty("invocations").EnumerateArray().ShouldHaveSingleItem();

        invocation.GetProperty("executionSuccessful").GetBoolean().ShouldBeTrue();
        invocation.GetProperty("startTimeUtc").GetString().ShouldBe("2026-11-23T10:00:00Z");
        invocation.GetProperty("endTimeUtc").GetString().ShouldBe("2026-11-23T10:00:01.234Z");
    }

    [Fact]
    public void Each_result_names_its_rule_and_has_a_message()
    {
        Results.Length.ShouldBe(6);
        JsonElement rules = Run.GetProperty("tool").GetProperty("driver").GetProperty("rules");
        foreach (JsonElement result in Results)
        {
            string id = result.GetProperty("ruleId").GetString()!; // a result has one
            rules[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString().ShouldBe(id);
            result.GetProperty("message").GetProperty("text").GetString().ShouldBe($"{id} {Sample.Whole}");
            result.GetProperty("partialFingerprints").GetProperty("gatehouse/v1").GetString()!.Length.ShouldBe(16);
        }
    }

    /// <summary>3.27.10: what is no failure has the level none.</summary>
    [Fact]
    public void Kinds_and_levels_go_together() => Results.Select(static r => $"{r.GetProperty("ruleId")} {r.GetProperty("kind")} {r.GetProperty("level")}").ShouldBe(
        ["ES-001 fail error", "ES-016 open none", "ES-010 fail warning", "ES-060 fail warning", "ES-004 fail note", "ES-050 informational none"]);

    [Fact]
    public void An_accepted_risk_is_suppressed_with_its_reason()
    {
        JsonElement suppressed = Results.Single(static r => r.TryGetProperty("suppressions", out _));

        suppressed.GetProperty("ruleId").GetString().ShouldBe("ES-060");
        suppressed.GetProperty("suppressions")[0].GetProperty("kind").GetString().ShouldBe("external");
        suppressed.GetProperty("suppressions")[0].GetProperty("justification").GetString().ShouldBe("known " + Sample.Whole);
    }

    [Fact]
    public void Places_of_files_are_uris_of_this_host_and_others_have_names()
    {
        JsonElement[] places = [.. Results[0].GetProperty("locations").EnumerateArray()];
        string[] uris = [.. places.Select(static p => p.GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString()!)]; // both are files

        uris.ShouldBe(["file:///etc/a%20b%23c%3F%3Cx%3E%26/elasticsearch.yml", "file:///host/share"]);
        uris.ShouldAllBe(static uri => new Uri(uri).Host == "");
        JsonElement region = places[0].GetProperty("physicalLocation").GetProperty("region");
        region.GetProperty("startLine").GetInt32().ShouldBe(12);
        region.GetProperty("startColumn").GetInt32().ShouldBe(3);
        places[1].GetProperty("physicalLocation").TryGetProperty("region", out _).ShouldBeFalse();
        Results[2].GetProperty("locations")[0].GetProperty("logicalLocations")[0].GetProperty("fullyQualifiedName").GetString().ShouldBe("10.0.0.5:9200");
    }
}
