using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Emqx;
using Gatehouse.Protocols.Ignite.Rest;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Configuration.Systems;

/// <summary>The endpoints of the guarded systems that Gatehouse knows. Each table is read when it is asked for first: they are long.</summary>
internal static class BuiltInCatalogues
{
    /// <summary>The catalogue of a system; null: it has none of Gatehouse's own.</summary>
    public static Catalogue? Find(string system) => system switch
    {
        "http" => Catalogue.Http(),
        "elasticsearch" => ElasticsearchClassifier.Routes,
        EmqxCatalogue.System => EmqxCatalogue.Routes,
        IgniteRestCatalogue.System => IgniteRestCatalogue.Routes,
        _ => Words.IpfsSystems.Contains(system) || system == IpfsCatalogues.MetricsSystem ? IpfsCatalogues.All.GetValueOrDefault(system) : null,
    };

    /// <summary>Reads all of them, after which every action has been declared.</summary>
    public static void Declare()
    {
        foreach (string system in Words.BuiltInSystems)
        {
            _ = Find(system);
        }
    }
}
