namespace Gatehouse.Policy.Indices;

/// <summary>One narrowing: goes through the list and collects what takes its place.</summary>
internal sealed class NarrowingRun(IndexSight sight, NarrowingOptions options, IndexNames? names)
{
    private static readonly Glob Backing = Glob.Parse(".ds-*");
    private static readonly Glob Failures = Glob.Parse(".fs-*");

    private readonly NarrowedList _list = new();
    private NameList? _names;
    private bool _sawWildcard;
    private bool _isChanged;
    private bool _needsNames;
    private Narrowing _refusal;

    /// <summary>Narrows a list.</summary>
    public Narrowing Narrow(IReadOnlyList<string> expressions)
    {
        bool isAll = expressions.All(static e => e.Length == 0) || expressions is ["_all"];
        foreach (string text in isAll ? ["*"] : expressions)
        {
            // Behind a wildcard only; before one it is a name, which none can have.
            if (text.StartsWith('-') && _sawWildcard)
            {
                _needsNames |= !_list.TryExclude(text);
                continue;
            }

            // An empty part of a list is read as everything by some.
            Include(text.Length == 0 ? "*" : text);
            if (_refusal.Refused is not null)
            {
                return _refusal;
            }
        }

        if (_needsNames || !_list.TryEnd())
        {
            return new Narrowing(NarrowingKind.NeedsNames, []);
        }

        return !_isChanged && !_list.HasFences && names is null ? new Narrowing(NarrowingKind.Unchanged, expressions)
            : _list.Expressions.Count == 0 ? new Narrowing(NarrowingKind.Nothing, [])
            : new Narrowing(NarrowingKind.Narrowed, _list.Expressions);
    }

    private void Include(string text)
    {
        (string name, string selector) = Split(text);
        bool isRemote = name.Contains(':');
        bool isWildcard = name.Contains('*');
        _sawWildcard |= isWildcard && options.ExpandsWildcards;
        if (text.Contains(','))
        {
            Refuse(DenialReason.NoGrant, text);
        }
        else if (isRemote || !isWildcard || name.Contains('<'))
        {
            // A remote cluster narrows by itself; here it is all or nothing.
            DenialReason reason = name[0] is '-' or '+' or '_' ? DenialReason.NoGrant : sight.Decide(text);
            if (reason == DenialReason.None)
            {
                _list.Add(text, isWildcard && !isRemote);
            }
            else if (options.IgnoreUnavailable && !isWildcard)
            {
                _isChanged = true;
            }
            else
            {
                Refuse(reason, text);
            }
        }
        else if (name[0] is '-' or '+' or '_')
        {
            Refuse(DenialReason.NoGrant, text);
        }
        else if (names is not null && options.ExpandsWildcards && !options.IsStrict)
        {
            _names ??= new NameList(sight, names, options.ExpandsHidden);
            _names.Find(Glob.Parse(name), isDotted: name[0] == '.', selector, _list);
        }
        else
        {
            NarrowWildcard(text, Glob.Parse(name), selector);
        }
    }

    private void NarrowWildcard(string text, Glob expression, string selector)
    {
        WildcardSight found = sight.Look(expression);
        if (found.IsWhole)
        {
            _list.Add(text, isWildcard: true);
            return;
        }

        List<Piece>? pieces = found.Pieces();
        if (options.IsStrict || !options.ExpandsWildcards)
        {
            AddUnnarrowed(text, expression, selector, found, pieces);
            return;
        }

        // Backing indices are allowed by the names of streams, which no intersection of texts finds.
        bool reachesBacking = expression.HeadLength > 0 && (expression.HeadFits(Backing) || expression.HeadFits(Failures));
        if (reachesBacking || pieces is null)
        {
            _needsNames = true;
            return;
        }

        _isChanged = true;
        foreach (Piece piece in pieces)
        {
            AddPiece(piece, selector, found);
        }
    }

    private void AddPiece(Piece piece, string selector, WildcardSight found)
    {
        List<string> fences = [];
        if (!piece.TryFence(fences, out bool isEmpty))
        {
            _needsNames = true;
            return;
        }

        if (isEmpty)
        {
            return;
        }

        bool isDenied = found.Denies(piece);
        if (piece.Glob.IsLiteral)
        {
            // A name that is not there would be an error where a wildcard is none.
            _needsNames |= !isDenied && !options.IgnoreUnavailable;
            if (!isDenied)
            {
                _list.Add(piece.Glob + selector, isWildcard: false);
            }

            return;
        }

        _needsNames |= isDenied || piece.Glob.HasOne || (fences.Count > 0 && selector.Length > 0);
        _list.AddFenced(piece.Glob + selector, piece.NeedsDotFence, fences);
    }

    // As it stands, with what it must not reach kept out behind it, or not at all.
    private void AddUnnarrowed(string text, Glob expression, string selector, WildcardSight found, List<Piece>? pieces)
    {
        Piece? whole = pieces?.Find(piece => piece.Glob.ToString() == expression.ToString());
        List<string> fences = [];
        if (whole is null || !whole.TryFence(fences, out bool isEmpty) || isEmpty || (fences.Count > 0 && (selector.Length > 0 || options.ExpandsHidden)))
        {
            Refuse(DenialReason.NoGrant, text);
        }
        else if (found.Denies(whole))
        {
            Refuse(DenialReason.ExplicitDeny, text);
        }
        else if (!options.ExpandsWildcards)
        {
            // It is no wildcard then, and no index has the name.
            _list.Add(text, isWildcard: false);
        }
        else
        {
            _list.AddFenced(text, whole.NeedsDotFence, fences);
        }
    }

    private void Refuse(DenialReason reason, string text) => _refusal = new Narrowing(reason, text);

    private static (string Name, string Selector) Split(string text)
    {
        int at = text.EndsWith("::data", StringComparison.Ordinal) ? text.Length - 6 : text.EndsWith("::failures", StringComparison.Ordinal) ? text.Length - 10 : 0;
        return at > 0 ? (text[..at], text[at..]) : (text, "");
    }
}
