namespace Gatehouse.Protocols.Mqtt;

/// <summary>Why a packet was refused.</summary>
public enum MqttError : byte
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It cannot be read as the specification has it.</summary>
    Malformed,

    /// <summary>It can be read, and must not be sent.</summary>
    ProtocolError,

    /// <summary>It is longer than allowed.</summary>
    PacketTooLarge,

    /// <summary>Its topic alias is zero or above the maximum.</summary>
    TopicAliasInvalid,

    /// <summary>Its protocol name or level is none of ours.</summary>
    UnsupportedVersion,

    /// <summary>Its client id is empty where it must not be.</summary>
    ClientIdInvalid,

    /// <summary>Its topic name is none.</summary>
    TopicNameInvalid,

    /// <summary>Its topic filter is none.</summary>
    TopicFilterInvalid,

    /// <summary>Its authentication method is not taken.</summary>
    BadAuthenticationMethod,

    /// <summary>More messages are on their way than was announced.</summary>
    ReceiveMaximumExceeded,
}

/// <summary>What is said of an error.</summary>
public static class MqttErrors
{
    /// <summary>The reason code of MQTT 5.0, section 2.4.</summary>
    public static byte Reason(this MqttError error) => error switch
    {
        MqttError.None => 0x00,
        MqttError.Malformed => 0x81,
        MqttError.PacketTooLarge => 0x95,
        MqttError.TopicAliasInvalid => 0x94,
        MqttError.UnsupportedVersion => 0x84,
        MqttError.ClientIdInvalid => 0x85,
        MqttError.TopicNameInvalid => 0x90,
        MqttError.TopicFilterInvalid => 0x8f,
        MqttError.BadAuthenticationMethod => 0x8c,
        MqttError.ReceiveMaximumExceeded => 0x93,
        _ => 0x82,
    };

    /// <summary>The word in audit records; never changed.</summary>
    public static string Word(this MqttError error) => error switch
    {
        MqttError.None => "none",
        MqttError.Malformed => "malformed_packet",
        MqttError.PacketTooLarge => "packet_too_large",
        MqttError.TopicAliasInvalid => "topic_alias_invalid",
        MqttError.UnsupportedVersion => "unsupported_version",
        MqttError.ClientIdInvalid => "client_id_invalid",
        MqttError.TopicNameInvalid => "topic_name_invalid",
        MqttError.TopicFilterInvalid => "topic_filter_invalid",
        MqttError.BadAuthenticationMethod => "bad_authentication_method",
        MqttError.ReceiveMaximumExceeded => "receive_maximum_exceeded",
        _ => "protocol_error",
    };
}
