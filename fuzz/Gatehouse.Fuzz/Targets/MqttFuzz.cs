using System.Buffers;
using Gatehouse.Protocols.Mqtt;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// MQTT packets one after another, as one side sends them: the first byte says which version and side. However the bytes are
/// cut the verdict is the same, a refusal has its reason, and what is written back is read as the same.
/// </summary>
public sealed class MqttFuzz : IFuzzTarget
{
    /// <summary>Longest packet taken.</summary>
    public const int Limit = 4096;

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "\u0010", "\0\u0004MQTT\u0004", "\0\u0004MQTT\u0005", "\0\u0006MQIsdp\u0003", "\u0002", "\0\0", "\0\u0001", "#", "+", "/", "$share/g/", "$queue/",
        "$delayed/5/", "$exclusive/", "$SYS/", "\0\u0003a/b", "\u0023\0\u0001", "\u0026\0\u0001a\0\u0001b", "\u0011\0\0\0\u0001", "\u0021\0\u0001",
        "\u0022\0\u0001", "\u0008\0\u0001r", "\u000b\u0001", "\u0015\0\u0001m", "\u0016\0\u0001d", "\u001f\0\u0001r", "\u0000",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        MqttVersion version = (input[0] & 3) switch { 0 => MqttVersion.None, 1 => MqttVersion.V31, 2 => MqttVersion.V311, _ => MqttVersion.V5 };
        MqttSide sender = (input[0] & 4) == 0 ? MqttSide.Client : MqttSide.Server;
        ReadOnlySpan<byte> rest = input[1..];
        while (!rest.IsEmpty)
        {
            MqttFraming framing = MqttFrame.TryRead(rest, sender, version, Limit, out MqttFrame frame, out MqttError error);
            Require((framing == MqttFraming.Refused) == (error != MqttError.None), "a refusal has an error, and nothing else has");
            CheckPieces(rest, sender, version, framing, frame, error);
            if (framing != MqttFraming.Complete)
            {
                break;
            }

            Require(frame.TotalLength <= rest.Length && frame.TotalLength <= Limit, "a packet is among the bytes and within its limit");
            Verdict verdict = MqttOracle.Check(frame, rest.Slice(frame.HeaderLength, frame.Length), version, sender);
            Require(verdict.Accepted == (verdict.Error == MqttError.None), "what is refused has an error");
            Require(verdict.Accepted || verdict.Error.Reason() >= 0x80, "an error has a reason");
            if (!verdict.Accepted)
            {
                break;
            }

            version = verdict.Version;
            rest = rest[frame.TotalLength..];
        }
    }

    // Byte by byte, as a connection brings it: never whole too early, and wrong from the byte on that is wrong.
    private static void CheckPieces(
        ReadOnlySpan<byte> rest, MqttSide sender, MqttVersion version, MqttFraming whole, MqttFrame frame, MqttError error)
    {
        bool wasRefused = false;
        for (int length = 0; length < Math.Min(rest.Length, 8); length++)
        {
            MqttFraming part = MqttFrame.TryRead(rest[..length], sender, version, Limit, out MqttFrame early, out MqttError said);
            Require(part != MqttFraming.Complete || (whole == MqttFraming.Complete && early == frame), "a packet does not change by what follows it");
            Require(part != MqttFraming.Refused || (whole == MqttFraming.Refused && said == error), "what begins wrong stays wrong for its reason");
            Require(!wasRefused || part == MqttFraming.Refused, "a refusal is final");
            Require(early == default || early == frame, "a header that is whole does not change");
            wasRefused = part == MqttFraming.Refused;
        }

        if (whole == MqttFraming.Complete && frame.TotalLength > 1)
        {
            MqttFraming cut = MqttFrame.TryRead(rest[..(frame.TotalLength - 1)], sender, version, Limit, out _, out _);
            Require(cut == MqttFraming.NeedMore, "a packet without its last byte is not whole");
        }
    }
}

/// <summary>What was said of a packet.</summary>
internal readonly record struct Verdict(bool Accepted, MqttError Error, MqttVersion Version);

