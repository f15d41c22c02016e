using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;

namespace Gatehouse.Doctor.Tests.Reports;

/// <summary>An examination with one finding of each kind, all of it said by somebody who wants reports to break.</summary>
internal static class Sample
{
    /// <summary>Markup, ends of sections, control characters, a sign of two halves and a half one.</summary>
    public const string Hostile = "<script>alert(1)</script>\"'&]]><!-- \u0001\u001b[31m \ud83d\ude00 \ud800 https://user@host";

    /// <summary>What reports that hold no half signs make of it.</summary>
    public static readonly string Whole = Hostile.Replace('\ud800', '\ufffd');

    /// <summary>Where it was.</summary>
    public const string Subject = "/etc/a b#c?<x>&/elasticsearch.yml";

    public static AcceptedRisk Accepted { get; } = new("ES-060", null, "known " + Hostile, new DateOnly(2027, 1, 31));

    public static ImmutableArray<Finding> Findings { get; } = Examination.Sort(
    [
        Make("ES-001", Severity.Critical, new Evidence(EvidenceKind.File, Subject, Hostile, 12, 3), new Evidence(EvidenceKind.Mode, "//host/share", "mode 0644")),
        Make("ES-010", Severity.Medium, new Evidence(EvidenceKind.Port, "10.0.0.5:9200", "listens")),
        Make("ES-004", Severity.Low),
        Make("ES-050", Severity.Info, new Evidence(EvidenceKind.Process, "pid 812 (java)", "user root")),
        Make("ES-016", Severity.High, new Evidence(EvidenceKind.Environment, "pid 812 (java)", "A=****")) with { IsUnknown = true },
        Make("ES-060", Severity.Medium) with { Accepted = Accepted },
    ]);

    public static Examination Examination { get; } = new()
    {
        Host = "lab " + Hostile,
        Began = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.FromHours(2)),
        Took = TimeSpan.FromMilliseconds(1234),
        Systems =
        [
            new ExaminedSystem("elasticsearch", Subject, "9.2.3 " + Hostile, ["file", "process"], ["ES-001", "ES-002", "ES-004", "ES-010", "ES-016", "ES-050", "ES-060"]),
            new ExaminedSystem("kubo", "/var/lib/ipfs/config", null, ["file"], ["KU001"]),
        ],
        Findings = Findings,
        Trend = new Trend(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero), [Findings[0].Fingerprint], [new PastFinding("00112233445566aa", "ES-011", Severity.High, Subject, Hostile)]),
    };

    private static Finding Make(string check, Severity severity, params ImmutableArray<Evidence> evidence) => new Finding
    {
        Check = check,
        Severity = severity,
        System = "elasticsearch",
        Subject = Subject,
        Title = "a title " + Hostile,
        Text = $"{check} {Hostile}",
        Evidence = evidence,
    }.Sealed();
}
