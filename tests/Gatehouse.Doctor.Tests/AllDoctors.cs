using System.Collections.Immutable;
using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Tests;

/// <summary>Doctors for every system.</summary>
internal static class AllDoctors
{
    public static ImmutableArray<ISystemDoctor> All { get; } = [.. ElasticDoctors.All, new EmqxDoctor(), new IgniteDoctor(), new ClusterDoctor(), new KuboDoctor()];
}
