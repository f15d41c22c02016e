using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>A caller that does each step by hand, and wrongly where a test wants it.</summary>
internal sealed class CallerFake : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[512];
    private SslStream? _tls;
    private MeshKeys? _keys;
    private byte[] _ownHash = [];

    public byte[] Nonce { get; } = RandomNumberGenerator.GetBytes(32);

    public MeshProof? Proof { get; private set; }

    public static async Task<CallerFake> ConnectAsync(MeshNodeFake node)
    {
        CallerFake caller = new();
        await caller._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, node.MeshPort));
        return caller;
    }

    public byte[] Hello(byte[] secret, string clusterId, string destination, long skew = 0)
    {
        _keys = new MeshKeys(secret);
        byte[] hello = new byte[MeshHello.Size];
        MeshHello.Write(hello, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + skew, Nonce, _keys, clusterId, destination);
        return hello;
    }

    public async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes.AsMemory(), SocketFlags.None);

    /// <summary>TLS with a certificate, or without.</summary>
    public async Task HandshakeAsync(SslStreamCertificateContext? shown)
    {
        _tls = new SslStream(new NetworkStream(_socket));
        _ownHash = shown is null ? new byte[32] : SHA256.HashData(shown.TargetCertificate.RawData);
        await _tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "x",
            ClientCertificateContext = shown,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        });
    }

    /// <summary>Reads the greeting; null when the node ended instead.</summary>
    public async Task<(string Id, string Version)?> GreetingAsync()
    {
        if (await ReadFrameAsync() is not { } frame)
        {
            return null;
        }

        byte[] called = SHA256.HashData(_tls!.RemoteCertificate!.GetRawCertData());
        Proof = new MeshProof(_keys!, _ownHash, called, Nonce, MeshGreeting.Nonce(frame.Content));
        return MeshGreeting.TryRead(frame.Content, Proof, out _, out string id, out string version)
            ? (id, version)
            : throw new InvalidOperationException("the greeting proves nothing");
    }

    /// <summary>Asks for a stream; null when the node ended instead.</summary>
    public async Task<MeshStatus?> OpenAsync(string service, int port = 0, ulong number = 0, Action<byte[]>? spoil = null)
    {
        byte[] frame = new byte[MeshFrame.HeaderSize + MeshOpen.MaxSize];
        frame = frame[..MeshOpen.Write(frame, number, service, port, Proof!)];
        spoil?.Invoke(frame);
        await WriteAsync(frame);
        return await ReadFrameAsync() is { Type: MeshFrameType.Opened } answer && MeshOpened.TryRead(answer.Content, number, Proof!, out MeshStatus status)
            ? status
            : null;
    }

    public async Task WriteAsync(byte[] frames) => await _tls!.WriteAsync(frames);

    public async Task<(MeshFrameType Type, byte[] Content)?> ReadFrameAsync()
    {
        try
        {
            await _tls!.ReadExactlyAsync(_buffer.AsMemory(0, 4)).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            if (!MeshFrame.TryReadHeader(_buffer, out MeshFrameType type, out int length))
            {
                throw new InvalidOperationException("no frame");
            }

            await _tls.ReadExactlyAsync(_buffer.AsMemory(0, length));
            return (type, _buffer[..length]);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whatever comes until the node closes.</summary>
    public Task<byte[]?> ReadToEndAsync() => ProgramFake.ReadToEndAsync(_socket);

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }
}
