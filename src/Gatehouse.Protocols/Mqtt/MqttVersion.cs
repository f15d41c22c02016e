namespace Gatehouse.Protocols.Mqtt;

/// <summary>A version, as the protocol level byte of CONNECT has it.</summary>
public enum MqttVersion : byte
{
    /// <summary>Not known yet: before CONNECT.</summary>
    None = 0,

    /// <summary>MQTT 3.1, the one named MQIsdp.</summary>
    V31 = 3,

    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V5 = 5,
}

/// <summary>Who sent a packet.</summary>
public enum MqttSide : byte
{
    /// <summary>The client. Its texts are read strictly.</summary>
    Client = 0,

    /// <summary>The broker. Texts of others come from it, so that only what must be refused is refused.</summary>
    Server = 1,
}

/// <summary>The types of packets, section 2.1.2.</summary>
public enum MqttPacketType : byte
{
    /// <summary>Reserved; no packet has it.</summary>
    None = 0,

    /// <summary>Client to server: begin.</summary>
    Connect = 1,

    /// <summary>Server to client: answer to it.</summary>
    ConnAck = 2,

    /// <summary>A message.</summary>
    Publish = 3,

    /// <summary>QoS 1: received.</summary>
    PubAck = 4,

    /// <summary>QoS 2: received.</summary>
    PubRec = 5,

    /// <summary>QoS 2: release.</summary>
    PubRel = 6,

    /// <summary>QoS 2: complete.</summary>
    PubComp = 7,

    /// <summary>Client to server: subscribe.</summary>
    Subscribe = 8,

    /// <summary>Server to client: answer to it.</summary>
    SubAck = 9,

    /// <summary>Client to server: unsubscribe.</summary>
    Unsubscribe = 10,

    /// <summary>Server to client: answer to it.</summary>
    UnsubAck = 11,

    /// <summary>Client to server: still there.</summary>
    PingReq = 12,

    /// <summary>Server to client: answer to it.</summary>
    PingResp = 13,

    /// <summary>The end; from the server only in 5.0.</summary>
    Disconnect = 14,

    /// <summary>Enhanced authentication, only in 5.0.</summary>
    Auth = 15,
}

/// <summary>What the first bytes say.</summary>
public enum MqttFraming : byte
{
    /// <summary>A whole packet is there.</summary>
    Complete,

    /// <summary>Nothing wrong yet, and not whole.</summary>
    NeedMore,

    /// <summary>No packet that may come here.</summary>
    Refused,
}
