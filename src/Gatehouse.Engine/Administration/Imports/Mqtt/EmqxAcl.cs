using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>EMQX's <c>acl.conf</c>: Erlang terms, the first rule that matches decides. Source: EMQX's documentation, "Use ACL file".</summary>
internal sealed class EmqxAcl(ImportReport report, string source)
{
    private readonly List<MqttRule> _rules = [];

    /// <summary>Reads the file; what EMQX itself would not load is a fault.</summary>
    public IReadOnlyList<MqttRule> Read(string text)
    {
        if (!ErlangTerms.TryParse(text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error))
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because($"it is no file of Erlang terms: {error.Text}", new ProblemLocation(source, error.Line, error.Column)));
            return [];
        }

        string[] lines = text.Split('\n');
        foreach (ErlangTerm term in terms)
        {
            Rule(term, new RuleLine(At(term), RoleNames.Shown(lines[term.Line - 1].Trim())));
        }

        return _rules;
    }

    private ProblemLocation At(ErlangTerm term) => new(source, term.Line, term.Column);

    private void Fail(ErlangTerm at, string why) => report.Faults.Add(ImportProblems.NotTheirs.Because(why, At(at)));

    private void Rule(ErlangTerm term, RuleLine line)
    {
        ImmutableArray<ErlangTerm> items = term is ErlangTuple tuple ? tuple.Items : [];
        bool isRule = items.Length is 2 or 4 && (items[0].IsAtom("allow") || items[0].IsAtom("deny"));
        if (!isRule)
        {
            Fail(term, "a rule is {allow|deny, WHO, ACTION, TOPICS}, or {allow|deny, all}");
            return;
        }

        RuleAction? action = items.Length == 2 ? RuleAction.All : Action(items[2]);
        ImmutableArray<RuleTopic>? topics = items.Length == 2 ? [RuleTopics.All(items[0].IsAtom("allow"))] : Topics(items[3], items[0].IsAtom("allow"));
        if (action is null || topics is null)
        {
            return;
        }

        ImmutableArray<Client> clients = EmqxWho.Read(items[1]);
        if (action.IsNever || clients.IsEmpty)
        {
            topics = []; // it stays a line of the report
        }

        foreach (Client client in clients.DefaultIfEmpty(Client.Any))
        {
            _rules.Add(new MqttRule
            {
                Line = line,
                IsAllow = items[0].IsAtom("allow"),
                Who = client.Who,
                Sources = client.Sources,
                Publishes = action.Publishes,
                Subscribes = action.Subscribes,
                Qos = action.Qos,
                Retain = action.Retain,
                Topics = topics.Value,
                Unsaid = client.Unsaid ?? action.Unsaid,
            });
        }
    }

    private RuleAction? Action(ErlangTerm term)
    {
        (ErlangTerm word, ImmutableArray<ErlangTerm> options) = term is ErlangTuple { Items: [{ } first, ErlangList list] } ? (first, list.Items) : (term, []);
        if (RuleAction.Of((word as ErlangAtom)?.Name) is not { } action)
        {
            Fail(term, "an action is publish, subscribe, all, or {ACTION, [OPTION]}");
            return null;
        }

        var qos = new List<ErlangTerm>();
        ErlangTerm? retain = null;
        foreach (ErlangTerm option in options)
        {
            if (option is ErlangTuple { Items: [ErlangAtom { Name: "qos" }, { } value] })
            {
                qos.AddRange(value is ErlangList several ? several.Items : [value]);
                action = qos.Count == 0 ? action with { IsNever = true } : action;
            }
            else if (option is ErlangTuple { Items: [ErlangAtom { Name: "retain" }, { } flag] })
            {
                retain ??= flag; // the first one counts
            }
            else
            {
                action = action with { Unsaid = "an option of its action that is not known" };
            }
        }

        if (!qos.TrueForAll(static one => one is ErlangInteger { Value: >= 0 and <= 2 }) || retain is not (null or ErlangAtom { Name: "true" or "false" or "all" }))
        {
            Fail(term, "`qos` is 0, 1, 2 or a list of these, `retain` true, false or all");
            return null;
        }

        return action with
        {
            IsNever = action.IsNever && qos.Count == 0,
            Qos = [.. qos.Cast<ErlangInteger>().Select(static one => (int)one.Value).Distinct().Order()],
            Retain = retain is null || retain.IsAtom("all") ? null : retain.IsAtom("true"),
        };
    }

    private ImmutableArray<RuleTopic>? Topics(ErlangTerm term, bool isAllow)
    {
        if (term.IsAtom("all"))
        {
            return [RuleTopics.All(isAllow)];
        }

        ImmutableArray<RuleTopic>.Builder topics = ImmutableArray.CreateBuilder<RuleTopic>();
        foreach (ErlangTerm item in term is ErlangList list ? list.Items : [])
        {
            if (item is ErlangTuple { Items: [ErlangAtom { Name: "eq" }, { Text: { } literal }] })
            {
                topics.Add(RuleTopics.Literally(literal));
            }
            else if (item.Text is { } filter)
            {
                topics.Add(RuleTopics.Emqx(filter));
            }
            else
            {
                Fail(item, "a topic is a text or {eq, TEXT}");
                return null;
            }
        }

        if (term is ErlangList)
        {
            return topics.ToImmutable();
        }

        Fail(term, "topics are a list");
        return null;
    }
}

/// <summary>What a rule speaks of being done.</summary>
internal sealed record RuleAction(bool Publishes, bool Subscribes)
{
    /// <summary>Everything.</summary>
    public static RuleAction All { get; } = new(true, true);

    /// <summary>Qualities of service; empty: any.</summary>
    public ImmutableArray<int> Qos { get; init; } = [];

    /// <summary>Retain of publishes; null: both.</summary>
    public bool? Retain { get; init; }

    /// <summary>Whether its conditions hold for nothing.</summary>
    public bool IsNever { get; init; }

    /// <summary>A condition that is not known.</summary>
    public string? Unsaid { get; init; }

    /// <summary>By EMQX's word; null for none of them.</summary>
    public static RuleAction? Of(string? word) => word switch
    {
        "publish" => new RuleAction(true, false),
        "subscribe" => new RuleAction(false, true),
        "all" or "pubsub" => All,
        _ => null,
    };
}
