using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Ipfs.Ports;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs.Kubo;

/// <summary>Looks at Kubo nodes.</summary>
public sealed class KuboDoctor : ISystemDoctor
{
    /// <inheritdoc/>
    public string System => "kubo";

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. KuboRules.All.Select(static rule => rule.Id)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
        KuboFinder.Find(host, request).Select(static subject => ExaminedSubject.Of(subject, KuboRules.All) with
        {
            Probe = (prober, cancellation) => KuboPorts.AskAsync(subject, prober, cancellation),
        });
}
