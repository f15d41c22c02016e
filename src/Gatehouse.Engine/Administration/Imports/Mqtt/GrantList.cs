using Gatehouse.Administration;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>Grants of a role for MQTT. Each is tried by the policy's own compiler: an allow that it refuses is left out, a deny becomes a wider one.</summary>
internal sealed class GrantList(Dictionary<(GrantEffect, string), string?> known)
{
    private const string System = "mqtt";
    private const string Publish = "publish";
    private const string Subscribe = "subscribe";
    private const int HeapSize = 256;

    /// <summary>The grants, in the order of their rules.</summary>
    public List<GrantView> Grants { get; } = [];

    /// <summary>Whether anything of an allow can be given here.</summary>
    public static bool IsUsable(MqttRule rule) => rule.IsAllow && rule.Unsaid is null && rule.Topics.Any(static topic => topic.Allow is not null);

    /// <summary>Adds what an allow allows.</summary>
    public void Allow(MqttRule rule)
    {
        if (rule.Unsaid is { } unsaid)
        {
            rule.Line.Lose($"left out: {unsaid}");
            return;
        }

        var topics = new List<string>();
        foreach (RuleTopic topic in rule.Topics)
        {
            if (topic.Allow is not { } filter)
            {
                rule.Line.Lose($"left out: {topic.Why}");
            }
            else if (Fault(GrantEffect.Allow, filter) is { } fault)
            {
                rule.Line.Lose($"left out: {fault}");
            }
            else
            {
                topics.Add(filter);
                if (topic.Why is { } why)
                {
                    rule.Line.Note(why);
                }
            }
        }

        if (rule.Subscribes && topics.Exists(static filter => filter.Contains('+', StringComparison.Ordinal)))
        {
            rule.Line.Note("subscriptions within its filters only: there a `+` also lets in a wildcard of the client, such as `#`");
        }

        Add(rule, GrantEffect.Allow, topics, topics);
    }

    /// <summary>Adds what a deny denies, and more where it cannot be said as narrowly.</summary>
    public void Deny(MqttRule rule)
    {
        if (rule.Unsaid is { } unsaid)
        {
            rule.Line.Lose($"denied to more than there: {unsaid}");
        }

        var publishes = new List<string>();
        var subscribes = new List<string>();
        foreach (RuleTopic topic in rule.Topics)
        {
            if (topic.Deny is { } filter)
            {
                publishes.Add(Widen(rule, filter));
            }

            if ((topic.DenySubscribe ?? topic.Deny) is { } asked)
            {
                subscribes.Add(Widen(rule, asked));
            }

            if (topic.Why is { } why && topic.IsWidened)
            {
                rule.Line.Lose($"more topics are denied than there: {why}");
            }
            else if (topic.Why is { } what)
            {
                rule.Line.Note(what);
            }
        }

        Add(rule, GrantEffect.Deny, publishes, subscribes);
    }

    /// <summary>Tries many filters at once: where all of a heap are taken none has to be tried alone.</summary>
    public static void Prepare(Dictionary<(GrantEffect, string), string?> known, GrantEffect effect, IEnumerable<string> filters)
    {
        foreach (string[] heap in filters.Distinct(StringComparer.Ordinal).Chunk(HeapSize).Where(heap => Fault(effect, heap) is null))
        {
            foreach (string filter in heap)
            {
                known[(effect, filter)] = null;
            }
        }
    }

    private string Widen(MqttRule rule, string filter)
    {
        if (Fault(GrantEffect.Deny, filter) is not { } fault)
        {
            return filter;
        }

        rule.Line.Lose($"every topic is denied instead: {fault}");
        return "#";
    }

    private string? Fault(GrantEffect effect, string filter)
    {
        if (known.TryGetValue((effect, filter), out string? fault))
        {
            return fault;
        }

        return known[(effect, filter)] = Fault(effect, [filter]);
    }

    private static string? Fault(GrantEffect effect, string[] filters)
    {
        List<Problem> problems = [];
        Grant grant = new() { Effect = effect, System = System, Actions = [Publish], Resources = [.. filters] };
        _ = CompiledPolicy.Compile(0, [new RoleDocument { Name = "import", Grants = [grant] }], problems);
        return problems.Count == 0 ? null : problems[0].Text;
    }

    private static bool IsSame(List<string> left, List<string> right) => left.SequenceEqual(right, StringComparer.Ordinal);

    // `retain` is of publishing alone.
    private void Add(MqttRule rule, GrantEffect effect, List<string> publishes, List<string> subscribes)
    {
        bool canJoin = rule.Publishes && rule.Subscribes && rule.Retain is null && IsSame(publishes, subscribes);
        if (rule.Publishes && publishes.Count > 0)
        {
            Add(rule, effect, canJoin ? [Publish, Subscribe] : [Publish], publishes, rule.Retain);
        }

        if (rule.Subscribes && subscribes.Count > 0 && !canJoin)
        {
            Add(rule, effect, [Subscribe], subscribes, null);
        }
    }

    private void Add(MqttRule rule, GrantEffect effect, IReadOnlyList<string> actions, List<string> topics, bool? retain)
    {
        bool hasConditions = !rule.Sources.IsEmpty || !rule.Qos.IsEmpty || retain is not null;
        Grants.Add(new GrantView
        {
            Effect = effect,
            System = System,
            Actions = actions,
            Resources = [.. topics.Distinct(StringComparer.Ordinal)],
            When = hasConditions ? new ConditionsView { Sources = rule.Sources, Qos = rule.Qos, Retain = retain } : null,
        });
        rule.Line.IsKept = true;
    }
}
