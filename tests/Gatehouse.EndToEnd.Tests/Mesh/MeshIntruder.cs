using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>Speaks to a mesh port by hand, as far as what it holds lets it, and keeps to no rule of the calling side.</summary>
internal sealed class MeshIntruder : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(MeshHello.NonceSize);
    private MeshKeys? _keys;
    private SslStream? _tls;
    private MeshProof? _proof;

    private MeshIntruder(Socket socket) => _socket = socket;

    public static async Task<MeshIntruder> ConnectAsync(LabHost from, LabHost to) => new(await from.ConnectAsync(to.Address, MeshLab.Port));

    /// <summary>The first message.</summary>
    public async Task HelloAsync(CopiedTrust secretOf, string clusterId, string node)
    {
        _keys = new MeshKeys(secretOf.Secret.Span);
        byte[] hello = new byte[MeshHello.Size];
        MeshHello.Write(hello, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), _nonce, _keys, clusterId, node);
        await _socket.SendAsync(hello.AsMemory(), SocketFlags.None);
    }

    /// <summary>How many bytes come, of whatever kind, within so many seconds.</summary>
    public async Task<int> HeardAsync(double seconds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return await _socket.ReceiveAsync(new byte[4096].AsMemory(), SocketFlags.None, limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return 0;
        }
    }

    /// <summary>TLS with a certificate or without; false: not one byte came inside of TLS.</summary>
    /// <param name="shown">The certificate.</param>
    /// <param name="isBold">Whether words for a program follow at once.</param>
    public async Task<bool> EnterAsync(SslStreamCertificateContext? shown, bool isBold)
    {
        _tls = new SslStream(new NetworkStream(_socket));
        try
        {
            await _tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "x",
                ClientCertificateContext = shown,
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            }).WaitAsync(Limit);

            // In TLS 1.3 the caller believes that it is through before the node has looked.
            if (isBold)
            {
                await SpeakAsync();
            }

            if (await ReadFrameAsync() is not { Type: MeshFrameType.Greeting } greeting)
            {
                return false;
            }

            byte[] own = shown is null ? new byte[32] : SHA256.HashData(shown.TargetCertificate.RawData);
            _proof = new MeshProof(_keys!, own, SHA256.HashData(_tls.RemoteCertificate!.GetRawCertData()), _nonce, MeshGreeting.Nonce(greeting.Content));
            return MeshGreeting.TryRead(greeting.Content, _proof, out _, out _, out _);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    /// <summary>Asks for a stream of a service; null: the node ended instead.</summary>
    public async Task<MeshStatus?> OpenAsync(string service)
    {
        byte[] frame = new byte[MeshFrame.HeaderSize + MeshOpen.MaxSize];
        await _tls!.WriteAsync(frame.AsMemory(0, MeshOpen.Write(frame, 0, service, 0, _proof!)));
        return await ReadFrameAsync() is { Type: MeshFrameType.Opened } answer && MeshOpened.TryRead(answer.Content, 0, _proof!, out MeshStatus status) ? status : null;
    }

    /// <summary>Words for a program though no stream is open; what comes back, null: the end.</summary>
    public async Task<MeshFrameType?> InsistAsync()
    {
        try
        {
            await SpeakAsync();
            return (await ReadFrameAsync())?.Type;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
        _keys?.Dispose();
    }

    private async Task SpeakAsync()
    {
        byte[] words = "give me everything"u8.ToArray();
        byte[] frame = new byte[MeshFrame.HeaderSize + words.Length];
        MeshFrame.WriteHeader(frame, MeshFrameType.Data, words.Length);
        words.CopyTo(frame, MeshFrame.HeaderSize);
        await _tls!.WriteAsync(frame);
    }

    private async Task<(MeshFrameType Type, byte[] Content)?> ReadFrameAsync()
    {
        byte[] header = new byte[MeshFrame.HeaderSize];
        try
        {
            await _tls!.ReadExactlyAsync(header).AsTask().WaitAsync(Limit);
            if (!MeshFrame.TryReadHeader(header, out MeshFrameType type, out int length))
            {
                throw new InvalidOperationException("no frame");
            }

            byte[] content = new byte[length];
            await _tls.ReadExactlyAsync(content).AsTask().WaitAsync(Limit);
            return (type, content);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
