using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Testing.Network;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>What a server of a test does with one connection, which is closed when it is done.</summary>
internal delegate Task Serve(Stream connection, CancellationToken cancellation);

/// <summary>A server on a port of this machine that speaks just enough of a protocol. It counts calls and keeps what was said.</summary>
internal sealed class TestPort : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Serve _serve;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly Task _running;
    private int _calls;

    private TestPort(IPEndPoint at, Serve serve, SslServerAuthenticationOptions? tls)
    {
        _serve = serve;
        _tls = tls;
        _listener = new TcpListener(at);
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _running = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public int Port => EndPoint.Port;

    /// <summary>Connections that were made.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>How connections ended: true where the other side took leave in order.</summary>
    public ConcurrentQueue<bool> Leaves { get; } = new();

    /// <summary>First lines of requests, where it speaks HTTP.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public static TestPort Start(Serve serve, SslServerAuthenticationOptions? tls = null, IPAddress? address = null, int port = 0) =>
        new(new IPEndPoint(address ?? IPAddress.Loopback, port == 0 ? FreePorts.Next() : port), serve, tls);

    /// <summary>A server of HTTP: a request's head in, an answer out.</summary>
    public static TestPort Http(Func<string, string> answer, SslServerAuthenticationOptions? tls = null, IPAddress? address = null, int port = 0)
    {
        TestPort? self = null;
        self = Start(
            async (connection, cancellation) =>
            {
                string request = Encoding.Latin1.GetString(await ReadAsync(connection, IsRequest, cancellation));
                self!.Requests.Enqueue(request);
                await connection.WriteAsync(Encoding.Latin1.GetBytes(answer(request)), cancellation);
            },
            tls,
            address,
            port);
        return self;
    }

    /// <summary>An answer of HTTP.</summary>
    public static string Answer(int status, string body = "", params string[] headers) =>
        $"HTTP/1.1 {status} X\r\n{string.Concat(headers.Select(static h => h + "\r\n"))}Content-Length: {Encoding.Latin1.GetByteCount(body)}\r\n\r\n{body}";

    /// <summary>TLS with a certificate of its own.</summary>
    public static SslServerAuthenticationOptions Tls(bool asksCertificate = false, int days = 365, string name = "n1.example.org", bool needsCertificate = false) => new()
    {
        ServerCertificate = Certificate(days, name),
        ClientCertificateRequired = asksCertificate || needsCertificate,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null || !needsCertificate,
    };

    public static X509Certificate2 Certificate(int days, string name)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = new FakeHost().Now;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-400), now.AddDays(days));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Reads until something is whole or the other side closes.</summary>
    public static async Task<byte[]> ReadAsync(Stream connection, Func<byte[], bool> isWhole, CancellationToken cancellation)
    {
        var said = new MemoryStream();
        byte[] buffer = new byte[4096];
        int read;
        while (!isWhole(said.ToArray()) && (read = await connection.ReadAsync(buffer, cancellation)) > 0)
        {
            said.Write(buffer, 0, read);
        }

        return said.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _running;
        _end.Dispose();
    }

    private static bool IsRequest(byte[] bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        int at = text.IndexOf("Content-Length: ", StringComparison.Ordinal);
        return end >= 0 && (at < 0 || bytes.Length >= end + 4 + int.Parse(text[(at + 16)..text.IndexOf("\r\n", at, StringComparison.Ordinal)]));
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                Interlocked.Increment(ref _calls);
                serving.Add(ServeAsync(client));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient own = client;
        try
        {
            Stream stream = client.GetStream();
            if (_tls is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(_tls, _end.Token);
                stream = tls;
            }

            await _serve(stream, _end.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            byte[] rest = new byte[4096];
            while (await stream.ReadAsync(rest, _end.Token) > 0)
            {
            }

            Leaves.Enqueue(true);
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            Leaves.Enqueue(false);
        }
    }
}
