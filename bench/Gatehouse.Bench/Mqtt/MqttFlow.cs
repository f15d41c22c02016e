using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Bench.Mqtt;

/// <summary>
/// Publishers with a topic each and subscribers of all of them. A publisher has so many messages under way at most: a message is
/// under way until it was acknowledged, as its QoS has it, and every subscriber has it.
/// </summary>
internal sealed class MqttFlow : IDisposable
{
    private readonly Publisher[] _publishers;
    private readonly Subscriber[] _subscribers;

    private MqttFlow(Publisher[] publishers, Subscriber[] subscribers)
    {
        _publishers = publishers;
        _subscribers = subscribers;
    }

    /// <summary>Connects all and begins to publish.</summary>
    public static async Task<MqttFlow> StartAsync(MqttLogin login, int port, int qos, int publishers, int subscribers, int window)
    {
        var made = new Publisher[publishers];
        for (int i = 0; i < made.Length; i++)
        {
            made[i] = new Publisher(await MqttClient.ConnectAsync(login, port, $"publisher-{i}", i), login.Level, qos, window, i, subscribers);
        }

        var readers = new Subscriber[subscribers];
        for (int i = 0; i < readers.Length; i++)
        {
            MqttClient client = await MqttClient.ConnectAsync(login, port, $"subscriber-{i}", i);
            await client.SubscribeAsync("bench/+/t", qos);
            readers[i] = new Subscriber(client, login.Level, i, made);
        }

        foreach (Subscriber reader in readers)
        {
            _ = Task.Run(reader.RunAsync);
        }

        foreach (Publisher publisher in made)
        {
            _ = Task.Run(publisher.RunAsync);
        }

        return new MqttFlow(made, readers);
    }

    /// <summary>Deliveries, publishes and the publishers' writes so far.</summary>
    public string Count() =>
        $"{_subscribers.Sum(static s => s.Delivered)} {_publishers.Sum(static p => p.Sent)} {_publishers.Sum(static p => p.Client.Writes)}";

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Publisher publisher in _publishers)
        {
            publisher.Client.Dispose();
        }

        foreach (Subscriber subscriber in _subscribers)
        {
            subscriber.Client.Dispose();
        }
    }

    private sealed class Publisher(MqttClient client, byte level, int qos, int window, int index, int subscribers)
    {
        private const int Payload = 64;

        private readonly Lock _gate = new();
        private readonly long[] _delivered = new long[subscribers];
        private readonly byte[] _packet = Packet(level, qos, index);
        private readonly byte[] _release = [0x62, 2, 0, 0];
        private long _acknowledged;
        private long _sent;

        public MqttClient Client => client;

        public long Sent => Interlocked.Read(ref _sent);

        public Task RunAsync()
        {
            Pump();
            return client.ReadAsync(Take, Pump);
        }

        public void Deliver(int subscriber, int count)
        {
            Volatile.Write(ref _delivered[subscriber], _delivered[subscriber] + count);
            Pump();
        }

        private void Take(ReadOnlySpan<byte> packet)
        {
            switch (packet[0] >> 4)
            {
                case 4 or 7:
                    Interlocked.Increment(ref _acknowledged);
                    break;
                case 5:
                    packet.Slice(2, 2).CopyTo(_release.AsSpan(2));
                    client.Queue(_release);
                    break;
                default:
                    break;
            }
        }

        private void Pump()
        {
            lock (_gate)
            {
                long done = qos == 0 ? long.MaxValue : Interlocked.Read(ref _acknowledged);
                foreach (ref long delivered in _delivered.AsSpan())
                {
                    done = Math.Min(done, Volatile.Read(ref delivered));
                }

                for (; _sent - done < window; _sent++)
                {
                    if (qos > 0)
                    {
                        BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(4 + BinaryPrimitives.ReadUInt16BigEndian(_packet.AsSpan(2))), (ushort)(1 + (_sent % 60_000)));
                    }

                    client.Queue(_packet);
                }
            }

            client.Flush();
        }

        /// <summary>The PUBLISH; its payload begins with the publisher's number.</summary>
        private static byte[] Packet(byte level, int qos, int index)
        {
            byte[] topic = Encoding.ASCII.GetBytes($"bench/p{index}/t");
            int payload = 2 + 2 + topic.Length + (qos > 0 ? 2 : 0) + (level == 5 ? 1 : 0);
            byte[] packet = new byte[payload + Payload];
            packet[0] = (byte)(0x30 | (qos << 1));
            packet[1] = (byte)(packet.Length - 2);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)topic.Length);
            topic.CopyTo(packet, 4);
            packet.AsSpan(payload).Fill((byte)'x');
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(payload), (ushort)index);
            return packet;
        }
    }

    private sealed class Subscriber(MqttClient client, byte level, int index, Publisher[] publishers)
    {
        private readonly byte[] _answer = [0, 2, 0, 0];
        private readonly int[] _batch = new int[publishers.Length];
        private long _delivered;

        public MqttClient Client => client;

        public long Delivered => Interlocked.Read(ref _delivered);

        public Task RunAsync() => client.ReadAsync(Take, Through);

        private void Take(ReadOnlySpan<byte> packet)
        {
            int type = packet[0] >> 4;
            if (type == 6)
            {
                Answer(0x70, packet.Slice(2, 2));
                return;
            }

            if (type != 3)
            {
                return;
            }

            int qos = (packet[0] >> 1) & 3;
            int at = 4 + BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
            if (qos > 0)
            {
                Answer((byte)(qos == 1 ? 0x40 : 0x50), packet.Slice(at, 2));
                at += 2;
            }

            _batch[BinaryPrimitives.ReadUInt16BigEndian(packet[(level == 5 ? at + 1 + packet[at] : at)..])]++;
            Interlocked.Increment(ref _delivered);
        }

        private void Answer(byte head, ReadOnlySpan<byte> id)
        {
            _answer[0] = head;
            id.CopyTo(_answer.AsSpan(2));
            client.Queue(_answer);
        }

        private void Through()
        {
            client.Flush();
            for (int i = 0; i < _batch.Length; i++)
            {
                if (_batch[i] > 0)
                {
                    publishers[i].Deliver(index, _batch[i]);
                    _batch[i] = 0;
                }
            }
        }
    }
}
