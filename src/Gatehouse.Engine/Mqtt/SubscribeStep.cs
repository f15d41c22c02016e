using System.Text;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Policy;
using Gatehouse.Protocols.Mqtt;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// A client's SUBSCRIBE: each filter is decided by itself. Those that are allowed go on in one packet, at the quality of service
/// that is; the others get their code when the broker's answer comes, in their places.
/// </summary>
internal sealed class SubscribeStep(MqttSession session, SessionRights rights)
{
    // More of them help nobody.
    private const int MostReceipts = 5;

    private readonly List<string> _receipts = [];

    /// <summary>Takes a SUBSCRIBE of <paramref name="length"/> bytes at <paramref name="at"/>.</summary>
    public PacketResult Take(in MqttSubscribe subscribe, int at, int length, PassedBytes toBroker, ByteBatch toClient)
    {
        byte[] slots = new byte[subscribe.Count];
        bool[] keep = new bool[subscribe.Count];
        byte[] qos = new byte[subscribe.Count];
        List<KeyValuePair<string, byte>> passed = [];
        bool isChanged = false;
        _receipts.Clear();
        int i = 0;
        foreach (MqttSubscription entry in subscribe)
        {
            string filter = Encoding.UTF8.GetString(entry.Filter);
            qos[i] = entry.Qos;
            slots[i] = Decide(entry, filter, passed.Count, ref qos[i]);
            keep[i] = slots[i] == Subscriptions.Passed;
            if (keep[i])
            {
                passed.Add(new KeyValuePair<string, byte>(filter, qos[i]));
            }
            else if (slots[i] == MqttReasons.NotAuthorized && session.Disconnects)
            {
                return new PacketResult(IsPassed: false) { End = SessionEnd.Gate(MqttReasons.NotAuthorized, "access_denied") with { Text = Tell(0) } };
            }
            else if (session.Subscriptions.Holds(filter))
            {
                // The client is told that it has no such subscription: the one from before must not be there either.
                session.Unsubscribe(filter, toBroker.Copy());
            }

            slots[i] = keep[i] ? slots[i] : CodeFor(slots[i], entry.Qos);
            isChanged |= !keep[i] || qos[i] != entry.Qos;
            i++;
        }

        if (passed.Count == 0 && subscribe.Count > 0)
        {
            MqttWriter.SubAck(toClient, session.Version, subscribe.PacketId, slots, Tell(slots.Length) is { } text ? MqttWriter.ReasonString(text) : default);
            return PacketResult.Dropped;
        }

        if (!session.Subscriptions.TryBegin(subscribe.PacketId, new PendingSubscribe(slots, [.. passed]) { Receipts = Receipts() }))
        {
            return new PacketResult(IsPassed: false) { End = SessionEnd.Gate(MqttReasons.QuotaExceeded, "subscribes_pending") };
        }

        if (isChanged)
        {
            subscribe.WriteSelected(toBroker.Copy(), keep, qos);
        }
        else
        {
            toBroker.Pass(at, length);
        }

        return PacketResult.Passed;
    }

    /// <summary>Forgets what the client gives up.</summary>
    public void Forget(in MqttUnsubscribe unsubscribe)
    {
        foreach (ReadOnlySpan<byte> filter in unsubscribe)
        {
            session.Subscriptions.Forget(Encoding.UTF8.GetString(filter));
        }
    }

    private byte Decide(in MqttSubscription entry, string filter, int more, ref byte qos)
    {
        if (MqttTopics.Levels(entry.Filter) > session.Options.MaxTopicLevels)
        {
            return MqttReasons.TopicFilterInvalid;
        }

        // A right may be for a lower quality of service only; then that is what is granted.
        Decision first = rights.Subscribe(entry.Filter, qos);
        Decision decision = first;
        byte lower = qos;
        while (!decision.IsAllowed && lower > 0)
        {
            decision = rights.Subscribe(entry.Filter, --lower);
        }

        if (!decision.IsAllowed)
        {
            rights.Subscribe(entry.Filter, qos);
            if (session.Records.Denied(rights, first) is { } receipt && _receipts.Count < MostReceipts && !_receipts.Contains(receipt))
            {
                _receipts.Add(receipt);
            }

            return MqttReasons.NotAuthorized;
        }

        decision.Permit.EnsureValid();
        if (!session.Subscriptions.HasRoomFor(filter, session.Options.MaxSubscriptions, more))
        {
            return MqttReasons.QuotaExceeded;
        }

        qos = lower;
        session.Records.Subscribed(rights);
        return Subscriptions.Passed;
    }

    private string? Receipts() => _receipts.Count == 0 ? null : string.Join(" ", _receipts);

    private string? Tell(int besides) => session.Tell(Receipts(), besides);

    // 3.1 has no code for no: such a client hears what it asked for, and gets nothing.
    private byte CodeFor(byte reason, byte asked) => session.Version switch
    {
        MqttVersion.V31 => asked,
        MqttVersion.V311 => 0x80,
        _ => reason,
    };
}
