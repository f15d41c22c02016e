using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Whole installations: stock ones, secured ones, broken ones, each with all that is found there.</summary>
public class Fixtures_of_EMQX
{
    private const string Update = "GATEHOUSE_UPDATE_GOLDEN";

    public static TheoryData<string> Folders { get; } =
        [.. Directory.GetDirectories(Path.Combine(AppContext.BaseDirectory, "Fixtures", "emqx"), "rules-*").Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Exactly_what_is_expected_is_found(string folder)
    {
        string[] found = [.. Look(folder).Select(EmqxHost.Line)];
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllLines(Path.Combine(Sources(), "..", "Fixtures", "emqx", folder, "expected.txt"), found);
            return;
        }

        found.ShouldBe(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "emqx", folder, "expected.txt")));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Secured_installations_are_clean_and_others_not(string folder) =>
        Look(folder).Any(static f => f.Severity > Severity.Info || f.IsUnknown).ShouldBe(!folder.Contains("secured", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Nothing_found_holds_a_secret(string folder)
    {
        string[] secrets = ["Zq4tWm8kRx2Yb6Ns9Vc3Ld7Fg5HjPe1A", "Uw7-Zk2-Qp9-Xc4-Lm6", "K7n3Qx9Zp2Lw8RvTn5BdHs6YcJ4gMa1E", "emqxsecretcookie", "emqx50elixir"];
        foreach (Finding finding in Look(folder))
        {
            string all = $"{finding.Text} {string.Join(' ', finding.Evidence.Select(static e => e.Place + e.Shown))}";
            secrets.Where(all.Contains).ShouldBeEmpty(finding.Check);
        }
    }

    private static ImmutableArray<Finding> Look(string folder) => EmqxHost.Look(new FakeHost().Load($"emqx/{folder}"));

    private static string Sources([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
