using Gatehouse.Engine.Elasticsearch.Names;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch;

/// <summary>
/// Narrows the lists of a request to what the caller may see, as Elasticsearch's own security does: a wildcard shrinks, a name that
/// is not allowed is refused (reference: security, authorization of wildcard and alias expressions).
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="context">Who asks.</param>
/// <param name="options">How the request means its expressions.</param>
/// <param name="need">Whether names are needed, and what they are.</param>
internal sealed class SlotNarrowing(CompiledPolicy policy, AuthorizationContext context, NarrowingOptions options, NameNeed need)
{
    /// <summary>What no index matches, as Elasticsearch itself writes it.</summary>
    public const string Nothing = "*,-*";

    /// <summary>Most expressions of a list that is narrowed: the cost grows with their square, and bodies hold any number.</summary>
    private const int MostExpressions = 2000;

    private readonly HashSet<string> _unproven = new(StringComparer.Ordinal);

    /// <summary>Whether a list was left as it stands of which it is not known that all it reaches is allowed.</summary>
    public bool HasUnproven => _unproven.Count > 0;

    /// <summary>The path template; some have more than one privilege that suffices.</summary>
    public string Template { get; init; } = "";

    /// <summary>How a request means its expressions, by its query.</summary>
    public static NarrowingOptions OptionsOf(CanonicalTarget target, bool isStrict)
    {
        string? ignore = Text(target, "ignore_unavailable"u8);
        return Options(Text(target, "expand_wildcards"u8), ignore is "true" or "", isStrict);
    }

    /// <summary>The same by values.</summary>
    public static NarrowingOptions Options(string? expandWildcards, bool ignoresUnavailable, bool isStrict)
    {
        string[] expand = expandWildcards?.Split(',') ?? [];
        return new NarrowingOptions
        {
            IgnoreUnavailable = ignoresUnavailable,
            ExpandsWildcards = !expand.Contains("none", StringComparer.Ordinal),
            ExpandsHidden = expand.Contains("all", StringComparer.Ordinal) || expand.Contains("hidden", StringComparer.Ordinal),
            IsStrict = isStrict,
        };
    }

    /// <summary>Puts narrower lists into the target.</summary>
    public void Narrow(IReadOnlyList<IndexSlot> slots, TargetRewriter rewriter)
    {
        Dictionary<(int Segment, int InsertAt), string> texts = [];
        foreach (IndexSlot slot in slots)
        {
            // What several actions need is narrowed by each of them; what one of them could not is not proven by another.
            string text = texts.GetValueOrDefault((slot.Segment, slot.InsertAt), slot.Text);
            bool hasPlace = slot.Segment >= 0 || slot.InsertAt >= 0;
            if (!hasPlace)
            {
                _unproven.Add(text);
            }
            else if (Narrow(slot.Action, text) is { } narrowed)
            {
                texts[(slot.Segment, slot.InsertAt)] = narrowed;
                if (_unproven.Contains(text))
                {
                    _unproven.Add(narrowed);
                }
            }
        }

        foreach (((int segment, int insertAt), string text) in texts)
        {
            if (segment >= 0)
            {
                rewriter.Replace(segment, text);
            }
            else
            {
                rewriter.Insert(insertAt, text);
                rewriter.Drop("index");
            }
        }
    }

    /// <summary>The narrower list; null where it stays, be it because it may or because the decision will refuse it.</summary>
    public string? Narrow(string action, string text)
    {
        if (text == Nothing)
        {
            return null;
        }

        // Selectors and remote clusters are decided as they stand, and so are lists of a length that no path could have.
        if (text.Contains(':', StringComparison.Ordinal) || text.AsSpan().Count(',') >= MostExpressions)
        {
            return Unproven(text);
        }

        string[] expressions = IsEverything(text) ? [] : text.Split(',');
        Narrowing narrowing = NameNarrowing.Narrow(policy, context, Alternatives.Of(Template, action), expressions, options, need);
        return narrowing.Kind switch
        {
            NarrowingKind.Narrowed => string.Join(',', narrowing.Expressions),
            NarrowingKind.Nothing => Nothing,
            NarrowingKind.Unchanged => null,
            _ => Unproven(text),
        };
    }

    /// <summary>
    /// What is to be decided of the lists of a request as it is forwarded: those that were narrowed, or those that were left as they
    /// stand. A decision takes a <c>*</c> for what a narrowing has fenced in; of the others it must be asked for every name.
    /// </summary>
    public IEnumerable<RequestOperation> Operations(IReadOnlyList<IndexSlot> slots, bool areUnproven)
    {
        foreach (IndexSlot slot in slots)
        {
            if (_unproven.Contains(slot.Text) != areUnproven)
            {
                continue;
            }

            if (slot.Text == Nothing)
            {
                // Nothing is asked of any index; that the action itself is granted must hold all the same.
                yield return new RequestOperation(slot.Action, []);
            }
            else if (IndexLists.TryRead(slot.Action, slot.Text, out IReadOnlyList<RequestOperation> asked))
            {
                foreach (RequestOperation operation in Alternatives.Choose(policy, context, Template, asked))
                {
                    yield return operation;
                }
            }
        }
    }

    private string? Unproven(string text)
    {
        _unproven.Add(text);
        return null;
    }

    /// <summary>Whether a list means every index there is.</summary>
    internal static bool IsEverything(string text) => text is "_all" || !text.AsSpan().ContainsAnyExcept(',');

    private static string? Text(CanonicalTarget target, ReadOnlySpan<byte> name) =>
        target.TryGetParameter(name, out ReadOnlySpan<byte> value) ? System.Text.Encoding.UTF8.GetString(value) : null;
}
