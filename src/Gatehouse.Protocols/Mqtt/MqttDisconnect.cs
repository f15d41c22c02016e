namespace Gatehouse.Protocols.Mqtt;

/// <summary>A DISCONNECT, section 3.14. Valid as long as the packet's bytes are.</summary>
public ref struct MqttDisconnect
{
    /// <summary>The reason code; 0 before 5.0.</summary>
    public byte Reason { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>A new session expiry, only from a client.</summary>
    public readonly uint? SessionExpiry => Properties.Number(MqttPropertyId.SessionExpiry);

    /// <summary>Reads a DISCONNECT.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> body, MqttVersion version, MqttSide sender, out MqttDisconnect disconnect, out MqttError error)
    {
        disconnect = default;
        error = MqttError.None;
        if (version != MqttVersion.V5)
        {
            error = sender == MqttSide.Server ? MqttError.ProtocolError : body.IsEmpty ? MqttError.None : MqttError.Malformed;
            return error == MqttError.None;
        }

        var reader = new MqttReader(body);
        error = MqttFields.ReadReasonAndProperties(
            ref reader, MqttPacketType.Disconnect, sender, out byte reason, out ReadOnlySpan<byte> properties);
        if (error != MqttError.None)
        {
            return false;
        }

        disconnect.Reason = reason;
        disconnect.Properties = new MqttProperties(properties);
        return true;
    }
}

/// <summary>An AUTH, section 3.15. Valid as long as the packet's bytes are.</summary>
public ref struct MqttAuth
{
    /// <summary>The reason code: 0x00 success, 0x18 continue, 0x19 authenticate again.</summary>
    public byte Reason { get; private set; }

    /// <summary>The properties.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>The method; empty only where a server says nothing but success.</summary>
    public ReadOnlySpan<byte> Method { get; private set; }

    /// <summary>Reads an AUTH of 5.0.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttVersion version, MqttSide sender, out MqttAuth auth, out MqttError error)
    {
        auth = default;
        var reader = new MqttReader(body);
        ReadOnlySpan<byte> properties = default;
        byte reason = 0;
        error = version == MqttVersion.V5
            ? MqttFields.ReadReasonAndProperties(ref reader, MqttPacketType.Auth, sender, out reason, out properties)
            : MqttError.ProtocolError;
        if (error != MqttError.None)
        {
            return false;
        }

        // Section 3.15.2.2.2: a method always; but 3.15.2.1 lets success be said in no bytes at all, which only a server may say.
        var read = new MqttProperties(properties);
        if (read.TryFind(MqttPropertyId.AuthenticationMethod, out MqttProperty method))
        {
            auth.Method = method.Value;
        }
        else if (sender == MqttSide.Client || !body.IsEmpty)
        {
            error = MqttError.ProtocolError;
            return false;
        }

        auth.Reason = reason;
        auth.Properties = read;
        return true;
    }
}
