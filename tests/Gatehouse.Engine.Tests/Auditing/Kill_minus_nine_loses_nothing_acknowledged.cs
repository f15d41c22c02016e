using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

public sealed class Kill_minus_nine_loses_nothing_acknowledged
{
    private const int Points = 100;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task At_a_hundred_points()
    {
        string root = Directory.CreateTempSubdirectory("gatehouse-kill-").FullName;
        try
        {
            // Two trails side by side: one is killed while the other starts.
            long start = Stopwatch.GetTimestamp();
            int[] points = await Task.WhenAll(RunAsync(Path.Combine(root, "a"), start), RunAsync(Path.Combine(root, "b"), start));
            points.Sum().ShouldBeGreaterThan(10, "the machine is too slow to show anything");
            TestContext.Current.SendDiagnosticMessage($"killed at {points.Sum()} points in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<int> RunAsync(string folder, long start)
    {
        Directory.CreateDirectory(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        int points = 0;
        while (points < Points / 2 && Stopwatch.GetElapsedTime(start) < Bound)
        {
            await KillOnceAsync(folder, points, acknowledged);
            points++;
            Check(folder, key, acknowledged);
        }

        var signer = new EcdsaAuditSigner(key);
        var options = new AuditTrailOptions { Directory = Path.Combine(folder, "audit"), Node = "subject" };
        await using (FileAuditTrail trail = await FileAuditTrail.OpenAsync(
            options, signer, new FileAnchor(Path.Combine(folder, "anchor")), TimeProvider.System, NullLogger.Instance, CancellationToken.None))
        {
            trail.Findings.ShouldAllBe(p => p.Definition == Gatehouse.Problems.AuditProblems.Recovered);
        }

        Check(folder, key, acknowledged);
        acknowledged.ShouldNotBeEmpty();
        return points;
    }

    private static async Task KillOnceAsync(string folder, int point, HashSet<string> acknowledged)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(AuditSubject).Assembly.Location]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[AuditSubject.Variable] = folder;
        using Process subject = Process.Start(start) ?? throw new InvalidOperationException("the subject did not start");
        int acknowledgements = 0;
        var delay = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(0, 30));
        try
        {
            while (acknowledgements <= point % 5 && await subject.StandardOutput.ReadLineAsync() is { } line)
            {
                acknowledged.Add(line);
                acknowledgements++;
            }

            acknowledgements.ShouldBeGreaterThan(0, "the subject ended by itself");
            await Task.Delay(delay);
        }
        finally
        {
            subject.Kill();
        }

        // What it printed before its end was acknowledged as well; the last line may be torn.
        string rest = await subject.StandardOutput.ReadToEndAsync();
        int whole = rest.LastIndexOf('\n');
        foreach (string line in whole < 0 ? [] : rest[..whole].Split('\n'))
        {
            acknowledged.Add(line);
        }

        await subject.WaitForExitAsync();
    }

    private static void Check(string folder, ECDsa key, HashSet<string> acknowledged)
    {
        string audit = Path.Combine(folder, "audit");
        _ = AuditAnchor.TryParse(File.Exists(Path.Combine(folder, "anchor")) ? File.ReadAllText(Path.Combine(folder, "anchor")) : "", out AuditAnchor? anchor);
        AuditVerification found = AuditFolder.Verify(
            audit, new AuditVerifyOptions { TrustedKeys = [key.ExportSubjectPublicKeyInfo()], Anchor = anchor });
        found.Break.ShouldBeNull(string.Create(CultureInfo.InvariantCulture, $"{found}"));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (AuditSegment segment in AuditFolder.Segments(audit))
        {
            using var lines = new AuditLineReader(segment.Open());
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                if (AuditRecordReader.TryRead(line, out AuditRecord? record) && record.Path is not null)
                {
                    seen.Add(record.Path);
                }
            }
        }

        acknowledged.Except(seen).ShouldBeEmpty();
    }
}
