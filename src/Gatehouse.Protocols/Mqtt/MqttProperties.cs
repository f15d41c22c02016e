using System.Text;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>Properties of MQTT 5.0, section 2.2.2.2.</summary>
public enum MqttPropertyId : byte
{
    /// <summary>No property.</summary>
    None = 0,

    /// <summary>Byte.</summary>
    PayloadFormat = 0x01,

    /// <summary>Four bytes, seconds.</summary>
    MessageExpiry = 0x02,

    /// <summary>Text.</summary>
    ContentType = 0x03,

    /// <summary>Text, a topic name.</summary>
    ResponseTopic = 0x08,

    /// <summary>Bytes.</summary>
    CorrelationData = 0x09,

    /// <summary>Variable length; more than once in a server's PUBLISH.</summary>
    SubscriptionId = 0x0b,

    /// <summary>Four bytes, seconds.</summary>
    SessionExpiry = 0x11,

    /// <summary>Text.</summary>
    AssignedClientId = 0x12,

    /// <summary>Two bytes, seconds.</summary>
    ServerKeepAlive = 0x13,

    /// <summary>Text.</summary>
    AuthenticationMethod = 0x15,

    /// <summary>Bytes.</summary>
    AuthenticationData = 0x16,

    /// <summary>Byte.</summary>
    RequestProblemInformation = 0x17,

    /// <summary>Four bytes, seconds.</summary>
    WillDelay = 0x18,

    /// <summary>Byte.</summary>
    RequestResponseInformation = 0x19,

    /// <summary>Text.</summary>
    ResponseInformation = 0x1a,

    /// <summary>Text.</summary>
    ServerReference = 0x1c,

    /// <summary>Text.</summary>
    ReasonString = 0x1f,

    /// <summary>Two bytes, not 0.</summary>
    ReceiveMaximum = 0x21,

    /// <summary>Two bytes.</summary>
    TopicAliasMaximum = 0x22,

    /// <summary>Two bytes, not 0.</summary>
    TopicAlias = 0x23,

    /// <summary>Byte.</summary>
    MaximumQos = 0x24,

    /// <summary>Byte.</summary>
    RetainAvailable = 0x25,

    /// <summary>Two texts; more than once.</summary>
    UserProperty = 0x26,

    /// <summary>Four bytes, not 0.</summary>
    MaximumPacketSize = 0x27,

    /// <summary>Byte.</summary>
    WildcardAvailable = 0x28,

    /// <summary>Byte.</summary>
    SubscriptionIdAvailable = 0x29,

    /// <summary>Byte.</summary>
    SharedAvailable = 0x2a,
}

/// <summary>Properties that were checked, without their length. Valid as long as the packet's bytes are.</summary>
public readonly ref struct MqttProperties
{
    internal MqttProperties(ReadOnlySpan<byte> raw) => Raw = raw;

    /// <summary>The bytes: identifiers and values.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Raw.IsEmpty;

    /// <summary>Each property in order.</summary>
    public Enumerator GetEnumerator() => new(Raw);

    /// <summary>The first property of an identifier; its value without the length where it is text or bytes.</summary>
    public bool TryFind(MqttPropertyId id, out MqttProperty property)
    {
        foreach (MqttProperty candidate in this)
        {
            if (candidate.Id == id)
            {
                property = candidate;
                return true;
            }
        }

        property = default;
        return false;
    }

    /// <summary>The number of a property, null without it.</summary>
    public uint? Number(MqttPropertyId id) => TryFind(id, out MqttProperty property) ? property.Number : null;

    /// <summary>The text of a property, null without it.</summary>
    public string? Text(MqttPropertyId id) => TryFind(id, out MqttProperty property) ? Encoding.UTF8.GetString(property.Value) : null;

    /// <summary>Walks over properties.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> raw) => _rest = raw;

        /// <summary>The property.</summary>
        public MqttProperty Current { get; private set; }

        /// <summary>The next one.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty || !MqttProperty.TryRead(_rest, out MqttProperty property))
            {
                return false;
            }

            Current = property;
            _rest = _rest[property.Whole.Length..];
            return true;
        }
    }
}

/// <summary>One property.</summary>
public readonly ref struct MqttProperty
{
    private MqttProperty(MqttPropertyId id, ReadOnlySpan<byte> whole, ReadOnlySpan<byte> value, ReadOnlySpan<byte> second, uint number)
    {
        Id = id;
        Whole = whole;
        Value = value;
        Second = second;
        Number = number;
    }

    /// <summary>The identifier.</summary>
    public MqttPropertyId Id { get; }

    /// <summary>All its bytes, identifier included.</summary>
    public ReadOnlySpan<byte> Whole { get; }

    /// <summary>A text or bytes without their length (a user property's name); a number's bytes.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>A user property's value.</summary>
    public ReadOnlySpan<byte> Second { get; }

    /// <summary>A number's value, else 0.</summary>
    public uint Number { get; }

    internal static bool TryRead(ReadOnlySpan<byte> from, out MqttProperty property)
    {
        property = default;
        var reader = new MqttReader(from);
        if (!reader.TryByte(out byte id) || id >= MqttPropertyTable.Count)
        {
            return false;
        }

        ReadOnlySpan<byte> value = default;
        ReadOnlySpan<byte> second = default;
        uint number = 0;
        bool good;
        int start = reader.Position;
        switch (MqttPropertyTable.Form(id))
        {
            case MqttPropertyForm.One:
                good = reader.TryByte(out byte one);
                number = one;
                break;
            case MqttPropertyForm.Two:
                good = reader.TryUInt16(out ushort two);
                number = two;
                break;
            case MqttPropertyForm.Four:
                good = reader.TryUInt32(out number);
                break;
            case MqttPropertyForm.Variable:
                good = reader.TryVariable(out int variable);
                number = (uint)variable;
                break;
            case MqttPropertyForm.Text or MqttPropertyForm.Bytes:
                good = reader.TryBinary(out value);
                break;
            case MqttPropertyForm.Pair:
                good = reader.TryBinary(out value) && reader.TryBinary(out second);
                break;
            default:
                return false;
        }

        if (!good)
        {
            return false;
        }

        ReadOnlySpan<byte> whole = from[..reader.Position];
        property = new MqttProperty((MqttPropertyId)id, whole, MqttPropertyTable.Form(id) < MqttPropertyForm.Text ? whole[start..] : value, second, number);
        return true;
    }
}
