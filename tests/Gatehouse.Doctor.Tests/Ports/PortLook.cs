using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rounds;
using Gatehouse.Doctor.Rules;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>Short ways to let doctors ask ports, and to say what they found.</summary>
internal static class PortLook
{
    /// <summary>A look with questions to ports, default passwords among them.</summary>
    public static Task<Examination> LookAsync(this FakeHost host, ISystemDoctor doctor, Prober? prober = null) =>
        Round.MakeAsync(host, [doctor], ExaminationRequest.WholeHost, [], null, prober ?? host.Prober(), TestContext.Current.CancellationToken);

    /// <summary>Somebody who may ask the host's own addresses.</summary>
    public static Prober Prober(this FakeHost host, TriedPairs? tried = null) => new([.. host.Addresses], tried ?? new TriedPairs());

    /// <summary>Severities of a check's findings that have a port as evidence, <c>Unknown</c> for one that could not be decided; empty where there is none.</summary>
    public static string Of(this Examination examination, string check) => string.Join(
        ' ', Live(examination, check).Select(static f => f.IsUnknown ? "Unknown" : $"{f.Severity}"));

    /// <summary>Findings of a check that have a port as evidence.</summary>
    public static ImmutableArray<Finding> Live(this Examination examination, string check) =>
        [.. examination.Findings.Where(f => f.Check == check && f.Evidence.Any(static e => e.Kind == EvidenceKind.Port))];

    /// <summary>Everything that is said about findings, for secrets and for failures.</summary>
    public static string Text(this Examination examination) =>
        string.Join('\n', examination.Findings.Select(static f => $"{f.Check} {f.Text} {string.Join(' ', f.Evidence.Select(static e => $"{e.Place} {e.Shown}"))}"));
}
