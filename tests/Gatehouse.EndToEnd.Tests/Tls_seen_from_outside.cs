using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>testssl.sh, the scanner that an auditor brings, on a gate and on the admin API.</summary>
public sealed class Tls_seen_from_outside
{
    /// <summary>A private CA has neither revocation service nor transparency logs; everything else must be in order.</summary>
    private static readonly string[] OfAPrivateCa =
        ["cert_chain_of_trust", "cert_revocation", "cert_ocspRevoked", "cert_crlRevoked", "certificate_transparency", "DNS_CAArecord", "OCSP_stapling", "cert_caIssuers", "cert_trust", "security_headers", "HSTS", "HPKP", "banner_server", "overall_grade", "cert_extlifeSpan", "cert_validityPeriod"];

    [Fact]
    public async Task Finds_no_weakness()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        foreach (int port in new[] { daemon.WhoamiPort, daemon.AdminPort })
        {
            string report = daemon.Folder[$"testssl-{port}.json"];
            ShellResult run = await Shell.RunAsync(
                "testssl",
                ["--quiet", "--color", "0", "--warnings", "off", "-p", "-s", "-f", "-S", "-U", "-P", "--add-ca", daemon.CaFile, "--jsonfile", report, $"127.0.0.1:{port}"],
                environment: daemon.Environment,
                seconds: 420);
            File.Exists(report).ShouldBeTrue(run.ToString());

            using JsonDocument findings = JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
            JsonElement[] all = [.. findings.RootElement.EnumerateArray()];
            all.Length.ShouldBeGreaterThan(40, run.ToString());
            string[] weak = [.. all.Where(static f => f.GetProperty("severity").GetString() is "LOW" or "MEDIUM" or "HIGH" or "CRITICAL" or "FATAL")
                .Where(static f => !OfAPrivateCa.Any(known => f.GetProperty("id").GetString()!.StartsWith(known, StringComparison.OrdinalIgnoreCase)))
                .Select(static f => $"{f.GetProperty("id")} {f.GetProperty("severity")} {f.GetProperty("finding")}")];
            weak.ShouldBeEmpty();
        }
    }
}
