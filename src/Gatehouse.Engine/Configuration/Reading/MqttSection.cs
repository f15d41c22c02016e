using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>mqtt</c> mapping of a gate.</summary>
internal static class MqttSection
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static Section<MqttConfiguration> Keys { get; } = new(
        "`mqtt` of a gate",
        new Key<MqttConfiguration>("transport", static (r, n, c) => c with { Transport = r.Word(n, Words.MqttTransports, "transport") }),
        new Key<MqttConfiguration>("path", static (r, n, c) => c with { Path = Path(r, n) }),
        new Key<MqttConfiguration>("broker", static (r, n, c) => c with { Broker = r.Text(n) }),
        new Key<MqttConfiguration>("client_ids", static (r, n, c) => c with { ClientIds = r.List(n, static (x, i) => x.Text(i)) }),
        new Key<MqttConfiguration>("credentials", static (r, n, c) => c with { Credentials = r.Word(n, Words.MqttCredentials, "word for credentials") }),
        new Key<MqttConfiguration>("proxy_protocol", static (r, n, c) => c with { ProxyProtocol = r.Boolean(n) }),
        new Key<MqttConfiguration>(
            "enhanced_authentication",
            static (r, n, c) => c with { EnhancedAuthentication = r.Word(n, Words.EnhancedAuthentications, "word for enhanced authentication") }),
        new Key<MqttConfiguration>("deny_action", static (r, n, c) => c with { DenyAction = r.Word(n, Words.DenyActions, "deny action") }),
        new Key<MqttConfiguration>("rabbitmq", static (r, n, c) => c with { RabbitMq = r.Boolean(n) }),
        new Key<MqttConfiguration>("connect_timeout", static (r, n, c) => c with { ConnectTimeout = r.Duration(n, Second, 600 * Second) }),
        new Key<MqttConfiguration>("max_connect", static (r, n, c) => c with { MaxConnect = r.Size(n, 1024, 512 * 1024) }),
        new Key<MqttConfiguration>("max_packet", static (r, n, c) => c with { MaxPacket = r.Size(n, 1024, MqttConfiguration.LargestPacket) }),
        new Key<MqttConfiguration>("max_keep_alive", static (r, n, c) => c with { MaxKeepAlive = r.Duration(n, Second, 65_535 * Second) }),
        new Key<MqttConfiguration>("max_subscriptions", static (r, n, c) => c with { MaxSubscriptions = r.Count(n, 0, 1_000_000) }),
        new Key<MqttConfiguration>("max_topic_levels", static (r, n, c) => c with { MaxTopicLevels = r.Count(n, 1, 65_535) }),
        new Key<MqttConfiguration>("max_topic_aliases", static (r, n, c) => c with { MaxTopicAliases = r.Count(n, 0, 65_535) }),
        new Key<MqttConfiguration>("max_inflight", static (r, n, c) => c with { MaxInflight = r.Count(n, 0, 65_535) }),
        new Key<MqttConfiguration>("messages_per_second", static (r, n, c) => c with { MessagesPerSecond = r.Count(n, 0, 10_000_000) }),
        new Key<MqttConfiguration>("connections_per_user", static (r, n, c) => c with { ConnectionsPerUser = r.Count(n, 0, 1_000_000) }));

    private static string Path(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.StartsWith('/') && text.Length <= 256 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.'))
        {
            return text;
        }

        reading.Report(ConfigurationProblems.Quantity, $"{Reading.Shown(text)} is no path; it begins with / and has letters, digits, -, _ and . in it", node);
        return "/mqtt";
    }
}
