using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>The rules of <c>acl.conf</c>.</summary>
internal static class AclChecks
{
    private static readonly string[] Everybody = ["", ".*", "^.*", ".*$", "^.*$", "^", "$"];

    private static readonly string[] Special = ["$queue", "$stream", "$exclusive"];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("AUZ-002", AllowsAll),
        new("AUZ-003", AllowsLoopback),
        new("AUZ-004", DashboardName),
        new("AUZ-005", Placeholders),
        new("AUZ-006", LooseExpressions),
        new("AUZ-009", DenyBesideAllow),
        new("AUZ-010", PlusAtEnd),
        new("AUZ-011", SpecialTopics),
    ];

    /// <summary>The first rule that everybody meets and that speaks of everything, of those that a test takes; null where there is none.</summary>
    public static AclRule? LastForAll(EmqxSubject emqx, AclFile acl, Func<AclRule, bool> test) =>
        acl.Rules.FirstOrDefault(rule => rule.IsEverything && MeansEverybody(emqx, rule.Who) && test(rule));

    private static IEnumerable<AclRule> Rules(EmqxSubject emqx) => emqx.Acl?.Rules ?? [];

    private static IEnumerable<Observation> AllowsAll(EmqxSubject emqx)
    {
        foreach (AclRule rule in Rules(emqx).Where(static r => r is { IsEverything: true }))
        {
            bool isProfile = IsProfile(rule.Who, "legacy");
            if (rule.IsAllow && isProfile && emqx.IsHardened is null)
            {
                yield return new Observation("a rule allows everything in the legacy security profile; the profile cannot be told, as the environment of the process may not be seen", [rule.Evidence]) { IsUnknown = true };
                yield break;
            }

            if (MeansEverybody(emqx, rule.Who))
            {
                if (rule.IsAllow)
                {
                    yield return Observation.Of($"a rule allows everybody everything{(isProfile ? " in the security profile in force, legacy" : "")}: `authorization.no_match` is never asked", rule.Evidence);
                }

                yield break; // nothing behind it is reached
            }
        }
    }

    private static IEnumerable<Observation> AllowsLoopback(EmqxSubject emqx)
    {
        bool isBelieved = ListenerChecks.On(emqx).Any(l => l.IsWebSocket && emqx[$"{l.Path}.websocket.proxy_address_header"].Text is not "" && emqx.IsBefore(6, 3) != false);
        bool isFronted = ListenerChecks.ForeignGate(emqx) is not null || ListenerChecks.On(emqx).Any(l => !ListenerChecks.IsExposed(emqx, l) && emqx.Flag($"{l.Path}.proxy_protocol", usual: false) == false);
        foreach (AclRule rule in Rules(emqx).Where(static r => r.IsAllow && IsLoopback(r.Who) && r.Topics.Any(static t => !t.IsLiteral && (t.IsAll || t.Filter == "#"))))
        {
            string way = isBelieved ? ", and WebSocket clients may claim to come from there" : isFronted ? ", and whatever connects through a proxy on this host comes from there" : "";
            yield return Observation.Of(way.Length > 0 ? Severity.Critical : Severity.Medium, $"a rule allows everything to clients from this host{way}", rule.Evidence);
        }
    }

    private static IEnumerable<Observation> DashboardName(EmqxSubject emqx)
    {
        bool isAnonymous = ListenerChecks.On(emqx).Any(l => AuthenticationChecks.Authenticates(emqx, l) == false && emqx.IsHardened != true && !ListenerTlsChecks.AsksCertificate(emqx, l));
        foreach (AclRule rule in Rules(emqx).Where(r => isAnonymous && r is { IsAllow: true, Subscribes: true } && Texts(r.Who, "user", "username").Any(static t => t.Text.Trim('^', '$') == "dashboard")))
        {
            yield return Observation.Of("a rule trusts the user name `dashboard`, and clients choose their names freely", rule.Evidence);
        }
    }

    private static IEnumerable<Observation> Placeholders(EmqxSubject emqx)
    {
        bool? isTrusted = AuthorizationChecks.TrustsValues(emqx);
        foreach (AclRule rule in Rules(emqx).Where(r => isTrusted != false && r.IsAllow && r.Topics.Any(static t => t.HasPlaceholder)))
        {
            yield return isTrusted is null
                ? new Observation("values of clients stand in topics; whether they may be wildcards there depends on the version, which is not known", [rule.Evidence]) { IsUnknown = true }
                : Observation.Of("a client whose name or id is `+` or `#`, or has a slash in it, gets more than its own topics", rule.Evidence);
        }
    }

    private static IEnumerable<Observation> LooseExpressions(EmqxSubject emqx)
    {
        foreach (AclRule rule in Rules(emqx))
        {
            foreach ((string text, _) in Expressions(rule.Who).Where(static e => !IsAnchored(e.Text) && !Everybody.Contains(e.Text)))
            {
                yield return Observation.Of($"the expression `{text}` matches names that merely have it somewhere in them", rule.Evidence);
            }
        }
    }

    // `^a|b$` is `^a` or `b$`: every branch needs both ends.
    private static bool IsAnchored(string expression)
    {
        var branches = new List<string>();
        int start = 0, depth = 0;
        bool isSet = false;
        for (int i = 0; i < expression.Length; i++)
        {
            char character = expression[i];
            if (character == '\\')
            {
                i++;
            }
            else if (isSet || character == '[')
            {
                isSet = character != ']';
            }
            else if (character is '(' or ')')
            {
                depth += character == '(' ? 1 : -1;
            }
            else if (character == '|' && depth == 0)
            {
                branches.Add(expression[start..i]);
                start = i + 1;
            }
        }

        branches.Add(expression[start..]);
        return branches.TrueForAll(static branch => branch.StartsWith('^') && branch.EndsWith('$') && !branch.EndsWith("\\$", StringComparison.Ordinal));
    }

    private static IEnumerable<Observation> DenyBesideAllow(EmqxSubject emqx)
    {
        AclRule[] rules = [.. Rules(emqx)];
        for (int i = 0; i < rules.Length; i++)
        {
            foreach (AclTopic denied in rules[i] is { IsAllow: false, Subscribes: true } ? rules[i].Topics.Where(static t => !t.IsLiteral && !t.IsAll && t.Filter != "#" && !t.Filter.StartsWith('$')) : [])
            {
                AclRule? wider = rules.Skip(i + 1).TakeWhile(r => !(r is { IsAllow: false, IsEverything: true } && MeansEverybody(emqx, r.Who)))
                    .FirstOrDefault(r => r is { IsAllow: true, Subscribes: true } && r.Topics.Any(t => LetsRound(t, denied)) && !AreOthers(rules[i].Who, r.Who));
                if (wider is not null)
                {
                    yield return Observation.Of($"`{denied.Filter}` is denied and a wider filter allowed: who subscribes the wider one reads it all the same", rules[i].Evidence, wider.Evidence);
                }
                else if (LastForAll(emqx, emqx.Acl!, static _ => true) is null && AuthorizationChecks.AllowsUnmatched(emqx) == true) // there are rules
                {
                    yield return new Observation($"`{denied.Filter}` is denied and what no rule speaks of allowed: who subscribes a wider filter reads it all the same", [rules[i].Evidence, emqx.Place(emqx["authorization.no_match"])]);
                }
            }
        }
    }

    private static IEnumerable<Observation> PlusAtEnd(EmqxSubject emqx)
    {
        foreach (AclRule rule in Rules(emqx).Where(static r => r is { IsAllow: true, Subscribes: true }))
        {
            foreach (AclTopic topic in rule.Topics.Where(static t => !t.IsLiteral && (t.Filter == "+" || t.Filter.EndsWith("/+", StringComparison.Ordinal))))
            {
                yield return Observation.Of($"`{topic.Filter}` allows to subscribe `{topic.Filter[..^1]}#` as well, with all levels below", rule.Evidence);
            }
        }
    }

    private static IEnumerable<Observation> SpecialTopics(EmqxSubject emqx)
    {
        if (emqx.IsBefore(6, 0) == true || emqx.Acl is not { Problem: null } acl)
        {
            yield break;
        }

        foreach (string prefix in Special.Where(prefix => prefix != "$stream" || emqx.IsBefore(6, 1) != true))
        {
            AclRule? first = acl.Rules.FirstOrDefault(r => r.Subscribes && MeansEverybody(emqx, r.Who)
                && r.Topics.Any(t => t.IsAll || (!t.IsLiteral && TopicFilters.Matches(t.Filter, prefix + "/a/b"))));
            bool? isOpen = first is not null ? first.IsAllow : AuthorizationChecks.AllowsUnmatched(emqx);
            if (emqx.Release is null && isOpen != false)
            {
                yield return new Observation($"whether `{prefix}/...` reads around the rules depends on the version, which is not known", [first?.Evidence ?? emqx.Place(emqx["authorization.no_match"])]) { IsUnknown = true };
            }
            else if (isOpen == true)
            {
                yield return Observation.Of($"no rule denies `{prefix}/#`, which rules about plain topics do not cover", first?.Evidence ?? emqx.Place(emqx["authorization.no_match"]));
            }
        }
    }

    // Who asks for the wider filter meets this rule, not the one that denies a part of it.
    private static bool LetsRound(AclTopic allowed, AclTopic denied) => !allowed.IsLiteral
        ? allowed.IsAll || (TopicFilters.HasWildcard(allowed.Filter) && TopicFilters.Overlap(allowed.Filter, denied.Filter) && !TopicFilters.Matches(denied.Filter, allowed.Filter))
        : TopicFilters.HasWildcard(allowed.Filter) && TopicFilters.Overlap(allowed.Filter, denied.Filter) && !TopicFilters.Matches(denied.Filter, allowed.Filter);

    private static bool MeansEverybody(EmqxSubject emqx, ErlangTerm who) => who switch
    {
        ErlangAtom { Name: "all" } => true,
        ErlangTuple { Items: [ErlangAtom { Name: "security_profile" }, ErlangAtom profile] } => profile.Name == (emqx.IsHardened == true ? "hardened" : "legacy"),
        ErlangTuple { Items: [ErlangAtom { Name: "ipaddr" }, { Text: "0.0.0.0/0" or "::/0" }] } => true,
        ErlangTuple { Items: [ErlangAtom { Name: "client" or "clientid" }, ErlangTuple { Items: [ErlangAtom { Name: "re" }, { Text: { } text }] }] } => Everybody.Contains(text),
        ErlangTuple { Items: [ErlangAtom { Name: "or" }, ErlangList list] } => list.Items.Any(item => MeansEverybody(emqx, item)),
        ErlangTuple { Items: [ErlangAtom { Name: "and" }, ErlangList list] } => !list.Items.IsEmpty && list.Items.All(item => MeansEverybody(emqx, item)),
        _ => false,
    };

    private static bool IsProfile(ErlangTerm who, string profile) => who is ErlangTuple { Items: [ErlangAtom { Name: "security_profile" }, ErlangAtom { Name: { } name }] } && name == profile;

    private static bool IsLoopback(ErlangTerm who) => who switch
    {
        ErlangTuple { Items: [ErlangAtom { Name: "ipaddr" }, { Text: { } text }] } => text.StartsWith("127.", StringComparison.Ordinal) || text is "::1" or "::1/128",
        ErlangTuple { Items: [ErlangAtom { Name: "ipaddrs" }, ErlangList list] } => list.Items.Any(static i => i.Text is { } text && (text.StartsWith("127.", StringComparison.Ordinal) || text == "::1")),
        ErlangTuple { Items: [ErlangAtom { Name: "or" }, ErlangList list] } => list.Items.Any(IsLoopback),
        _ => false,
    };

    private static bool AreOthers(ErlangTerm one, ErlangTerm other) =>
        one is ErlangTuple { Items: [ErlangAtom first, { Text: { } name }] } && other is ErlangTuple { Items: [ErlangAtom second, { Text: { } otherName }] }
        && first.Name == second.Name && first.Name is "user" or "username" or "client" or "clientid" && name != otherName;

    private static IEnumerable<(string Text, bool IsExpression)> Texts(ErlangTerm who, params string[] kinds) => who switch
    {
        ErlangTuple { Items: [ErlangAtom kind, { Text: { } text }] } when kinds.Contains(kind.Name) => [(text, false)],
        ErlangTuple { Items: [ErlangAtom kind, ErlangTuple { Items: [ErlangAtom { Name: "re" }, { Text: { } text }] }] } when kinds.Contains(kind.Name) => [(text, true)],
        ErlangTuple { Items: [ErlangAtom { Name: "client_attr" }, _, ErlangTuple { Items: [ErlangAtom { Name: "re" }, { Text: { } text }] }] } when kinds.Contains("client_attr") => [(text, true)],
        ErlangTuple { Items: [ErlangAtom { Name: "and" or "or" }, ErlangList list] } => list.Items.SelectMany(item => Texts(item, kinds)),
        _ => [],
    };

    private static IEnumerable<(string Text, bool IsExpression)> Expressions(ErlangTerm who) =>
        Texts(who, "user", "username", "client", "clientid", "client_attr").Where(static t => t.IsExpression);
}
