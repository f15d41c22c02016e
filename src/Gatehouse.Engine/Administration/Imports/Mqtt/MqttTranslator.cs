using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>
/// A list in which the first rule that matches decides, as roles in which a deny wins. Each user and each pattern that a rule names has a
/// role of its own with every rule that holds for all of them, and everybody else the role of those that hold for everybody.
/// A deny is kept where a later allow has something in common with it and no earlier allow holds all of it; it is never made
/// narrower, and an allow never wider. So whatever is allowed by any of the roles that somebody has was allowed by the list: were its
/// first match a deny, then that deny is in one of them, as the allow comes later.
/// </summary>
internal sealed class MqttTranslator
{
    private readonly ImportReport _report;
    private readonly string _prefix;
    private readonly ImmutableArray<MqttRule> _rules;
    private readonly Dictionary<RuleWho, List<int>> _byWho = [];
    private readonly Dictionary<RuleWho, string> _roles = [];
    private readonly List<RuleWho> _wide = [];
    private readonly Dictionary<(GrantEffect, string), string?> _faults = [];
    private int _numbered;

    /// <summary>Of rules in their order.</summary>
    public MqttTranslator(ImportReport report, string prefix, IEnumerable<MqttRule> rules)
    {
        (_report, _prefix, _rules) = (report, prefix, [.. rules]);
        for (int i = 0; i < _rules.Length; i++)
        {
            RuleWho who = _rules[i].Who;
            if (!_byWho.TryGetValue(who, out List<int>? places))
            {
                _byWho.Add(who, places = []);
                _ = who.Kind is WhoKind.Everybody or WhoKind.Users ? AddWide(who) : 0;
            }

            places.Add(i);
        }
    }

    /// <summary>Makes the roles and mappings.</summary>
    public void Translate()
    {
        GrantList.Prepare(_faults, GrantEffect.Allow, _rules.Where(static rule => rule.IsAllow).SelectMany(static rule => rule.Topics).Select(static topic => topic.Allow).OfType<string>());
        GrantList.Prepare(
            _faults, GrantEffect.Deny, _rules.Where(static rule => !rule.IsAllow).SelectMany(static rule => rule.Topics).SelectMany(static topic => new[] { topic.Deny, topic.DenySubscribe }).OfType<string>());
        foreach (RuleWho who in _byWho.Keys.OrderBy(static who => who.Kind).ThenBy(static who => who.Name, StringComparer.Ordinal))
        {
            MakeRole(who, NameOf(who));
        }

        foreach (RuleLine line in _rules.Select(static rule => rule.Line).Distinct())
        {
            Report(line);
        }

        foreach ((RuleWho who, string role) in _roles)
        {
            Give(who, role);
        }
    }

    /// <summary>The roles of a user: the one of its own, else those of the patterns it matches and everybody's.</summary>
    public IReadOnlyList<string> RolesOf(string user)
    {
        var who = new RuleWho(WhoKind.User, user);
        return _roles.TryGetValue(who, out string? own)
            ? [own]
            : [.. _wide.Where(wide => who.IsWithin(wide) && _roles.ContainsKey(wide)).Select(wide => _roles[wide]).Order(StringComparer.Ordinal)];
    }

    private static string Short(RuleWho who) => who.Kind switch
    {
        WhoKind.Everybody => "everybody",
        WhoKind.Anonymous => "clients without a user name",
        WhoKind.User => $"user {RoleNames.Shown(who.Name)}",
        _ => $"users {RoleNames.Shown(who.Name)}",
    };

    private int AddWide(RuleWho who)
    {
        _wide.Add(who);
        return _wide.Count;
    }

    private string NameOf(RuleWho who)
    {
        string name = $"{_prefix}-user-{who.Name}";
        return who.Kind switch
        {
            WhoKind.Everybody => _prefix + "-everybody",
            WhoKind.Anonymous => _prefix + "-anonymous",
            WhoKind.User when UserName.IsValid(name, out _) => name,
            _ => $"{_prefix}-users-{++_numbered}",
        };
    }

    /// <summary>Rules that hold for all of these, in order.</summary>
    private int[] RulesOf(RuleWho who) =>
        [.. _wide.Append(who).Distinct().Where(who.IsWithin).SelectMany(one => _byWho[one]).Order()];

    private void MakeRole(RuleWho who, string name)
    {
        int[] own = RulesOf(who);

        // Somebody who is meant by a pattern may be meant by other rules too, and have their roles.
        int[] all = who.Kind is WhoKind.User or WhoKind.Anonymous ? own : [.. Enumerable.Range(0, _rules.Length).Where(i => _rules[i].Who.Meets(who))];
        var grants = new GrantList(_faults);
        foreach (int i in own)
        {
            if (_rules[i].IsAllow)
            {
                grants.Allow(_rules[i]);
                continue;
            }

            ImmutableArray<RuleTopic> needed =
                [.. _rules[i].Topics.Where(topic => IsNeeded(_rules[i], topic, own.TakeWhile(j => j < i), all.SkipWhile(j => j <= i)))];
            if (!needed.IsEmpty)
            {
                MqttRule deny = _rules[i] with { Topics = needed };
                grants.Deny(deny);
                Narrow(deny, own.TakeWhile(j => j < i));
            }
        }

        if (grants.Grants.Count > 0)
        {
            _roles.Add(who, name);
            _report.Roles[name] = new RoleView { Description = $"imported: MQTT rights of {Short(who)}", Grants = grants.Grants };
        }
    }

