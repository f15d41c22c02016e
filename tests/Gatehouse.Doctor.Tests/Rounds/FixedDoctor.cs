using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Tests.Rounds;

/// <summary>Finds what it was told to find, at a subject of its own.</summary>
internal sealed class FixedDoctor(string subject, params (string Check, Severity Severity)[] found) : ISystemDoctor
{
    public string System => "emqx";

    public string? Shown { get; init; }

    public ImmutableArray<string> Silent { get; init; } = [];

    public Func<Prober, CancellationToken, Task<ProbedSubject>>? Probe { get; init; }

    public ImmutableArray<string> Checks => [.. found.Select(static f => f.Check), .. Silent];

    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
    [
        new ExaminedSubject(
            new ExaminedSystem(System, subject, "6.3.0", ["file"], Checks),
            [.. found.Select(f => new Finding { Check = f.Check, Severity = f.Severity, System = System, Subject = subject, Title = "t", Text = "x", Evidence = [new Evidence(EvidenceKind.File, subject, Shown ?? $"{f.Check}: 1")] }.Sealed())]) { Probe = Probe },
    ];
}

/// <summary>Finds one installation, and breaks at the next.</summary>
internal sealed class BreakingDoctor : ISystemDoctor
{
    public string System => "emqx";

    public ImmutableArray<string> Checks => ["ERL-001", "DSH-004"];

    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request)
    {
        yield return new FixedDoctor("/one", ("ERL-001", Severity.Critical)).Examine(host, request).Single();
        throw new InvalidOperationException("the text of a file: hunter2secret");
    }
}
