using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// The order of acknowledgements: PUBACKs, and PUBRECs, come in the order of the messages they are for (MQTT 5.0 section 4.6). The
/// gate's own, for a message that it refused, waits here until the broker's for all that went on before are with the client.
/// The client's flow passes and holds, the broker's flow acknowledges and settles.
/// </summary>
/// <param name="version">The version spoken.</param>
/// <param name="most">Most that are held of a kind: what a client may have under way.</param>
internal sealed class AckOrder(MqttVersion version, int most)
{
    private readonly Lock _lock = new();
    private Lane _puback;
    private Lane _pubrec;

    /// <summary>A message goes on that the broker will acknowledge.</summary>
    public void Pass(byte qos)
    {
        ref Lane lane = ref LaneOf(qos);
        Volatile.Write(ref lane.Passed, lane.Passed + 1);
    }

    /// <summary>Whether no more can be held: the next refused message of this kind has to wait itself.</summary>
    public bool IsFull(byte qos)
    {
        lock (_lock)
        {
            return LaneOf(qos).Held?.Count >= most;
        }
    }

    /// <summary>Holds the gate's own; false where nothing is before it, and it may go now.</summary>
    public bool TryHold(byte qos, ushort id, byte reason, string? text)
    {
        ref Lane lane = ref LaneOf(qos);
        lock (_lock)
        {
            if (lane.Settled >= lane.Passed && lane.Held is not { Count: > 0 })
            {
                return false;
            }

            (lane.Held ??= []).Enqueue(new HeldAck(lane.Passed, id, reason, text));
            Volatile.Write(ref lane.HasHeld, true);
            return true;
        }
    }

    /// <summary>The broker's next one is in <paramref name="to"/>; those that stand right behind it follow.</summary>
    public void Acknowledge(byte qos, PassedBytes to)
    {
        ref Lane lane = ref LaneOf(qos);
        lane.Acked = Math.Min(lane.Acked + 1, Volatile.Read(ref lane.Passed));
        if (Volatile.Read(ref lane.HasHeld))
        {
            lock (_lock)
            {
                WriteDue(qos, ref lane, to, null);
            }
        }
    }

    /// <summary>
    /// What was acknowledged is with the client. False where more came to stand behind it meanwhile: it is in <paramref name="to"/>, to
    /// be written before this is asked again.
    /// </summary>
    public bool TrySettle(ByteBatch to)
    {
        lock (_lock)
        {
            WriteDue(1, ref _puback, null, to);
            WriteDue(2, ref _pubrec, null, to);
            if (to.Count > 0)
            {
                return false;
            }

            _puback.Settled = _puback.Acked;
            _pubrec.Settled = _pubrec.Acked;
            return true;
        }
    }

    private void WriteDue(byte qos, ref Lane lane, PassedBytes? behind, ByteBatch? to)
    {
        while (lane.Held is { Count: > 0 } held && held.Peek().After <= lane.Acked)
        {
            HeldAck ack = held.Dequeue();
            to ??= behind!.Copy();
            if (qos == 1)
            {
                MqttWriter.PubAck(to, version, ack.Id, ack.Reason, ack.Text);
            }
            else
            {
                MqttWriter.PubRec(to, version, ack.Id, ack.Reason, ack.Text);
            }
        }

        Volatile.Write(ref lane.HasHeld, lane.Held is { Count: > 0 });
    }

    private ref Lane LaneOf(byte qos) => ref qos == 1 ? ref _puback : ref _pubrec;

    // Brokers acknowledge in order themselves, so that counting is enough.
    private struct Lane
    {
        public long Passed;
        public long Acked;
        public long Settled;
        public bool HasHeld;
        public Queue<HeldAck>? Held;
    }

    /// <summary>The gate's own, to go when so many of the broker's have.</summary>
    private readonly record struct HeldAck(long After, ushort Id, byte Reason, string? Text);
}
