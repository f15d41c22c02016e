using System.Collections.Immutable;
using System.Globalization;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>mqtt</c> mapping of a gate on one line: what differs from the defaults.</summary>
internal static class MqttText
{
    /// <summary>The mapping in braces, or null where everything is as it is without.</summary>
    public static string? Of(MqttConfiguration? mqtt)
    {
        if (mqtt is null)
        {
            return null;
        }

        var plain = new MqttConfiguration();
        (string Key, string? Value)[] all =
        [
            ("transport", Word(mqtt.Transport, plain.Transport)), ("path", Word(mqtt.Path, plain.Path)), ("broker", Word(mqtt.Broker, plain.Broker)),
            ("client_ids", List(mqtt.ClientIds)), ("credentials", Word(mqtt.Credentials, plain.Credentials)),
            ("proxy_protocol", mqtt.ProxyProtocol ? "true" : null),
            ("enhanced_authentication", Word(mqtt.EnhancedAuthentication, plain.EnhancedAuthentication)),
            ("deny_action", Word(mqtt.DenyAction, plain.DenyAction)),
            ("rabbitmq", mqtt.RabbitMq ? "true" : null),
            ("connect_timeout", Duration(mqtt.ConnectTimeout, plain.ConnectTimeout)),
            ("max_connect", Size(mqtt.MaxConnect, plain.MaxConnect)), ("max_packet", Size(mqtt.MaxPacket, plain.MaxPacket)),
            ("max_keep_alive", Duration(mqtt.MaxKeepAlive, plain.MaxKeepAlive)),
            ("max_subscriptions", Number(mqtt.MaxSubscriptions, plain.MaxSubscriptions)),
            ("max_topic_levels", Number(mqtt.MaxTopicLevels, plain.MaxTopicLevels)),
            ("max_topic_aliases", Number(mqtt.MaxTopicAliases, plain.MaxTopicAliases)),
            ("max_inflight", Number(mqtt.MaxInflight, plain.MaxInflight)),
            ("messages_per_second", Number(mqtt.MessagesPerSecond, plain.MessagesPerSecond)),
            ("connections_per_user", Number(mqtt.ConnectionsPerUser, plain.ConnectionsPerUser)),
        ];
        string[] set = [.. all.Where(static p => p.Value is not null).Select(static p => $"{p.Key}: {p.Value}")];
        return set.Length == 0 ? null : "{ " + string.Join(", ", set) + " }";
    }

    private static string? Word(string value, string plain) => value == plain ? null : Quoted(value);

    private static string? Number(int value, int plain) => value == plain ? null : value.ToString(CultureInfo.InvariantCulture);

    private static string? Size(long value, long plain) => value == plain ? null : Quantities.WriteSize(value);

    private static string? Duration(TimeSpan value, TimeSpan plain) => value == plain ? null : Quantities.WriteDuration(value);

    private static string? List(ImmutableArray<string> values) => values.IsEmpty ? null : "[" + string.Join(", ", values.Select(Quoted)) + "]";

    // Between braces a colon ends a plain word.
    private static string Quoted(string value) =>
        value.Contains(':', StringComparison.Ordinal) ? "'" + value.Replace("'", "''") + "'" : ConfigurationText.Scalar(value);
}
