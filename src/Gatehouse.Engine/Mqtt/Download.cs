using System.Text;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Policy;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// From the broker to the client: every delivery is decided, whatever subscription it comes from - one from before a right was
/// lost, or before this connection. Answers to what the gate took apart are put together again. Owned by one flow of control.
/// </summary>
internal sealed class Download(MqttSession session, SessionRights rights) : IDisposable
{
    private const int Streamed = 32 * 1024;
    private const int LargestHead = 256 * 1024;

    private readonly PassedBytes _toClient = new();
    private readonly ByteBatch _toBroker = new();
    private readonly ByteBatch _due = new();
    private HashSet<ushort>? _held;
    private int _streaming;
    private bool _isStreamPassed;
    private bool _hasAcks;

    /// <summary>Bytes that went on.</summary>
    public long Bytes { get; private set; }

    /// <summary>Runs until the broker ends, in order or not.</summary>
    public async Task<SessionEnd> RunAsync(ClientLink client)
    {
        while (true)
        {
            BatchResult batch = TakeBatch();
            if (!_toClient.IsEmpty && !await client.PassAsync(_toClient.Bytes, _streaming > 0 && _isStreamPassed))
            {
                return SessionEnd.ClientGone;
            }

            Bytes += _toClient.Bytes.Length;
            session.Broker.Consume(batch.Used);
            while (_hasAcks && !session.Acks.TrySettle(_due))
            {
                // The gate's own that came to stand behind the broker's while these were on their way.
                if (!await client.WriteAsync(_due.Written))
                {
                    return SessionEnd.ClientGone;
                }

                _due.Clear();
            }

            _hasAcks = false;

            if (_toBroker.Count > 0)
            {
                bool isSent = await session.Broker.SendAsync(_toBroker.Written);
                _toBroker.Clear();
                if (!isSent)
                {
                    return SessionEnd.BrokerGone;
                }
            }

            if (batch.End is { } end)
            {
                return end;
            }

            if (!batch.IsCut && await session.Broker.MoreAsync() == 0)
            {
                return SessionEnd.BrokerGone;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _toClient.Dispose();
        _toBroker.Dispose();
        _due.Dispose();
    }

    private BatchResult TakeBatch()
    {
        ReadOnlyMemory<byte> received = session.Broker.Received;
        _toClient.Begin(received);
        if (received.IsEmpty)
        {
            return default;
        }

        if (!rights.Refresh())
        {
            return new BatchResult(0) { End = SessionEnd.Gate(MqttReasons.NotAuthorized, "login_fell") };
        }

        if (!session.Records.IsHealthy)
        {
            return new BatchResult(0) { End = SessionEnd.Gate(MqttReasons.ServerUnavailable, "no_audit_slot") };
        }

        lock (session.Delivered.Gate)
        {
            BatchResult batch = TakePackets(received.Span);
            session.Records.Passed(session.Delivered.Action, session.Delivered.TakeFresh());
            return batch;
        }
    }

    private BatchResult TakePackets(ReadOnlySpan<byte> bytes)
    {
        int at = ContinueStream(bytes);
        if (at > 0)
        {
            // What waits behind the large message goes before the next one may begin.
            return new BatchResult(at) { IsCut = at < bytes.Length };
        }

        while (at < bytes.Length && _streaming == 0)
        {
            MqttFraming framing = MqttFrame.TryRead(bytes[at..], MqttSide.Server, session.Version, MqttFrame.MaxLength, out MqttFrame frame, out _);
            if (framing == MqttFraming.Refused)
            {
                return new BatchResult(at) { End = SessionEnd.BrokerMalformed };
            }

            if (framing == MqttFraming.NeedMore)
            {
                return TakePart(bytes, at, frame);
            }

            SessionEnd? end = TakePacket(bytes.Slice(at, frame.TotalLength), frame, at);
            if (end is not null)
            {
                return new BatchResult(at) { End = end };
            }

            at += frame.TotalLength;
        }

        return new BatchResult(at);
    }

    private int ContinueStream(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(_streaming, bytes.Length);
        if (count > 0 && _isStreamPassed)
        {
            _toClient.Pass(0, count);
        }

        _streaming -= count;
        return count;
    }

    private BatchResult TakePart(ReadOnlySpan<byte> bytes, int at, in MqttFrame frame)
    {
        int there = bytes.Length - at;
        if (frame.HeaderLength == 0 || there < Streamed)
        {
            return new BatchResult(at);
        }

        if (frame.Type == MqttPacketType.Publish
            && MqttPublish.TryParse(frame, bytes[(at + frame.HeaderLength)..], session.Version, MqttSide.Server, out MqttPublish publish, out _))
        {
            _isStreamPassed = Deliver(publish, at, there, frame.TotalLength, out SessionEnd? end);
            _streaming = frame.TotalLength - there;
            return new BatchResult(bytes.Length) { End = end };
        }

        return there < LargestHead ? new BatchResult(at) : new BatchResult(at) { End = SessionEnd.BrokerMalformed };
    }

    private SessionEnd? TakePacket(ReadOnlySpan<byte> packet, in MqttFrame frame, int at)
    {
        ReadOnlySpan<byte> body = packet[frame.HeaderLength..];
        switch (frame.Type)
        {
            case MqttPacketType.Publish:
                if (!MqttPublish.TryParse(frame, body, session.Version, MqttSide.Server, out MqttPublish publish, out _))
                {
                    return SessionEnd.BrokerMalformed;
                }

                Deliver(publish, at, packet.Length, packet.Length, out SessionEnd? end);
                return end;
            case MqttPacketType.PubRel when _held is { Count: > 0 }:
                return TakeRelease(frame, body, at, packet.Length);
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubComp:
                return TakeAck(frame, body, at, packet.Length);
            case MqttPacketType.SubAck:
                return TakeSubAck(body, at, packet.Length);
            case MqttPacketType.UnsubAck:
                if (!MqttUnsubAck.TryParse(body, session.Version, out MqttUnsubAck unsubAck, out _))
                {
                    return SessionEnd.BrokerMalformed;
                }

                if (!session.Subscriptions.EndOwn(unsubAck.PacketId))
                {
                    _toClient.Pass(at, packet.Length);
                }

                return null;
            case MqttPacketType.ConnAck:
                return SessionEnd.BrokerMalformed;
            case MqttPacketType.Auth when !session.PassesAuthentication:
                return SessionEnd.BrokerMalformed;
            case MqttPacketType.Disconnect:
                _toClient.Pass(at, packet.Length);
                return SessionEnd.BrokerDisconnected;
            default:
                _toClient.Pass(at, packet.Length);
                return null;
        }
    }

    /// <summary>Decides a delivery; what is refused is acknowledged here, as the broker would send it again.</summary>
    private bool Deliver(in MqttPublish publish, int at, int there, int total, out SessionEnd? end)
    {
        end = null;
        if (publish.TopicAlias != 0)
        {
            // The broker was never told that it may have any.
            end = SessionEnd.BrokerMalformed;
            return false;
        }

        Decision decision = rights.Deliver(publish.Topic);
        if (decision.IsAllowed)
        {
            decision.Permit.EnsureValid();
            session.Delivered.Add(publish.Topic, total, rights.Now)?.Write(session.Records, session.Delivered.Action);
            if (publish.Qos == 2)
            {
                _held?.Remove(publish.PacketId);
            }

            _toClient.Pass(at, there);
            return true;
        }

        session.Records.Withheld(rights, decision);
        if (publish.Qos == 1)
        {
            MqttWriter.PubAck(_toBroker, session.Version, publish.PacketId, MqttReasons.Success);
        }
        else if (publish.Qos == 2)
        {
            MqttWriter.PubRec(_toBroker, session.Version, publish.PacketId, MqttReasons.Success);
            (_held ??= []).Add(publish.PacketId);
        }

        return false;
    }

    private SessionEnd? TakeAck(in MqttFrame frame, ReadOnlySpan<byte> body, int at, int length)
    {
        if (session.Inflight.IsLimited)
        {
            if (!MqttAck.TryParse(frame, body, session.Version, MqttSide.Server, out MqttAck ack, out _))
            {
                return SessionEnd.BrokerMalformed;
            }

            // Before 5.0 the client's PUBREL may stand behind the very packet that waits.
            if (frame.Type != MqttPacketType.PubRec || session.Version != MqttVersion.V5 || ack.Reason >= MqttReasons.Unspecified)
            {
                session.Inflight.Leave(ack.PacketId);
            }
        }

        _toClient.Pass(at, length);
        if (frame.Type != MqttPacketType.PubComp)
        {
            session.Acks.Acknowledge(frame.Type == MqttPacketType.PubAck ? (byte)1 : (byte)2, _toClient);
            _hasAcks = true;
        }

        return null;
    }

    private SessionEnd? TakeRelease(in MqttFrame frame, ReadOnlySpan<byte> body, int at, int length)
    {
        if (!MqttAck.TryParse(frame, body, session.Version, MqttSide.Server, out MqttAck ack, out _))
        {
            return SessionEnd.BrokerMalformed;
        }

        if (_held!.Remove(ack.PacketId))
        {
            MqttWriter.PubComp(_toBroker, session.Version, ack.PacketId, MqttReasons.Success);
        }
        else
        {
            _toClient.Pass(at, length);
        }

        return null;
    }

    private SessionEnd? TakeSubAck(ReadOnlySpan<byte> body, int at, int length)
    {
        if (!MqttSubAck.TryParse(body, session.Version, out MqttSubAck ack, out _))
        {
            return SessionEnd.BrokerMalformed;
        }

        if (session.Subscriptions.End(ack.PacketId) is not { } pending)
        {
            _toClient.Pass(at, length);
            return null;
        }

        if (ack.Codes.Length != pending.Filters.Length)
        {
            return SessionEnd.BrokerMalformed;
        }

        for (int i = 0; i < ack.Codes.Length; i++)
        {
            if (ack.Codes[i] >= 0x80)
            {
                session.Subscriptions.Forget(pending.Filters[i].Key);
            }
        }

        if (pending.Filters.Length == pending.Slots.Length)
        {
            _toClient.Pass(at, length);
            return null;
        }

        byte[] codes = new byte[pending.Slots.Length];
        int next = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = pending.Slots[i] == Subscriptions.Passed ? ack.Codes[next++] : pending.Slots[i];
        }

        MqttWriter.SubAck(_toClient.Copy(), session.Version, ack.PacketId, codes, WithReceipts(ack.Properties, pending.Receipts, codes.Length));
        return null;
    }

    // A broker's own words stay: a packet has one reason string (section 3.9.2.1.2).
    private ReadOnlySpan<byte> WithReceipts(MqttProperties properties, string? receipts, int codes) =>
        !properties.TryFind(MqttPropertyId.ReasonString, out _) && session.Tell(receipts, properties.Raw.Length + codes) is { } text
            ? (byte[])[.. properties.Raw, .. MqttWriter.ReasonString(text)]
            : properties.Raw;
}
