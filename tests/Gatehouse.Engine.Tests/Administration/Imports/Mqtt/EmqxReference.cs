namespace Gatehouse.Engine.Tests.Administration.Imports.Mqtt;

/// <summary>A rule as the reference sees it.</summary>
internal sealed record ReferenceRule(bool IsAllow, string? User, string? Network, string Action, int[] Qos, bool? Retain, bool IsEq, string Topic)
{
    /// <summary>As <c>acl.conf</c> has it.</summary>
    public string Write()
    {
        string who = (User, Network) switch
        {
            (null, null) => "all",
            (null, _) => $"{{ipaddr, \"{Network}\"}}",
            (_, null) => Whom(),
            _ => $"{{'and', [{Whom()}, {{ipaddr, \"{Network}\"}}]}}",
        };
        string[] options =
        [
            .. Qos.Length > 0 ? [$"{{qos, [{string.Join(',', Qos)}]}}"] : Array.Empty<string>(),
            .. Retain is { } retain ? [$"{{retain, {(retain ? "true" : "false")}}}"] : Array.Empty<string>(),
        ];
        string action = options.Length == 0 ? Action : $"{{{Action}, [{string.Join(", ", options)}]}}";
        return $"{{{(IsAllow ? "allow" : "deny")}, {who}, {action}, [{(IsEq ? $"{{eq, \"{Topic}\"}}" : $"\"{Topic}\"")}]}}.\n";
    }

    private string Whom() => User!.StartsWith('^') ? $"{{username, {{re, \"{User}\"}}}}" : $"{{username, \"{User}\"}}";
}

/// <summary>What EMQX decides, as its documentation tells it: the first rule that matches, deny where none does; a filter is matched as if it were a name.</summary>
internal static class EmqxReference
{
    public static bool Allows(IEnumerable<ReferenceRule> rules, string user, string source, string action, string topic, int qos, bool retain) =>
        rules.FirstOrDefault(rule => Matches(rule, user, source, action, topic, qos, retain))?.IsAllow == true;

    private static bool Matches(ReferenceRule rule, string user, string source, string action, string topic, int qos, bool retain) =>
        (rule.Action == "all" || rule.Action == action)
        && (rule.Qos.Length == 0 || rule.Qos.Contains(qos))
        && (rule.Retain is null || action == "subscribe" || rule.Retain == retain)
        && (rule.User is null || (rule.User.StartsWith('^') ? user.StartsWith(rule.User[1..], StringComparison.Ordinal) : rule.User == user))
        && (rule.Network is null || System.Net.IPNetwork.Parse(rule.Network).Contains(System.Net.IPAddress.Parse(source)))
        && (rule.IsEq
            ? rule.Topic == topic
            : IsMatch(topic.Split('/'), rule.Topic.Replace("${username}", user, StringComparison.Ordinal).Replace("${clientid}", "c1", StringComparison.Ordinal).Split('/')));

    private static bool IsMatch(string[] words, string[] filter)
    {
        if (words[0].StartsWith('$') && filter[0] is "+" or "#" && words[0].StartsWith('$'))
        {
            return false;
        }

        for (int i = 0; i < filter.Length; i++)
        {
            if (filter[i] == "#" && i == filter.Length - 1)
            {
                return true;
            }

            if (i >= words.Length || (filter[i] != "+" && filter[i] != words[i]))
            {
                return false;
            }
        }

        return words.Length == filter.Length;
    }
}
