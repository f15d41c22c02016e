using System.Buffers;
using System.Buffers.Binary;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>An UNSUBSCRIBE, section 3.10; all of it was checked. Valid as long as the packet's bytes are.</summary>
public ref struct MqttUnsubscribe
{
    private ReadOnlySpan<byte> _entries;

    /// <summary>The version it was read by.</summary>
    public MqttVersion Version { get; private set; }

    /// <summary>The packet id.</summary>
    public ushort PacketId { get; private set; }

    /// <summary>The properties; none before 5.0.</summary>
    public MqttProperties Properties { get; private set; }

    /// <summary>Number of filters; 0 only in 3.1.</summary>
    public int Count { get; private set; }

    /// <summary>Reads an UNSUBSCRIBE.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, MqttVersion version, out MqttUnsubscribe unsubscribe, out MqttError error)
    {
        unsubscribe = default;
        var reader = new MqttReader(body);
        error = MqttFields.ReadIdAndProperties(
            ref reader, MqttPacketType.Unsubscribe, version, MqttSide.Client, out ushort id, out ReadOnlySpan<byte> properties, out _);
        if (error != MqttError.None)
        {
            return false;
        }

        error = MqttError.Malformed;
        ReadOnlySpan<byte> entries = reader.Rest;
        int count = 0;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryBinary(out ReadOnlySpan<byte> filter) || !MqttTopics.IsFilter(filter)
                || (filter.StartsWith("$share/"u8) && !MqttSpecialTopic.IsShareForm(filter)))
            {
                return false;
            }

            count++;
        }

        if (count == 0 && version != MqttVersion.V31)
        {
            return false;
        }

        error = MqttError.None;
        unsubscribe._entries = entries;
        unsubscribe.Version = version;
        unsubscribe.PacketId = id;
        unsubscribe.Properties = new MqttProperties(properties);
        unsubscribe.Count = count;
        return true;
    }

    /// <summary>The filters in order.</summary>
    public readonly Enumerator GetEnumerator() => new(_entries);

    /// <summary>Writes an UNSUBSCRIBE of the filters that are kept, with the same packet id and properties.</summary>
    /// <exception cref="ArgumentException">Not one for each filter, or nothing is kept.</exception>
    public readonly void WriteSelected(IBufferWriter<byte> to, ReadOnlySpan<bool> keep)
    {
        if (keep.Length != Count || !keep.Contains(true))
        {
            throw new ArgumentException("one for each filter, and one at least is kept", nameof(keep));
        }

        int remaining = 2 + (Version == MqttVersion.V5 ? MqttWriter.SizeOfVariable(Properties.Raw.Length) + Properties.Raw.Length : 0);
        int i = 0;
        foreach (ReadOnlySpan<byte> filter in this)
        {
            remaining += keep[i++] ? 2 + filter.Length : 0;
        }

        Span<byte> span = MqttWriter.Begin(to, MqttPacketType.Unsubscribe, 2, remaining, out int at);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], PacketId);
        at += 2;
        if (Version == MqttVersion.V5)
        {
            at += MqttWriter.Variable(span[at..], Properties.Raw.Length);
            Properties.Raw.CopyTo(span[at..]);
            at += Properties.Raw.Length;
        }

        i = 0;
        foreach (ReadOnlySpan<byte> filter in this)
        {
            at += keep[i++] ? MqttWriter.Binary(span[at..], filter) : 0;
        }

        to.Advance(at);
    }

    /// <summary>Walks over filters.</summary>
    public ref struct Enumerator
    {
        private MqttReader _reader;

        internal Enumerator(ReadOnlySpan<byte> entries) => _reader = new MqttReader(entries);

        /// <summary>The filter.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>The next one.</summary>
        public bool MoveNext()
        {
            if (!_reader.TryBinary(out ReadOnlySpan<byte> filter))
            {
                return false;
            }

            Current = filter;
            return true;
        }
    }
}
