using System.Collections.Immutable;
using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.App.Commands.Doctor;

/// <summary>Who looks at a host.</summary>
internal static class AllDoctors
{
    /// <summary>One for each kind of system.</summary>
    public static ImmutableArray<ISystemDoctor> Make() => [.. ElasticDoctors.All, new EmqxDoctor(), new IgniteDoctor(), new ClusterDoctor(), new KuboDoctor()];
}
