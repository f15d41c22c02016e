using Gatehouse.Fuzz.Targets;
using Gatehouse.Fuzz.Targets.Certificates;
using Gatehouse.Fuzz.Targets.Doctor;

namespace Gatehouse.Fuzz;

/// <summary>All targets. A parser of hostile bytes is not done before it stands here.</summary>
public static class FuzzTargets
{
    /// <summary>By name.</summary>
    public static IReadOnlyList<IFuzzTarget> All { get; } =
    [
        new TargetFuzz(),
        new CatalogueFuzz(),
        new ClassifyFuzz(),
        new ElasticsearchFuzz(),
        new BulkFilterFuzz(),
        new BulkAnswerFuzz(),
        new JsonRewriterFuzz(),
        new InflateFuzz(),
        new JsonFuzz(),
        new RequestFuzz(),
        new ResponseFuzz(),
        new ChunkFuzz(),
        new ConfigurationFuzz(),
        new LdapFuzz(),
        new TokenFuzz(),
        new MqttFuzz(),
        new ProxyFuzz(),
        new ErlangFuzz(),
        new IpfsFuzz(),
        new IgniteFuzz(),
        new IgniteSqlFuzz(),
        new HoconFuzz(),
        new MultipartFuzz(),
        new ZipFuzz(),
        new MeshFuzz(),
        new X509Fuzz(),
        new TextsFuzz(),
    ];
}
