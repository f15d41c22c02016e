using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Ignite.Checks;
using Gatehouse.Doctor.Ignite.Ports;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite;

/// <summary>Looks at every node of Apache Ignite on a host.</summary>
public sealed class IgniteDoctor : ISystemDoctor
{
    /// <inheritdoc/>
    public string System => "ignite";

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. IgniteChecks.All.Select(static rule => rule.Id).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
        new IgniteDiscovery(host, request).Find().Select(static subject => ExaminedSubject.Of(subject, IgniteChecks.All) with
        {
            Probe = subject.IsIgnite2 ? null : (prober, cancellation) => IgnitePorts.AskAsync(subject, prober, cancellation),
        });
}
