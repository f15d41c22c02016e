using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A topic of a rule.</summary>
/// <param name="Filter">The filter as written; empty for all topics.</param>
/// <param name="IsLiteral">Whether it stands for itself only (<c>{eq, "#"}</c>).</param>
internal sealed record AclTopic(string Filter, bool IsLiteral)
{
    /// <summary>All topics, those with <c>$</c> among them.</summary>
    public static AclTopic All { get; } = new("", IsLiteral: false);

    /// <summary>Whether it is all topics.</summary>
    public bool IsAll => Filter.Length == 0;

    /// <summary>Whether a value of the client stands in it: <c>${username}</c>, <c>%u</c>.</summary>
    public bool HasPlaceholder => (Filter.Contains("${", StringComparison.Ordinal) && !Filter.Contains("${$}", StringComparison.Ordinal))
        || Filter.Contains("%u", StringComparison.Ordinal) || Filter.Contains("%c", StringComparison.Ordinal);
}

/// <summary>One rule of <c>acl.conf</c>.</summary>
internal sealed record AclRule
{
    /// <summary>Allow or deny.</summary>
    public required bool IsAllow { get; init; }

    /// <summary>Whom it is for.</summary>
    public required ErlangTerm Who { get; init; }

    /// <summary>Whether it speaks of publishing.</summary>
    public required bool Publishes { get; init; }

    /// <summary>Whether it speaks of subscribing.</summary>
    public required bool Subscribes { get; init; }

    /// <summary>Whether its action has conditions on quality of service or retain.</summary>
    public required bool IsNarrowed { get; init; }

    /// <summary>Its topics.</summary>
    public required ImmutableArray<AclTopic> Topics { get; init; }

    /// <summary>Where it stands.</summary>
    public required Evidence Evidence { get; init; }

    /// <summary>Whether it is for everything that anybody may do, unless <see cref="Who"/> says less.</summary>
    public bool IsEverything => Publishes && Subscribes && !IsNarrowed && Topics.Any(static t => t.IsAll || t is { Filter: "#", IsLiteral: false });
}

/// <summary>What <c>acl.conf</c> says.</summary>
/// <param name="Path">The file on this host.</param>
/// <param name="Rules">In order; empty where it could not be read.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
/// <param name="IsMissing">Whether there is no such file.</param>
internal sealed record AclFile(string Path, ImmutableArray<AclRule> Rules, string? Problem, bool IsMissing = false)
{
    /// <summary>Reads the text of a file.</summary>
    public static AclFile Read(string path, string text)
    {
        if (!ErlangTerms.TryParse(text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error))
        {
            return new AclFile(path, [], $"line {error.Line} is no Erlang term: {error.Text}");
        }

        string[] lines = text.Split('\n');
        var rules = ImmutableArray.CreateBuilder<AclRule>(terms.Length);
        foreach (ErlangTerm term in terms)
        {
            if (Rule(term, new Evidence(EvidenceKind.File, path, Cut(lines[term.Line - 1]), term.Line, term.Column)) is not { } rule)
            {
                return new AclFile(path, [], $"line {term.Line} is no rule");
            }

            rules.Add(rule);
        }

        return new AclFile(path, rules.ToImmutable(), null);
    }

    private static AclRule? Rule(ErlangTerm term, Evidence evidence)
    {
        if (term is not ErlangTuple { Items: [ErlangAtom { Name: "allow" or "deny" } effect, { } who, .. { Length: 0 or 2 } rest] })
        {
            return null;
        }

        (string word, bool isNarrowed) = rest.Length == 0 ? ("all", false) : Action(rest[0]);
        return (rest.Length == 0 ? [AclTopic.All] : Topics(rest[1])) is { } topics && word is "publish" or "subscribe" or "all" or "pubsub"
            ? new AclRule
            {
                IsAllow = effect.Name == "allow",
                Who = who,
                Publishes = word != "subscribe",
                Subscribes = word != "publish",
                IsNarrowed = isNarrowed,
                Topics = topics,
                Evidence = evidence,
            }
            : null;
    }

    private static (string Word, bool IsNarrowed) Action(ErlangTerm term) => term switch
    {
        ErlangAtom atom => (atom.Name, false),
        ErlangTuple { Items: [ErlangAtom atom, ErlangList options] } => (atom.Name, !options.Items.IsEmpty),
        _ => ("", false),
    };

    private static ImmutableArray<AclTopic>? Topics(ErlangTerm term)
    {
        if (term.IsAtom("all"))
        {
            return [AclTopic.All];
        }

        // One text may stand alone, where a list of them belongs.
        ImmutableArray<ErlangTerm> items = term is ErlangList list ? list.Items : [term];
        var topics = ImmutableArray.CreateBuilder<AclTopic>();
        foreach (ErlangTerm item in items)
        {
            if (item is ErlangTuple { Items: [ErlangAtom { Name: "eq" }, { Text: { Length: > 0 } literal }] })
            {
                topics.Add(new AclTopic(literal, IsLiteral: true));
            }
            else if (item.IsAtom("all"))
            {
                topics.Add(AclTopic.All);
            }
            else if (item.Text is { Length: > 0 } filter)
            {
                topics.Add(filter.StartsWith("eq ", StringComparison.Ordinal) ? new AclTopic(filter[3..], IsLiteral: true) : new AclTopic(filter, IsLiteral: false));
            }
            else
            {
                return null;
            }
        }

        return topics.ToImmutable();
    }

    private static string Cut(string line) => line.Trim() is { Length: > 120 } text ? text[..120] + "..." : line.Trim();
}
