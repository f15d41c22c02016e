using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// Every distinct resource pattern of a policy with the probe and hash under which it is found. Immutable once sealed;
/// shared by all role sets.
/// </summary>
internal sealed class PatternTable
{
    /// <summary>Most probes that the patterns of a policy's own may need.</summary>
    public const int OwnProbes = 128;

    /// <summary>
    /// Most probes a policy may need, those of the built-in roles included, so that these take none from its own: what a decision
    /// costs at worst does not grow beyond it.
    /// </summary>
    public const int MaxProbes = OwnProbes + 24;

    /// <summary>Most patterns that no hash can tell apart.</summary>
    public const int MaxPlace = 64;

    // Few patterns are not worth a probe of their own: they share places while no place gets fuller than this.
    private const int SharedPlace = 8;
    private const int MostPlans = 1024;

    private readonly Dictionary<(PatternSyntax Syntax, string Text), int> _ids = [];
    private readonly List<ResourcePattern> _patterns = [];
    private readonly List<Probe> _probes = [];
    private readonly ConcurrentDictionary<string, ProbePlan> _plans = new(StringComparer.Ordinal);
    private int[] _probeOf = [];
    private ulong[] _hashes = [];

    /// <summary>The pattern with a number.</summary>
    public ResourcePattern this[int id] => _patterns[id];

    /// <summary>Finds a pattern seen before.</summary>
    public ResourcePattern? Find(PatternSyntax syntax, string text) => _ids.TryGetValue((syntax, text), out int id) ? _patterns[id] : null;

    /// <summary>The number of a pattern that is there, or of one written the same.</summary>
    public int IdOf(PatternSyntax syntax, ResourcePattern pattern) => _ids[(syntax, pattern.Text)];

    /// <summary>Adds a pattern unless it is there.</summary>
    public void TryAdd(PatternSyntax syntax, ResourcePattern pattern)
    {
        if (_ids.TryAdd((syntax, pattern.Text), _patterns.Count))
        {
            _patterns.Add(pattern);
        }
    }

    /// <summary>The plan for some probes; one for all sets that need the same.</summary>
    public ProbePlan PlanOf(int[] patterns, int[] wholeNames)
    {
        int[] probes = [.. patterns.Select(id => _probeOf[id]).Distinct().Order()];
        string key = $"{string.Join(',', probes)}|{string.Join(',', wholeNames)}";
        return _plans.Count > MostPlans ? Make() : _plans.GetOrAdd(key, _ => Make());

        ProbePlan Make() => new(probes.Select(id => _probes[id]), wholeNames);
    }

    /// <summary>The hash under which it is found.</summary>
    public ulong HashOf(int pattern) => _hashes[pattern];

    /// <summary>Gives every pattern its probe. Says which pattern is one too many, or null: nothing is ever left out.</summary>
    public ResourcePattern? Seal(out string reason)
    {
        var places = new PatternPlace[_patterns.Count];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = _patterns[i].PlaceOf(withEnds: true);
        }

        ShareSmallLayouts(places);
        var layouts = new Dictionary<string, Probe>(StringComparer.Ordinal);
        var filled = new Dictionary<ulong, int>(places.Length);
        _probeOf = new int[places.Length];
        _hashes = new ulong[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            if (!layouts.TryGetValue(places[i].Layout, out Probe? probe))
            {
                if (_probes.Count == MaxProbes)
                {
                    reason = $"the wildcards of all patterns together lie in more than {MaxProbes} different places";
                    return _patterns[i];
                }

                probe = new Probe(_probes.Count, PatternKey.Of(_patterns[i], withEnds: places[i] == _patterns[i].PlaceOf(withEnds: true)));
                layouts.Add(places[i].Layout, probe);
                _probes.Add(probe);
            }

            _probeOf[i] = probe.Id;
            _hashes[i] = places[i].Hash;
            if (++CollectionsMarshal.GetValueRefOrAddDefault(filled, _hashes[i], out _) > MaxPlace)
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
    private void ShareSmallLayouts(PatternPlace[] places)
    {
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (PatternPlace place in places)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sizes, place.Layout, out _)++;
        }

        var coarse = new PatternPlace?[places.Length];
        var filled = new Dictionary<ulong, int>();
        for (int i = 0; i < places.Length; i++)
        {
            if (sizes[places[i].Layout] <= SharedPlace && places[i].HasEnds)
            {
                coarse[i] = _patterns[i].PlaceOf(withEnds: false);
                CollectionsMarshal.GetValueRefOrAddDefault(filled, coarse[i]!.Hash, out _)++; // just set
            }
        }

        for (int i = 0; i < places.Length; i++)
        {
            if (coarse[i] is PatternPlace place && filled[place.Hash] <= SharedPlace)
            {
                places[i] = place;
            }
        }
    }
}
