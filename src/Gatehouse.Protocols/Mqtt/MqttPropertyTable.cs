namespace Gatehouse.Protocols.Mqtt;

/// <summary>How a property's value is written.</summary>
internal enum MqttPropertyForm : byte
{
    None,
    One,
    Two,
    Four,
    Variable,
    Text,
    Bytes,
    Pair,
}

/// <summary>Table 2-4 of MQTT 5.0: which property has which form, and which packets it may be in.</summary>
internal static class MqttPropertyTable
{
    /// <summary>One above the highest identifier.</summary>
    public const int Count = 0x2b;

    /// <summary>The place of a will's properties, beside the packet types.</summary>
    public const MqttPacketType Will = MqttPacketType.None;

    private const ushort InMessage = (1 << (int)MqttPacketType.Publish) | (1 << (int)Will);
    private const ushort InConnect = 1 << (int)MqttPacketType.Connect;
    private const ushort InConnAck = 1 << (int)MqttPacketType.ConnAck;
    private const ushort InBoth = InConnect | InConnAck;
    private const ushort InDisconnect = 1 << (int)MqttPacketType.Disconnect;
    private const ushort InAuth = 1 << (int)MqttPacketType.Auth;
    private const ushort InEnds = 0b1100_1010_1111_0100; // all answers, DISCONNECT and AUTH
    private const ushort InAll = 0b1100_1111_1111_1111; // all but the two pings

    private static readonly (MqttPropertyForm Form, ushort Places)[] Rows = Build();

    /// <summary>The form; none of an identifier that is none.</summary>
    public static MqttPropertyForm Form(byte id) => Rows[id].Form;

    /// <summary>Whether it may be in a packet.</summary>
    public static bool IsIn(byte id, MqttPacketType place) => (Rows[id].Places & (1 << (int)place)) != 0;

    private static (MqttPropertyForm Form, ushort Places)[] Build()
    {
        var rows = new (MqttPropertyForm Form, ushort Places)[Count];
        rows[(int)MqttPropertyId.PayloadFormat] = (MqttPropertyForm.One, InMessage);
        rows[(int)MqttPropertyId.MessageExpiry] = (MqttPropertyForm.Four, InMessage);
        rows[(int)MqttPropertyId.ContentType] = (MqttPropertyForm.Text, InMessage);
        rows[(int)MqttPropertyId.ResponseTopic] = (MqttPropertyForm.Text, InMessage);
        rows[(int)MqttPropertyId.CorrelationData] = (MqttPropertyForm.Bytes, InMessage);
        rows[(int)MqttPropertyId.SubscriptionId] =
            (MqttPropertyForm.Variable, (1 << (int)MqttPacketType.Publish) | (1 << (int)MqttPacketType.Subscribe));
        rows[(int)MqttPropertyId.SessionExpiry] = (MqttPropertyForm.Four, InBoth | InDisconnect);
        rows[(int)MqttPropertyId.AssignedClientId] = (MqttPropertyForm.Text, InConnAck);
        rows[(int)MqttPropertyId.ServerKeepAlive] = (MqttPropertyForm.Two, InConnAck);
        rows[(int)MqttPropertyId.AuthenticationMethod] = (MqttPropertyForm.Text, InBoth | InAuth);
        rows[(int)MqttPropertyId.AuthenticationData] = (MqttPropertyForm.Bytes, InBoth | InAuth);
        rows[(int)MqttPropertyId.RequestProblemInformation] = (MqttPropertyForm.One, InConnect);
        rows[(int)MqttPropertyId.WillDelay] = (MqttPropertyForm.Four, 1 << (int)Will);
        rows[(int)MqttPropertyId.RequestResponseInformation] = (MqttPropertyForm.One, InConnect);
        rows[(int)MqttPropertyId.ResponseInformation] = (MqttPropertyForm.Text, InConnAck);
        rows[(int)MqttPropertyId.ServerReference] = (MqttPropertyForm.Text, InConnAck | InDisconnect);
        rows[(int)MqttPropertyId.ReasonString] = (MqttPropertyForm.Text, InEnds);
        rows[(int)MqttPropertyId.ReceiveMaximum] = (MqttPropertyForm.Two, InBoth);
        rows[(int)MqttPropertyId.TopicAliasMaximum] = (MqttPropertyForm.Two, InBoth);
        rows[(int)MqttPropertyId.TopicAlias] = (MqttPropertyForm.Two, 1 << (int)MqttPacketType.Publish);
        rows[(int)MqttPropertyId.MaximumQos] = (MqttPropertyForm.One, InConnAck);
        rows[(int)MqttPropertyId.RetainAvailable] = (MqttPropertyForm.One, InConnAck);
        rows[(int)MqttPropertyId.UserProperty] = (MqttPropertyForm.Pair, InAll);
        rows[(int)MqttPropertyId.MaximumPacketSize] = (MqttPropertyForm.Four, InBoth);
        rows[(int)MqttPropertyId.WildcardAvailable] = (MqttPropertyForm.One, InConnAck);
        rows[(int)MqttPropertyId.SubscriptionIdAvailable] = (MqttPropertyForm.One, InConnAck);
        rows[(int)MqttPropertyId.SharedAvailable] = (MqttPropertyForm.One, InConnAck);
        return rows;
    }
}
