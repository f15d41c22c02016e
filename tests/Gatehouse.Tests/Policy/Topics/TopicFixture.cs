using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Tests.Policy.Topics;

/// <summary>Short ways to write grants and questions for MQTT.</summary>
internal static class TopicFixture
{
    public static Grant May(string action, params string[] resources) =>
        new() { System = MqttRights.System, Actions = [action], Resources = [.. resources] };

    public static Grant MayNot(string action, params string[] resources) => May(action, resources) with { Effect = GrantEffect.Deny };

    public static OperationSet Publish(string topic)
    {
        var set = new OperationSet();
        set.Begin(MqttRights.Publish);
        set.AddResource(Encoding.UTF8.GetBytes(topic));
        return set;
    }

    public static OperationSet Subscribe(string filter)
    {
        var set = new OperationSet();
        set.Begin(MqttRights.Subscribe);
        set.AddFilter(Encoding.UTF8.GetBytes(filter));
        return set;
    }
}
