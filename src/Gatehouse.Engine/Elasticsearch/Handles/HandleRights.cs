using System.Text;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Operations as handles carry them.</summary>
internal static class HandleRights
{
    /// <summary>Before what means every name that begins so; no name has it.</summary>
    private const char Prefix = '\0';

    /// <summary>What was to be decided, an operation an action: what is granted on named indices is granted on some index.</summary>
    public static IReadOnlyList<RequestOperation> Of(OperationSet operations)
    {
        Dictionary<string, SortedSet<string>> found = new(StringComparer.Ordinal);
        for (int i = 0; i < operations.Count; i++)
        {
            OperationView operation = operations[i];
            if (!found.TryGetValue(operation.Action.Name, out SortedSet<string>? resources))
            {
                found[operation.Action.Name] = resources = new SortedSet<string>(StringComparer.Ordinal);
            }

            for (int r = 0; r < operation.ResourceCount; r++)
            {
                string resource = Encoding.UTF8.GetString(operation.Resource(r));
                resources.Add(operation.Scope(r) == ResourceScope.Prefix ? Prefix + resource : resource);
            }
        }

        return [.. found.Select(static f => new RequestOperation(f.Key, [.. f.Value]))];
    }

    /// <summary>Adds them to what is to be decided.</summary>
    public static void AddTo(OperationSet operations, IReadOnlyList<RequestOperation> rights)
    {
        foreach (RequestOperation right in rights)
        {
            operations.Begin(SystemAction.Intern("elasticsearch", right.Action));
            foreach (string resource in right.Resources)
            {
                if (resource.StartsWith(Prefix))
                {
                    operations.AddPrefix(Encoding.UTF8.GetBytes(resource[1..]));
                }
                else
                {
                    operations.AddResource(Encoding.UTF8.GetBytes(resource));
                }
            }
        }
    }
}
