using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Requests that one of several privileges suffices for (Elasticsearch: the actions behind them match the patterns of each). The
/// table has the first; here are the others, taken name by name.
/// </summary>
internal static class Alternatives
{
    private static readonly string[] Metadata = ["index:view_index_metadata", "index:read"];
    private static readonly string[] Fields = ["index:read", "index:view_index_metadata"];
    private static readonly string[] Settings = ["index:view_index_metadata", "index:monitor"];

    private static readonly Dictionary<string, string[]> ByTemplate = new(StringComparer.Ordinal)
    {
        ["/_resolve/index/{name}"] = Metadata,
        ["/_resolve/cluster"] = Metadata,
        ["/_resolve/cluster/{name}"] = Metadata,
        ["/_field_caps"] = Fields,
        ["/{index}/_field_caps"] = Fields,
        ["/_settings"] = Settings,
        ["/_settings/{name}"] = Settings,
        ["/{index}/_settings"] = Settings,
        ["/{index}/_settings/{name}"] = Settings,
    };

    /// <summary>The actions of which one suffices; the one of the table first.</summary>
    public static string[] Of(string template, string action) =>
        ByTemplate.TryGetValue(template, out string[]? actions) && actions[0] == action ? actions : [action];

    /// <summary>The same operations, each name with the first action that is allowed on it, else the one of the table.</summary>
    public static IEnumerable<RequestOperation> Choose(
        CompiledPolicy policy, in AuthorizationContext context, string template, IReadOnlyList<RequestOperation> asked)
    {
        List<RequestOperation> chosen = [];
        var set = new OperationSet();
        foreach (RequestOperation operation in asked)
        {
            string[] actions = Of(template, operation.Action);
            if (actions.Length == 1 || operation.Resources.Count == 0)
            {
                chosen.Add(operation);
                continue;
            }

            foreach (string resource in operation.Resources)
            {
                string action = actions[0];
                foreach (string candidate in actions)
                {
                    if (Allows(policy, context, set, candidate, resource))
                    {
                        action = candidate;
                        break;
                    }
                }

                chosen.Add(new RequestOperation(action, [resource]));
            }
        }

        return chosen;
    }

    private static bool Allows(CompiledPolicy policy, in AuthorizationContext context, OperationSet set, string action, string resource)
    {
        set.Clear();
        set.Begin(SystemAction.Intern(Privileges.System, action));
        AskedNames.Add(set, resource);
        return Authorizer.Decide(policy, context, set).IsAllowed;
    }
}
