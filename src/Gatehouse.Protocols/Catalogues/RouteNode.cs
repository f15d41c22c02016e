using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>
/// One segment of the tree of templates. Words beat placeholders, from left to right, and a word that leads nowhere falls back
/// to the placeholder beside it. Each node is visited once a request at most, so a hostile path costs no more than the tree.
/// </summary>
internal sealed class RouteNode
{
    private (byte[] Word, RouteNode Node)[] _words = [];

    /// <summary>What any segment leads to.</summary>
    public RouteNode? Any { get; private set; }

    /// <summary>The endpoints of a path that ends here.</summary>
    public RouteEnd? End { get; private set; }

    /// <summary>The endpoints that take everything from here on.</summary>
    public RouteEnd? Rest { get; private set; }

    public static RouteEnd? Find(RouteNode node, CanonicalTarget target, int depth)
    {
        if (depth == target.SegmentCount)
        {
            return node.End ?? node.Rest;
        }

        RouteEnd? found = null;
        int word = node.IndexOf(target.Segment(depth));
        if (word >= 0)
        {
            found = Find(node._words[word].Node, target, depth + 1);
        }

        if (found is null && node.Any is not null)
        {
            found = Find(node.Any, target, depth + 1);
        }

        return found ?? node.Rest;
    }

    public RouteNode MakeWord(byte[] word)
    {
        int index = IndexOf(word);
        if (index < 0)
        {
            index = ~index;
            _words = [.. _words[..index], (word, new RouteNode()), .. _words[index..]];
        }

        return _words[index].Node;
    }

    public RouteNode MakeAny() => Any ??= new RouteNode();

    public RouteEnd MakeEnd() => End ??= new RouteEnd();

    public RouteEnd MakeRest() => Rest ??= new RouteEnd();

    private int IndexOf(ReadOnlySpan<byte> segment)
    {
        int low = 0;
        int high = _words.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = segment.SequenceCompareTo(_words[middle].Word);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return ~low;
    }
}

/// <summary>The endpoints of one template, by method.</summary>
internal sealed class RouteEnd
{
    private readonly CatalogueEndpoint?[] _byMethod = new CatalogueEndpoint?[32];

    /// <summary>The value of the <c>Allow</c> header; set when the catalogue is complete.</summary>
    public string Allow { get; private set; } = "";

    public CatalogueEndpoint? this[int method] => method < 0 ? null : _byMethod[method];

    /// <summary>Adds the endpoint under its methods; false where one of them is taken.</summary>
    public bool TryAdd(CatalogueEndpoint endpoint, uint methods, HttpMethods names)
    {
        for (int i = 0; i < _byMethod.Length; i++)
        {
            if ((methods & (1u << i)) == 0)
            {
                continue;
            }

            if (_byMethod[i] is not null)
            {
                return false;
            }

            _byMethod[i] = endpoint;
        }

        uint all = 0;
        for (int i = 0; i < _byMethod.Length; i++)
        {
            all |= _byMethod[i] is null ? 0 : 1u << i;
        }

        Allow = string.Join(", ", names.Names(all));
        return true;
    }
}

/// <summary>The methods of one catalogue as bits: the seven everybody knows first, then those that its lines name.</summary>
internal sealed class HttpMethods
{
    /// <summary>The methods that <c>*</c> stands for. CONNECT and TRACE are never served.</summary>
    public static readonly string[] Known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

    private const int Most = 32;
    private string[] _names = Known;

    public static uint AllKnown => (1u << Known.Length) - 1;

    public int Count => _names.Length;

    public string Name(int index) => _names[index];

    /// <summary>The method's number, or -1. Methods are case-sensitive (RFC 9110 section 9.1).</summary>
    public int IndexOf(string method)
    {
        string[] names = _names;
        for (int i = 0; i < names.Length; i++)
        {
            if (string.Equals(names[i], method, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The method's number, given out now where it is new; -1 for what cannot be a method here.</summary>
    public int Intern(string method)
    {
        int index = IndexOf(method);
        if (index >= 0)
        {
            return index;
        }

        bool fine = method.Length is >= 1 and <= 20 && method is not ("CONNECT" or "TRACE") && _names.Length < Most &&
            method.All(static c => char.IsAsciiLetterUpper(c) || c == '-') && char.IsAsciiLetterUpper(method[0]);
        if (!fine)
        {
            return -1;
        }

        _names = [.. _names, method];
        return _names.Length - 1;
    }

    public IReadOnlyList<string> Names(uint mask) => [.. _names.Where((_, i) => (mask & (1u << i)) != 0)];
}
