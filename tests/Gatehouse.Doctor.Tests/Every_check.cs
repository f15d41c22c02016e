using System.Reflection;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Tests.Elastic;
using Gatehouse.Doctor.Tests.Emqx;
using Gatehouse.Doctor.Tests.Ignite;
using Gatehouse.Doctor.Tests.Ipfs;
using Gatehouse.Doctor.Tests.Secrets;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests;

/// <summary>Each check has a page, a host on which it speaks and one on which it is silent.</summary>
public class Every_check
{
    /// <summary>Information about secured hosts: a gate stands elsewhere, Ignite has no rights, and a public node of Kubo is one.</summary>
    private static readonly string[] SaidOfSecured = ["ES-050", "IGN-REST-004", "IGN-SEC-011", "KU007"];

    private static readonly string[] Ids = [.. AllDoctors.All.SelectMany(static d => d.Checks).Distinct().Order(StringComparer.Ordinal)];

    // Tested with sockets, running processes and stores of their own: DiscoveryTests, ClusterCircumstanceTests, Nodes_on_a_host, Stores_of_a_node, Doors_that_share_a_store.
    private static readonly string[] Elsewhere = ["ES-072", "IC007", "IGN-RUN-003", "IGN-TLS-007", "IGN-TLS-008", "IGN-TLS-009"];

    /// <summary>As many as the four references have, without those that ask a port.</summary>
    [Theory]
    [InlineData("ES-", 39)]
    [InlineData("IGN-", 58)]
    [InlineData("IC", 62)]
    [InlineData("KU", 8)]
    [InlineData("AUN-", 6)]
    [InlineData("AUZ-", 11)]
    [InlineData("DSH-", 9)]
    [InlineData("ERL-", 17)]
    [InlineData("RPC-", 7)]
    [InlineData("LIS-", 12)]
    [InlineData("MQT-", 6)]
    [InlineData("VER-", 4)]
    [InlineData("FIL-", 3)]
    [InlineData("MESH-", 2)]
    [InlineData("AUD-", 1)]
    [InlineData("NET-", 1)]
    public void There_is_none_too_few(string start, int count) => Ids.Count(id => id.StartsWith(start, StringComparison.Ordinal)).ShouldBe(count);

    [Fact]
    public void Each_has_a_page() => Ids.Where(static id => CheckPage.Find(id) is not { Remedy.Length: > 0, Source.Length: > 0 }).ShouldBeEmpty();

    [Fact]
    public void Each_speaks_somewhere()
    {
        HashSet<string> seen =
        [
            .. Hosts().SelectMany(Look).Concat(Look(PlantedHost.Make())).Where(static f => !f.IsUnknown).Select(static f => f.Check),
            .. Rules_of_EMQX.Cases.Select(static row => row.Data).Where(static c => !c.IsUnknown).Select(static c => c.Id),
            .. ElasticsearchCases.All.Concat(OpenSearchCases.All).SelectMany(static c => c.Expected).Where(static e => !e.Contains("unknown", StringComparison.Ordinal)).Select(static e => e.Split(' ')[0]),
            .. OfCluster(),
            .. Elsewhere,
            .. OfIgnite().Where(static row => row.Marks.Any(char.IsAsciiLetterUpper)).Select(static row => row.Id),
        ];

        Ids.Except(seen).ShouldBeEmpty();
    }

    /// <summary>On secured hosts nothing is above information and nothing unknown, so each check is silent or says what it always says.</summary>
    [Fact]
    public void Each_is_silent_where_nothing_is_wrong()
    {
        string[] secured = [.. Hosts().Where(static name => name.Contains("rules-secured", StringComparison.Ordinal) && !name.StartsWith("ignite", StringComparison.Ordinal))];
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (ISystemDoctor doctor in AllDoctors.All)
        {
            // The stores of Ignite's are no files among the sources: its own tests make them.
            ExaminedSubject[] subjects = doctor.System == "ignite"
                ? [.. Examined_fixtures.Look("rules-secured")]
                : [.. secured.SelectMany(name => doctor.Examine(new FakeHost().Load(name), ExaminationRequest.WholeHost))];

            subjects.ShouldNotBeEmpty(doctor.System);
            subjects.SelectMany(static s => s.Findings).Where(static f => f.Severity > Severity.Info || f.IsUnknown).Select(static f => $"{f.Check} {f.Subject} {f.Text}").ShouldBeEmpty(doctor.System);
            said.UnionWith(subjects.SelectMany(static s => s.Findings).Select(static f => f.Check));
        }

        said.Order(StringComparer.Ordinal).ShouldBe(SaidOfSecured);
    }

    private static IEnumerable<string> Hosts()
    {
        string root = Path.Combine(AppContext.BaseDirectory, "Fixtures");
        return Directory.GetDirectories(root, "rules-*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<Finding> Look(string name) => Look(new FakeHost().Load(name));

    private static IEnumerable<Finding> Look(FakeHost host) => AllDoctors.All.SelectMany(doctor => doctor.Examine(host, ExaminationRequest.WholeHost)).SelectMany(static s => s.Findings);

    // The same faults of the pinning service have ids of their own, which a theory of theirs proves.
    private static IEnumerable<string> OfCluster()
    {
        foreach (string id in ClusterRuleTests.Faults.Concat(ClusterRuleTests.ApiFaults).SelectMany(static row => row.Data.Item2.Split(", ")).Select(static e => e.Split(' ')[0]))
        {
            yield return id;
            yield return id.Replace("IC04", "IC06", StringComparison.Ordinal).Replace("IC03", "IC05", StringComparison.Ordinal);
        }
    }

    // Rows of the theories of Ignite: id, text, marks, sometimes with more between.
    private static IEnumerable<(string Id, string Marks)> OfIgnite() =>
        from type in new[] { typeof(Rules_of_a_node), typeof(Rules_of_a_cluster), typeof(Stores_of_a_node), typeof(Nodes_on_a_host) }
        from method in type.GetMethods()
        from row in method.GetCustomAttributes<InlineDataAttribute>()
        let texts = row.Data.OfType<string>().ToArray()
        where texts.Length > 1 && texts[0].StartsWith("IGN-", StringComparison.Ordinal)
        select (texts[0], texts[^1]);
}
