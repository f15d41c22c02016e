using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>
/// Rules of EMQX's built-in database, as its API gives and takes them under <c>/api/v5/authorization/sources/built_in_database/rules</c>:
/// of client ids, of users, of all, asked in this order. Source: EMQX's documentation, "Use Built-in Database".
/// </summary>
internal sealed class EmqxRules(ImportReport report)
{
    private static readonly string[] Circles = ["clientid", "username", ""];

    private readonly List<(int Circle, MqttRule Rule)> _rules = [];

    /// <summary>The rules in the order in which EMQX asks them.</summary>
    public IEnumerable<MqttRule> Rules => _rules.OrderBy(static pair => pair.Circle).Select(static pair => pair.Rule);

    /// <summary>Reads <c>{"data": [...]}</c>, a list, or one entry.</summary>
    public void Read(ForeignFile file)
    {
        if (file.Root.Find("rules") is not null)
        {
            Entry(file, file.Root);
            return;
        }

        if (file.Root.Find("data") is not YamlSequence list)
        {
            Fail(file, file.Root, "it has neither `rules` nor a list of entries with them");
            return;
        }

        foreach (YamlNode entry in list.Items)
        {
            if (entry is YamlMapping mapping)
            {
                Entry(file, mapping);
            }
            else
            {
                Fail(file, entry, "an entry is no mapping");
            }
        }
    }

    private void Fail(ForeignFile file, YamlNode at, string why) => report.Faults.Add(ImportProblems.NotTheirs.Because(why, file.At(at)));

    private void Entry(ForeignFile file, YamlMapping entry)
    {
        int circle = Array.FindIndex(Circles, name => name.Length == 0 || entry.Find(name) is not null);
        string? stray = entry.Entries.Select(static one => one.Key.Text).FirstOrDefault(key => key != "rules" && key != Circles[circle]);
        if (stray is not null || entry.Find("rules") is not YamlSequence rules)
        {
            Fail(file, entry, stray is null ? "an entry has no list of `rules`" : $"an entry has `{RoleNames.Shown(stray)}`, which is not known");
            return;
        }

        Client client = circle switch
        {
            0 => Client.Unknown("client ids: rights here are of users"),
            1 => EmqxWho.User((entry.Find("username") as YamlScalar)?.Text),
            _ => Client.Any,
        };
        foreach (YamlNode item in rules.Items)
        {
            if (item is not YamlMapping rule)
            {
                Fail(file, item, "a rule is no mapping");
            }
            else if (Rule(file, rule, client) is { } read)
            {
                _rules.Add((circle, read));
            }
        }
    }

    private MqttRule? Rule(ForeignFile file, YamlMapping rule, Client client)
    {
        string? permission = Text(rule, "permission");
        string? topic = Text(rule, "topic");
        RuleAction? action = RuleAction.Of(Text(rule, "action"));
        if (permission is not ("allow" or "deny") || topic is null || action is null)
        {
            Fail(file, rule, "a rule has `permission` (allow, deny), `action` (publish, subscribe, all) and `topic`");
            return null;
        }

        string whom = client.Who.Kind == WhoKind.User ? $" {client.Who.Name}" : "";
        var line = new RuleLine(file.At(rule), RoleNames.Shown($"{permission}{whom} {Text(rule, "action")} {topic}"));
        foreach ((YamlScalar key, YamlNode value) in rule.Entries.Where(static one => one.Value is not YamlScalar { IsEmpty: true }))
        {
            switch (key.Text)
            {
                case "permission" or "topic" or "action":
                    break;
                case "qos":
                    action = Qos(action, value);
                    break;
                case "retain":
                    action = Retain(action, value);
                    break;
                default:
                    // Nobody is meant by two circles that have nothing in common: it stays a line of the report.
                    client = client.And(Condition(key.Text, value)) ?? client with { Unsaid = "a user who cannot be meant by it" };
                    break;
            }
        }

        return new MqttRule
        {
            Line = line,
            IsAllow = permission == "allow",
            Who = client.Who,
            Sources = client.Sources,
            Publishes = action.Publishes,
            Subscribes = action.Subscribes,
            Qos = action.Qos,
            Retain = action.Retain,
            Topics = action.IsNever ? [] : [RuleTopics.Emqx(topic)],
            Unsaid = client.Unsaid ?? action.Unsaid,
        };
    }

    private static string? Text(YamlMapping rule, string key) => rule.Find(key) is YamlScalar { IsEmpty: false } text ? text.Text : null;

    private static Client Condition(string key, YamlNode value) => (key, value) switch
    {
        ("ipaddr", YamlScalar network) => EmqxWho.From([network.Text]),
        ("username_re", YamlScalar expression) => EmqxWho.Users(expression.Text),
        ("clientid_re", _) => Client.Unknown("client ids: rights here are of users"),
        _ => Client.Unknown($"`{RoleNames.Shown(key)}` is not understood"),
    };

    private static RuleAction Qos(RuleAction action, YamlNode value)
    {
        if (ForeignFile.Texts(value) is not { } texts || !texts.All(static text => text.Text is "0" or "1" or "2"))
        {
            return action with { Unsaid = "`qos` is not understood" };
        }

        ImmutableArray<int> qos = [.. texts.Select(static text => int.Parse(text.Text, CultureInfo.InvariantCulture)).Distinct().Order()];
        return action with { Qos = qos, IsNever = qos.IsEmpty };
    }

    private static RuleAction Retain(RuleAction action, YamlNode value) => value is YamlScalar { Text: "true" or "false" or "all" } text
        ? action with { Retain = text.Text == "all" ? null : text.Text == "true" }
        : action with { Unsaid = "`retain` is not understood" };
}
