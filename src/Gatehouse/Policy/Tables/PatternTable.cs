using System.Runtime.InteropServices;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// Every distinct resource pattern of a policy with the probe and hash under which it is found. Immutable once sealed;
/// shared by all role sets.
/// </summary>
internal sealed class PatternTable
{
    /// <summary>Most probes a policy may need: what a decision costs at worst does not grow beyond it.</summary>
    public const int MaxProbes = 128;

    /// <summary>Most patterns that no hash can tell apart.</summary>
    public const int MaxPlace = 64;

    // Few patterns are not worth a probe of their own: they share places while no place gets fuller than this.
    private const int SharedPlace = 8;

    private readonly Dictionary<(PatternSyntax Syntax, string Text), int> _ids = [];
    private readonly List<ResourcePattern> _patterns = [];
    private readonly List<Probe> _probes = [];
    private int[] _probeOf = [];
    private ulong[] _hashes = [];

    /// <summary>The pattern with a number.</summary>
    public ResourcePattern this[int id] => _patterns[id];

    /// <summary>Finds the number of a pattern seen before.</summary>
    public bool TryFind(PatternSyntax syntax, string text, out int id) => _ids.TryGetValue((syntax, text), out id);

    /// <summary>Adds a pattern.</summary>
    public int Add(PatternSyntax syntax, ResourcePattern pattern)
    {
        _ids.Add((syntax, pattern.Text), _patterns.Count);
        _patterns.Add(pattern);
        return _patterns.Count - 1;
    }

    /// <summary>The probe that finds a pattern.</summary>
    public Probe ProbeOf(int pattern) => _probes[_probeOf[pattern]];

    /// <summary>The hash under which it is found.</summary>
    public ulong HashOf(int pattern) => _hashes[pattern];

    /// <summary>Gives every pattern its probe. Says which pattern is one too many, or null: nothing is ever left out.</summary>
    public ResourcePattern? Seal(out string reason)
    {
        var keys = new PatternKey[_patterns.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = PatternKey.Of(_patterns[i], withEnds: true);
        }

        ShareSmallLayouts(keys);
        var layouts = new Dictionary<string, Probe>(StringComparer.Ordinal);
        var places = new Dictionary<ulong, int>();
        _probeOf = new int[keys.Length];
        _hashes = new ulong[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            if (!layouts.TryGetValue(keys[i].Layout, out Probe? probe))
            {
                if (_probes.Count == MaxProbes)
                {
                    reason = $"the wildcards of all patterns together lie in more than {MaxProbes} different places";
                    return _patterns[i];
                }

                probe = new Probe(_probes.Count, keys[i]);
                layouts.Add(keys[i].Layout, probe);
                _probes.Add(probe);
            }

            _probeOf[i] = probe.Id;
            _hashes[i] = keys[i].HashFor(probe, _patterns[i]);
            if (++CollectionsMarshal.GetValueRefOrAddDefault(places, _hashes[i], out _) > MaxPlace)
            {
                reason = $"more than {MaxPlace} patterns have their wildcards in the same places and the same literal text before and after them";
                return _patterns[i];
            }
        }

        reason = "";
        return null;
    }

    // A layout with few patterns gives up the ends of segments and joins the layout of whole segments, where its
    // patterns stay easy to tell apart: ten rules then do not need ten probes.
    private void ShareSmallLayouts(PatternKey[] keys)
    {
        Dictionary<string, int> sizes = CountLayouts(keys);
        var coarse = new PatternKey?[keys.Length];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < keys.Length; i++)
        {
            if (sizes[keys[i].Layout] <= SharedPlace && Array.Exists(keys[i].Parts, static p => p.Kind != ProbePartKind.Whole))
            {
                coarse[i] = PatternKey.Of(_patterns[i], withEnds: false);
                CollectionsMarshal.GetValueRefOrAddDefault(places, Place(coarse[i]!), out _)++; // just set
            }
        }

        for (int i = 0; i < keys.Length; i++)
        {
            if (coarse[i] is PatternKey key && places[Place(key)] <= SharedPlace)
            {
                keys[i] = key;
            }
        }
    }

    private static Dictionary<string, int> CountLayouts(PatternKey[] keys)
    {
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (PatternKey key in keys)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sizes, key.Layout, out _)++;
        }

        return sizes;
    }

    private static string Place(PatternKey key) =>
        $"{key.Layout}|{string.Join('|', key.Values.Select(static v => Convert.ToHexString(v)))}";
}
