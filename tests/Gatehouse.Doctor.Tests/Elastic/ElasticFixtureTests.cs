using System.Runtime.CompilerServices;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Whole hosts with what is found on them. <c>GATEHOUSE_UPDATE_GOLDEN=1</c> writes what is found instead.</summary>
public class ElasticFixtureTests
{
    private static readonly string[] Systems = ["elasticsearch", "opensearch", "kibana", "logstash", "beats"];

    public static TheoryData<string> Cases =>
    [
        .. Systems.Select(static system => Path.Combine(AppContext.BaseDirectory, "Fixtures", system)).Where(Directory.Exists)
            .SelectMany(static folder => Directory.EnumerateDirectories(folder, "rules-*").Select(path => $"{Path.GetFileName(folder)}/{Path.GetFileName(path)}")).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_host_has_the_findings_that_are_written_beside_it(string name)
    {
        FakeHost host = new FakeHost().Load(name);
        string compose = $"/srv/compose.yaml";
        Finding[] findings = host.Look(compose) is null ? ElasticLab.Findings(host) : ElasticLab.Findings(host, compose);
        string found = string.Concat(findings.Select(static f => ElasticLab.Long(f) + "\n"));
        string golden = Path.Combine(SourceFolder(), "..", "Fixtures", name, "expected.txt");
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, found);
        }

        found.ShouldBe(File.Exists(golden) ? File.ReadAllText(golden) : "(nothing is written)");
        findings.ShouldAllBe(static f => !f.Text.Contains("hunter2secret") && f.Evidence.All(static e => !e.Shown.Contains("hunter2secret")));
    }

    [Theory]
    [InlineData("elasticsearch/rules-secured-9")]
    [InlineData("opensearch/rules-secured-3")]
    [InlineData("kibana/rules-secured-9")]
    [InlineData("logstash/rules-secured-9")]
    [InlineData("beats/rules-secured-9")]
    public void A_secured_host_has_nothing_but_what_is_worth_knowing(string name) =>
        ElasticLab.Findings(new FakeHost().Load(name)).Where(static f => f.Severity > Severity.Info || f.IsUnknown).Select(ElasticLab.Long).ShouldBeEmpty();

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path) ?? "";
}
