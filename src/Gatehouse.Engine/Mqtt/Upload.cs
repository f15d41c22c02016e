using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Policy;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// From the client to the broker: every packet of a buffer is read and decided, then what may go on goes on with one send, and
/// what the gate answers itself with one write. Owned by one flow of control.
/// </summary>
internal sealed class Upload : IDisposable
{
    // A PUBLISH of which this much is there can be decided; its message then goes on as it comes.
    private const int Streamed = 32 * 1024;

    // Topic and properties must show within this.
    private const int LargestHead = 256 * 1024;

    // How long a client that has too much under way is left alone.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(10);

    private readonly MqttSession _session;
    private readonly SessionRights _rights;
    private readonly PassedBytes _toBroker = new();
    private readonly ByteBatch _toClient = new();
    private readonly PublishStep _publish;
    private readonly SubscribeStep _subscribe;
    private readonly Throttle _throttle;
    private int _streaming;
    private bool _isStreamPassed;
    private bool _hasGoodbye;

    public Upload(MqttSession session, SessionRights rights, Throttle throttle)
    {
        _session = session;
        _rights = rights;
        _throttle = throttle;
        _publish = new PublishStep(session, rights);
        _subscribe = new SubscribeStep(session, rights);
    }

    /// <summary>Bytes that went on.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the client said DISCONNECT.</summary>
    public bool HasGoodbye => Volatile.Read(ref _hasGoodbye);

