using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>A broker that answers CONNECT as told and does nothing by itself besides: the test reads and writes its packets.</summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentBag<BrokerPeer> _all = [];
    private readonly Channel<BrokerPeer> _peers = Channel.CreateUnbounded<BrokerPeer>();
    private readonly Task _accepting;
    private int _connections;

    public FakeBroker()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    /// <summary>What CONNECT is answered with, by level; null: nothing is read or said until the test does.</summary>
    public Func<int, byte[]>? Answer { get; set; } = static level => level == 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0];

    /// <summary>It reads each connection to its end, keeps nothing of it, and hands out none.</summary>
    public bool Drains { get; init; }

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>A CONNACK of level 5 with properties.</summary>
    public static byte[] ConnAck(int code, params byte[][] properties) => Packet.Of(0x20, [0, (byte)code], Property.Block(properties));

    /// <summary>The next connection, with its CONNECT read and answered unless <see cref="Answer"/> is null.</summary>
    public async Task<BrokerPeer> AcceptedAsync() => await _peers.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (BrokerPeer peer in _all)
        {
            peer.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _connections);
            socket.NoDelay = true;
            BrokerPeer peer = new(socket);
            if (Drains)
            {
                _ = DrainAsync(peer);
                continue;
            }

            _all.Add(peer);
            _ = WelcomeAsync(peer);
        }
    }

    private async Task DrainAsync(BrokerPeer peer)
    {
        using (peer)
        {
            await AnswerAsync(peer);
            while (await peer.ReadAsync() is not null)
            {
            }
        }
    }

    private async Task WelcomeAsync(BrokerPeer peer)
    {
        await AnswerAsync(peer);
        _peers.Writer.TryWrite(peer);
    }

    private async Task AnswerAsync(BrokerPeer peer)
    {
        if (Answer is { } answer)
        {
            try
            {
                Received? connect = await peer.ReadAsync();
                if (connect is not null)
                {
                    peer.Connect = connect;
                    await peer.SendAsync(answer(connect.Body[1 + connect.Body[1] + 1]));
                }
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or TimeoutException)
            {
                // The gate went.
            }
        }
    }
}

/// <summary>The gate's connection as the broker sees it.</summary>
internal sealed class BrokerPeer(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private byte[] _received = [];

    /// <summary>The CONNECT that was answered.</summary>
    public Received Connect { get; set; } = null!;

    /// <summary>Largest write, so that bytes go out in odd pieces; 0: as they are.</summary>
    public int Pieces { get; set; }

    /// <summary>Whether the gate's end was a reset: what it sent last may be lost.</summary>
    public bool IsReset { get; private set; }

    /// <summary>The user of CONNECT, or null.</summary>
    public string? User => Login().User;

    /// <summary>The password of CONNECT, or null.</summary>
    public string? Password => Login().Password;

    /// <summary>The keep alive of CONNECT.</summary>
    public int KeepAlive => (Connect.Body[2 + Connect.Body[1] + 2] << 8) + Connect.Body[2 + Connect.Body[1] + 3];

    /// <summary>The next packet; null when the gate ended the connection.</summary>
    public async Task<Received?> ReadAsync(double seconds = 10)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            if (TryTake() is { } packet)
            {
                return packet;
            }

            try
            {
                int count = await socket.ReceiveAsync(_buffer.AsMemory(), limit.Token);
                if (count == 0)
                {
                    return null;
                }

                _received = [.. _received, .. _buffer.AsSpan(0, count)];
            }
            catch (SocketException)
            {
                IsReset = true;
                return null;
            }
            catch (OperationCanceledException late)
            {
                throw new TimeoutException($"the broker got nothing for {seconds} s after {Convert.ToHexStringLower(_received.AsSpan(0, Math.Min(_received.Length, 100)))}", late);
            }
        }
    }

    /// <summary>Reads a packet and asserts what it is, as a line of <see cref="Received.Describe"/>.</summary>
    public async Task GetsAsync(string line, int level = 4)
    {
        Received? packet = await ReadAsync();
        packet.ShouldNotBeNull($"the gate ended the connection instead of {line}");
        packet.Describe(level).ShouldBe(line);
    }

    /// <summary>Reads a packet and asserts its bytes.</summary>
    public async Task GetsAsync(byte[] bytes)
    {
        Received? packet = await ReadAsync();
        packet.ShouldNotBeNull("the gate ended the connection");
        packet.Hex.ShouldBe(Convert.ToHexStringLower(bytes));
    }

    /// <summary>Asserts that the gate ends the connection, and that nothing comes before.</summary>
    public async Task IsClosedAsync()
    {
        Received? packet = await ReadAsync();
        packet?.Hex.ShouldBe("the end of the connection");
    }

    public async Task SendAsync(params byte[][] packets)
    {
        byte[] bytes = Octets.Join(packets);
        int size = Pieces == 0 ? bytes.Length : Pieces;
        for (int at = 0; at < bytes.Length; at += size)
        {
            await socket.SendAsync(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
        }
    }

    /// <summary>Ends the connection.</summary>
    public void Close()
    {
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private Received? TryTake()
    {
        int length = 0;
        int header = 1;
        do
        {
            if (header >= _received.Length)
            {
                return null;
            }

            length |= (_received[header] & 0x7f) << (7 * (header - 1));
        }
        while (_received[header++] >= 0x80);
        if (_received.Length < header + length)
        {
            return null;
        }

        Received packet = new(_received[..(header + length)], header);
        _received = _received[(header + length)..];
        return packet;
    }

    private (string? User, string? Password) Login()
    {
        // Protocol, level, flags, keep alive, properties, client id; the tests that ask have no will.
        ReadOnlySpan<byte> rest = Connect.Body;
        rest = rest[(2 + rest[1])..];
        (int level, int flags) = (rest[0], rest[1]);
        rest = rest[4..];
        rest = level == 5 ? rest[(1 + rest[0])..] : rest;
        TakeText(ref rest);
        string? user = (flags & 0x80) != 0 ? TakeText(ref rest) : null;
        string? password = (flags & 0x40) != 0 ? TakeText(ref rest) : null;
        rest.Length.ShouldBe(0);
        return (user, password);
    }

    private static string TakeText(ref ReadOnlySpan<byte> rest)
    {
        int length = (rest[0] << 8) | rest[1];
        string text = System.Text.Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return text;
    }
}
