namespace Gatehouse.Protocols.Mqtt;

/// <summary>What stands before a topic name or filter.</summary>
public enum MqttTopicKind : byte
{
    /// <summary>Nothing: it does not begin with <c>$</c>.</summary>
    Plain,

    /// <summary><c>$share/group/filter</c>, MQTT 5.0 section 4.8.2; brokers take it in every version.</summary>
    Share,

    /// <summary><c>$queue/filter</c>, EMQX.</summary>
    Queue,

    /// <summary><c>$stream/name/filter</c>, EMQX.</summary>
    Stream,

    /// <summary><c>$exclusive/filter</c>, EMQX.</summary>
    Exclusive,

    /// <summary><c>$delayed/seconds/topic</c>, EMQX.</summary>
    Delayed,

    /// <summary><c>$SYS</c> and all below it.</summary>
    Sys,

    /// <summary><c>$file/...</c>, EMQX.</summary>
    File,

    /// <summary>Any other that begins with <c>$</c>.</summary>
    Other,

    /// <summary>One of the above with a wrong form, or one within another.</summary>
    Malformed,
}

/// <summary>
/// A topic name or filter taken apart: what has to be authorized is <see cref="Inner"/>. Compared byte by byte, as brokers do.
/// </summary>
public readonly ref struct MqttSpecialTopic
{
    private const int MaxDelayDigits = 8;

    private MqttSpecialTopic(MqttTopicKind kind, ReadOnlySpan<byte> group, ReadOnlySpan<byte> inner, MqttTopicKind innerKind)
    {
        Kind = kind;
        Group = group;
        Inner = inner;
        InnerKind = innerKind;
    }

    /// <summary>What it is.</summary>
    public MqttTopicKind Kind { get; }

    /// <summary>The group, the stream's name or the seconds; else empty.</summary>
    public ReadOnlySpan<byte> Group { get; }

    /// <summary>What is behind the prefix; the whole where there is no prefix to take off.</summary>
    public ReadOnlySpan<byte> Inner { get; }

    /// <summary>What <see cref="Inner"/> is: plain, <see cref="MqttTopicKind.Sys"/>, <see cref="MqttTopicKind.File"/> or other.</summary>
    public MqttTopicKind InnerKind { get; }

    /// <summary>Takes a topic name or filter apart, which was checked to be one.</summary>
    public static MqttSpecialTopic Split(ReadOnlySpan<byte> topic)
    {
        MqttTopicKind kind = KindOf(topic);
        switch (kind)
        {
            case MqttTopicKind.Share or MqttTopicKind.Stream or MqttTopicKind.Delayed:
                int from = topic.IndexOf((byte)'/') + 1;
                int end = topic[from..].IndexOf((byte)'/');
                if (end < 0)
                {
                    return Bad(topic);
                }

                ReadOnlySpan<byte> group = topic.Slice(from, end);
                bool good = kind == MqttTopicKind.Delayed ? IsDelay(group) : !group.IsEmpty && group.IndexOfAny((byte)'+', (byte)'#') < 0;
                return good ? Unwrap(kind, group, topic[(from + end + 1)..], topic) : Bad(topic);
            case MqttTopicKind.Queue or MqttTopicKind.Exclusive:
                return Unwrap(kind, default, topic[(topic.IndexOf((byte)'/') + 1)..], topic);
            default:
                return new MqttSpecialTopic(kind, default, topic, kind);
        }
    }

    /// <summary>Whether a filter that begins with <c>$share/</c> has a group without wildcards and a filter behind it.</summary>
    internal static bool IsShareForm(ReadOnlySpan<byte> filter)
    {
        ReadOnlySpan<byte> rest = filter["$share/".Length..];
        int end = rest.IndexOf((byte)'/');
        return end > 0 && end < rest.Length - 1 && rest[..end].IndexOfAny((byte)'+', (byte)'#') < 0;
    }

    private static MqttSpecialTopic Unwrap(MqttTopicKind kind, ReadOnlySpan<byte> group, ReadOnlySpan<byte> inner, ReadOnlySpan<byte> whole)
    {
        MqttTopicKind innerKind = KindOf(inner);
        bool good = !inner.IsEmpty && innerKind is MqttTopicKind.Plain or MqttTopicKind.Sys or MqttTopicKind.File or MqttTopicKind.Other;
        return good ? new MqttSpecialTopic(kind, group, inner, innerKind) : Bad(whole);
    }

    private static MqttSpecialTopic Bad(ReadOnlySpan<byte> whole) => new(MqttTopicKind.Malformed, default, whole, MqttTopicKind.Malformed);

    private static MqttTopicKind KindOf(ReadOnlySpan<byte> topic)
    {
        if (topic.IsEmpty || topic[0] != '$')
        {
            return MqttTopicKind.Plain;
        }

        int slash = topic.IndexOf((byte)'/');
        ReadOnlySpan<byte> first = slash < 0 ? topic : topic[..slash];
        MqttTopicKind kind = first.Length switch
        {
            4 when first.SequenceEqual("$SYS"u8) => MqttTopicKind.Sys,
            5 when first.SequenceEqual("$file"u8) => MqttTopicKind.File,
            6 when first.SequenceEqual("$share"u8) => MqttTopicKind.Share,
            6 when first.SequenceEqual("$queue"u8) => MqttTopicKind.Queue,
            7 when first.SequenceEqual("$stream"u8) => MqttTopicKind.Stream,
            8 when first.SequenceEqual("$delayed"u8) => MqttTopicKind.Delayed,
            10 when first.SequenceEqual("$exclusive"u8) => MqttTopicKind.Exclusive,
            _ => MqttTopicKind.Other,
        };

        // Without the slash the prefix says nothing of what it is for.
        return slash >= 0 || kind is MqttTopicKind.Sys or MqttTopicKind.File or MqttTopicKind.Other ? kind : MqttTopicKind.Malformed;
    }

    private static bool IsDelay(ReadOnlySpan<byte> seconds) =>
        seconds.Length is > 0 and <= MaxDelayDigits && !seconds.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
