using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>
/// Whole hosts, with all that is found on them in <c>expected.txt</c>: check, severity, whether it could not be decided, place, text.
/// GATEHOUSE_UPDATE_GOLDEN=1 writes it anew. Stores are made by the test, as no private key lies among the sources.
/// </summary>
public sealed class Examined_fixtures
{
    private static readonly string[] Secrets = ["fixture-secret", IgniteLook.StorePassword];

    [Theory]
    [InlineData("rules-stock-3.0")]
    [InlineData("rules-stock-3.1-image")]
    [InlineData("rules-secured")]
    [InlineData("rules-manual")]
    [InlineData("rules-broken")]
    public void All_that_is_found(string name)
    {
        ImmutableArray<ExaminedSubject> subjects = Look(name);
        string found = string.Concat(subjects.SelectMany(static subject => subject.Findings).Select(static finding => Line(finding) + "\n"));
        string path = Path.Combine(Path.GetDirectoryName(Here())!, "..", "Fixtures", "ignite", name, "expected.txt");
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, found);
        }

        found.ShouldBe(File.ReadAllText(path), "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
        Secrets.ShouldAllBe(secret => !found.Contains(secret));
        subjects.SelectMany(static subject => subject.Findings).SelectMany(static finding => finding.Evidence)
            .ShouldAllBe(static evidence => !Secrets.Any(secret => $"{evidence.Place} {evidence.Shown}".Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_secured_host_has_nothing_but_what_is_worth_knowing() =>
        Look("rules-secured").SelectMany(static subject => subject.Findings)
            .Where(static finding => finding.Severity > Severity.Info || finding.IsUnknown).Select(Line).ShouldBeEmpty();

    /// <summary>What is found on a fixture's host.</summary>
    internal static ImmutableArray<ExaminedSubject> Look(string name)
    {
        FakeHost host = new FakeHost().Load($"ignite/{name}");
        if (name == "rules-secured")
        {
            byte[] trust = IgniteLook.TrustStore(host.Now, "CA of the lab", "fixture-secret-trust-1");
            foreach (string door in new[] { "node", "client", "rest" })
            {
                host.File($"/etc/ignite3db/{door}.p12", IgniteLook.KeyStore(host.Now.AddDays(-1), host.Now.AddDays(300), password: "fixture-secret-key-1"), "0600", 990, 990)
                    .File($"/etc/ignite3db/{door}-ca.p12", trust, "0640", 0, 990);
            }
        }

        return [.. new IgniteDoctor().Examine(host, ExaminationRequest.WholeHost)];
    }

    private static string Line(Finding finding) =>
        $"{finding.Check} {finding.Severity.ToString().ToLowerInvariant()}{(finding.IsUnknown ? " unknown" : "")} {(finding.Evidence.IsEmpty ? "-" : finding.Evidence[0].Where)} {finding.Text}";

    private static string Here([CallerFilePath] string path = "") => path;
}
