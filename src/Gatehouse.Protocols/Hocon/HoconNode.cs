namespace Gatehouse.Protocols.Hocon;

/// <summary>One value while it is read and when it is written.</summary>
internal sealed class HoconNode(HoconKind kind, int line, int column)
{
    private Dictionary<string, (string Key, HoconNode Value)>? _byName;

    public HoconKind Kind { get; } = kind;

    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>Text of a scalar.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether an object stands there in braces, and does not only come of a longer key.</summary>
    public bool IsWritten { get; set; }

    public bool IsAppended { get; init; }

    public List<(string Key, HoconNode Value)> Members { get; } = [];

    public List<HoconNode> Items { get; } = [];

    /// <summary>The member of this name, upper and lower case being the same; <paramref name="isSame"/>: in the same letters.</summary>
    public HoconNode? Find(string key, out bool isSame)
    {
        (string Key, HoconNode Value) found = default;
        bool isThere = _byName is not null && _byName.TryGetValue(key, out found);
        isSame = isThere && found.Key == key;
        return isThere ? found.Value : null;
    }

    public void Add(string key, HoconNode value)
    {
        _byName ??= new Dictionary<string, (string Key, HoconNode Value)>(StringComparer.OrdinalIgnoreCase);
        _byName.Add(key, (key, value));
        Members.Add((key, value));
    }
}
