using System.Buffers;
using System.Security.Cryptography;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>The message that a broker publishes when the client is gone, section 3.1.2.5.</summary>
/// <param name="Topic">The topic name.</param>
/// <param name="Qos">The quality of service, 0 to 2.</param>
/// <param name="Retain">The retain flag.</param>
/// <param name="Payload">The message.</param>
/// <param name="Properties">Properties as sent, without their length; none before 5.0.</param>
/// <param name="DelaySeconds">How long the broker waits, in seconds.</param>
public sealed record MqttWill(
    string Topic, byte Qos, bool Retain, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Properties, uint DelaySeconds);

/// <summary>A CONNECT, section 3.1, copied out of the buffer.</summary>
public sealed class MqttConnect
{
    internal MqttConnect()
    {
    }

    /// <summary>The version.</summary>
    public MqttVersion Version { get; internal init; }

    /// <summary>Clean start, before 5.0 clean session.</summary>
    public bool CleanStart { get; internal init; }

    /// <summary>Keep alive in seconds, 0 for none.</summary>
    public ushort KeepAlive { get; internal init; }

    /// <summary>The client id; empty where the server is to make one.</summary>
    public string ClientId { get; internal init; } = "";

    /// <summary>The user name, null without one.</summary>
    public string? Username { get; internal init; }

    /// <summary>The password, null without one or after <see cref="WipeSecrets"/>.</summary>
    public byte[]? Password { get; private set; }

    /// <summary>The will, null without one.</summary>
    public MqttWill? Will { get; internal init; }

    /// <summary>Properties as sent, without their length; none before 5.0.</summary>
    public ReadOnlyMemory<byte> Properties => RawProperties;

    /// <summary>5.0: how long the session lives without a connection, in seconds; <see cref="uint.MaxValue"/> for ever.</summary>
    public uint? SessionExpiry { get; internal init; }

    /// <summary>5.0: how many messages of QoS 1 and 2 the client takes at once.</summary>
    public ushort? ReceiveMaximum { get; internal init; }

    /// <summary>5.0: the longest packet the client takes.</summary>
    public uint? MaximumPacketSize { get; internal init; }

    /// <summary>5.0: the highest topic alias the client takes.</summary>
    public ushort? TopicAliasMaximum { get; internal init; }

    /// <summary>5.0: whether answers may carry reason strings and user properties.</summary>
    public bool RequestProblemInformation { get; internal init; } = true;

    /// <summary>5.0: whether response information is asked for.</summary>
    public bool RequestResponseInformation { get; internal init; }

    /// <summary>5.0: the method of enhanced authentication, null without it.</summary>
    public string? AuthenticationMethod { get; internal init; }

    /// <summary>5.0: its first data, null without any or after <see cref="WipeSecrets"/>.</summary>
    public byte[]? AuthenticationData { get; private set; }

    internal byte[] RawProperties { get; init; } = [];

    internal bool IsWiped { get; private set; }

    /// <summary>Reads a CONNECT.</summary>
    /// <param name="body">What follows the header, exactly.</param>
    /// <param name="connect">The packet.</param>
    /// <param name="error">Why it was refused.</param>
    /// <param name="answerVersion">
    /// The version to answer in. <see cref="MqttVersion.None"/> where the bytes are no MQTT, and nothing is answered;
    /// 3.1.1 for a level that is none, which every client can read.
    /// </param>
    public static bool TryParse(ReadOnlySpan<byte> body, out MqttConnect? connect, out MqttError error, out MqttVersion answerVersion) =>
        MqttConnectParser.TryParse(body, out connect, out error, out answerVersion);

    /// <summary>Writes the CONNECT for the upstream: the client's own with the changes, properties in their order.</summary>
    /// <exception cref="ArgumentException">Before 5.0 a password without a user name, or a text too long.</exception>
    public void Write(IBufferWriter<byte> to, in MqttConnectChange change) => MqttConnectWriter.Write(this, to, change);

    /// <summary>
    /// Overwrites the password and the data of enhanced authentication. Write the upstream's CONNECT before: after it no
    /// authentication method is written.
    /// </summary>
    public void WipeSecrets()
    {
        CryptographicOperations.ZeroMemory(Password);
        CryptographicOperations.ZeroMemory(AuthenticationData);
        if (new MqttProperties(RawProperties).TryFind(MqttPropertyId.AuthenticationData, out MqttProperty data)
            && RawProperties.AsSpan().Overlaps(data.Value, out int offset))
        {
            CryptographicOperations.ZeroMemory(RawProperties.AsSpan(offset, data.Value.Length));
        }

        Password = null;
        AuthenticationData = null;
        IsWiped = true;
    }

    internal void SetSecrets(byte[]? password, byte[]? data)
    {
        Password = password;
        AuthenticationData = data;
    }
}

/// <summary>What is different in the CONNECT to the upstream. Nothing set: no credentials, all else as the client sent it.</summary>
public readonly record struct MqttConnectChange
{
    /// <summary>The user name, null for none.</summary>
    public string? Username { get; init; }

    /// <summary>The password, null for none.</summary>
    public byte[]? Password { get; init; }

    /// <summary>Another client id, null for the client's own.</summary>
    public string? ClientId { get; init; }

    /// <summary>Another clean start.</summary>
    public bool? CleanStart { get; init; }

    /// <summary>Another keep alive in seconds.</summary>
    public ushort? KeepAlive { get; init; }

    /// <summary>5.0: another session expiry in seconds.</summary>
    public uint? SessionExpiry { get; init; }

    /// <summary>5.0: another maximum packet size in bytes.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>5.0: another receive maximum.</summary>
    public ushort? ReceiveMaximum { get; init; }

    /// <summary>5.0: leaves authentication method and data out.</summary>
    public bool RemovesAuthentication { get; init; }
}
