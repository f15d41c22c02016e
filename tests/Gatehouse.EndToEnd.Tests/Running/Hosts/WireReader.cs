using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>Puts TCP streams together from captured Ethernet frames.</summary>
internal sealed class WireReader
{
    private readonly Dictionary<(IPEndPoint From, IPEndPoint To, int Life), Direction> _directions = [];
    private readonly Dictionary<(IPEndPoint From, IPEndPoint To), int> _lives = [];
    private readonly MemoryStream _everything = new();
    private readonly HashSet<string> _others = new(StringComparer.Ordinal);
    private readonly HashSet<int> _called = [];
    private int _frames;

    public void Frame(ReadOnlySpan<byte> frame)
    {
        _frames++;
        int kind = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (kind == 0x0800)
        {
            Packet(frame[14..]);
        }
        else if (kind is not (0x0806 or 0x86dd))
        {
            _others.Add(string.Create(CultureInfo.InvariantCulture, $"ethertype {kind:x4}"));
        }
        else if (kind == 0x86dd && frame[20] is not (58 or 0))
        {
            // ICMPv6 (58), with hop-by-hop options (0): neighbours looking for each other.
            _others.Add(string.Create(CultureInfo.InvariantCulture, $"IPv6 protocol {frame[20]}"));
        }
    }

    public WireReport Report() => new()
    {
        Streams = [.. _directions.Select(static d => d.Value.ToStream(d.Key.From, d.Key.To)).Where(static s => s.Bytes.Length > 0)],
        Others = [.. _others],
        Frames = _frames,
        Everything = _everything.ToArray(),
        CalledPorts = _called,
    };

    private void Packet(ReadOnlySpan<byte> packet)
    {
        int header = (packet[0] & 15) * 4;
        int total = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);

        // Offloaded frames of the kernel may be longer than the field can say.
        ReadOnlySpan<byte> body = total == 0 ? packet[header..] : packet[header..Math.Min(total, packet.Length)];
        if (packet[9] == 2)
        {
            // IGMP: kernels joining their own groups, as ARP and ICMPv6.
            return;
        }

        if (packet[9] != 6)
        {
            _others.Add(string.Create(CultureInfo.InvariantCulture, $"IPv4 protocol {packet[9]}"));
            return;
        }

        var from = new IPEndPoint(new IPAddress(packet.Slice(12, 4)), BinaryPrimitives.ReadUInt16BigEndian(body));
        var to = new IPEndPoint(new IPAddress(packet.Slice(16, 4)), BinaryPrimitives.ReadUInt16BigEndian(body[2..]));
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
        bool isSyn = (body[13] & 2) != 0;
        if (isSyn)
        {
            _lives[(from, to)] = _lives.GetValueOrDefault((from, to)) + 1;
            if ((body[13] & 16) == 0)
            {
                _called.Add(to.Port);
            }
        }

        (IPEndPoint, IPEndPoint, int) key = (from, to, _lives.GetValueOrDefault((from, to)));
        if (!_directions.TryGetValue(key, out Direction? direction))
        {
            _directions.Add(key, direction = new Direction(isSyn, isSyn ? sequence + 1 : sequence));
        }

        ReadOnlySpan<byte> payload = body[((body[12] >> 4) * 4)..];
        _everything.Write(payload);
        direction.Segment(sequence, payload);
    }

    private sealed class Direction(bool fromStart, uint next)
    {
        private readonly SortedDictionary<uint, byte[]> _early = [];
        private readonly MemoryStream _bytes = new();
        private uint _next = next;

        public void Segment(uint sequence, ReadOnlySpan<byte> payload)
        {
            if (payload.IsEmpty)
            {
                return;
            }

            int behind = unchecked((int)(_next - sequence));
            if (behind < 0)
            {
                _early[sequence] = payload.ToArray();
            }
            else if (behind < payload.Length)
            {
                _bytes.Write(payload[behind..]);
                _next = unchecked(sequence + (uint)payload.Length);
                while (_early.Remove(_next, out byte[]? waiting))
                {
                    _bytes.Write(waiting);
                    _next = unchecked(_next + (uint)waiting.Length);
                }
            }
        }

        public WireStream ToStream(IPEndPoint from, IPEndPoint to) => new(from, to, _bytes.ToArray(), fromStart && _early.Count == 0);
    }
}
