using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Elasticsearch;
using Gatehouse.Doctor.Hardening.Emqx;
using Gatehouse.Doctor.Hardening.Ignite;
using Gatehouse.Doctor.Hardening.Ipfs;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Hardening;

/// <summary>Who knows the secured configuration of one system. Pure: it reads the host, and changes and asks nothing.</summary>
public interface IHardener
{
    /// <summary>The system's word.</summary>
    string System { get; }

    /// <summary>The main configuration file of the installation that is meant.</summary>
    /// <param name="host">Where.</param>
    /// <param name="named">The file or its folder, or null for the one that runs here.</param>
    /// <exception cref="ProblemException"><c>GH8160</c>, <c>GH8162</c>.</exception>
    string Locate(IHost host, string? named);

    /// <summary>Says what there is to do. What is good already stays, so that a plan on its own result is empty.</summary>
    /// <param name="host">What can be seen.</param>
    /// <param name="wishes">What the administrator says.</param>
    /// <param name="secrets">Makes secrets.</param>
    /// <exception cref="ProblemException"><c>GH8160</c> to <c>GH8163</c>, and those of the readers.</exception>
    HardenPlan Plan(IHost host, HardenWishes wishes, ISecretSource secrets);
}

/// <summary>All systems that can be hardened.</summary>
public static class Hardeners
{
    /// <summary>By their words.</summary>
    public static IReadOnlyList<IHardener> All { get; } = [new IpfsClusterHardener(), new KuboHardener(), ElasticHardener.Elasticsearch, ElasticHardener.OpenSearch, new EmqxHardener(), new IgniteHardener()];

    /// <summary>The one of a system.</summary>
    public static IHardener Find(string system) => All.First(hardener => hardener.System == system);
}
