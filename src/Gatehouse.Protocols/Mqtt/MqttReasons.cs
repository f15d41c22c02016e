namespace Gatehouse.Protocols.Mqtt;

/// <summary>Reason codes of MQTT 5.0, section 2.4.</summary>
public static class MqttReasons
{
    /// <summary>Success, or a normal end.</summary>
    public const byte Success = 0x00;

    /// <summary>DISCONNECT: and publish the will.</summary>
    public const byte DisconnectWithWill = 0x04;

    /// <summary>Unspecified error.</summary>
    public const byte Unspecified = 0x80;

    /// <summary>Malformed packet.</summary>
    public const byte Malformed = 0x81;

    /// <summary>Protocol error.</summary>
    public const byte ProtocolError = 0x82;

    /// <summary>Unsupported protocol version.</summary>
    public const byte UnsupportedVersion = 0x84;

    /// <summary>Client identifier not valid.</summary>
    public const byte ClientIdInvalid = 0x85;

    /// <summary>Bad user name or password.</summary>
    public const byte BadCredentials = 0x86;

    /// <summary>Not authorized.</summary>
    public const byte NotAuthorized = 0x87;

    /// <summary>Server unavailable.</summary>
    public const byte ServerUnavailable = 0x88;

    /// <summary>Server busy.</summary>
    public const byte ServerBusy = 0x89;

    /// <summary>Banned.</summary>
    public const byte Banned = 0x8a;

    /// <summary>Server shutting down.</summary>
    public const byte ServerShuttingDown = 0x8b;

    /// <summary>Bad authentication method.</summary>
    public const byte BadAuthenticationMethod = 0x8c;

    /// <summary>Keep alive timeout.</summary>
    public const byte KeepAliveTimeout = 0x8d;

    /// <summary>Session taken over.</summary>
    public const byte SessionTakenOver = 0x8e;

    /// <summary>Topic filter invalid.</summary>
    public const byte TopicFilterInvalid = 0x8f;

    /// <summary>Topic name invalid.</summary>
    public const byte TopicNameInvalid = 0x90;

    /// <summary>Packet identifier not found.</summary>
    public const byte PacketIdNotFound = 0x92;

    /// <summary>Receive maximum exceeded.</summary>
    public const byte ReceiveMaximumExceeded = 0x93;

    /// <summary>Topic alias invalid.</summary>
    public const byte TopicAliasInvalid = 0x94;

    /// <summary>Packet too large.</summary>
    public const byte PacketTooLarge = 0x95;

    /// <summary>Message rate too high.</summary>
    public const byte MessageRateTooHigh = 0x96;

    /// <summary>Quota exceeded.</summary>
    public const byte QuotaExceeded = 0x97;

    /// <summary>Administrative action.</summary>
    public const byte AdministrativeAction = 0x98;

    /// <summary>Shared subscriptions not supported.</summary>
    public const byte SharedNotSupported = 0x9e;

    /// <summary>Connection rate exceeded.</summary>
    public const byte ConnectionRateExceeded = 0x9f;

    /// <summary>The name of a reason code in the specification's words, snake_case; <c>reason_nn</c> in hex of one that is none.</summary>
    public static string Name(byte reason) => reason switch
    {
        0x00 => "success",
        0x01 => "granted_qos_1",
        0x02 => "granted_qos_2",
        0x04 => "disconnect_with_will",
        0x10 => "no_matching_subscribers",
        0x11 => "no_subscription_existed",
        0x18 => "continue_authentication",
        0x19 => "reauthenticate",
        0x80 => "unspecified_error",
        0x81 => "malformed_packet",
        0x82 => "protocol_error",
        0x83 => "implementation_specific_error",
        0x84 => "unsupported_version",
        0x85 => "client_id_invalid",
        0x86 => "bad_user_name_or_password",
        0x87 => "not_authorized",
        0x88 => "server_unavailable",
        0x89 => "server_busy",
        0x8a => "banned",
        0x8b => "server_shutting_down",
        0x8c => "bad_authentication_method",
        0x8d => "keep_alive_timeout",
        0x8e => "session_taken_over",
        0x8f => "topic_filter_invalid",
        0x90 => "topic_name_invalid",
        0x91 => "packet_id_in_use",
        0x92 => "packet_id_not_found",
        0x93 => "receive_maximum_exceeded",
        0x94 => "topic_alias_invalid",
        0x95 => "packet_too_large",
        0x96 => "message_rate_too_high",
        0x97 => "quota_exceeded",
        0x98 => "administrative_action",
        0x99 => "payload_format_invalid",
        0x9a => "retain_not_supported",
        0x9b => "qos_not_supported",
        0x9c => "use_another_server",
        0x9d => "server_moved",
        0x9e => "shared_subscriptions_not_supported",
        0x9f => "connection_rate_exceeded",
        0xa0 => "maximum_connect_time",
        0xa1 => "subscription_ids_not_supported",
        0xa2 => "wildcard_subscriptions_not_supported",
        _ => $"reason_{reason:x2}",
    };

    /// <summary>The CONNACK code to say in a version: before 5.0 one of 0 to 5.</summary>
    public static byte ToConnAckCode(MqttVersion version, byte reason) => reason switch
    {
        _ when version == MqttVersion.V5 => reason,
        Success => 0,
        >= 0x80 and <= UnsupportedVersion => 1,
        ClientIdInvalid => 2,
        BadCredentials => 4,
        NotAuthorized or Banned or BadAuthenticationMethod => 5,
        _ => 3,
    };

    /// <summary>The reason of 5.0 that a CONNACK code of 3.1 or 3.1.1 stands for.</summary>
    public static byte FromConnAckCode(byte code) => code switch
    {
        0 => Success,
        1 => UnsupportedVersion,
        2 => ClientIdInvalid,
        3 => ServerUnavailable,
        4 => BadCredentials,
        5 => NotAuthorized,
        _ => Unspecified,
    };

    /// <summary>The SUBACK code to say in a version for a filter that is refused.</summary>
    public static byte ToSubAckCode(MqttVersion version, byte reason) => version == MqttVersion.V5 || reason < 0x80 ? reason : (byte)0x80;

    /// <summary>
    /// Whether a packet may carry a reason. A client's are held to the tables of sections 3.4 to 3.15; of a server's all that
    /// are failures, as they come from its own list.
    /// </summary>
    internal static bool IsAllowed(MqttPacketType type, MqttSide sender, byte reason) => type switch
    {
        MqttPacketType.PubAck or MqttPacketType.PubRec => reason is 0x00 or 0x10
            || (sender == MqttSide.Server ? reason >= 0x80 : reason is 0x80 or 0x83 or 0x87 or 0x90 or 0x91 or 0x97 or 0x99),
        MqttPacketType.PubRel or MqttPacketType.PubComp => reason is 0x00 or 0x92 || (sender == MqttSide.Server && reason >= 0x80),
        MqttPacketType.Disconnect => sender == MqttSide.Server
            ? reason is 0x00 or >= 0x80
            : reason is 0x00 or 0x04 or (>= 0x80 and <= 0x83) or 0x90 or (>= 0x93 and <= 0x99),
        MqttPacketType.Auth => sender == MqttSide.Server ? reason is 0x00 or 0x18 : reason is 0x18 or 0x19,
        _ => true,
    };
}
