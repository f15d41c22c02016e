using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>What a joiner said, as whoever ends its TLS sees it.</summary>
internal sealed record DoorRequest(string Method, string Target, string Head, string Body);

/// <summary>HTTPS on a port of its own for whoever lets nodes in, or says so: any certificate, any answers.</summary>
internal sealed class TlsDoor : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<DoorRequest, Task<Reply?>> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private SslStreamCertificateContext _certificate;

    /// <param name="certificate">What it shows.</param>
    /// <param name="answer">Null: it closes the connection instead.</param>
    public TlsDoor(IssuedCertificate certificate, Func<DoorRequest, Task<Reply?>> answer)
    {
        _certificate = Context(certificate);
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The real one: what the node of a bench shows and answers.</summary>
    public static TlsDoor Of(EnrolmentBench bench) => new(bench.Trust.Server, async request => await PassAsync(bench, request));

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>All that was said, in order.</summary>
    public ConcurrentQueue<DoorRequest> Requests { get; } = new();

    /// <summary>Whether a connection ends with each answer.</summary>
    public bool IsForOneAnswer { get; init; }

    /// <summary>Shows another certificate from the next connection on.</summary>
    public void Show(IssuedCertificate certificate) => _certificate = Context(certificate);

    /// <summary>Hands a request on to the application of a bench.</summary>
    public static Task<Reply> PassAsync(EnrolmentBench bench, DoorRequest request) =>
        bench.CallAsync(request.Method, request.Target, request.Body.Length == 0 ? null : request.Body, "127.0.0.1");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private static SslStreamCertificateContext Context(IssuedCertificate certificate) => SslStreamCertificateContext.Create(certificate.Certificate, [.. certificate.Chain], offline: true);

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = _certificate, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 }, _stop.Token);
            while (await ReadAsync(tls) is { } request)
            {
                Requests.Enqueue(request);
                if (await _answer(request) is not { } reply)
                {
                    return;
                }

                byte[] body = Encoding.UTF8.GetBytes(reply.Body);
                await tls.WriteAsync(
                    (byte[])[.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} X\r\nConnection: {(IsForOneAnswer ? "close" : "keep-alive")}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n")), .. body],
                    _stop.Token);
                if (IsForOneAnswer)
                {
                    return;
                }
            }
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException or OperationCanceledException or SocketException)
        {
            // The other side did not like it; that is what tests look at there.
        }
    }

    private async Task<DoorRequest?> ReadAsync(SslStream tls)
    {
        List<byte> read = [];
        byte[] one = new byte[1];
        while (read.Count < 4 || !read[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await tls.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            read.Add(one[0]);
        }

        string head = Encoding.ASCII.GetString([.. read]);
        string? length = head.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        byte[] body = new byte[length is null ? 0 : int.Parse(length["Content-Length:".Length..], CultureInfo.InvariantCulture)];
        await tls.ReadExactlyAsync(body, _stop.Token);
        string[] line = head.Split("\r\n")[0].Split(' ');
        return new DoorRequest(line[0], line[1], head, Encoding.UTF8.GetString(body));
    }
}
