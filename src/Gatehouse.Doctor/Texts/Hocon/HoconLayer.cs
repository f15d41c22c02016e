using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>One thing that sets a name; later ones lie on earlier ones.</summary>
internal abstract class HoconLayer
{
    /// <summary>How deep it stands among what is being resolved, or -1.</summary>
    public int Busy { get; set; } = -1;

    /// <summary>What it was resolved to, once that is sure.</summary>
    public Draft? Value { get; set; }

    public bool IsDone { get; set; }
}

/// <summary>A file, and the path at which it is included: its substitutions are looked for there first.</summary>
internal sealed record HoconScope(HoconUnit Unit, ImmutableArray<string> Prefix)
{
    public SourceText Text => Unit.Text;
}

/// <summary>Fields side by side: objects in braces and names with dots of one scope or several.</summary>
internal sealed class HoconFields : HoconLayer
{
    private readonly Dictionary<string, List<HoconLayer>> _byName = new(StringComparer.Ordinal);

    /// <summary>Names in the order in which they came.</summary>
    public List<string> Names { get; } = [];

    /// <summary>Where it is written, the first one first.</summary>
    public List<Origin> Places { get; } = [];

    /// <summary>Why something in it cannot be told, or null.</summary>
    public string? Gap { get; set; }

    public List<HoconLayer>? Find(string name) => _byName.GetValueOrDefault(name);

    public List<HoconLayer> Get(string name)
    {
        if (!_byName.TryGetValue(name, out List<HoconLayer>? layers))
        {
            _byName.Add(name, layers = []);
            Names.Add(name);
        }

        return layers;
    }

    /// <summary>The fields that lie on top under a name; new ones where a value or nothing does.</summary>
    public HoconFields Inner(string name)
    {
        List<HoconLayer> layers = Get(name);
        if (layers.Count > 0 && layers[^1] is HoconFields top)
        {
            return top;
        }

        var made = new HoconFields();
        layers.Add(made);
        return made;
    }
}

/// <summary>A value with its parts.</summary>
internal sealed class HoconWritten(HoconValue value, HoconScope scope, ImmutableArray<string>? appendedTo) : HoconLayer
{
    public HoconValue Written { get; } = value;

    public HoconScope Scope { get; } = scope;

    /// <summary>The path of a list that it is added to (<c>+=</c>), empty where no path leads there, or null.</summary>
    public ImmutableArray<string>? AppendedTo { get; } = appendedTo;

    /// <summary>Whether it could turn out to be an object.</summary>
    public bool MayBeFields => AppendedTo is null && Written.Parts.All(static p => p is HoconObject or HoconSubstitution or HoconWord { Quotes: HoconQuotes.Space });
}

/// <summary>A value that is known already.</summary>
internal sealed class HoconReady(Draft draft) : HoconLayer
{
    public Draft Ready { get; } = draft;
}
