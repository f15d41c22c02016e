namespace Gatehouse.Testing.Ignite.Rest;

/// <summary>The endpoints below /management/v1, of 3.0 to the development version; <c>*</c> is one segment, <c>**</c> the rest.</summary>
internal static class RestRoutes
{
    private static readonly (string Method, string Path)[] All =
    [
        .. Of("GET", "node/state", "node/info", "node/version", "cluster/state", "cluster/topology/physical", "cluster/topology/logical"),
        .. Of("POST", "cluster/init", "cluster/rename"),
        .. Of("GET", "configuration/node", "configuration/node/**", "configuration/cluster", "configuration/cluster/**"),
        .. Of("PATCH", "configuration/node", "configuration/cluster"),
        .. Of("POST", "deployment/units/zip/*/*", "deployment/units/*/*"),
        .. Of("DELETE", "deployment/units/*/*"),
        .. Of("GET", "deployment/cluster/units", "deployment/cluster/units/*", "deployment/node/units", "deployment/node/units/structure/*/*", "deployment/node/units/*"),
        .. Of("GET", "compute/jobs", "compute/jobs/*"),
        .. Of("PUT", "compute/jobs/*/priority"),
        .. Of("DELETE", "compute/jobs/*"),
        .. Of("GET", "sql/queries", "sql/queries/*", "sql/plan/clear-cache"),
        .. Of("DELETE", "sql/queries/*", "transactions/*"),
        .. Of("GET", "transactions", "transactions/*", "metric/node/source", "metric/node/set", "metric/cluster/source"),
        .. Of("POST", "metric/node/enable", "metric/node/disable", "metric/cluster/enable", "metric/cluster/disable"),
        .. Of("GET", "zones/*/datanodes"),
        .. Of("POST", "zones/datanodes/reset", "zones/*/datanodes/reset"),
        .. Of("GET", "recovery/zone/state/local", "recovery/zone/state/global", "recovery/state/local", "recovery/state/global"),
        .. Of("POST", "recovery/zone/partitions/reset", "recovery/zone/partitions/restart", "recovery/zone/partitions/restartWithCleanup"),
        .. Of("POST", "recovery/partitions/reset", "recovery/partitions/restart", "recovery/partitions/restartWithCleanup"),
        .. Of("POST", "recovery/cluster/reset", "recovery/cluster/migrate"),
        .. Of("GET", "health", "health/liveness", "health/readiness"),
    ];

    /// <summary>The endpoint as it stands above, or null; the path's methods where the method is another.</summary>
    public static (string? Route, IReadOnlyList<string> Methods) Find(string method, string path)
    {
        if (path.StartsWith("/health", StringComparison.Ordinal))
        {
            path = "/management/v1" + path;
        }

        const string Root = "/management/v1/";
        if (!path.StartsWith(Root, StringComparison.Ordinal))
        {
            return (null, []);
        }

        string[] segments = path[Root.Length..].Split('/');
        (string Method, string Path)[] fitting = [.. All.Where(r => Fits(r.Path.Split('/'), segments))];
        return (Array.Find(fitting, r => r.Method == method).Path, [.. fitting.Select(r => r.Method)]);
    }

    private static bool Fits(string[] route, string[] path) => route[^1] == "**"
        ? path.Length >= route.Length && route.SkipLast(1).SequenceEqual(path.Take(route.Length - 1))
        : route.Length == path.Length && route.Zip(path).All(p => p.First == p.Second || (p.First == "*" && p.Second.Length > 0));

    private static IEnumerable<(string Method, string Path)> Of(string method, params string[] paths) => paths.Select(p => (method, p));
}
