using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy.Tables;

namespace Gatehouse.Policy.Indices;

/// <summary>The rights of one request on indices for one action: what its roles say, and the limit of an API key besides.</summary>
internal sealed class IndexSight
{
    private readonly AuthorizationContext _context;
    private readonly (RuleSet Set, ActionRow Row)[] _sides;

    public IndexSight(CompiledPolicy policy, in AuthorizationContext context, SystemAction action)
    {
        if (!Privileges.IsOnIndices(action))
        {
            throw new ArgumentException($"{action} is no action on indices", nameof(action));
        }

        _context = context;
        RuleSet roles = policy.RulesFor(context);
        if (context.Limit.IsDefault)
        {
            _sides = [(roles, roles.RowFor(action))];
            return;
        }

        RuleSet limit = policy.RulesFor(context.Limit);
        _sides = [(roles, roles.RowFor(action)), (limit, limit.RowFor(action))];
    }

    /// <summary>Decides a name, as a request for it alone would be.</summary>
    public DenialReason Decide(string name)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        foreach ((RuleSet set, ActionRow row) in _sides)
        {
            if (set.DecideName(row, utf8, _context) is var reason and not DenialReason.None)
            {
                return reason;
            }
        }

        return DenialReason.None;
    }

    /// <summary>Whether any deny holds now.</summary>
    public bool HasDeny => Array.Exists(_sides, side => side.Row.Rules.HasDeny(_context));

    /// <summary>Looks at an expression with wildcards.</summary>
    public WildcardSight Look(Glob expression)
    {
        var denies = new List<RuledGlob>();
        List<RuledGlob>[] allows = new List<RuledGlob>[_sides.Length];
        for (int i = 0; i < _sides.Length; i++)
        {
            allows[i] = [];
            _sides[i].Row.Rules.Find(expression, _context, allows[i], denies);
        }

        bool hasDeny = denies.Count > 0 || (new Piece(expression, false, true).ReachesBacking && HasDeny);
        return new WildcardSight(expression, allows, denies, hasDeny);
    }
}

/// <summary>What somebody may have of an expression.</summary>
/// <param name="expression">The expression.</param>
/// <param name="sides">The patterns that allow, of each side, all of which must.</param>
/// <param name="denies">The patterns that deny.</param>
/// <param name="hasDeny">Whether something could be denied by what those patterns do not say: a backing index by its stream.</param>
internal sealed class WildcardSight(Glob expression, List<RuledGlob>[] sides, List<RuledGlob> denies, bool hasDeny)
{
    /// <summary>Most pieces.</summary>
    public const int MaxPieces = 1000;

    // More would cost more than asking for the names.
    private const int MostTogether = 64;

    private RuledGlob[]? _restricted;

    private RuledGlob[] Restricted => _restricted ??= expression.HeadLength > 0 && expression.Symbols[0] is not ('.' or 's' or 't')
        ? []
        : Array.FindAll(Piece.RestrictedRules, rule => rule.Glob.Overlaps(expression));

    /// <summary>Whether everything it stands for is allowed.</summary>
    public bool IsWhole => (!hasDeny || !Denies(new Piece(expression, false, true))) && Array.TrueForAll(sides, IsWithin);

    /// <summary>Whether a deny reaches a part of it.</summary>
    public bool Denies(Piece piece) => (hasDeny && piece.ReachesBacking) || denies.Exists(deny =>
        !(piece.NoDot && deny.Glob.StartsWithDot) && !(deny.NoDot && piece.Glob.StartsWithDot) && deny.Glob.Overlaps(piece.Glob));

    /// <summary>The parts that all sides allow; null where no expressions say them.</summary>
    public List<Piece>? Pieces()
    {
        List<Piece> pieces = [new Piece(expression, false, true)];
        foreach (List<RuledGlob> allows in sides)
        {
            var narrowed = new List<Piece>();
            foreach (Piece piece in pieces)
            {
                foreach (RuledGlob allow in allows)
                {
                    if (narrowed.Count > MaxPieces || !piece.TryIntersect(allow, out Piece? common))
                    {
                        return null;
                    }

                    if (common is not null)
                    {
                        narrowed.Add(common);
                    }
                }
            }

            pieces = WithoutCovered(narrowed);
        }

        return pieces;
    }

    private bool IsWithin(List<RuledGlob> allows)
    {
        foreach (RuledGlob allow in allows)
        {
            if (allow.Rule == GlobRule.Wide && IsAllOf(allow))
            {
                return true;
            }

            if (allow.Rule == GlobRule.Plain && IsAllOf(allow) && Restricted.Length == 0)
            {
                return true;
            }
        }

        // By several together; two names of it tell nearly always that it is not so.
        if (allows.Count is 0 or > MostTogether || !Matches(allows, 'a') || !Matches(allows, '.'))
        {
            return false;
        }

        return GlobUnion.Allows([expression], [.. allows, .. Restricted]) == true;
    }

    private bool IsAllOf(RuledGlob allow) => allow.Glob.Covers(expression) && (!allow.NoDot || (expression.HeadLength > 0 && !expression.StartsWithDot));

    private bool Matches(List<RuledGlob> allows, int letter)
    {
        var name = new Glob(expression.Symbols.Select(s => s == Glob.Star ? letter : s));
        return allows.Exists(allow => allow.Glob.Covers(name) && !(allow.NoDot && name.StartsWithDot));
    }

    private static List<Piece> WithoutCovered(List<Piece> pieces)
    {
        if (pieces.Count is < 2 or > MostTogether)
        {
            return pieces.Count < 2 ? pieces : [.. pieces.DistinctBy(static p => (p.Glob.ToString(), p.NoDot, p.IsWide))];
        }

        var kept = new List<Piece>();
        foreach (Piece piece in pieces)
        {
            if (!kept.Exists(other => Covers(other, piece)))
            {
                kept.RemoveAll(other => Covers(piece, other));
                kept.Add(piece);
            }
        }

        return kept;
    }

    private static bool Covers(Piece outer, Piece inner) =>
        (outer.IsWide || !inner.IsWide)
        && (!outer.NoDot || inner.NoDot || (inner.Glob.HeadLength > 0 && !inner.Glob.StartsWithDot))
        && outer.Glob.Covers(inner.Glob);
}