/// <summary>Reads a packet of any type, and holds what was read against what is written back.</summary>
internal static class MqttOracle
{
    public static Verdict Check(in MqttFrame frame, ReadOnlySpan<byte> body, MqttVersion version, MqttSide sender)
    {
        // In an array of its own nothing behind the packet can be read.
        byte[] alone = body.ToArray();
        MqttError error;
        switch (frame.Type)
        {
            case MqttPacketType.Connect:
                return Connect(alone);
            case MqttPacketType.Publish:
                return Publish(frame, alone, version, sender);
            case MqttPacketType.Subscribe:
                return Subscribe(alone, version);
            case MqttPacketType.Unsubscribe:
                return Unsubscribe(alone, version);
            case MqttPacketType.ConnAck:
                return ConnAck(alone, version);
            case MqttPacketType.SubAck:
                return SubAck(alone, version);
            case MqttPacketType.UnsubAck:
                return new Verdict(MqttUnsubAck.TryParse(alone, version, out _, out error), error, version);
            case MqttPacketType.Disconnect:
                return new Verdict(MqttDisconnect.TryParse(alone, version, sender, out _, out error), error, version);
            case MqttPacketType.Auth:
                return new Verdict(MqttAuth.TryParse(alone, version, sender, out _, out error), error, version);
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp:
                bool isAck = MqttAck.TryParse(frame, alone, version, sender, out MqttAck ack, out error);
                Require(!isAck || ack.PacketId != 0, "no packet id is 0");
                return new Verdict(isAck, error, version);
            default:
                Require(alone.Length == 0, "a ping has nothing");
                return new Verdict(true, MqttError.None, version);
        }
    }

    private static Verdict SubAck(byte[] body, MqttVersion version)
    {
        if (!MqttSubAck.TryParse(body, version, out MqttSubAck ack, out MqttError error))
        {
            return new Verdict(false, error, version);
        }

        var writer = new ArrayBufferWriter<byte>();
        MqttWriter.SubAck(writer, version, ack.PacketId, ack.Codes, ack.Properties.Raw);
        Require(writer.WrittenSpan.EndsWith(body), "SUBACK is written as it came");
        return new Verdict(true, error, version);
    }

    private static Verdict Connect(byte[] body)
    {
        bool good = MqttConnect.TryParse(body, out MqttConnect? connect, out MqttError error, out MqttVersion answer);
        Require(good == connect is not null, "a CONNECT that was read is there");
        if (connect is null)
        {
            return new Verdict(false, error, answer);
        }

        var writer = new ArrayBufferWriter<byte>();
        connect.Write(writer, new MqttConnectChange { Username = connect.Username, Password = connect.Password });
        ReadOnlySpan<byte> written = writer.WrittenSpan;
        MqttFraming framing = MqttFrame.TryRead(written, MqttSide.Client, MqttVersion.None, MqttFrame.MaxLength, out MqttFrame frame, out _);
        Require(framing == MqttFraming.Complete && frame.TotalLength == written.Length, "a CONNECT is one packet");
        Require(MqttConnect.TryParse(written[frame.HeaderLength..], out MqttConnect? again, out _, out _), "a CONNECT that is written is read");
        Require(again!.ClientId == connect.ClientId && again.Username == connect.Username && again.CleanStart == connect.CleanStart
            && again.KeepAlive == connect.KeepAlive && again.Version == connect.Version && again.SessionExpiry == connect.SessionExpiry
            && again.AuthenticationMethod == connect.AuthenticationMethod && again.TopicAliasMaximum is null, "a CONNECT is read back as the same");
        Require(connect.Password.AsSpan().SequenceEqual(again.Password) && (connect.Password is null) == (again.Password is null), "and its password");
        Require((connect.Will is null) == (again.Will is null) && connect.Will?.Topic == again.Will?.Topic && connect.Will?.Qos == again.Will?.Qos
            && connect.Will?.Retain == again.Will?.Retain && connect.Will?.DelaySeconds == again.Will?.DelaySeconds, "and its will");
        return new Verdict(true, error, answer);
    }

