using System.Net;
using System.Net.Sockets;
using Gatehouse.Testing.Mqtt.Wire;

namespace Gatehouse.Testing.Mqtt.Brokers;

/// <summary>A listener on loopback whose packets the test itself reads and writes.</summary>
public sealed class ScriptedBroker : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ScriptedBroker()
    {
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The next connection.</summary>
    public async Task<ScriptedPeer> AcceptAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        return new ScriptedPeer(await _listener.AcceptTcpClientAsync(limit.Token));
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>One connection of it.</summary>
public sealed class ScriptedPeer(TcpClient client) : IDisposable
{
    private readonly NetworkStream _stream = client.GetStream();

    /// <summary>So many bytes.</summary>
    public async Task<byte[]> ReadBytesAsync(int count)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        byte[] bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, limit.Token);
        return bytes;
    }

    /// <summary>The next packet.</summary>
    public async Task<Received> ReadAsync()
    {
        List<byte> header = [.. await ReadBytesAsync(1)];
        int length = 0;
        do
        {
            header.AddRange(await ReadBytesAsync(1));
            length |= (header[^1] & 0x7f) << (7 * (header.Count - 2));
        }
        while (header[^1] >= 0x80);
        return new Received([.. header, .. await ReadBytesAsync(length)], header.Count);
    }

    public async Task SendAsync(params byte[][] packets) => await _stream.WriteAsync(Octets.Join(packets));

    public void Dispose()
    {
        _stream.Dispose();
        client.Dispose();
    }
}
