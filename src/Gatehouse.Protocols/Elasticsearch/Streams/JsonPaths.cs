using System.Text;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>
/// Places in JSON texts, compiled once: names of members joined by dots, <c>*</c> any member or element, such as
/// <c>_scroll_id</c> or <c>responses.*._scroll_id</c>. Where a name and <c>*</c> are both there, the name counts. Thread-safe.
/// </summary>
public sealed class JsonPaths
{
    /// <summary>The whole text.</summary>
    internal const int Root = 0;

    private const int Nobody = -1;
    private readonly List<Node> _nodes = [new Node()];

    /// <summary>Compiles paths; their numbers are their places in the list.</summary>
    public JsonPaths(params ReadOnlySpan<string> paths)
    {
        for (int i = 0; i < paths.Length; i++)
        {
            int node = Root;
            foreach (string step in paths[i].Split('.'))
            {
                node = Make(node, step);
            }

            _nodes[node].Path = i;
        }
    }

    /// <summary>The place of a member, its name as written between the quotes.</summary>
    internal int Member(int parent, ReadOnlySpan<byte> written)
    {
        Node node = _nodes[parent];
        ReadOnlySpan<byte> name = written;
        if (written.Contains((byte)'\\'))
        {
            byte[] buffer = [(byte)'"', .. written, (byte)'"'];
            var text = new JsonText(buffer);
            if (text.String(out _, out _, out _) != JsonError.None)
            {
                return node.Any;
            }

            name = buffer.AsSpan(0, JsonText.Unescape(written, buffer));
        }

        foreach ((byte[] Name, int Node) member in node.Members)
        {
            if (name.SequenceEqual(member.Name))
            {
                return member.Node;
            }
        }

        return node.Any;
    }

    internal int Element(int parent) => _nodes[parent].Any;

    internal int PathAt(int node) => _nodes[node].Path;

    internal bool HasBelow(int node) => _nodes[node].Any != Nobody || _nodes[node].Members.Count > 0;

    private int Make(int parent, string step)
    {
        Node node = _nodes[parent];
        int found = step == "*" ? node.Any : Member(parent, Encoding.UTF8.GetBytes(step));
        if (found != Nobody && !(step != "*" && found == node.Any))
        {
            return found;
        }

        _nodes.Add(new Node());
        if (step == "*")
        {
            node.Any = _nodes.Count - 1;
        }
        else
        {
            node.Members.Add((Encoding.UTF8.GetBytes(step), _nodes.Count - 1));
        }

        return _nodes.Count - 1;
    }

    private sealed class Node
    {
        public List<(byte[] Name, int Node)> Members { get; } = [];

        public int Any { get; set; } = Nobody;

        public int Path { get; set; } = Nobody;
    }
}
