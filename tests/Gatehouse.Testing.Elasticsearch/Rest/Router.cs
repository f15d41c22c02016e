namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>Answers one call.</summary>
internal delegate RestAnswer RestHandler(RestCall call);

/// <summary>
/// Paths to handlers. A segment is compared as it came, still encoded; an explicit word goes before a placeholder, with the way
/// back where the word's branch leads nowhere or does not know the method.
/// </summary>
internal sealed class Router
{
    private readonly Node _root = new();

    public void Add(string methods, string template, RestHandler handler)
    {
        Node node = _root;
        foreach (string segment in template.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment[0] == '{')
            {
                node = node.Placeholders.GetOrAdd(segment[1..^1]);
            }
            else
            {
                node = node.Words.GetOrAdd(segment);
            }
        }

        foreach (string method in methods.Split(','))
        {
            node.Handlers[method] = handler;
        }
    }

    /// <summary>The handler with the path's parameters, or an empty answer with the methods that the path does know.</summary>
    public (RestHandler? Handler, Dictionary<string, string> Parameters, IReadOnlyCollection<string> Allowed) Find(string method, IReadOnlyList<string> segments)
    {
        var allowed = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((Node node, Dictionary<string, string> parameters) in Matches(_root, segments, 0, []))
        {
            if (node.Handlers.TryGetValue(method, out RestHandler? handler))
            {
                return (handler, parameters, []);
            }

            allowed.UnionWith(node.Handlers.Keys);
        }

        return (null, [], allowed);
    }

    private static IEnumerable<(Node Node, Dictionary<string, string> Parameters)> Matches(
        Node node, IReadOnlyList<string> segments, int at, Dictionary<string, string> parameters)
    {
        if (at == segments.Count)
        {
            if (node.Handlers.Count > 0)
            {
                yield return (node, parameters);
            }

            yield break;
        }

        if (node.Words.TryGetValue(segments[at], out Node? word))
        {
            foreach ((Node, Dictionary<string, string>) found in Matches(word, segments, at + 1, parameters))
            {
                yield return found;
            }
        }

        foreach ((string name, Node child) in node.Placeholders)
        {
            var extended = new Dictionary<string, string>(parameters, StringComparer.Ordinal) { [name] = RestTarget.Decode(segments[at], isQuery: false) };
            foreach ((Node, Dictionary<string, string>) found in Matches(child, segments, at + 1, extended))
            {
                yield return found;
            }
        }
    }

    private sealed class Node
    {
        public Branches Words { get; } = new();

        public Branches Placeholders { get; } = new();

        public Dictionary<string, RestHandler> Handlers { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Branches : Dictionary<string, Node>
    {
        public Branches()
            : base(StringComparer.Ordinal)
        {
        }

        public Node GetOrAdd(string name)
        {
            if (!TryGetValue(name, out Node? node))
            {
                Add(name, node = new Node());
            }

            return node;
        }
    }
}
