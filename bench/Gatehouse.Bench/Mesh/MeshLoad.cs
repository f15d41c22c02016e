using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Bench.Mesh;

/// <summary>
/// Both ends of the load of <c>bench/mesh</c>: a program at ADDRESS that echoes or swallows, and its callers. Reads one command a
/// line: <c>bulk ADDRESS STREAMS SECONDS</c> (MB/s), <c>ping ADDRESS SECONDS</c> (microseconds, median and p99),
/// <c>connect ADDRESS CALLERS SECONDS</c> (connections/s, each 64 bytes there and back), <c>idle ADDRESS COUNT</c> (held until the next).
/// </summary>
internal static class MeshLoad
{
    private static readonly List<Socket> Held = [];
    private static long _swallowed;

    public static async Task<int> RunAsync(string[] args)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Socket program = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        program.Bind(IPEndPoint.Parse(args[1]));
        program.Listen(4096);
        _ = AcceptAsync(program);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            string[] words = line.Split(' ');
            var address = IPEndPoint.Parse(words[1]);
            int[] numbers = [.. words.Skip(2).Select(static w => int.Parse(w, CultureInfo.InvariantCulture))];
            Held.ForEach(static socket => socket.Dispose());
            Held.Clear();
            string answer = words[0] switch
            {
                "bulk" => await BulkAsync(address, numbers[0], numbers[1]),
                "ping" => await PingAsync(address, numbers[0]),
                "connect" => await ConnectManyAsync(address, numbers[0], numbers[1]),
                _ => await IdleAsync(address, numbers[0]),
            };
            Console.WriteLine(answer);
        }

        return 0;
    }

    private static async Task<string> BulkAsync(IPEndPoint address, int streams, int seconds)
    {
        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => ConnectAsync(address)));
        byte[] block = new byte[256 * 1024];
        block[0] = (byte)'S';
        long before = Volatile.Read(ref _swallowed);
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(sockets.Select(socket => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
            {
                for (int sent = 0; sent < block.Length;)
                {
                    sent += await socket.SendAsync(block.AsMemory(sent), SocketFlags.None);
                }
            }
        })));
        double rate = (Volatile.Read(ref _swallowed) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e6;
        Array.ForEach(sockets, static socket => socket.Dispose());
        await Task.Delay(100);
        return string.Create(CultureInfo.InvariantCulture, $"{rate:F1} {Volatile.Read(ref _swallowed) - before}");
    }

    private static async Task<string> PingAsync(IPEndPoint address, int seconds)
    {
        using Socket socket = await ConnectAsync(address);
        byte[] message = new byte[64];
        List<double> times = [];
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            long start = Stopwatch.GetTimestamp();
            await ExchangeAsync(socket, message);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:F1} {times[times.Count * 99 / 100]:F1} {times.Count}");
    }

    private static async Task<string> ConnectManyAsync(IPEndPoint address, int callers, int seconds)
    {
        long count = 0;
        long failed = 0;
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            byte[] message = new byte[64];
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
            {
                try
                {
                    using Socket socket = await ConnectAsync(address);
                    await ExchangeAsync(socket, message);
                    socket.Shutdown(SocketShutdown.Send);
                    while (await socket.ReceiveAsync(message, SocketFlags.None) > 0)
                    {
                    }

                    Interlocked.Increment(ref count);
                }
                catch (SocketException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        })));
        return string.Create(CultureInfo.InvariantCulture, $"{count / Stopwatch.GetElapsedTime(began).TotalSeconds:F1} {count} {failed}");
    }

    private static async Task<string> IdleAsync(IPEndPoint address, int count)
    {
        byte[] message = new byte[64];
        for (int i = 0; i < count; i++)
        {
            Socket socket = await ConnectAsync(address);
            await ExchangeAsync(socket, message);
            Held.Add(socket);
        }

        return Held.Count.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return socket;
    }

    private static async ValueTask ExchangeAsync(Socket socket, byte[] message)
    {
        await socket.SendAsync(message, SocketFlags.None);
        for (int got = 0; got < message.Length;)
        {
            int count = await socket.ReceiveAsync(message.AsMemory(got), SocketFlags.None);
            if (count == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            got += count;
        }
    }

    private static async Task AcceptAsync(Socket listening)
    {
        while (true)
        {
            Socket socket = await listening.AcceptAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket);
        }
    }

    // The first byte says it: swallow what comes, or send it back.
    private static async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[256];
            try
            {
                bool isFirst = true;
                bool isSwallowed = false;
                while (true)
                {
                    int count = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None);
                    if (count == 0)
                    {
                        return;
                    }

                    if (isFirst && buffer[0] == (byte)'S')
                    {
                        isSwallowed = true;
                        buffer = new byte[256 * 1024];
                    }

                    isFirst = false;
                    if (isSwallowed)
                    {
                        Interlocked.Add(ref _swallowed, count);
                        continue;
                    }

                    for (int sent = 0; sent < count;)
                    {
                        sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None);
                    }
                }
            }
            catch (SocketException)
            {
                // The caller broke it.
            }
        }
    }
}
