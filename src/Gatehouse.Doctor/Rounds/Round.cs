using System.Collections.Immutable;
using System.Diagnostics;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Rounds;

/// <summary>One round over a host: every system's doctor, the accepted risks, and what changed since the last round.</summary>
public static class Round
{
    private const string NotLookedAt = "(not looked at)";

    private static readonly BlindSpot NotAsked = new("ports", "not every port was asked: the time or the number of questions did not suffice, and what was not asked is not known");

    /// <summary>Makes a round. It changes nothing.</summary>
    /// <param name="host">The host.</param>
    /// <param name="doctors">Who looks.</param>
    /// <param name="request">At what.</param>
    /// <param name="accepted">Risks that were accepted.</param>
    /// <param name="last">The round before, or null.</param>
    /// <param name="prober">Asks ports, or null where none is to be asked.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Examination> MakeAsync(
        IHost host,
        IEnumerable<ISystemDoctor> doctors,
        ExaminationRequest request,
        ImmutableArray<AcceptedRisk> accepted,
        LastRound? last,
        Prober? prober,
        CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        ExaminedSubject[] subjects = [.. doctors.AsParallel().AsOrdered().SelectMany(doctor => Look(doctor, host, request))];
        if (prober is not null)
        {
            subjects = await Task.WhenAll(subjects.Select(subject => ProbeAsync(subject, prober.Share(subjects.Length), cancellation)));
        }

        var today = DateOnly.FromDateTime(host.Now.UtcDateTime);
        ImmutableArray<Finding> findings = Examination.Sort(subjects.SelectMany(static s => s.Findings)
            .Select(finding => finding with { Accepted = accepted.FirstOrDefault(risk => risk.Covers(finding, today)) }));
        ImmutableArray<ExaminedSystem> systems = [.. subjects.Select(static s => s.System)];
        (Trend Trend, ImmutableArray<PastFinding> Earlier)? compared = last?.Compare(findings, systems, request);
        return new Examination
        {
            Host = host.Name,
            Began = host.Now,
            Took = Stopwatch.GetElapsedTime(start),
            Systems = systems,
            Findings = findings,
            Blind = [.. systems.SelectMany(static s => s.Blind).Concat(prober is { IsExhausted: true } ? [NotAsked] : []).Distinct()],
            Trend = compared?.Trend,
            Earlier = compared?.Earlier ?? [],
        };
    }

    // One that breaks while it looks for installations leaves what it found, and that nothing else is known; the others go on.
    private static List<ExaminedSubject> Look(ISystemDoctor doctor, IHost host, ExaminationRequest request)
    {
        var found = new List<ExaminedSubject>();
        try
        {
            foreach (ExaminedSubject subject in doctor.Examine(host, request))
            {
                found.Add(subject);
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            found.Add(new ExaminedSubject(new ExaminedSystem(doctor.System, NotLookedAt, null, [], doctor.Checks) { Blind = [new BlindSpot(doctor.System, Failed(fault))] }, [.. doctor.Checks.Select(id => Finding.Unknown(doctor.System, NotLookedAt, id, Failed(fault)))]));
        }

        return found;
    }

    // The text of an exception may quote a file.
    private static string Failed(Exception fault) => $"the look for installations failed ({fault.GetType().Name}); please report it";

    private static async Task<ExaminedSubject> ProbeAsync(ExaminedSubject subject, Prober prober, CancellationToken cancellation)
    {
        if (subject.Probe is null)
        {
            return subject;
        }

        try
        {
            return PortFindings.Join(subject, await subject.Probe(prober, cancellation), prober.IsExhausted);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return Unasked(subject, $"its ports could not be asked ({fault.GetType().Name}); please report it");
        }
    }

    // What the files decide stays decided. Checks that were silent might have spoken of a port, so that their silence is no good news.
    private static ExaminedSubject Unasked(ExaminedSubject subject, string why)
    {
        HashSet<string> said = [.. subject.Findings.Select(static finding => finding.Check)];
        Finding[] unknown =
        [
            .. subject.System.Checks.Where(id => !said.Contains(id)).Select(id => Finding.Unknown(subject.System.System, subject.System.Subject, id, why)),
        ];
        return subject with
        {
            System = subject.System with { Blind = subject.System.Blind.Add(new BlindSpot(subject.System.Subject, why)) },
            Findings = Examination.Sort(subject.Findings.Concat(unknown)),
        };
    }
}
