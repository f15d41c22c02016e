using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Testing.Mqtt.Wire;

namespace Gatehouse.Testing.Mqtt.Transport;

/// <summary>A client's connection: bytes out as they are, packets in with their bytes. It never answers by itself.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private const int Largest = 16 * 1024 * 1024;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly byte[] _one = new byte[1];

    private RawConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    /// <summary>Whether the server ended the connection, and everything before its end was read.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The WebSocket, if it is one.</summary>
    public RawWebSocketStream? WebSocket => _stream as RawWebSocketStream;

    public static async Task<RawConnection> OpenAsync(MqttEndpoint endpoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, endpoint.Port);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (endpoint.CaFile is not null)
            {
                stream = await SecureAsync(stream, endpoint);
            }

            if (endpoint.WebSocket is not null)
            {
                stream = await RawWebSocketStream.OpenAsync(stream, endpoint.Port, endpoint.WebSocket);
            }

            return new RawConnection(socket, stream);
        }
        catch
        {
            // Whatever went wrong: the socket is nobody's yet.
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends bytes in one write; a connection that the server ended takes them in silence.</summary>
    public async Task SendAsync(params byte[][] packets)
    {
        try
        {
            await _stream.WriteAsync(Octets.Join(packets));
            await _stream.FlushAsync();
        }
        catch (IOException)
        {
            // What came before the end is still to be read.
        }
    }

    /// <summary>Sends each byte in a segment (or frame) of its own.</summary>
    public async Task SendSlowlyAsync(byte[] packet)
    {
        foreach (byte one in packet)
        {
            await SendAsync([one]);
        }
    }

    /// <summary>The next packet; null when the server ended the connection.</summary>
    public async Task<Received?> ReadAsync(double seconds = 10)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return await ReadPacketAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"nothing came for {seconds} s", late);
        }
        catch (IOException)
        {
            IsEnded = true;
            return null;
        }
    }

    /// <summary>Closes without a goodbye: the server sees a reset or an end, and sends the will.</summary>
    public void Abort()
    {
        IsEnded = true;
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>Ends the sending half.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the sending half, if the server has not ended everything.</summary>
    public void TryEndSending()
    {
        try
        {
            EndSending();
        }
        catch (SocketException)
        {
            // It was faster.
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync();
        }
        catch (IOException)
        {
            // The other side was faster.
        }

        _socket.Dispose();
    }

    private static async Task<SslStream> SecureAsync(Stream inner, MqttEndpoint endpoint)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(endpoint.CaFile!);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        policy.ExtraStore.AddRange(roots);
        var secure = new SslStream(inner);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            CertificateChainPolicy = policy,
            ClientCertificates = endpoint.ClientCertificate is { } own ? [own] : null,
        });
        return secure;
    }

    private async Task<Received?> ReadPacketAsync(CancellationToken cancel)
    {
        var header = new List<byte>();
        int length = 0;
        do
        {
            if (await _stream.ReadAsync(_one, cancel) == 0)
            {
                IsEnded = true;
                return header.Count == 0 ? null : throw new InvalidDataException("the connection ended within a packet");
            }

            header.Add(_one[0]);
            length |= header.Count > 1 ? (_one[0] & 0x7f) << (7 * (header.Count - 2)) : 0;
        }
        while (header.Count < 2 || (_one[0] >= 0x80 && header.Count < 5));
        if (length > Largest)
        {
            throw new InvalidDataException($"a packet of {length} bytes");
        }

        byte[] raw = new byte[header.Count + length];
        header.CopyTo(raw);
        await _stream.ReadExactlyAsync(raw.AsMemory(header.Count), cancel);
        return new Received(raw, header.Count);
    }
}
