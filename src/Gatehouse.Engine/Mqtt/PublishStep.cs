using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Policy;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>A client's PUBLISH: its alias resolved, its topic decided; passed on, or answered here as its version can say it.</summary>
internal sealed class PublishStep(MqttSession session, SessionRights rights)
{
    // What all aliases of a connection may hold together.
    private const int MostAliasBytes = 256 * 1024;

    private Dictionary<ushort, byte[]>? _aliases;
    private HashSet<ushort>? _held;
    private int _aliasBytes;

    /// <summary>Takes a PUBLISH of which at least the head is there, <paramref name="there"/> bytes from <paramref name="at"/>.</summary>
    public PacketResult Take(in MqttPublish publish, in MqttFrame frame, int at, int there, PassedBytes toBroker, ByteBatch toClient)
    {
        if (!TryResolve(publish, out ReadOnlySpan<byte> topic, out MqttError error))
        {
            return PacketResult.Refused(error);
        }

        // 5. and 6.
        Decision decision = rights.Publish(topic, publish.Qos, publish.Retain);
        if (!decision.IsAllowed || MqttTopics.Levels(topic) > session.Options.MaxTopicLevels)
        {
            return Deny(publish, decision, toClient);
        }

        decision.Permit.EnsureValid();
        if (session.Records.IsStrict && !session.Published.Has(topic))
        {
            byte[] first = topic.ToArray();
            session.Published.Know(topic, rights.Now)?.Write(session.Records, session.Published.Action);
            return new PacketResult(IsPassed: false) { Undecided = first };
        }

        int length = publish.TopicAlias == 0 ? frame.TotalLength : MqttPublish.LengthWithTopic(publish, topic.Length);
        if (length < 0 || length > session.BrokerMaxPacket)
        {
            return PacketResult.Refused(MqttError.PacketTooLarge);
        }

        if (publish.Qos > 0 && !session.Inflight.TryEnter(publish.PacketId))
        {
            // 5.0 was told the number (section 3.3.4); before that nobody can be told, and the packet waits.
            return session.Version == MqttVersion.V5 ? PacketResult.Refused(MqttError.ReceiveMaximumExceeded) : PacketResult.Waiting;
        }

        session.Published.Add(topic, frame.TotalLength, rights.Now)?.Write(session.Records, session.Published.Action);
        if (publish.Qos > 0)
        {
            session.Acks.Pass(publish.Qos);
        }

        if (publish.Qos == 2)
        {
            // An id that was answered here before is the broker's now.
            _held?.Remove(publish.PacketId);
        }

        // 7.
        if (publish.TopicAlias == 0)
        {
            toBroker.Pass(at, there);
        }
        else
        {
            ByteBatch batch = toBroker.Copy();
            batch.Advance(MqttPublish.WriteWithTopic(publish, topic, batch.GetSpan(length)));
        }

        return PacketResult.Passed;
    }

    /// <summary>Whether a PUBREL belongs to a message that was answered here; it is then answered too.</summary>
    public bool TryRelease(ushort id, ByteBatch toClient)
    {
        if (_held?.Remove(id) != true)
        {
            return false;
        }

        MqttWriter.PubComp(toClient, session.Version, id, MqttReasons.Success);
        return true;
    }

    /// <summary>
    /// The topic that is meant. The broker never sees an alias: one that came with a refused message would be missing there.
    /// </summary>
    [SuppressMessage("Style", "IDE0060", Justification = "a ref struct by reference")]
    private bool TryResolve(in MqttPublish publish, out ReadOnlySpan<byte> topic, out MqttError error)
    {
        topic = publish.Topic;
        error = MqttError.None;
        ushort alias = publish.TopicAlias;
        if (alias == 0)
        {
            return true;
        }

        if (alias > session.AliasMaximum)
        {
            error = MqttError.TopicAliasInvalid;
            return false;
        }

        byte[]? known = _aliases?.GetValueOrDefault(alias);
        if (topic.IsEmpty)
        {
            topic = known;
            error = known is null ? MqttError.ProtocolError : MqttError.None;
            return known is not null;
        }

        if (known is not null && topic.SequenceEqual(known))
        {
            return true;
        }

        _aliasBytes += topic.Length - (known?.Length ?? 0);
        if (_aliasBytes > MostAliasBytes)
        {
            error = MqttError.TopicAliasInvalid;
            return false;
        }

        (_aliases ??= [])[alias] = topic.ToArray();
        return true;
    }

    private PacketResult Deny(in MqttPublish publish, in Decision decision, ByteBatch toClient)
    {
        if (publish.Qos > 0 && !session.Disconnects && session.Acks.IsFull(publish.Qos))
        {
            return PacketResult.Waiting;
        }

        string? receipt = session.Records.Denied(rights, decision);
        if (session.Disconnects)
        {
            return new PacketResult(IsPassed: false) { End = SessionEnd.Gate(MqttReasons.NotAuthorized, "access_denied") with { Text = session.Tell(receipt) } };
        }

        if (publish.Qos == 0)
        {
            return PacketResult.Dropped;
        }

        bool is5 = session.Version == MqttVersion.V5;
        byte reason = is5 ? MqttReasons.NotAuthorized : MqttReasons.Success;
        string? text = session.Tell(receipt);
        bool isHeld = session.Acks.TryHold(publish.Qos, publish.PacketId, reason, text);
        if (publish.Qos == 1 && !isHeld)
        {
            MqttWriter.PubAck(toClient, session.Version, publish.PacketId, reason, text);
        }
        else if (publish.Qos == 2)
        {
            if (!isHeld)
            {
                MqttWriter.PubRec(toClient, session.Version, publish.PacketId, reason, text);
            }

            if (!is5)
            {
                // 3.1 and 3.1.1 cannot say no: the exchange runs to its end, and nothing is delivered.
                (_held ??= []).Add(publish.PacketId);
            }
        }

        return PacketResult.Dropped;
    }
}
