namespace Gatehouse.Policy.Indices;

/// <summary>
/// The expressions that come out of a narrowing, in an order in which exclusions of our own take nothing away that is allowed:
/// within each run between two exclusions of the caller first what must be fenced in, then the fences, then all else.
/// </summary>
internal sealed class NarrowedList
{
    private readonly List<string> _done = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _dotless = [];
    private readonly List<string> _fenced = [];
    private readonly List<string> _fences = [];
    private readonly List<string> _plain = [];
    private bool _hasWildcard;
    private bool _isWide;

    /// <summary>The result.</summary>
    public IReadOnlyList<string> Expressions => _done;

    /// <summary>Whether something had to be fenced in.</summary>
    public bool HasFences { get; private set; }

    /// <summary>Adds an expression that is allowed as it is.</summary>
    public void Add(string expression, bool isWildcard)
    {
        _hasWildcard |= isWildcard;
        _plain.Add(expression);
    }

    /// <summary>Adds one that is allowed less some others.</summary>
    public void AddFenced(string expression, bool isDotless, List<string> fences)
    {
        _hasWildcard = true;
        (fences.Count == 0 ? _plain : isDotless ? _dotless : _fenced).Add(expression);

        // With restricted names, which the fences of others would take away.
        _isWide |= isDotless && fences.Count == 1;
        foreach (string fence in fences)
        {
            HasFences = true;
            if (!_fences.Contains(fence))
            {
                _fences.Add(fence);
            }
        }
    }

    /// <summary>Takes an exclusion of the caller (<c>-x</c>) along; false where it cannot be kept.</summary>
    public bool TryExclude(string exclusion)
    {
        if (!TryEnd())
        {
            return false;
        }

        // What is remote is divided off before anything else is read.
        bool isRemote = exclusion.Contains(':') && !exclusion.EndsWith("::data", StringComparison.Ordinal) && !exclusion.EndsWith("::failures", StringComparison.Ordinal);
        if (isRemote ? _done.Exists(static done => done.Contains(':')) : _hasWildcard)
        {
            _done.Add(exclusion);

            // What comes behind may be what came before.
            _seen.Clear();
            return true;
        }

        // Without a wildcard before it, it would be a name: what it excludes is taken out here.
        string text = exclusion[1..];
        if (text.AsSpan().ContainsAny(':', '<'))
        {
            return _done.Count == 0;
        }

        var excluded = Glob.Parse(text);
        _done.RemoveAll(name => excluded.Covers(Glob.Parse(name)));
        _seen.Clear();
        return true;
    }

    /// <summary>Ends a run; false where a fence would take away what an earlier run has.</summary>
    public bool TryEnd()
    {
        bool isFine = _fences.Count == 0 || !_done.Exists(earlier => earlier[0] != '-' && _fences.Exists(fence => Glob.Parse(fence).Overlaps(Glob.Parse(earlier))));
        Move(_dotless);

        // The dots first, and only against what stands before them.
        if (_fences.Remove(".*"))
        {
            _done.Add("-.*");
        }

        isFine &= !_isWide || _fences.Count == 0;
        _isWide = false;
        Move(_fenced);
        foreach (string fence in _fences)
        {
            _done.Add("-" + fence);
        }

        _fences.Clear();
        Move(_plain);
        return isFine;
    }

    private void Move(List<string> from)
    {
        foreach (string expression in from)
        {
            if (_seen.Add(expression))
            {
                _done.Add(expression);
            }
        }

        from.Clear();
    }
}
