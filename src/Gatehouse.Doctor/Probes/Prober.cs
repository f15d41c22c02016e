using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Doctor.Probes;

/// <summary>
/// Asks ports: bounded in time, bytes and number, nothing that changes anything. It reaches the addresses that it was given and no
/// other. All bounds hold for all of its questions together: once its time is over, nobody answers any more.
/// </summary>
public sealed class Prober
{
    // What each installation may ask at least, however many there are.
    private const int LeastQuestions = 40;

    private readonly ImmutableHashSet<IPAddress> _allowed;
    private readonly Prober? _whole;
    private readonly int _most = MostQuestions;

    /// <summary>Most bytes that are read of one connection.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Most connections.</summary>
    public const int MostQuestions = 400;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(4);

    // Less than this is no time to ask anybody: it would be many calls that are given up at once.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(20);
    private long _began;
    private int _asked;
    private volatile bool _isExhausted;

    /// <summary>Makes one that may ask.</summary>
    /// <param name="allowed">Addresses of this host, or of hosts that somebody named.</param>
    /// <param name="tried">Default passwords that were tried; null where none is to be tried.</param>
    public Prober(ImmutableHashSet<IPAddress> allowed, TriedPairs? tried = null)
    {
        _allowed = allowed;
        Tried = tried;
    }

    private Prober(Prober whole, int most)
        : this(whole._allowed, whole.Tried)
    {
        _whole = whole;
        _most = most;
    }

    /// <summary>Connections that were asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Whether time or number of questions did not suffice, so that something was not asked.</summary>
    public bool IsExhausted => _isExhausted;

    /// <summary>Default passwords that were tried; null where none is to be tried.</summary>
    public TriedPairs? Tried { get; }

    /// <summary>Whether it may ask there.</summary>
    public bool MayAsk(IPAddress address) => _allowed.Contains(address);

    /// <summary>One for each of several installations: they have the time together, and each has questions of its own, so that none uses up another's.</summary>
    public Prober Share(int parts) => new(this, Math.Max(_most / Math.Max(parts, 1), LeastQuestions));

    /// <summary>Opens a connection; null where nobody answers in time, or the bounds are reached.</summary>
    /// <exception cref="InvalidOperationException">The address was not given to it.</exception>
    public async Task<ProbeConnection?> ConnectAsync(IPEndPoint target, CancellationToken cancellation)
    {
        if (!MayAsk(target.Address))
        {
            throw new InvalidOperationException($"{target.Address} is not among the addresses to be asked");
        }

        if (Interlocked.Increment(ref _asked) > _most || Left() < Least)
        {
            _isExhausted = true;
            _whole?._isExhausted = true;
            return null;
        }

        if (_whole is not null)
        {
            Interlocked.Increment(ref _whole._asked);
        }

        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using CancellationTokenSource limit = Limit(cancellation);
            await socket.ConnectAsync(target, limit.Token);
            return new ProbeConnection(this, socket);
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Sends bytes and reads the answer. Null where nobody answers the call.</summary>
    /// <param name="target">Where.</param>
    /// <param name="question">What is said.</param>
    /// <param name="isWhole">Whether an answer is whole; null reads until the other side closes or is silent.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<ProbeAnswer?> ExchangeAsync(IPEndPoint target, ReadOnlyMemory<byte> question, Func<ReadOnlyMemory<byte>, bool>? isWhole, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await ConnectAsync(target, cancellation);
        return connection is null ? null : await connection.ExchangeAsync(question, isWhole, cancellation);
    }

    /// <summary>Makes a TLS handshake that accepts any certificate and sends nothing after it.</summary>
    /// <param name="target">Where.</param>
    /// <param name="ask">What is offered.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<TlsAnswer> TlsAsync(IPEndPoint target, TlsAsk ask, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await ConnectAsync(target, cancellation);
        return connection is null ? TlsAnswer.NoAnswer : await connection.SecureAsync(ask, cancellation);
    }

    /// <summary>Asks over HTTP/1.1, and reads the head and at most <see cref="MostBytes"/>; null where there is no such answer. No redirect is followed.</summary>
    public async Task<HttpAnswer?> HttpAsync(HttpQuestion question, CancellationToken cancellation)
    {
        await using ProbeConnection? connection = await ConnectAsync(question.Target, cancellation);
        if (connection is null || (question.IsTls && (await connection.SecureAsync(TlsAsk.Any with { ServerName = question.ServerName }, cancellation)).Verdict != TlsVerdict.Tls))
        {
            return null;
        }

        ProbeAnswer answer = await connection.ExchangeAsync(question.ToBytes(), HttpAnswer.IsWhole, cancellation);
        return HttpAnswer.Parse(answer.Bytes);
    }

    /// <summary>What is left of the patience with one step.</summary>
    internal CancellationTokenSource Limit(CancellationToken cancellation, TimeSpan? patience = null)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        TimeSpan left = Left();
        limit.CancelAfter(left <= TimeSpan.Zero ? TimeSpan.Zero : left < (patience ?? Patience) ? left : patience ?? Patience);
        return limit;
    }

    // The clock runs from the first question on.
    private TimeSpan Left()
    {
        if (_whole is not null)
        {
            return _whole.Left();
        }

        long now = Stopwatch.GetTimestamp();
        long began = Interlocked.CompareExchange(ref _began, now, 0);
        return Whole - Stopwatch.GetElapsedTime(began == 0 ? now : began, now);
    }
}
