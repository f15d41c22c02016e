using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Mesh;

#pragma warning disable CA2025 // What is handed to a task is awaited before it goes.
namespace Gatehouse.Bench.Rotation;

/// <summary>What went well and what did not.</summary>
internal sealed class RotationCounts
{
    private long _handshakes;
    private long _requests;
    private long _connections;
    private long _bytes;
    private readonly List<string> _failures = [];

    /// <summary>Mesh handshakes: secret, mutual TLS, greeting.</summary>
    public long Handshakes => Interlocked.Read(ref _handshakes);

    /// <summary>HTTPS handshakes of clients that trust what <c>ca.crt</c> says at that moment.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>New connections of programs through the mesh.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Bytes that came back over connections that stand from beginning to end.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Failed handshakes and changed or lost bytes.</summary>
    public ImmutableArray<string> Failures
    {
        get
        {
            lock (_failures)
            {
                return [.. _failures];
            }
        }
    }

    public void AddHandshake() => Interlocked.Increment(ref _handshakes);

    public void AddRequest() => Interlocked.Increment(ref _requests);

    public void AddConnection() => Interlocked.Increment(ref _connections);

    public void AddBytes(int count) => Interlocked.Add(ref _bytes, count);

    public void Fail(string what)
    {
        lock (_failures)
        {
            if (_failures.Count < 1000)
            {
                _failures.Add(what);
            }
        }
    }
}

/// <summary>
/// What goes on while everything rotates: mesh handshakes between all nodes, connections of programs, streams that stand and are
/// compared byte by byte, and HTTPS clients that trust what a node's <c>ca.crt</c> holds at that moment. What meets a node that was killed
/// on purpose does not count.
/// </summary>
internal sealed class RotationLoad : IAsyncDisposable
{
    private const int Chunk = 1000;
    private readonly RotationCluster _cluster;
    private readonly int[] _downs;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly List<TcpListener> _listeners = [];
    private readonly ImmutableArray<int> _httpsPorts;

    private RotationLoad(RotationCluster cluster)
    {
        _cluster = cluster;
        _downs = new int[cluster.Places.Length];
        _httpsPorts = [.. cluster.Places.Select(Https)];
    }

    /// <summary>What came of it.</summary>
    public RotationCounts Counts { get; } = new();

    /// <summary>Begins.</summary>
    public static RotationLoad Start(RotationCluster cluster)
    {
        var load = new RotationLoad(cluster);
        foreach (RotationPlace place in cluster.Places)
        {
            load.Echo(place.Program);
        }

        for (int from = 0; from < cluster.Places.Length; from++)
        {
            int own = from;
            load.Run(() => load.ShakeHandsAsync(own));
            load.Run(() => load.AskAsync(own));
            for (int to = 0; to < cluster.Places.Length; to++)
            {
                int other = to;
                if (other != own)
                {
                    load.Run(() => load.ConnectAsync(own, other));
                    load.Run(() => load.StandAsync(own, other));
                }
            }
        }

        return load;
    }

