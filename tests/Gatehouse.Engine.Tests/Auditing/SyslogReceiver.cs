using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gatehouse.Engine.Tests.Auditing;

/// <summary>A syslog server over TLS that takes octet-counted frames, and can be killed in the middle of one.</summary>
internal sealed class SyslogReceiver : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly X509Certificate2 _certificate;
    private readonly bool _wantsClient;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly Task _loop;

    private SyslogReceiver(int port, X509Certificate2 certificate, bool wantsClient)
    {
        _certificate = certificate;
        _wantsClient = wantsClient;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _loop = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>After so many messages connections are reset, without another read.</summary>
    public int KillAfter { get; init; } = int.MaxValue;

    public ConcurrentQueue<string> Messages { get; } = new();

    public ConcurrentQueue<string> Clients { get; } = new();

    public static SyslogReceiver Start(X509Certificate2 certificate, int port = 0, bool wantsClient = false, int killAfter = int.MaxValue) =>
        new(port, certificate, wantsClient) { KillAfter = killAfter };

    /// <summary>The numbers of records received, in their order.</summary>
    public long[] Sequences() => [.. Messages.Select(static m => long.Parse(m.Split("seq=\"")[1].Split('"')[0], CultureInfo.InvariantCulture))];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        lock (_sockets)
        {
            foreach (Socket socket in _sockets.Where(static s => !s.SafeHandle.IsClosed))
            {
                // A reset: what lies in buffers is lost, as when a process is killed.
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (ObjectDisposedException)
                {
                    // Its own task was quicker.
                }

                socket.Dispose();
            }
        }

        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                lock (_sockets)
                {
                    _sockets.Add(socket);
                }

                connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = _certificate,
                    ClientCertificateRequired = _wantsClient,
                    RemoteCertificateValidationCallback = (_, client, _, _) =>
                    {
                        Clients.Enqueue(client?.Subject ?? "");
                        return !_wantsClient || client is not null;
                    },
                },
                _stop.Token);
            while (await ReadFrameAsync(tls) is { } message)
            {
                Messages.Enqueue(message);
                if (Messages.Count >= KillAfter)
                {
                    socket.LingerState = new LingerOption(true, 0);
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // The sender or the test ended it.
        }
    }

    private async Task<string?> ReadFrameAsync(SslStream stream)
    {
        byte[] one = new byte[1];
        int length = 0;
        while (true)
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            if (one[0] == ' ')
            {
                break;
            }

            length = (length * 10) + one[0] - '0';
        }

        byte[] message = new byte[length];
        await stream.ReadExactlyAsync(message, _stop.Token);
        return Encoding.UTF8.GetString(message);
    }
}

/// <summary>An authority, and certificates from it for 127.0.0.1.</summary>
internal sealed class ReceiverCa : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ReceiverCa()
    {
        var request = new CertificateRequest("CN=receiver ca", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 bare = request.Create(Certificate, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return bare.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}
