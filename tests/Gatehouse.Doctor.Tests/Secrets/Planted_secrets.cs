using System.Text;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Reports;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Secrets;

/// <summary>No report shows what a file, an environment or a command line holds in secret.</summary>
public class Planted_secrets
{
    [Fact]
    public async Task None_is_in_any_report()
    {
        Examination first = await Look(PlantedHost.Make(), null);
        Examination round = await Look(new FakeHost(), LastRound.Of(first)) with { Findings = first.Findings, Systems = first.Systems };

        round.Trend.ShouldNotBeNull().Gone.Length.ShouldBeGreaterThan(80, "they are in the reports, too");
        foreach (string format in ReportFormat.Names)
        {
            string report = Encoding.UTF8.GetString(ReportFormat.Write(round, format, "1.2.3"));
            report.Length.ShouldBeGreaterThan(20_000);
            Lines(report).ShouldBeEmpty(format);
        }

        Encoding.UTF8.GetString(LastRound.Of(first).Write()).ShouldNotContain(PlantedHost.Secret, Case.Insensitive);
    }

    /// <summary>What is not looked at cannot be shown: a check on the test itself.</summary>
    [Fact]
    public async Task Every_system_was_looked_at_and_had_secrets_to_mask()
    {
        Examination round = await Look(PlantedHost.Make(), null);

        string[] systems = [.. AllDoctors.All.Select(static d => d.System).Distinct()];
        round.Systems.Select(static s => s.System).Distinct().ShouldBe(systems, ignoreOrder: true);
        foreach (string system in systems)
        {
            round.Findings.Where(f => f.System == system && !f.IsUnknown).ShouldNotBeEmpty(system);
            round.Findings.Where(f => f.System == system).SelectMany(static f => f.Evidence).ShouldContain(static e => e.Shown.Contains(Shown.Mask), system);
        }

        round.Findings.ShouldAllBe(static f => !f.Text.Contains("please report it"));
    }

    [Theory]
    [InlineData("http://user:p@ss@host:9200", "http://****@host:9200")]
    [InlineData("http://user:p/a@host:9200/x", "http://****@host:9200/x")]
    [InlineData("https://host:9200/path?a=b", "https://host:9200/path?a=b")]
    [InlineData("https://host/?token=abc&x=1", "https://host/?token=****&x=1")]
    [InlineData("jdbc:x://host/db;password=abc;ssl=true", "jdbc:x://host/db;password=****;ssl=true")]
    [InlineData("https://host/?API_KEY=abc", "https://host/?API_KEY=****")]
    [InlineData("two\nlines\r", "two lines ")]
    public void What_stands_in_an_address_is_masked(string text, string shown) => Process(text).Shown.ShouldBe(shown);

    [Theory]
    [InlineData("password", true)]
    [InlineData("bind_password", true)]
    [InlineData("default_password", true)]
    [InlineData("secure_passphrase", true)]
    [InlineData("client_secret", true)]
    [InlineData("cookie", true)]
    [InlineData("CLUSTER_SECRET", true)]
    [InlineData("PrivKey", true)]
    [InlineData("private_key", true)]
    [InlineData("serviceAccountToken", true)]
    [InlineData("api_key", true)]
    [InlineData("apiKey", true)]
    [InlineData("secret_key", true)]
    [InlineData("encryptionKey", true)]
    [InlineData("hmac_key", true)]
    [InlineData("authorization", false)] // a section of EMQX; headers are secrets by where they stand
    [InlineData("auth", true)]
    [InlineData("cloud.auth", true)]
    [InlineData("ssl_key_file", false)]
    [InlineData("password_hash_algorithm", false)]
    [InlineData("password_expired_time", false)]
    [InlineData("token_timeout", false)]
    [InlineData("keystore_path", false)]
    [InlineData("enable_authn", false)]
    [InlineData("username", false)]
    public void What_a_name_says_decides(string name, bool isSensitive) => Shown.IsSensitive(name).ShouldBe(isSensitive);

    [Fact]
    public void A_sign_of_two_halves_is_not_cut_in_two()
    {
        for (int length = 100; length < 130; length++)
        {
            string shown = Process(new string('a', length) + "\ud83d\ude00\ud83d\ude00\ud83d\ude00").Shown;

            Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(shown)).ShouldBe(shown);
            shown.Length.ShouldBeLessThanOrEqualTo(123);
        }
    }

    private static Evidence Process(string what) => Shown.Of(new FakeHost().Process(1, "x", "x").Processes[0], what);

    // Some of what is around it is enough to find where it comes from.
    private static string[] Lines(string report) =>
        [.. report.Split('\n').Where(static line => line.Contains(PlantedHost.Secret, StringComparison.OrdinalIgnoreCase) || line.Contains("Pl4nted", StringComparison.OrdinalIgnoreCase))];

    private static async Task<Examination> Look(FakeHost host, LastRound? last) =>
        await Round.MakeAsync(host, AllDoctors.All, ExaminationRequest.WholeHost, [], last, prober: null, TestContext.Current.CancellationToken);
}
