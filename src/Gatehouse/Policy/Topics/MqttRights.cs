using System.Buffers;
using System.Text;
using Gatehouse.Operations;

namespace Gatehouse.Policy.Topics;

/// <summary>The words of system <c>mqtt</c>, and who may connect.</summary>
public static class MqttRights
{
    /// <summary>The system whose words these are.</summary>
    public const string System = "mqtt";

    /// <summary>Connects; decided without resources, see <see cref="DecideConnect"/>.</summary>
    public static readonly SystemAction Connect = SystemAction.Intern(System, "connect");

    /// <summary>Publishes to a topic, its will included.</summary>
    public static readonly SystemAction Publish = SystemAction.Intern(System, "publish");

    /// <summary>Subscribes with a filter.</summary>
    public static readonly SystemAction Subscribe = SystemAction.Intern(System, "subscribe");

    private const byte MaxQos = 2;

    // Signs of a placeholder, of a path's wildcards, or of names that only some patterns reach.
    private static readonly SearchValues<char> Unsure = SearchValues.Create("*?$");

    /// <summary>
    /// Decides whether a client may connect: where it may publish or subscribe anything, at whatever QoS, or where a grant says so; and not
    /// where <c>connect</c> is denied as a whole.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="context">Who; what it says of QoS and retain is not looked at.</param>
    /// <param name="scratch">Set to what the decision is about: <c>connect</c>.</param>
    public static Decision DecideConnect(CompiledPolicy policy, in AuthorizationContext context, OperationSet scratch)
    {
        AuthorizationContext asked = context with { Qos = null, Retain = null };
        Decision decision = Decide(policy, asked, Connect, scratch);
        if (decision.IsAllowed || decision.Denial.Reason == DenialReason.ExplicitDeny)
        {
            return decision;
        }

        for (byte qos = 0; qos <= MaxQos; qos++)
        {
            for (int retain = 0; retain < 2; retain++)
            {
                Decision publish = Decide(policy, asked with { Qos = qos, Retain = retain != 0 }, Publish, scratch);
                if (publish.IsAllowed)
                {
                    return Settle(publish, scratch);
                }
            }

            Decision subscribe = Decide(policy, asked with { Qos = qos }, Subscribe, scratch);
            if (subscribe.IsAllowed)
            {
                return Settle(subscribe, scratch);
            }
        }

        return Settle(decision, scratch);
    }

    /// <summary>What a resource of an action is: filters are what clients subscribe with, and names everything else.</summary>
    public static ResourceScope ScopeOf(SystemAction action) => action == Subscribe ? ResourceScope.Filter : ResourceScope.Exact;

    /// <summary>Adds a resource as its action has it.</summary>
    public static void AddAsked(OperationSet operations, SystemAction action, ReadOnlySpan<byte> resource)
    {
        if (ScopeOf(action) == ResourceScope.Filter)
        {
            operations.AddFilter(resource);
        }
        else
        {
            operations.AddResource(resource);
        }
    }

    /// <summary>Whether every topic of a pattern of an allow is one of another. Equal placeholders are equal levels.</summary>
    public static bool Covers(string outer, string inner) =>
        outer == inner || TopicFilter.Covers(Encoding.UTF8.GetBytes(outer), Encoding.UTF8.GetBytes(inner));

    /// <summary>Whether two patterns, of which one may be a path, could match one topic; yes where it cannot be said.</summary>
    public static bool CouldMeet(string one, string other)
    {
        if (!one.AsSpan().ContainsAny(Unsure) && !other.AsSpan().ContainsAny(Unsure))
        {
            return TopicFilter.Meets(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
        }

        string a = HeadOf(one);
        string b = HeadOf(other);
        return a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal);
    }

    // By the text before all that could be a wildcard or a placeholder, and without the `/` of a `/#`.
    private static string HeadOf(string pattern)
    {
        int end = pattern.AsSpan().IndexOfAny("+#*?$");
        return end < 0 ? pattern : pattern[..end].TrimEnd('/');
    }

    private static Decision Decide(CompiledPolicy policy, in AuthorizationContext context, SystemAction action, OperationSet scratch)
    {
        scratch.Clear();
        scratch.Begin(action);
        return Authorizer.Decide(policy, context, scratch);
    }

    private static Decision Settle(in Decision decision, OperationSet scratch)
    {
        scratch.Clear();
        scratch.Begin(Connect);
        return decision;
    }
}
