namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>How long a broker may keep a session after its connection ended.</summary>
internal readonly record struct ClientIdLife : IComparable<ClientIdLife>
{
    private ClientIdLife(uint seconds) => Seconds = seconds;

    /// <summary>Not at all.</summary>
    public static ClientIdLife Connection => default;

    /// <summary>Until its owner ends it.</summary>
    public static ClientIdLife Forever => new(uint.MaxValue);

    /// <summary>Whole seconds; 4,294,967,295 means for ever, as in MQTT 5.0, 3.1.2.11.2.</summary>
    public uint Seconds { get; }

    /// <summary>Whether nothing is kept.</summary>
    public bool IsNone => Seconds == 0;

    /// <summary>Whether there is no end to it.</summary>
    public bool IsForever => Seconds == uint.MaxValue;

    /// <summary>As MQTT 3.1 and 3.1.1 have it (3.1.2.4): a session that is not clean is kept for ever.</summary>
    public static ClientIdLife OfV3(bool isClean) => isClean ? Connection : Forever;

    /// <summary>As MQTT 5.0 has it: the Session Expiry Interval, of CONNACK where it says one, else of CONNECT; 0 without.</summary>
    public static ClientIdLife OfV5(uint sessionExpiry) => new(sessionExpiry);

    /// <summary>The longer one.</summary>
    public static ClientIdLife Longer(ClientIdLife one, ClientIdLife other) => one.Seconds >= other.Seconds ? one : other;

    /// <inheritdoc/>
    public int CompareTo(ClientIdLife other) => Seconds.CompareTo(other.Seconds);
}
