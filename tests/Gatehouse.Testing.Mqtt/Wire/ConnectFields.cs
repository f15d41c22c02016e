using System.Text;

namespace Gatehouse.Testing.Mqtt.Wire;

/// <summary>What a CONNECT says (table 1.2: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0).</summary>
public sealed record ConnectFields(int Level, string ClientId)
{
    /// <summary>Another protocol name than the level's.</summary>
    public string? Protocol { get; init; }

    public bool Clean { get; init; } = true;

    public int KeepAlive { get; init; } = 60;

    public string? User { get; init; }

    public string? Password { get; init; }

    public WillFields? Will { get; init; }

    public byte[][] Properties { get; init; } = [];

    /// <summary>Flags other than those that the fields make.</summary>
    public int? RawFlags { get; init; }

    internal int Flags => RawFlags ?? ((User is null ? 0 : 0x80) | (Password is null ? 0 : 0x40)
        | (Will is null ? 0 : 4 | (Will.Qos << 3) | (Will.Retain ? 0x20 : 0)) | (Clean ? 2 : 0));
}

/// <summary>A will.</summary>
public sealed record WillFields(string Topic, byte[] Payload)
{
    public WillFields(string topic, string payload)
        : this(topic, Encoding.UTF8.GetBytes(payload))
    {
    }

    public int Qos { get; init; }

    public bool Retain { get; init; }

    public byte[][] Properties { get; init; } = [];
}
