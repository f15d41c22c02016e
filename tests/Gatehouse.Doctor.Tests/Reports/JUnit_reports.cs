using System.Text;
using System.Xml.Linq;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Reports;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Reports;

public class JUnit_reports
{
    private static readonly XElement Root = XDocument.Parse(Encoding.UTF8.GetString(ReportFormat.Write(Sample.Examination, "junit", "1.2.3"))).Root!; // it was parsed

    [Fact]
    public void There_is_a_suite_for_each_system_and_its_numbers_are_true()
    {
        Root.Name.LocalName.ShouldBe("testsuites");
        XElement[] suites = [.. Root.Elements("testsuite")];
        suites.Select(static s => (string?)s.Attribute("name")).ShouldBe([$"elasticsearch {Sample.Subject}", "kubo /var/lib/ipfs/config"]);
        foreach (XElement suite in suites)
        {
            ((int)suite.Attribute("tests")!).ShouldBe(suite.Elements("testcase").Count());
            ((int)suite.Attribute("failures")!).ShouldBe(suite.Descendants("failure").Count());
            ((int)suite.Attribute("skipped")!).ShouldBe(suite.Descendants("skipped").Count());
        }
    }

    [Fact]
    public void A_check_passes_fails_or_was_not_decided()
    {
        string[] tests = [.. Root.Descendants("testcase").Select(static t => $"{((string)t.Attribute("name")!).Split(':')[0]} {(t.Elements().FirstOrDefault()?.Name.LocalName ?? "passed")}")];

        tests.ShouldBe(["ES-001 failure", "ES-002 passed", "ES-004 failure", "ES-010 failure", "ES-016 skipped", "ES-050 skipped", "ES-060 skipped", "KU001 passed"]);
    }

    [Fact]
    public void What_could_not_be_looked_at_is_an_error()
    {
        Examination blind = Sample.Examination with { Blind = [new BlindSpot("/etc/es/elasticsearch.yml:3:1", "GH8101, a tab"), new BlindSpot("ports\u0001", "time")] };
        XElement suite = XDocument.Parse(Encoding.UTF8.GetString(ReportFormat.Write(blind, "junit", "1.2.3"))).Root!.Elements("testsuite").Last();

        (((string?)suite.Attribute("name")), ((int)suite.Attribute("tests")!), ((int)suite.Attribute("errors")!)).ShouldBe(("not looked at", 2, 2));
        suite.Elements("testcase").Select(static t => $"{(string?)t.Attribute("name")}: {(string?)t.Element("error")!.Attribute("type")} {(string?)t.Element("error")!.Attribute("message")}")
            .ShouldBe(["/etc/es/elasticsearch.yml:3:1: GH8152 GH8101, a tab", "ports\ufffd: GH8152 time"]);
        Root.Elements("testsuite").ShouldAllBe(static one => (int)one.Attribute("errors")! == 0);
    }

    [Fact]
    public void What_XML_cannot_hold_is_replaced_and_the_rest_stays()
    {
        string shown = Sample.Whole.Replace('\u0001', '\ufffd').Replace('\u001b', '\ufffd');
        XElement failure = Root.Descendants("failure").First();

        ((string?)failure.Attribute("message")).ShouldBe("ES-001 " + shown);
        failure.Value.ShouldContain($"{Sample.Subject}:12:3: {shown}");
        ((string?)Root.Descendants("skipped").Last().Attribute("message")).ShouldBe("accepted: known " + shown);
        ((string?)Root.Elements().First().Attribute("hostname")).ShouldBe("lab " + shown);
    }
}
