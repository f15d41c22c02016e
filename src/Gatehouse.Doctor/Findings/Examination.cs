using System.Collections.Immutable;

namespace Gatehouse.Doctor.Findings;

/// <summary>One look at a host.</summary>
public sealed record Examination
{
    /// <summary>The host's name.</summary>
    public required string Host { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>What was looked at.</summary>
    public required ImmutableArray<ExaminedSystem> Systems { get; init; }

    /// <summary>What was found: worst first, then by system, subject and check.</summary>
    public required ImmutableArray<Finding> Findings { get; init; }

    /// <summary>What could not be looked at, whatever was found elsewhere.</summary>
    public ImmutableArray<BlindSpot> Blind { get; init; } = [];

    /// <summary>Findings of earlier looks at what was not looked at this time; they are neither there nor gone.</summary>
    public ImmutableArray<PastFinding> Earlier { get; init; } = [];

    /// <summary>How many checks were made.</summary>
    public int Checks => Systems.Sum(static system => system.Checks.Length);

    /// <summary>What went away since the last look, by fingerprint; null where there was none.</summary>
    public Trend? Trend { get; init; }

    /// <summary>Whether a finding of this severity or a worse one is open.</summary>
    public bool HasOpen(Severity least) => Findings.Any(finding => finding.IsOpen && finding.Severity >= least);

    /// <summary>Sorts findings as <see cref="Findings"/> says.</summary>
    public static ImmutableArray<Finding> Sort(IEnumerable<Finding> findings) =>
    [
        .. findings.OrderByDescending(static f => f.Severity).ThenBy(static f => f.System, StringComparer.Ordinal)
            .ThenBy(static f => f.Subject, StringComparer.Ordinal).ThenBy(static f => f.Check, StringComparer.Ordinal).ThenBy(static f => f.Text, StringComparer.Ordinal),
    ];
}

/// <summary>A system that was looked at.</summary>
/// <param name="System">Its word: <c>emqx</c>.</param>
/// <param name="Subject">The main configuration file, or the process.</param>
/// <param name="Version">Its version as far as known, or null.</param>
/// <param name="Layers">What could be seen: <c>file</c>, <c>process</c>, <c>port</c>.</param>
/// <param name="Checks">Ids of the checks that were made.</param>
public sealed record ExaminedSystem(string System, string Subject, string? Version, ImmutableArray<string> Layers, ImmutableArray<string> Checks)
{
    /// <summary>What of it could not be looked at.</summary>
    public ImmutableArray<BlindSpot> Blind { get; init; } = [];

    /// <summary>Whether an evidence, a setting or a name of this system leads to a path, or to something below it.</summary>
    /// <param name="file">A file or folder.</param>
    public bool IsOf(string file) => IsAt(Subject, file) || Files.Any(used => IsAt(used, file));

    /// <summary>Files that something of it was read from, as far as they are known.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    /// <summary>Whether a subject or place is a path, something of it, or something below it.</summary>
    /// <param name="subject"><c>/srv/compose.yml#es1</c>, <c>/srv/compose.yml (emqx)</c>, <c>/srv/es/elasticsearch.yml</c>.</param>
    /// <param name="file">A file or folder.</param>
    public static bool IsAt(string subject, string file)
    {
        string plain = file.Length > 1 ? file.TrimEnd('/') : file;
        return subject.StartsWith(plain, StringComparison.Ordinal) && (subject.Length == plain.Length || plain == "/" || subject[plain.Length] is '/' or '#' or ' ' or ':');
    }
}

/// <summary>What changed since the last look.</summary>
/// <param name="Since">When that was.</param>
/// <param name="New">Fingerprints of findings that were not there.</param>
/// <param name="Gone">Findings that are no longer there: check and text.</param>
public sealed record Trend(DateTimeOffset Since, ImmutableArray<string> New, ImmutableArray<PastFinding> Gone);

/// <summary>A finding of an earlier look.</summary>
/// <param name="Fingerprint">Its fingerprint.</param>
/// <param name="Check">Its check.</param>
/// <param name="Severity">How bad it was.</param>
/// <param name="Subject">Where it was.</param>
/// <param name="Text">What it said.</param>
/// <param name="Place">The first place that it was seen at; empty where an older look did not keep it.</param>
public sealed record PastFinding(string Fingerprint, string Check, Severity Severity, string Subject, string Text, string Place = "");
