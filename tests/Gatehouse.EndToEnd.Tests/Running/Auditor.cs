using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>testssl.sh, the scanner that an auditor brings, with the grade of SSL Labs' rating guide.</summary>
/// <param name="Grade">A+ to F; T where the certificate is not trusted.</param>
/// <param name="Findings">What it found at each place: id, severity, text.</param>
internal sealed record Auditor(string Grade, ILookup<string, (string Severity, string Text)> Findings)
{
    // A private CA has neither revocation service nor transparency logs; nodes are restarted once a year, and browsers do not come. Which
    // hashes sign a handshake is the runtime's own, and no setting of the guarded systems.
    private static readonly string[] OfAPrivateCa =
    [
        "cert_revocation", "cert_ocspRevoked", "cert_crlRevoked", "certificate_transparency", "DNS_CAArecord", "OCSP_stapling", "cert_caIssuers", "cert_extlifeSpan", "cert_validityPeriod",
        "HSTS", "security_headers", "banner_server", "grade_cap", "FS_TLS12_sig_algs", "FS_TLS13_sig_algs",
    ];

    /// <summary>Whatever is to be mended: from LOW on, except what a private CA cannot have.</summary>
    public IEnumerable<string> Weak => Findings
        .Where(static id => !OfAPrivateCa.Any(known => id.Key.StartsWith(known, StringComparison.OrdinalIgnoreCase)))
        .SelectMany(static id => id.Where(static found => found.Severity is "LOW" or "MEDIUM" or "HIGH" or "CRITICAL" or "FATAL").Select(found => $"{id.Key} {found.Severity} {found.Text}"));

    /// <summary>What it says of one thing, which it must say once.</summary>
    public string Of(string id) => Findings[id].ShouldHaveSingleItem().Text;

    /// <summary>Looks at versions, suites, forward secrecy, certificate, headers and known faults.</summary>
    /// <param name="daemon">Its CA is trusted.</param>
    /// <param name="host">A name of this machine, or its address.</param>
    /// <param name="port">TLS from the first byte on.</param>
    public static async Task<Auditor> LookAsync(Daemon daemon, string host, int port)
    {
        string report = daemon.Folder[string.Create(CultureInfo.InvariantCulture, $"testssl-{port}.json")];
        var environment = new Dictionary<string, string>(daemon.Environment) { ["TESTSSL_INSTALL_DIR"] = Repository.Tool("testssl/etc/testssl") };
        ShellResult run = await Shell.RunAsync(
            Repository.Tool("testssl/usr/bin/testssl"),
            ["--quiet", "--color", "0", "--warnings", "off", "-p", "-s", "-f", "-S", "-h", "-U", "--ip", "127.0.0.1", "--add-ca", daemon.CaFile, "--jsonfile", report, string.Create(CultureInfo.InvariantCulture, $"{host}:{port}")],
            environment: environment,
            seconds: 400);
        File.Exists(report).ShouldBeTrue(run.ToString());
        using JsonDocument findings = JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
        var all = findings.RootElement.EnumerateArray().ToLookup(static f => f.GetProperty("id").GetString()!, static f => (Severity: f.GetProperty("severity").GetString()!, Text: f.GetProperty("finding").GetString()!));
        all.Count.ShouldBeGreaterThan(40, run.ToString());
        return new Auditor(all["overall_grade"].SingleOrDefault().Text ?? "none", all);
    }
}
