using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Operations in the order found: each action once, each of its index expressions once, however many there are.</summary>
internal sealed class OperationList
{
    private readonly List<(string Action, Resources Resources)> _operations = [];
    private readonly Dictionary<string, Resources> _byAction = new(StringComparer.Ordinal);

    /// <summary>Adds an action, where it is new.</summary>
    public void Add(string action) => Of(action);

    /// <summary>Adds an index expression.</summary>
    public void Add(string action, string expression)
    {
        Resources resources = Of(action);
        if (resources.Known.Add(expression))
        {
            resources.InOrder.Add(expression);
        }
    }

    /// <summary>These, and behind them those of another list.</summary>
    public IReadOnlyList<RequestOperation> With(OperationList others)
    {
        foreach ((string action, Resources resources) in others._operations)
        {
            Add(action);
            foreach (string resource in resources.InOrder)
            {
                Add(action, resource);
            }
        }

        return [.. _operations.Select(static o => new RequestOperation(o.Action, o.Resources.InOrder))];
    }

    private Resources Of(string action)
    {
        if (!_byAction.TryGetValue(action, out Resources? resources))
        {
            resources = new Resources();
            _byAction.Add(action, resources);
            _operations.Add((action, resources));
        }

        return resources;
    }

    private sealed class Resources
    {
        public List<string> InOrder { get; } = [];

        public HashSet<string> Known { get; } = new(StringComparer.Ordinal);
    }
}
