using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Probes;

/// <summary>One connection of a <see cref="Prober"/>. Each step waits for a moment at most, and it reads <see cref="Prober.MostBytes"/> in all.</summary>
public sealed class ProbeConnection : IAsyncDisposable
{
    private static readonly TimeSpan Verdict = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Goodbye = TimeSpan.FromMilliseconds(150);
    private readonly Prober _prober;
    private readonly Socket _socket;
    private readonly FirstBytes _plain;
    private SslStream? _tls;
    private int _read;
    private bool _isClosed;

    internal ProbeConnection(Prober prober, Socket socket)
    {
        _prober = prober;
        _socket = socket;
        _plain = new FirstBytes(new NetworkStream(socket, ownsSocket: true));
    }

    private Stream Stream => _tls ?? (Stream)_plain;

    /// <summary>Makes a TLS handshake that accepts any certificate.</summary>
    public async Task<TlsAnswer> SecureAsync(TlsAsk ask, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = _prober.Limit(cancellation);
        bool isAsked = false;
        _tls = new SslStream(_plain, leaveInnerStreamOpen: false);
        try
        {
#pragma warning disable CA5359, CA5398 // a probe says which certificate and version it saw; it sends no secret but published ones
            await _tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = ask.ServerName ?? "",
                    EnabledSslProtocols = ask.Protocols,
                    CipherSuitesPolicy = ask.Suites.IsDefaultOrEmpty ? null : new CipherSuitesPolicy(ask.Suites),
                    RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,

                    // Called again, with the server's certificate, when that asks for ours.
                    LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
                    {
                        isAsked |= remote is not null;
                        return null!;
                    },
                },
                limit.Token);
#pragma warning restore CA5359, CA5398
            return new TlsAnswer(TlsVerdict.Tls, _tls.SslProtocol, X509CertificateLoader.LoadCertificate(_tls.RemoteCertificate!.GetRawCertData())) // a server has one
            {
                AsksCertificate = isAsked,
                Refuses = isAsked && await IsRefusedAsync(cancellation),
                Suite = _tls.NegotiatedCipherSuite,
            };
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException or OperationCanceledException or System.Security.Cryptography.CryptographicException)
        {
            cancellation.ThrowIfCancellationRequested();
            _isClosed = true;
            return new TlsAnswer(VerdictOf(fault), SslProtocols.None, null) { AsksCertificate = isAsked };
        }
    }

    /// <summary>Says something, and reads the answer until it is whole, the other side closes, or patience ends.</summary>
    /// <param name="question">What is said; may be empty.</param>
    /// <param name="isWhole">Whether an answer is whole; null reads until the other side closes or is silent.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="patience">How long it waits, where that is less than usual.</param>
    public async Task<ProbeAnswer> ExchangeAsync(ReadOnlyMemory<byte> question, Func<ReadOnlyMemory<byte>, bool>? isWhole, CancellationToken cancellation, TimeSpan? patience = null)
    {
        byte[] answer = new byte[1024];
        int length = 0;
        using CancellationTokenSource limit = _prober.Limit(cancellation, patience);
        try
        {
            if (!question.IsEmpty && !_isClosed)
            {
                await Stream.WriteAsync(question, limit.Token);
            }

            while (!_isClosed && _read < Prober.MostBytes && !(length > 0 && isWhole?.Invoke(answer.AsMemory(0, length)) == true))
            {
                if (length == answer.Length)
                {
                    Array.Resize(ref answer, Math.Min(length * 4, Prober.MostBytes));
                }

                int read = await Stream.ReadAsync(answer.AsMemory(length, Math.Min(answer.Length - length, Prober.MostBytes - _read)), limit.Token);
                _isClosed = read == 0;
                length += read;
                _read += read;
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested(); // else what came until then is the answer
            _isClosed |= fault is not OperationCanceledException;
        }

        return new ProbeAnswer(answer[..length], _isClosed);
    }

    /// <summary>Says something last, and waits for no answer.</summary>
    public async Task SayAsync(ReadOnlyMemory<byte> words, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = _prober.Limit(cancellation);
        try
        {
            await Stream.WriteAsync(words, limit.Token);
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested(); // else the other side is gone already
        }
    }

    /// <summary>Takes leave: the end of TLS where there is TLS, then of the connection, so that nothing is logged as broken.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_tls is { IsAuthenticated: true } && !_isClosed)
            {
                using CancellationTokenSource limit = _prober.Limit(CancellationToken.None);
                await _tls.ShutdownAsync().WaitAsync(limit.Token);
            }

            _socket.Shutdown(SocketShutdown.Send);
            await DrainAsync();
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The other side has gone first.
        }

        if (_tls is not null)
        {
            await _tls.DisposeAsync();
        }

        await _plain.DisposeAsync();
    }

    // The handshake is through on this side. Whoever wants a certificate ends the connection now; whoever does not says nothing, and waits.
    private async Task<bool> IsRefusedAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource limit = _prober.Limit(cancellation, Verdict);
        try
        {
            _isClosed = await _tls!.ReadAsync(new byte[1], limit.Token) == 0; // the handshake made it
        }
        catch (Exception fault) when (fault is IOException or SocketException or AuthenticationException)
        {
            _isClosed = true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Silent.
        }

        return _isClosed;
    }

    // Bytes that nobody reads would make the end a reset.
    private async Task DrainAsync()
    {
        using CancellationTokenSource limit = _prober.Limit(CancellationToken.None, Goodbye);
        byte[] rest = new byte[4096];
        for (int blocks = 0; !_isClosed && blocks < 8; blocks++)
        {
            _isClosed = await _plain.ReadAsync(rest, limit.Token) == 0;
        }
    }

    // What a refusal means is told by the first bytes that came back: a record of TLS (RFC 8446, section 5.1), or something else.
    private TlsVerdict VerdictOf(Exception fault) => _plain.First switch
    {
        [0x15 or 0x16, 0x03, ..] => TlsVerdict.Refused,
        [_, ..] => TlsVerdict.NotTls,
        _ => fault is OperationCanceledException ? TlsVerdict.NoAnswer : TlsVerdict.Closed,
    };
}

/// <summary>What came back.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="IsClosed">Whether the other side closed the connection.</param>
public readonly record struct ProbeAnswer(byte[] Bytes, bool IsClosed);
