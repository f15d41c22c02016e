using Gatehouse.Administration;
using Gatehouse.Engine.Elasticsearch.Security;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// What Kibana's own server may beyond the words of a role: it has the built-in role <c>kibana_system</c>, unlimited by a key. A role
/// of one's own by that name gives nothing of this.
/// </summary>
internal static class KibanaServer
{
    private const string Role = "kibana_system";
    private const string Script = "cluster:manage";
    private const string OwnIndices = ".kibana";
    private const string UpdateByQuery = "/{index}/_update_by_query";

    /// <summary>
    /// Whether it asks. It alone may tell Elasticsearch so: <c>X-Elastic-Product-Origin</c> opens system indices, so that it is taken
    /// from everybody else.
    /// </summary>
    public static bool Is(HttpExchange exchange, DateTimeOffset now) =>
        exchange.Snapshot is { } snapshot && exchange.TryGetContext(snapshot, now, out AuthorizationContext context) && Is(context, snapshot.Document);

    /// <summary>
    /// What a request needs besides its indices, without the right to run scripts where Kibana's task manager claims its tasks: by
    /// <c>_update_by_query</c> on its own indices, where a script cannot name another index (<c>ctx._index</c> is read-only there).
    /// </summary>
    public static IReadOnlyList<RequestOperation> WithoutScript(
        ElasticsearchRoute route, CanonicalTarget target, ClassifiedRequest request, in AuthorizationContext context, ClusterDocument document)
    {
        bool isOwn = route.Template == UpdateByQuery && !target.TryGetParameter("pipeline"u8, out _) && request.Slots.Count > 0
            && request.Class.Operations.All(static one => one.Resources.All(static name => name.StartsWith(OwnIndices, StringComparison.Ordinal)))
            && Is(context, document);
        return isOwn ? [.. request.Others.Where(static one => one.Action != Script)] : request.Others;
    }

    private static bool Is(in AuthorizationContext context, ClusterDocument document) =>
        context.Limit.IsDefault && context.Roles.Contains(Role) && SecurityRights.IsBuiltIn(document, Role);
}
