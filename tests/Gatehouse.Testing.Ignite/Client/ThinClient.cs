using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>A thin client of the tests' own, after the project's facts about the protocol: it does what it is told, right or wrong.</summary>
public sealed class ThinClient : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ThinAnswer>> _answers = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ThinAnswer>> _notifications = new();
    private readonly ConcurrentQueue<ThinAnswer> _all = new();
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ThinClientOptions _options;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private long _lastId;

    private ThinClient(ThinClientOptions options, Socket socket, Stream stream, HandshakeAnswer handshake)
    {
        (_options, _socket, _stream, Handshake) = (options, socket, stream, handshake);
        _ = ReadAsync();
    }

    /// <summary>What the server answered first.</summary>
    public HandshakeAnswer Handshake { get; }

    /// <summary>The features that both sides have.</summary>
    public FeatureSet Mutual => _options.Features & Handshake.Features;

    /// <summary>Done with the reason when the server closed or sent what can't be read.</summary>
    public Task<string> Closed => _closed.Task.WaitAsync(_options.Limit);

    /// <summary>True once that happened.</summary>
    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>The last frames that came, in order.</summary>
    public IReadOnlyList<ThinAnswer> Received => [.. _all];

    /// <summary>The port on this side.</summary>
    public int LocalPort => ((System.Net.IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Connects and signs in; throws <see cref="ThinRefusedException"/> where the server says no.</summary>
    public static async Task<ThinClient> ConnectAsync(ThinClientOptions options)
    {
        ThinClient client = await OpenAsync(options);
        if (client.Handshake.Error is not { } error)
        {
            return client;
        }

        await client.DisposeAsync();
        throw new ThinRefusedException(error);
    }

    /// <summary>Connects and says its handshake, whatever the answer; throws <see cref="IOException"/> where there is none.</summary>
    public static async Task<ThinClient> OpenAsync(ThinClientOptions options)
    {
        using var limit = new CancellationTokenSource(options.Limit);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, limit.Token);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            stream = options.Tls ? await SecureAsync(stream, options, limit.Token) : stream;
            await stream.WriteAsync((byte[])[.. Frames.Magic, .. Frames.Of(options.BuildHandshake())], limit.Token);
            byte[] magic = new byte[4];
            await stream.ReadExactlyAsync(magic, limit.Token);
            if (!magic.AsSpan().SequenceEqual(Frames.Magic))
            {
                throw new InvalidDataException("the server's first bytes are not IGNI");
            }

            byte[] frame = await Frames.ReadAsync(stream, limit.Token) ?? throw new IOException("no answer to the handshake");
            return new ThinClient(options, socket, stream, HandshakeAnswer.Parse(frame));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    public async Task<ThinAnswer> CallAsync(Op op, Action<PackWriter>? operands = null) => await AnswerAsync(await SendAsync(op, operands));

    /// <summary>Sends a request; the result is its id.</summary>
    public async Task<long> SendAsync(Op op, Action<PackWriter>? operands = null)
    {
        long id = Interlocked.Increment(ref _lastId);
        PackWriter writer = new PackWriter(_options.WideStrings).Int((int)op).Int(id);
        operands?.Invoke(writer);
        await SendRawAsync(Frames.Of(writer.ToArray()));
        return id;
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes).AsTask().WaitAsync(_options.Limit);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The answer to a request, notifications apart.</summary>
    public Task<ThinAnswer> AnswerAsync(long id) => Of(_answers, id);

    /// <summary>The first notification that belongs to a request, whenever it came.</summary>
    public Task<ThinAnswer> NotificationAsync(long id) => Of(_notifications, id);

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private static async Task<Stream> SecureAsync(Stream stream, ThinClientOptions options, CancellationToken cancellation)
    {
        var tls = new SslStream(stream);
        var how = new SslClientAuthenticationOptions { TargetHost = options.ServerName ?? options.Host };
        if (options.CaFile is { } file)
        {
            how.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            how.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }
        else
        {
            how.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }

        if (options.ClientCertificate is { } own)
        {
            how.ClientCertificates = [own];
        }

        await tls.AuthenticateAsClientAsync(how, cancellation);
        return tls;
    }

    private async Task ReadAsync()
    {
        string reason = "the connection ended";
        try
        {
            while (await Frames.ReadAsync(_stream, CancellationToken.None) is { } frame)
            {
                Take(ThinAnswer.Parse(frame));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidDataException or FormatException)
        {
            reason = e.Message;
        }

        _closed.TrySetResult(reason);
        foreach (TaskCompletionSource<ThinAnswer> waiting in _answers.Values.Concat(_notifications.Values))
        {
            waiting.TrySetException(new IOException(reason));
        }
    }

    private void Take(ThinAnswer answer)
    {
        _all.Enqueue(answer);
        while (_all.Count > 10_000)
        {
            _all.TryDequeue(out _);
        }

        ConcurrentDictionary<long, TaskCompletionSource<ThinAnswer>> among = (answer.Flags & 2) != 0 ? _notifications : _answers;
        among.GetOrAdd(answer.RequestId, _ => New()).TrySetResult(answer);
    }

    private async Task<ThinAnswer> Of(ConcurrentDictionary<long, TaskCompletionSource<ThinAnswer>> among, long id)
    {
        TaskCompletionSource<ThinAnswer> waiting = among.GetOrAdd(id, _ => New());
        if (_closed.Task.IsCompleted)
        {
            waiting.TrySetException(new IOException(await _closed.Task));
        }

        ThinAnswer answer = await waiting.Task.WaitAsync(_options.Limit);
        among.TryRemove(id, out _);
        return answer;
    }

    private static TaskCompletionSource<ThinAnswer> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
