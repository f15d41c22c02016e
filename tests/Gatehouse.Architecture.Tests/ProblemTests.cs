using System.Reflection;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Architecture.Tests;

/// <summary>Ids, titles and pages of problems agree.</summary>
public class ProblemTests
{
    private static readonly (string File, IReadOnlyList<ProblemDefinition> Listed, IReadOnlyList<ProblemDefinition> Declared)[] Ranges =
    [
        .. typeof(ProblemDefinition).Assembly.GetTypes()
            .Where(static t => t.Name.EndsWith("Problems", StringComparison.Ordinal) && t.Namespace is { } space && (space + ".").StartsWith(typeof(ProblemDefinition).Namespace + ".", StringComparison.Ordinal))
            .Select(static t => (
                t.Name,
                (IReadOnlyList<ProblemDefinition>)t.GetProperty("All")!.GetValue(null)!,
                (IReadOnlyList<ProblemDefinition>)[.. t.GetFields(BindingFlags.Public | BindingFlags.Static).Select(static f => (ProblemDefinition)f.GetValue(null)!)])),
    ];

    /// <summary>The first digit of each file's ids.</summary>
    private static readonly Dictionary<string, char> Digits = new(StringComparer.Ordinal)
    {
        ["StartProblems"] = '0',
        ["ConfigurationProblems"] = '1',
        ["StoreProblems"] = '2',
        ["StateProblems"] = '2',
        ["ClusterStateProblems"] = '2',
        ["DenialProblems"] = '2',
        ["EnrolmentProblems"] = '3',
        ["TrustProblems"] = '3',
        ["ImportProblems"] = '3',
        ["MeshConfigurationProblems"] = '1',
        ["StoreConfigurationProblems"] = '1',
        ["EtcdProblems"] = '2',
        ["TransferProblems"] = '2',
        ["NetworkProblems"] = '4',
        ["TopicProblems"] = '4',
        ["IdentityProblems"] = '5',
        ["RotationProblems"] = '3',
        ["SwarmProblems"] = '5',
        ["MeshProblems"] = '5',
        ["EmqxProblems"] = '5',
        ["IgniteProblems"] = '5',
        ["IgniteRestProblems"] = '5',
        ["IpfsProblems"] = '5',
        ["MqttProblems"] = '5',
        ["ClientIdProblems"] = '5',
        ["PinProblems"] = '5',
        ["PolicyProblems"] = '6',
        ["GateProblems"] = '7',
        ["PortProblems"] = '7',
        ["CatalogueProblems"] = '7',
        ["CertificateProblems"] = '3',
        ["AuditProblems"] = '8',
        ["TextProblems"] = '8',
        ["DoctorProblems"] = '8',
        ["HardenProblems"] = '8',
        ["AdministrationProblems"] = '9',
    };

    [Fact]
    public void Every_declared_problem_is_listed_and_catalogued()
    {
        foreach ((string file, IReadOnlyList<ProblemDefinition> listed, IReadOnlyList<ProblemDefinition> declared) in Ranges)
        {
            listed.ShouldNotContain((ProblemDefinition)null!, file);
            listed.Select(static d => d.Id).ShouldBe(declared.Select(static d => d.Id), ignoreOrder: true, file);
            listed.ShouldAllBe(static d => ProblemCatalogue.All.ContainsKey(d.Id), file);
        }
    }

    [Fact]
    public void Ids_are_unique_and_in_the_range_of_their_file()
    {
        ProblemDefinition[] all = [.. Ranges.SelectMany(static r => r.Listed)];
        all.GroupBy(static d => d.Id).Where(static g => g.Count() > 1).Select(static g => g.Key).ShouldBeEmpty();
        all.Length.ShouldBe(ProblemCatalogue.All.Count);
        foreach ((string file, IReadOnlyList<ProblemDefinition> listed, _) in Ranges)
        {
            Digits.ShouldContainKey(file);
            listed.ShouldAllBe(d => d.Id.Length == 6 && d.Id.StartsWith("GH" + Digits[file]) && d.Id.Skip(2).All(char.IsAsciiDigit), file);
        }
    }

    [Fact]
    public void Every_problem_has_a_page_with_its_title()
    {
        string[] wrong = [.. ProblemCatalogue.All.Values
            .Where(static d => FirstLine(d.Id) != $"# {d.Id}: {d.Title}")
            .Select(static d => $"docs/errors/{d.Id}.md begins with `{FirstLine(d.Id)}`, not `# {d.Id}: {d.Title}`")
            .Order(StringComparer.Ordinal)];
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Every_page_has_a_problem_and_says_what_to_do()
    {
        string[] pages = [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "errors"), "GH*.md")];
        pages.Select(static p => Path.GetFileNameWithoutExtension(p)).Except(ProblemCatalogue.All.Keys).ShouldBeEmpty();
        string[] sections = ["## What it means", "## Why", "## What to do"];
        pages.Where(p => !sections.All(s => File.ReadAllText(p).Contains(s, StringComparison.Ordinal)))
            .Select(static p => Path.GetFileName(p)).ShouldBeEmpty("a page has: " + string.Join(", ", sections));
    }

    private static string FirstLine(string id)
    {
        string path = Path.Combine(Repository.Root, "docs", "errors", id + ".md");
        return File.Exists(path) ? File.ReadLines(path).FirstOrDefault() ?? "" : "nothing: the page is missing";
    }
}
