using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Rules of nodes, each with configurations that it speaks of and such that it does not.</summary>
public class NodeRuleTests
{
    public static TheoryData<string> ElasticsearchNames => [.. ElasticsearchCases.All.Select(static c => c.Name)];

    public static TheoryData<string> OpenSearchNames => [.. OpenSearchCases.All.Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(ElasticsearchNames))]
    public void Elasticsearch_is_judged_by_what_was_changed(string name)
    {
        ElasticCase change = ElasticsearchCases.All.Single(c => c.Name == name);
        FakeHost host = ElasticLab.Elasticsearch(change.Apply(ElasticLab.SecuredElasticsearch), change.Version ?? "9.2.3");
        change.Also?.Invoke(host);
        Found(host).ShouldBe(change.Expected, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(OpenSearchNames))]
    public void OpenSearch_is_judged_by_what_was_changed(string name)
    {
        ElasticCase change = OpenSearchCases.All.Single(c => c.Name == name);
        FakeHost host = ElasticLab.OpenSearch(change.Apply(ElasticLab.SecuredOpenSearch), change.Version ?? "3.2.0");
        change.Also?.Invoke(host);
        Found(host).ShouldBe(change.Expected, ignoreOrder: true);
    }

    [Fact]
    public void Every_rule_of_nodes_has_a_case_that_it_speaks_of()
    {
        string[] spoken = [.. ElasticsearchCases.All.Concat(OpenSearchCases.All).SelectMany(static c => c.Expected).Where(static e => !e.Contains("unknown", StringComparison.Ordinal)).Select(static e => e.Split(' ')[0]).Distinct()];

        // Known passwords in the environment and contradicting ports need more than a file: they are in other tests.
        Gatehouse.Doctor.Elastic.Nodes.NodeRules.All.Select(static rule => rule.Id).Except(spoken).ShouldBe(["ES-072"]);
    }

    // What is only worth knowing is left out, unless it is not known.
    private static string[] Found(FakeHost host) =>
    [
        .. ElasticLab.Findings(host).Where(static f => f.Severity > Severity.Info || f.IsUnknown)
            .Select(static f => string.Join(' ', [ElasticLab.Short(f), .. f.Evidence.Where(static e => e.Line > 0).Select(static e => $"@{e.Line}")])),
    ];
}
