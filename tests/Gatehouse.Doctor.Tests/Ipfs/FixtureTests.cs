using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>What is found on whole hosts: stock files of several versions, secured ones, broken ones, containers.</summary>
public class FixtureTests
{
    public static TheoryData<string, string> All { get; } = [.. from system in new[] { "ipfs-cluster", "kubo" } from name in Fixtures.Of(system) select (system, name)];

    public static TheoryData<string, string> Secured { get; } = [.. All.Select(static row => row.Data).Where(static row => row.Item2.StartsWith("rules-secured", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_found_is_what_is_written(string system, string name) => Fixtures.Compare(system, name, Lines(system, name));

    [Theory]
    [MemberData(nameof(Secured))]
    public void A_secured_installation_is_clean(string system, string name)
    {
        Findings(system, name).Where(static finding => finding.Severity > Severity.Info).Select(Fixtures.Line).ShouldBeEmpty();
        Examined(system, name).ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(All))]
    public void No_secret_is_shown(string system, string name)
    {
        IReadOnlyList<string> secrets = Fixtures.Secrets(system, name);
        string shown = string.Join('\n', Findings(system, name).SelectMany(static f => f.Evidence.Select(static e => $"{e.Place} {e.Shown}").Append(f.Text)));

        secrets.Where(secret => shown.Contains(secret, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
    }

    [Fact]
    public void The_look_for_secrets_finds_those_of_the_fixtures()
    {
        Fixtures.Secrets("ipfs-cluster", "rules-loose").Count.ShouldBeGreaterThan(3);
        Fixtures.Secrets("ipfs-cluster", "rules-variables").ShouldContain("hunter2hunter2");
        Fixtures.Secrets("kubo", "rules-users").Count.ShouldBe(4);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void No_rule_fails(string system, string name) =>
        Findings(system, name).Where(static finding => finding.Text.Contains("please report it", StringComparison.Ordinal)).Select(static f => f.Check).ShouldBeEmpty();

    [Fact]
    public void Every_check_has_a_page_of_its_system()
    {
        foreach (ISystemDoctor doctor in new ISystemDoctor[] { new ClusterDoctor(), new KuboDoctor() })
        {
            doctor.Checks.ShouldBeUnique();
            string.Join(" ", doctor.Checks.Order(StringComparer.Ordinal)).ShouldBe(string.Join(" ", doctor.Checks), "checks stand in the order of their ids");
            foreach (string id in doctor.Checks)
            {
                CheckPage page = CheckPage.Find(id).ShouldNotBeNull(id);
                page.Id.ShouldBe(id);
                page.System.ShouldBe(doctor.System, id);
            }
        }
    }

    [Fact]
    public void Every_page_of_the_two_has_a_check_or_is_a_question_to_a_port()
    {
        HashSet<string> checks = [.. new ClusterDoctor().Checks, .. new KuboDoctor().Checks];

        CheckPage.Ids.Where(static id => id.StartsWith("IC", StringComparison.Ordinal) || id.StartsWith("KU", StringComparison.Ordinal)).Except(checks).ShouldBeEmpty();
        CheckPage.Ids.Where(static id => id.StartsWith("LP", StringComparison.Ordinal)).ShouldBe(Enumerable.Range(1, 20).Select(static n => $"LP{n:00}"));
    }

    private static IEnumerable<string> Lines(string system, string name) =>
        Examined(system, name).SelectMany(static subject => subject.Findings.Select(Fixtures.Line).Prepend($"{subject.System.System} {subject.System.Subject} {subject.System.Version ?? "-"} {string.Join('+', subject.System.Layers)}"));

    private static IEnumerable<Finding> Findings(string system, string name) => Examined(system, name).SelectMany(static subject => subject.Findings);

    private static IReadOnlyList<ExaminedSubject> Examined(string system, string name)
    {
        (FakeHost host, ExaminationRequest request) = Fixtures.Load(system, name);
        ISystemDoctor doctor = system == "kubo" ? new KuboDoctor() : new ClusterDoctor();
        return [.. doctor.Examine(host, request)];
    }
}
