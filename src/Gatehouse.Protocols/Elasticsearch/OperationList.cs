using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Operations in the order found: each action once, each of its index expressions once.</summary>
internal sealed class OperationList
{
    private readonly List<(string Action, List<string> Resources)> _operations = [];

    /// <summary>The index expressions of an action, added where it is new.</summary>
    public List<string> Of(string action)
    {
        foreach ((string known, List<string> resources) in _operations)
        {
            if (known == action)
            {
                return resources;
            }
        }

        List<string> made = [];
        _operations.Add((action, made));
        return made;
    }

    /// <summary>Adds an index expression.</summary>
    public void Add(string action, string expression)
    {
        List<string> resources = Of(action);
        if (!resources.Contains(expression, StringComparer.Ordinal))
        {
            resources.Add(expression);
        }
    }

    /// <summary>These, and behind them those of another list.</summary>
    public IReadOnlyList<RequestOperation> With(OperationList others)
    {
        foreach ((string action, List<string> resources) in others._operations)
        {
            Of(action);
            foreach (string resource in resources)
            {
                Add(action, resource);
            }
        }

        return [.. _operations.Select(static o => new RequestOperation(o.Action, o.Resources))];
    }
}