    // Denies that nothing later would allow are what holds anyway; one that an earlier allow holds whole is never reached.
    private bool IsNeeded(MqttRule deny, RuleTopic topic, IEnumerable<int> before, IEnumerable<int> after)
    {
        if (!after.Any(i => GrantList.IsUsable(_rules[i]) && Meets(_rules[i], deny) && _rules[i].Topics.Any(a => TopicFilters.Meet(a.Reach, topic.Reach))))
        {
            deny.Line.Idle ??= "nothing that comes after it would allow it, and what no role allows is denied";
            return false;
        }

        if (deny.Unsaid is null && before.Any(i => _rules[i].IsAllow && Holds(_rules[i], deny) && _rules[i].Topics.Any(a => a.IsExact && TopicFilters.Holds(a.Reach, topic.Reach))))
        {
            deny.Line.Idle ??= "never reached, as an earlier rule allows all of it";
            return false;
        }

        return true;
    }

    private void Narrow(MqttRule deny, IEnumerable<int> before)
    {
        foreach (MqttRule rule in before.Select(i => _rules[i]).Where(rule => GrantList.IsUsable(rule) && Meets(rule, deny)))
        {
            bool isNarrowed = rule.Topics.Any(a => deny.Topics.Any(d =>
                (deny.Publishes && rule.Publishes && d.Deny is { } name && TopicFilters.Meet(a.Reach, name, isWide: true))
                || (deny.Subscribes && rule.Subscribes && (d.DenySubscribe ?? d.Deny) is { } filter && TopicFilters.Meet(a.Reach, filter, isWide: true))));
            if (isNarrowed)
            {
                rule.Line.Lose($"narrowed: the deny of line {deny.Line.At.Line}, which comes later there, wins here where both speak of the same");
            }
        }
    }

    private static bool Meets(MqttRule allow, MqttRule deny) =>
        ((allow.Publishes && deny.Publishes && (allow.Retain is null || deny.Retain is null || allow.Retain == deny.Retain)) || (allow.Subscribes && deny.Subscribes))
        && (allow.Qos.IsEmpty || deny.Qos.IsEmpty || allow.Qos.Any(qos => deny.Qos.Contains(qos)));

    private static bool Holds(MqttRule allow, MqttRule deny) =>
        allow.Unsaid is null
        && (allow.Publishes || !deny.Publishes)
        && (allow.Subscribes || !deny.Subscribes)
        && (allow.Retain is null || !deny.Publishes || allow.Retain == deny.Retain)
        && (allow.Qos.IsEmpty || (!deny.Qos.IsEmpty && deny.Qos.All(qos => allow.Qos.Contains(qos))))
        && (allow.Sources.IsEmpty || allow.Sources.SequenceEqual(deny.Sources, StringComparer.Ordinal));

    private void Give(RuleWho who, string role)
    {
        ImportRow row = _report.Row("role", role);
        row.Taken = _report.Roles[role]!.Grants.Count; // it was made
        row.Say($"for {Short(who)}");
        if (who.Kind == WhoKind.Anonymous)
        {
            row.Say("given to nobody: give it to a realm of anonymous clients, if there is to be one");
            return;
        }

        // Identities of other realms are not all of them clients of that broker: somebody has to say so.
        bool isForEverybody = who.Kind == WhoKind.Everybody;
        ImportRow mapping = _report.Row("mapping", role);
        mapping.Taken = 1;
        mapping.Say(isForEverybody
            ? "for every identity of every realm, and therefore disabled until somebody enables it; native users have the role themselves"
            : "for identities of realms; a native user has the role itself");
        _report.Mappings[role] = new MappingView { Roles = [role], Users = [isForEverybody ? "*" : who.Name], Enabled = !isForEverybody };
    }

    private void Report(RuleLine line)
    {
        ImportRow row = _report.Row("rule", $"{Path.GetFileName(line.At.Source)}:{line.At.Line}");
        row.Taken = line.IsKept ? 1 : 0;
        row.LeftOut = line.Lost.Count;
        row.Say(line.Text);
        foreach (string what in line.Lost.Concat(line.Notes))
        {
            row.Say(what);
        }

        if (!line.IsKept && line.Lost.Count == 0)
        {
            row.Say(line.Idle ?? "it can match nothing");
        }

        foreach (string why in line.Lost)
        {
            _report.LeftOut.Add(ImportProblems.Unsupported.Because($"`{line.Text}`: {why}", line.At));
        }
    }
}
