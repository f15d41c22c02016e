using System.Buffers;
using System.Buffers.Binary;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>One entry of a SUBSCRIBE.</summary>
public readonly ref struct MqttSubscription
{
    internal MqttSubscription(ReadOnlySpan<byte> filter, byte options)
    {
        Filter = filter;
        Options = options;
    }

    /// <summary>The topic filter as sent, with <c>$share/...</c> where it has that.</summary>
    public ReadOnlySpan<byte> Filter { get; }

    /// <summary>The options byte.</summary>
    public byte Options { get; }

    /// <summary>The quality of service asked for, 0 to 2.</summary>
    public byte Qos => (byte)(Options & 3);

    /// <summary>5.0: not one's own messages.</summary>
    public bool NoLocal => (Options & 4) != 0;

    /// <summary>5.0: the retain flag as published.</summary>
    public bool RetainAsPublished => (Options & 8) != 0;

    /// <summary>5.0: which retained messages are sent, 0 to 2.</summary>
    public byte RetainHandling => (byte)((Options >> 4) & 3);
}

/// <summary>A SUBSCRIBE, section 3.8; all of it was checked. Valid as long as the packet's bytes are.</summary>
public ref struct MqttSubscribe
{
    private ReadOnlySpan<byte> _entries;

    /// <summary>The version it was read by.</summary>
    public MqttVersion Version { get; private set; }

    /// <summary>The packet id.</summary>
    public ushort PacketId { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>The subscription identifier, 0 without one.</summary>
    public uint SubscriptionId { get; private set; }

    /// <summary>Number of filters; 0 only in 3.1.</summary>
    public int Count { get; private set; }

    /// <summary>Reads a SUBSCRIBE.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttVersion version, out MqttSubscribe subscribe, out MqttError error)
    {
        subscribe = default;
        var reader = new MqttReader(body);
        error = MqttFields.ReadIdAndProperties(
            ref reader, MqttPacketType.Subscribe, version, MqttSide.Client, out ushort id, out ReadOnlySpan<byte> properties, out uint subscriptionId);
        if (error != MqttError.None)
        {
            return false;
        }

        ReadOnlySpan<byte> entries = reader.Rest;
        int count = 0;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryBinary(out ReadOnlySpan<byte> filter) || !reader.TryByte(out byte options))
            {
                error = MqttError.Malformed;
                return false;
            }

            error = CheckEntry(filter, options, version);
            if (error != MqttError.None)
            {
                return false;
            }

            count++;
        }

        // Section 3.8.3: at least one. 3.1 does not say so, and mosquitto answers an empty one there.
        if (count == 0 && version != MqttVersion.V31)
        {
            error = MqttError.Malformed;
            return false;
        }

        subscribe._entries = entries;
        subscribe.Version = version;
        subscribe.PacketId = id;
        subscribe.Properties = new MqttProperties(properties);
        subscribe.SubscriptionId = subscriptionId;
        subscribe.Count = count;
        return true;
    }

    /// <summary>The entries in order.</summary>
    public readonly Enumerator GetEnumerator() => new(_entries);

    /// <summary>
    /// Writes a SUBSCRIBE of the entries that are kept, with the same packet id and properties.
    /// </summary>
    /// <param name="to">Where to.</param>
    /// <param name="keep">One for each entry.</param>
    /// <param name="qos">The highest quality of service for each entry; empty to leave all as they are.</param>
    /// <exception cref="ArgumentException">The lengths are not those of the entries, or nothing is kept.</exception>
    public readonly void WriteSelected(IBufferWriter<byte> to, ReadOnlySpan<bool> keep, ReadOnlySpan<byte> qos)
    {
        if (keep.Length != Count || (!qos.IsEmpty && qos.Length != Count) || !keep.Contains(true))
        {
            throw new ArgumentException("one for each entry, and one at least is kept", nameof(keep));
        }

        int head = 2 + (Version == MqttVersion.V5 ? MqttWriter.SizeOfVariable(Properties.Raw.Length) + Properties.Raw.Length : 0);
        int remaining = head;
        int i = 0;
        foreach (MqttSubscription entry in this)
        {
            remaining += keep[i++] ? 3 + entry.Filter.Length : 0;
        }

        Span<byte> span = MqttWriter.Begin(to, MqttPacketType.Subscribe, 2, remaining, out int at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], PacketId);
        at += 2;
        if (Version == MqttVersion.V5)
        {
            at += MqttWriter.Variable(span[at..], Properties.Raw.Length);
            Properties.Raw.CopyTo(span[at..]);
            at += Properties.Raw.Length;
        }

        i = 0;
        foreach (MqttSubscription entry in this)
        {
            if (keep[i])
            {
                at += MqttWriter.Binary(span[at..], entry.Filter);
                byte granted = qos.IsEmpty ? entry.Qos : Math.Min(entry.Qos, qos[i]);
                span[at++] = (byte)((entry.Options & ~3) | granted);
            }

            i++;
        }

        to.Advance(at);
    }

    private static MqttError CheckEntry(ReadOnlySpan<byte> filter, byte options, MqttVersion version)
    {
        // Section 3.8.3.1: reserved bits, QoS 3 and retain handling 3; before 5.0 all but the QoS is reserved.
        int reserved = version == MqttVersion.V5 ? 0xc0 : 0xfc;
        if ((options & reserved) != 0 || (options & 3) == 3 || (options & 0x30) == 0x30 || !MqttTopics.IsFilter(filter))
        {
            return MqttError.Malformed;
        }

        if (!filter.StartsWith("$share/"u8))
        {
            return MqttError.None;
        }

        // Section 3.8.3.1: no local on a shared subscription is a protocol error.
        return MqttSpecialTopic.IsShareForm(filter)
            ? (options & 4) != 0 ? MqttError.ProtocolError : MqttError.None
            : MqttError.Malformed;
    }

    /// <summary>Walks over entries.</summary>
    public ref struct Enumerator
    {
        private MqttReader _reader;

        internal Enumerator(ReadOnlySpan<byte> entries) => _reader = new MqttReader(entries);

        /// <summary>The entry.</summary>
        public MqttSubscription Current { get; private set; }

        /// <summary>The next one.</summary>
        public bool MoveNext()
        {
            if (!_reader.TryBinary(out ReadOnlySpan<byte> filter) || !_reader.TryByte(out byte options))
            {
                return false;
            }

            Current = new MqttSubscription(filter, options);
            return true;
        }
    }
}
