using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Bench.Ignite;

/// <summary>
/// What stands for a node in <c>bench/ignite</c>: lets everybody in, knows one table, and answers every request at once with what is
/// fixed for its operation. Prints its port.
/// </summary>
internal static class IgniteNode
{
    /// <summary>The number of PUBLIC.ORDERS.</summary>
    public const int Table = 7;

    private static readonly byte[] Row = new byte[100];

    public static async Task<int> RunAsync()
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        while (true)
        {
            _ = ServeNextAsync(await listener.AcceptAsync());
        }
    }

    private static async Task ServeNextAsync(Socket client)
    {
        await Task.Yield();
        try
        {
            client.NoDelay = true;
            await ServeWholeAsync(client);
        }
        catch (SocketException)
        {
            // The client is gone.
        }
        finally
        {
            client.Dispose();
        }
    }

    private static async Task ServeWholeAsync(Socket client)
    {
        byte[] received = new byte[64 * 1024];
        var answers = new ArrayBufferWriter<byte>(64 * 1024);
        bool isIn = false;
        int end = 0;
        while (true)
        {
            int count = await client.ReceiveAsync(received.AsMemory(end));
            if (count == 0)
            {
                return;
            }

            end += count;
            int at = 0;
            while (IgniteFrame.TryRead(received.AsSpan(at, end - at), withMagic: !isIn, received.Length, out IgniteFrame frame, out _) is var framing
                && framing != IgniteFraming.NeedMore)
            {
                if (framing == IgniteFraming.Refused)
                {
                    return;
                }

                if (isIn)
                {
                    Answer(received.AsSpan(at + frame.HeaderLength, frame.Length), answers);
                }
                else
                {
                    Greet(answers);
                    isIn = true;
                }

                at += (int)frame.TotalLength;
            }

            received.AsSpan(at, end - at).CopyTo(received);
            end -= at;
            for (int sent = 0; sent < answers.WrittenCount;)
            {
                sent += await client.SendAsync(answers.WrittenMemory[sent..]);
            }

            answers.ResetWrittenCount();
        }
    }

    /// <summary>The answer to a handshake, as of version 3.2.</summary>
    private static void Greet(ArrayBufferWriter<byte> to)
    {
        var frame = new IgniteFrameWriter(to, 256, withMagic: true);
        ref MessagePackWriter values = ref frame.Values;
        values.Number(3);
        values.Number(0);
        values.Number(0);
        values.Nil();
        values.Number(0); // never closes for silence
        values.Guid(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        values.Text("node"u8);
        values.Number(1);
        values.Guid(new Guid(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1));
        values.Text("bench"u8);
        values.Number(1);
        values.Number(3);
        values.Number(2);
        values.Number(0);
        values.Nil();
        values.Nil();
        values.Binary([0xee, 0xff, 0x07]);
        values.Number(0);
        frame.End(to);
    }

    private static void Answer(ReadOnlySpan<byte> payload, ArrayBufferWriter<byte> to)
    {
        var reader = new MessagePackReader(payload);
        if (!reader.TryInt(out int opcode) || !reader.TryLong(out long id))
        {
            throw new InvalidDataException("no request");
        }

        var frame = new IgniteFrameWriter(to, 256, withMagic: false);
        ref MessagePackWriter values = ref frame.Values;
        values.Number(id);
        values.Number(0); // no flags
        values.Number(0); // no timestamp
        values.Number(1); // a schema's version, or how many tables there are
        switch (opcode)
        {
            case IgniteOpcodes.TablesGetQualified:
                values.Number(Table);
                values.Text("PUBLIC"u8);
                values.Text("ORDERS"u8);
                break;
            case IgniteOpcodes.TupleUpsert:
                break;
            default:
                values.Binary(Row);
                break;
        }

        frame.End(to);
    }
}
