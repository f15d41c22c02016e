namespace Gatehouse.Testing.Mqtt.Wire;

/// <summary>Properties of MQTT 5.0 (section 2.2.2.2), each as its bytes.</summary>
public static class Property
{
    public static byte[] PayloadFormat(int value) => [0x01, (byte)value];

    public static byte[] MessageExpiry(uint seconds) => Octets.Join([0x02], Octets.Long(seconds));

    public static byte[] ContentType(string value) => Octets.Join([0x03], Octets.Text(value));

    public static byte[] ResponseTopic(string value) => Octets.Join([0x08], Octets.Text(value));

    public static byte[] CorrelationData(byte[] value) => Octets.Join([0x09], Octets.Binary(value));

    public static byte[] SubscriptionId(int value) => Octets.Join([0x0b], Octets.Variable(value));

    public static byte[] SessionExpiry(uint seconds) => Octets.Join([0x11], Octets.Long(seconds));

    public static byte[] AuthenticationMethod(string value) => Octets.Join([0x15], Octets.Text(value));

    public static byte[] AuthenticationData(byte[] value) => Octets.Join([0x16], Octets.Binary(value));

    public static byte[] RequestProblem(int value) => [0x17, (byte)value];

    public static byte[] WillDelay(uint seconds) => Octets.Join([0x18], Octets.Long(seconds));

    public static byte[] RequestResponse(int value) => [0x19, (byte)value];

    public static byte[] ReasonString(string value) => Octets.Join([0x1f], Octets.Text(value));

    public static byte[] ReceiveMaximum(int value) => Octets.Join([0x21], Octets.Short(value));

    public static byte[] TopicAliasMaximum(int value) => Octets.Join([0x22], Octets.Short(value));

    public static byte[] TopicAlias(int value) => Octets.Join([0x23], Octets.Short(value));

    public static byte[] User(string name, string value) => Octets.Join([0x26], Octets.Text(name), Octets.Text(value));

    public static byte[] MaximumPacketSize(uint value) => Octets.Join([0x27], Octets.Long(value));

    /// <summary>Their length and they.</summary>
    public static byte[] Block(params byte[][] properties)
    {
        byte[] all = Octets.Join(properties);
        return Octets.Join(Octets.Variable(all.Length), all);
    }
}
