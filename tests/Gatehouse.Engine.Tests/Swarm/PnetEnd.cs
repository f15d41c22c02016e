using System.Net;
using System.Net.Sockets;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Tests.Swarm;

/// <summary>One end of a private network's connection, byte by byte as a test wants it.</summary>
internal sealed class PnetEnd(Socket socket, SwarmKey key) : IDisposable
{
    private readonly byte[] _nonce = MakeNonce();
    private readonly List<byte> _raw = [];
    private XSalsa20? _out;
    private XSalsa20? _in;

    /// <summary>Everything received, as it came.</summary>
    public IReadOnlyList<byte> Raw => _raw;

    public Socket Socket => socket;

    /// <summary>Nonce and encrypted header: what proves the key.</summary>
    public byte[] Proof()
    {
        byte[] header = PnetHeader.Header.ToArray();
        _out = key.Cipher(_nonce);
        _out.Apply(header);
        return [.. _nonce, .. header];
    }

    public static async Task<PnetEnd> ConnectAsync(int port, SwarmKey key)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Refused as fast as it was accepted: reading says so.
        }

        return new PnetEnd(socket, key);
    }

    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    /// <summary>The nonce, as js-libp2p sends it before anything else.</summary>
    public Task SendNonceAsync()
    {
        _out = key.Cipher(_nonce);
        return SendRawAsync(_nonce);
    }

    /// <summary>Encrypted; the nonce first where it was not sent, as go-libp2p does it.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> plain)
    {
        if (_out is null)
        {
            await SendNonceAsync();
        }

        byte[] bytes = plain.ToArray();
        _out!.Apply(bytes);
        await SendRawAsync(bytes);
    }

    /// <summary>Waits for the other end's nonce.</summary>
    public async Task ReadNonceAsync() => _in = key.Cipher(await ReadRawAsync(PnetHeader.NonceSize));

    /// <summary>So many bytes, decrypted.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        if (_in is null)
        {
            await ReadNonceAsync();
        }

        byte[] bytes = await ReadRawAsync(count);
        _in!.Apply(bytes);
        return bytes;
    }

    /// <summary>So many bytes as they come; fewer at the end.</summary>
    public async Task<byte[]> ReadRawAsync(int count)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        byte[] bytes = new byte[count];
        int at = 0;
        try
        {
            while (at < count)
            {
                int read = await socket.ReceiveAsync(bytes.AsMemory(at), limit.Token);
                if (read == 0)
                {
                    break;
                }

                at += read;
            }
        }
        catch (SocketException)
        {
            // Reset: as good as an end.
        }

        _raw.AddRange(bytes.AsSpan(0, at));
        return bytes[..at];
    }

    public void Dispose()
    {
        socket.Dispose();
        _out?.Dispose();
        _in?.Dispose();
    }

    private static byte[] MakeNonce() => System.Security.Cryptography.RandomNumberGenerator.GetBytes(PnetHeader.NonceSize);
}