    /// <summary>Around the death of a node: nothing that meets it meanwhile counts.</summary>
    public void Excuse(int index) => Interlocked.Increment(ref _downs[index]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listeners.ForEach(static listener => listener.Dispose());
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private void Run(Func<Task> work) => _running.Add(Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It is over.
        }
    }));

    private int Downs(int one, int other) => Volatile.Read(ref _downs[one]) + Volatile.Read(ref _downs[other]);

    // Odd: somebody is down, or was when it began.
    private void FailUnlessExcused(int before, int one, int other, string what)
    {
        if (before == Downs(one, other) && (Volatile.Read(ref _downs[one]) & 1) == 0 && (Volatile.Read(ref _downs[other]) & 1) == 0 && !_stop.IsCancellationRequested)
        {
            Counts.Fail($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {RotationPlace.NameOf(one + 1)} to {RotationPlace.NameOf(other + 1)}: {what}");
        }
    }

    private async Task ShakeHandsAsync(int own)
    {
        while (true)
        {
            int[] before = [.. Enumerable.Range(0, _downs.Length).Select(other => Downs(own, other))];
            if (_cluster.Node(own) is { } node)
            {
                foreach (MeshReach reach in await node.Mesh.NetcheckAsync(_stop.Token))
                {
                    int other = RotationPlace.NumberOf(reach.Peer) - 1;
                    if (reach.Failure is null)
                    {
                        Counts.AddHandshake();
                    }
                    else
                    {
                        FailUnlessExcused(before[other], own, other, $"handshake: {reach.Failure}");
                    }
                }
            }

            await Task.Delay(5, _stop.Token);
        }
    }

    private async Task ConnectAsync(int own, int other)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(Chunk);
        while (true)
        {
            int before = Downs(own, other);
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(_cluster.Places[own].ProgramOf(other + 1), _stop.Token);
                await CompareAsync(socket, sent);
                Counts.AddConnection();
            }
            catch (Exception fault) when (fault is SocketException or IOException)
            {
                FailUnlessExcused(before, own, other, $"connection: {fault.Message}");
            }

            await Task.Delay(20, _stop.Token);
        }
    }

    private async Task StandAsync(int own, int other)
    {
        byte[] sent = new byte[Chunk];
        while (true)
        {
            int before = Downs(own, other);
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(_cluster.Places[own].ProgramOf(other + 1), _stop.Token);
                while (true)
                {
                    RandomNumberGenerator.Fill(sent);
                    await CompareAsync(socket, sent);
                    Counts.AddBytes(sent.Length);
                    await Task.Delay(2, _stop.Token);
                }
            }
            catch (Exception fault) when (fault is SocketException or IOException)
            {
                FailUnlessExcused(before, own, other, $"a stream that stood broke: {fault.Message}");
            }

            await Task.Delay(50, _stop.Token);
        }
    }

    private async Task CompareAsync(Socket socket, byte[] sent)
    {
        byte[] back = new byte[sent.Length];
        await socket.SendAsync(sent, _stop.Token);
        int got = 0;
        while (got < back.Length)
        {
            int count = await socket.ReceiveAsync(back.AsMemory(got), _stop.Token);
            if (count == 0)
            {
                throw new IOException("it ended early");
            }

            got += count;
        }

        if (!back.AsSpan().SequenceEqual(sent))
        {
            throw new IOException("other bytes came back");
        }
    }

    // As a client with the node's ca.crt does: read the file, connect, verify.
    private async Task AskAsync(int own)
    {
        while (true)
        {
            for (int other = 0; other < _downs.Length; other++)
            {
                int before = Downs(own, other);
                if (_cluster.Node(own) is not { } node || _cluster.Node(other) is null)
                {
                    continue;
                }

                try
                {
                    var trusted = new X509Certificate2Collection();
                    trusted.ImportFromPem(await File.ReadAllTextAsync(node.CaFile, _stop.Token));
                    using var client = new TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, _httpsPorts[other], _stop.Token);
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsClientAsync(ForClient(trusted), _stop.Token);
                    Counts.AddRequest();
                }
                catch (Exception fault) when (fault is SocketException or IOException or AuthenticationException)
                {
                    FailUnlessExcused(before, own, other, $"HTTPS: {fault.Message}");
                }
            }

            await Task.Delay(10, _stop.Token);
        }
    }

    private static SslClientAuthenticationOptions ForClient(X509Certificate2Collection trusted)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(trusted);
        return new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy };
    }

    private void Echo(IPEndPoint at)
    {
        var listener = new TcpListener(at);
        listener.Start();
        _listeners.Add(listener);
        Run(() => AcceptAsync(listener, async stream =>
        {
            byte[] buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }));
    }

    private int Https(RotationPlace place)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _listeners.Add(listener);
        Run(() => AcceptAsync(listener, async stream =>
        {
            if (_cluster.Node(place.Number - 1) is { } node)
            {
                await using var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = node.Certificates.Get("localhost") }, _stop.Token);
            }
        }));
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task AcceptAsync(TcpListener listener, Func<NetworkStream, Task> serve)
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync(_stop.Token);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(client, serve);
        }
    }

    private static async Task ServeAsync(TcpClient client, Func<NetworkStream, Task> serve)
    {
        using (client)
        {
            try
            {
                await serve(client.GetStream());
            }
            catch (Exception fault) when (fault is SocketException or IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The client sees it, and counts it.
            }
        }
    }
}