    /// <summary>Runs until the client ends, in order or not, or is refused.</summary>
    public async Task<SessionEnd> RunAsync(ClientLink client)
    {
        while (true)
        {
            BatchResult batch = TakeBatch(client);
            if (batch.Undecided is { } topic)
            {
                // Durability strict: the first message to a topic waits for its decision to be on disk.
                if (!await _session.Records.DecideAsync(_rights, topic))
                {
                    return SessionEnd.Gate(MqttReasons.ServerUnavailable, "no_audit_slot");
                }
            }

            if (batch.End is { Kind: SessionEndKind.InOrder } && !await _session.KeepLongerAsync())
            {
                return SessionEnd.Gate(MqttReasons.ServerUnavailable, "client_id_unavailable");
            }

            // Before the broker hears of the rest: its answers to what came later must not overtake the gate's.
            if (_toClient.Count > 0)
            {
                // What a client sent that takes no more still goes on.
                await client.WriteAsync(_toClient.Written);
                _toClient.Clear();
            }

            if (!_toBroker.IsEmpty && !await _session.Broker.PassAsync(_toBroker.Bytes, _streaming > 0 && _isStreamPassed))
            {
                return SessionEnd.BrokerGone;
            }

            Bytes += _toBroker.Bytes.Length;
            client.Consume(batch.Used);
            if (batch.End is { } end)
            {
                return end;
            }

            if (client.IsBroken && (batch.Waits || !batch.IsCut))
            {
                return SessionEnd.ClientGone;
            }

            if (batch.Waits)
            {
                await Task.Delay(Patience, _session.Time);
            }

            if (_throttle.Delay > TimeSpan.Zero)
            {
                await _throttle.WaitAsync();
            }

            if (!batch.IsCut && await client.MoreAsync() == 0)
            {
                return SessionEnd.ClientGone;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _toBroker.Dispose();
        _toClient.Dispose();
    }

    private BatchResult TakeBatch(ClientLink client)
    {
        ReadOnlyMemory<byte> received = client.Received;
        _toBroker.Begin(received);
        if (received.IsEmpty)
        {
            return default;
        }

        if (!_rights.Refresh())
        {
            return new BatchResult(0) { End = SessionEnd.Gate(MqttReasons.NotAuthorized, "login_fell") };
        }

        if (!_session.Records.IsHealthy)
        {
            return new BatchResult(0) { End = SessionEnd.Gate(MqttReasons.ServerUnavailable, "no_audit_slot") };
        }

        lock (_session.Published.Gate)
        {
            BatchResult batch = TakePackets(received.Span);
            _session.Records.Passed(_session.Published.Action, _session.Published.TakeFresh());
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
            if (_throttle.IsEmpty)
            {
                return new BatchResult(at) { IsCut = true };
            }

            MqttFraming framing = MqttFrame.TryRead(bytes[at..], MqttSide.Client, _session.Version, _session.MaxPacket, out MqttFrame frame, out MqttError error);
            if (framing == MqttFraming.Refused)
            {
                return new BatchResult(at) { End = SessionEnd.Refused(error) };
            }

            if (framing == MqttFraming.NeedMore)
            {
                return TakePart(bytes, at, frame);
            }

            PacketResult result = TakePacket(bytes.Slice(at, frame.TotalLength), frame, at);
            if (result.Undecided is not null || result.Waits)
            {
                return new BatchResult(at) { IsCut = true, Undecided = result.Undecided, Waits = result.Waits };
            }

            if (result.End is { } end)
            {
                return new BatchResult(at + (result.IsPassed ? frame.TotalLength : 0)) { End = end };
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
            _toBroker.Pass(0, count);
        }

        _streaming -= count;
        return count;
    }

    /// <summary>The beginning of a packet: a large message does not have to be there as a whole.</summary>
    private BatchResult TakePart(ReadOnlySpan<byte> bytes, int at, in MqttFrame frame)
    {
        int there = bytes.Length - at;
        if (frame.HeaderLength == 0 || frame.TotalLength <= LargestHead && there < Streamed)
        {
            return new BatchResult(at);
        }

        if (frame.Type != MqttPacketType.Publish)
        {
            return frame.TotalLength <= 4 * LargestHead ? new BatchResult(at) : new BatchResult(at) { End = SessionEnd.Refused(MqttError.PacketTooLarge) };
        }

        if (there < Streamed || (_session.HasWill && frame.TotalLength <= 4 * LargestHead))
        {
            // Behind a part of a message no DISCONNECT can keep the will from being published.
            return new BatchResult(at);
        }

        if (!MqttPublish.TryParse(frame, bytes[(at + frame.HeaderLength)..], _session.Version, MqttSide.Client, out MqttPublish publish, out _))
        {
            return there < LargestHead ? new BatchResult(at) : new BatchResult(at) { End = SessionEnd.Refused(MqttError.PacketTooLarge) };
        }

        if (publish.TopicAlias != 0)
        {
            // It has to be written anew, as a whole.
            return frame.TotalLength <= 4 * LargestHead ? new BatchResult(at) : new BatchResult(at) { End = SessionEnd.Refused(MqttError.PacketTooLarge) };
        }

        PacketResult result = _publish.Take(publish, frame, at, there, _toBroker, _toClient);
        if (result.Undecided is not null || result.Waits)
        {
            return new BatchResult(at) { IsCut = true, Undecided = result.Undecided, Waits = result.Waits };
        }

        if (result.End is { } end)
        {
            return new BatchResult(at) { End = end };
        }

        _throttle.Take();
        _streaming = frame.TotalLength - there;
        _isStreamPassed = result.IsPassed;
        return new BatchResult(bytes.Length);
    }

    private PacketResult TakePacket(ReadOnlySpan<byte> packet, in MqttFrame frame, int at)
    {
        ReadOnlySpan<byte> body = packet[frame.HeaderLength..];
        MqttError error;
        switch (frame.Type)
        {
            case MqttPacketType.Publish:
                if (!MqttPublish.TryParse(frame, body, _session.Version, MqttSide.Client, out MqttPublish publish, out error))
                {
                    return PacketResult.Refused(error);
                }

                PacketResult result = _publish.Take(publish, frame, at, packet.Length, _toBroker, _toClient);
                if (result.Undecided is null && !result.Waits)
                {
                    _throttle.Take();
                }

                return result;
            case MqttPacketType.Subscribe:
                _throttle.Take();
                return MqttSubscribe.TryParse(body, _session.Version, out MqttSubscribe subscribe, out error)
                    ? _subscribe.Take(subscribe, at, packet.Length, _toBroker, _toClient)
                    : PacketResult.Refused(error);
            case MqttPacketType.Unsubscribe:
                if (!MqttUnsubscribe.TryParse(body, _session.Version, out MqttUnsubscribe unsubscribe, out error))
                {
                    return PacketResult.Refused(error);
                }

                _throttle.Take();
                _subscribe.Forget(unsubscribe);
                return Pass(at, packet.Length);
            case MqttPacketType.PubAck or MqttPacketType.PubRec or MqttPacketType.PubRel or MqttPacketType.PubComp:
                if (!MqttAck.TryParse(frame, body, _session.Version, MqttSide.Client, out MqttAck ack, out error))
                {
                    return PacketResult.Refused(error);
                }

                return frame.Type == MqttPacketType.PubRel && _publish.TryRelease(ack.PacketId, _toClient) ? PacketResult.Dropped : Pass(at, packet.Length);
            case MqttPacketType.PingReq:
                return Pass(at, packet.Length);
            case MqttPacketType.Disconnect:
                return TakeDisconnect(body, at, packet.Length);
            case MqttPacketType.Auth:
                return !_session.PassesAuthentication ? PacketResult.Refused(MqttError.ProtocolError)
                    : MqttAuth.TryParse(body, _session.Version, MqttSide.Client, out MqttAuth _, out error) ? Pass(at, packet.Length)
                    : PacketResult.Refused(error);
            default:
                return PacketResult.Refused(MqttError.ProtocolError);
        }
    }

    private PacketResult TakeDisconnect(ReadOnlySpan<byte> body, int at, int length)
    {
        byte reason = 0;
        if (_session.Version == MqttVersion.V5)
        {
            if (!MqttDisconnect.TryParse(body, _session.Version, MqttSide.Client, out MqttDisconnect disconnect, out MqttError error))
            {
                return PacketResult.Refused(error);
            }

            reason = disconnect.Reason;
            if (disconnect.SessionExpiry is { } expiry && !_session.TrySetExpiry(expiry))
            {
                // Section 3.14.2.2.2 of 5.0: what was zero at CONNECT stays zero.
                return PacketResult.Refused(MqttError.ProtocolError);
            }
        }

        if (reason != 0 && !_session.MayWill())
        {
            // The will would be published now, and its right is gone. The broker then hears of no other life of the session either.
            _session.KeepExpiry();
            MqttWriter.Disconnect(_toBroker.Copy(), _session.Version, MqttSide.Client, MqttReasons.Success);
        }
        else
        {
            _toBroker.Pass(at, length);
        }

        Volatile.Write(ref _hasGoodbye, true);
        return new PacketResult(IsPassed: true) { End = SessionEnd.InOrder(reason) };
    }

    private PacketResult Pass(int at, int length)
    {
        _toBroker.Pass(at, length);
        return PacketResult.Passed;
    }
}

/// <summary>What came of the packets of a buffer.</summary>
/// <param name="Used">Bytes used up.</param>
internal readonly record struct BatchResult(int Used)
{
    /// <summary>Whether more packets may be there than were taken.</summary>
    public bool IsCut { get; init; }

    /// <summary>Whether the next packet has to wait for acknowledgements.</summary>
    public bool Waits { get; init; }

    /// <summary>The topic whose first message waits for its record; the packet was not taken.</summary>
    public byte[]? Undecided { get; init; }

    /// <summary>The end of the session, or null.</summary>
    public SessionEnd? End { get; init; }
}

/// <summary>What came of one packet.</summary>
/// <param name="IsPassed">Whether it, or something for it, went on.</param>
internal readonly record struct PacketResult(bool IsPassed)
{
    /// <summary>It went on.</summary>
    public static PacketResult Passed => new(true);

    /// <summary>It did not.</summary>
    public static PacketResult Dropped => new(false);

    /// <summary>It has to wait for acknowledgements.</summary>
    public static PacketResult Waiting => new(false) { Waits = true };

    /// <summary>Whether it has to wait; it was not taken.</summary>
    public bool Waits { get; init; }

    /// <summary>The topic whose first message waits for its record.</summary>
    public byte[]? Undecided { get; init; }

    /// <summary>The end of the session, or null.</summary>
    public SessionEnd? End { get; init; }

    /// <summary>It was malformed, or must not be sent.</summary>
    public static PacketResult Refused(MqttError error) => new(false) { End = SessionEnd.Refused(error) };
}
