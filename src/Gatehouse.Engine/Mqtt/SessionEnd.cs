using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>How a session ended, and what its client is told.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Reason">Reason code of MQTT 5.0 for DISCONNECT, 0 where none is sent.</param>
/// <param name="Word">Frozen word of the record.</param>
internal sealed record SessionEnd(SessionEndKind Kind, byte Reason, string Word)
{
    /// <summary>Reason string of DISCONNECT, or null.</summary>
    public string? Text { get; init; }

    /// <summary>The client broke off.</summary>
    public static SessionEnd ClientGone { get; } = new(SessionEndKind.Client, 0, "client_gone");

    /// <summary>The broker broke off.</summary>
    public static SessionEnd BrokerGone { get; } = new(SessionEndKind.Broker, 0, "upstream_cut");

    /// <summary>The broker said DISCONNECT, which the client has seen.</summary>
    public static SessionEnd BrokerDisconnected { get; } = new(SessionEndKind.Broker, 0, "upstream_disconnected");

    /// <summary>The broker sent what is no MQTT.</summary>
    public static SessionEnd BrokerMalformed { get; } = new(SessionEndKind.Broker, MqttReasons.ServerUnavailable, "upstream_malformed");

    /// <summary>The client said DISCONNECT.</summary>
    public static SessionEnd InOrder(byte reason) => new(SessionEndKind.InOrder, 0, reason == MqttReasons.DisconnectWithWill ? "disconnected_with_will" : "disconnected");

    /// <summary>The client sent what is no MQTT, or what it must not.</summary>
    public static SessionEnd Refused(MqttError error) => new(SessionEndKind.Refused, error.Reason(), error.Word());

    /// <summary>The gate ends it.</summary>
    public static SessionEnd Gate(byte reason, string word) => new(SessionEndKind.Gate, reason, word);
}

/// <summary>Who ended a session.</summary>
internal enum SessionEndKind
{
    /// <summary>The client, with DISCONNECT.</summary>
    InOrder,

    /// <summary>The client, without.</summary>
    Client,

    /// <summary>The broker.</summary>
    Broker,

    /// <summary>The gate, for what the client sent.</summary>
    Refused,

    /// <summary>The gate, for another reason.</summary>
    Gate,
}
