using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Ipfs.Ports;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Looks at peers of IPFS Cluster.</summary>
public sealed class ClusterDoctor : ISystemDoctor
{
    /// <inheritdoc/>
    public string System => "ipfs-cluster";

    /// <inheritdoc/>
    public ImmutableArray<string> Checks { get; } = [.. ClusterRules.All.Select(static rule => rule.Id)];

    /// <inheritdoc/>
    public IEnumerable<ExaminedSubject> Examine(IHost host, ExaminationRequest request) =>
        ClusterFinder.Find(host, request).Select(static subject => ExaminedSubject.Of(subject, ClusterRules.All) with
        {
            Probe = (prober, cancellation) => ClusterPorts.AskAsync(subject, prober, cancellation),
        });
}
