using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Policy.Topics;

/// <summary>Conditions on the QoS and retain flag of MQTT: where they may stand, and their compiled form.</summary>
internal static class MqttConditions
{
    /// <summary>Reports what is wrong with those of a grant.</summary>
    public static void Check(Grant grant, string place, Action<ProblemDefinition, string> report)
    {
        ImmutableArray<int> qos = grant.When is null || grant.When.Qos.IsDefault ? [] : grant.When.Qos;
        bool hasRetain = grant.When?.Retain is not null;
        if (qos.IsEmpty && !hasRetain)
        {
            return;
        }

        if (grant.System != MqttRights.System)
        {
            report(TopicProblems.ConditionSystem, $"{place} `qos` and `retain` are conditions of system `{MqttRights.System}` only, not of `{grant.System}`");
            return;
        }

        foreach (int value in qos.Where(static value => value is < 0 or > CompiledConditions.MaxQos))
        {
            report(TopicProblems.ConditionQos, $"{place} `qos` {value} is not 0, 1 or 2");
        }

        ImmutableArray<string> actions = grant.Actions.IsDefault ? [] : grant.Actions;
        if (!qos.IsEmpty && actions.FirstOrDefault(static action => action is not ("publish" or "subscribe")) is { } other)
        {
            report(TopicProblems.ConditionAction, $"{place} `qos` goes with `publish` and `subscribe`, not with `{other}`");
        }

        if (hasRetain && actions.FirstOrDefault(static action => action != "publish") is { } another)
        {
            report(TopicProblems.ConditionAction, $"{place} `retain` goes with `publish` alone, not with `{another}`");
        }
    }

    /// <summary>A bit for each quality of service; 0 for any.</summary>
    public static byte MaskOf(ImmutableArray<int> qos)
    {
        int mask = 0;
        foreach (int value in qos.IsDefault ? [] : qos)
        {
            mask |= value is >= 0 and <= CompiledConditions.MaxQos ? 1 << value : 0;
        }

        return (byte)mask;
    }
}
