using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>A name server with a handful of names, over UDP (RFC 1035 section 4). Resolvers ask port 53 only, so it takes that.</summary>
internal sealed class SmallDns : IDisposable
{
    private const int TypeA = 1;
    private const int TypePtr = 12;
    private const int NoSuchName = 3;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<(string Name, int Type), byte[]> _records = new();

    public SmallDns(IPAddress address)
    {
        _socket.Bind(new IPEndPoint(address, 53));
        _ = Task.Run(ServeAsync);
    }

    public ConcurrentQueue<string> Asked { get; } = new();

    public void Address(string name, string address) => _records[(name, TypeA)] = IPAddress.Parse(address).GetAddressBytes();

    public void Pointer(string address, string name) => _records[(Reverse(address), TypePtr)] = Encode(name);

    public void Forget(string name) => _records.TryRemove((name, TypeA), out _);

    public void Dispose() => _socket.Dispose();

    private static string Reverse(string address) => string.Join('.', address.Split('.').Reverse()) + ".in-addr.arpa";

    private async Task ServeAsync()
    {
        byte[] buffer = new byte[512];
        while (true)
        {
            try
            {
                SocketReceiveFromResult question = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                await _socket.SendToAsync(Answer(buffer.AsSpan(0, question.ReceivedBytes)), question.RemoteEndPoint);
            }
            catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> question)
    {
        int at = 12;
        List<string> labels = [];
        while (question[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, question[at])));
            at += question[at] + 1;
        }

        string name = string.Join('.', labels).ToLowerInvariant();
        int type = BinaryPrimitives.ReadUInt16BigEndian(question[(at + 1)..]);
        int end = at + 5;
        Asked.Enqueue($"{name}/{type}");
        bool isThere = _records.Keys.Any(key => key.Name == name);
        byte[]? data = _records.GetValueOrDefault((name, type));

        // Header of a reply, the question, and one record at most; whatever came behind the question is left out.
        using var reply = new MemoryStream();
        Span<byte> header = stackalloc byte[12];
        question[..2].CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(0x8580 | (isThere ? 0 : NoSuchName)));
        header[5] = 1;
        header[7] = (byte)(data is null ? 0 : 1);
        reply.Write(header);
        reply.Write(question[12..end]);
        if (data is not null)
        {
            Span<byte> record = stackalloc byte[12];
            record[0] = 0xC0;
            record[1] = 12;
            BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)type);
            record[5] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)data.Length);
            reply.Write(record);
            reply.Write(data);
        }

        return reply.ToArray();
    }

    private static byte[] Encode(string name) =>
        [.. name.Split('.').SelectMany(static label => new[] { (byte)label.Length }.Concat(Encoding.ASCII.GetBytes(label))), 0];
}