    private static Verdict Publish(in MqttFrame frame, byte[] body, MqttVersion version, MqttSide sender)
    {
        if (!MqttPublish.TryParse(frame, body, version, sender, out MqttPublish publish, out MqttError error))
        {
            return new Verdict(false, error, version);
        }

        Require(publish.Topic.IsEmpty ? publish.TopicAlias != 0 : publish.Topic.IndexOfAny((byte)'+', (byte)'#', (byte)0) < 0, "a topic is a name");
        ReadOnlySpan<byte> topic = publish.Topic.IsEmpty ? "t/1"u8 : publish.Topic;
        var written = new byte[MqttPublish.LengthWithTopic(publish, topic.Length)];
        Require(MqttPublish.WriteWithTopic(publish, topic, written) == written.Length, "the length is the one that was computed");
        MqttFraming framing = MqttFrame.TryRead(written, sender, version, MqttFrame.MaxLength, out MqttFrame second, out _);
        Require(framing == MqttFraming.Complete && second.TotalLength == written.Length && second.Flags == frame.Flags, "a PUBLISH is one packet");
        Require(MqttPublish.TryParse(second, written.AsSpan(second.HeaderLength), version, sender, out MqttPublish again, out _), "and is read");
        Require(again.TopicAlias == 0 && again.Topic.SequenceEqual(topic) && again.Payload.SequenceEqual(publish.Payload)
            && again.PacketId == publish.PacketId && again.HasResponseTopic == publish.HasResponseTopic
            && again.ResponseTopic.SequenceEqual(publish.ResponseTopic), "as the same");
        Require(publish.TopicAlias != 0 || again.Properties.Raw.SequenceEqual(publish.Properties.Raw), "with its properties");
        CheckTopic(topic);
        return new Verdict(true, error, version);
    }

    private static Verdict Subscribe(byte[] body, MqttVersion version)
    {
        if (!MqttSubscribe.TryParse(body, version, out MqttSubscribe subscribe, out MqttError error))
        {
            return new Verdict(false, error, version);
        }

        int count = 0;
        foreach (MqttSubscription entry in subscribe)
        {
            Require(MqttTopics.IsFilter(entry.Filter) && entry.Qos <= 2 && entry.RetainHandling <= 2, "an entry is a filter with options");
            Require(!entry.Filter.StartsWith("$share/"u8) || !entry.NoLocal, "a shared one is not no-local");
            CheckTopic(entry.Filter);
            count++;
        }

        Require(count == subscribe.Count && (count > 0 || version == MqttVersion.V31), "all entries are walked over");
        if (count > 0)
        {
            var keep = new bool[count];
            Array.Fill(keep, true);
            var writer = new ArrayBufferWriter<byte>();
            subscribe.WriteSelected(writer, keep, default);
            Require(writer.WrittenSpan.EndsWith(body), "all kept, it is as it came");
        }

        return new Verdict(true, error, version);
    }

    private static Verdict Unsubscribe(byte[] body, MqttVersion version)
    {
        if (!MqttUnsubscribe.TryParse(body, version, out MqttUnsubscribe unsubscribe, out MqttError error))
        {
            return new Verdict(false, error, version);
        }

        int count = 0;
        foreach (ReadOnlySpan<byte> filter in unsubscribe)
        {
            Require(MqttTopics.IsFilter(filter), "an entry is a filter");
            count++;
        }

        Require(count == unsubscribe.Count, "all filters are walked over");
        return new Verdict(true, error, version);
    }

    private static Verdict ConnAck(byte[] body, MqttVersion version)
    {
        if (!MqttConnAck.TryParse(body, version, out MqttConnAck ack, out MqttError error))
        {
            return new Verdict(false, error, version);
        }

        Require(!ack.SessionPresent || ack.Code == 0, "a refusal has no session");
        var writer = new ArrayBufferWriter<byte>();
        ack.Write(writer, default);
        Require(writer.WrittenSpan.EndsWith(body), "a CONNACK without changes is as it came");
        return new Verdict(true, error, version);
    }

    private static void CheckTopic(ReadOnlySpan<byte> topic)
    {
        MqttSpecialTopic split = MqttSpecialTopic.Split(topic);
        Require((split.Kind == MqttTopicKind.Plain) == (topic[0] != '$'), "what begins with $ is special");
        Require(split.Kind == MqttTopicKind.Malformed || (!split.Inner.IsEmpty && topic.EndsWith(split.Inner)), "the inner part is the end of the whole");
        Require(split.InnerKind is not (MqttTopicKind.Share or MqttTopicKind.Queue or MqttTopicKind.Stream or MqttTopicKind.Delayed or MqttTopicKind.Exclusive), "no prefix is within another");
        Require(split.Kind == MqttTopicKind.Malformed || !MqttTopics.IsFilter(topic) || MqttTopics.IsFilter(split.Inner), "of a filter it is a filter");
    }
}
