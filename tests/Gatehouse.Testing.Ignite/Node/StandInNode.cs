using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>
/// A stand-in for the client port of an Apache Ignite 3 node: it records what comes, lets everything happen that the real one lets
/// happen, and meets the faults that were planned. Answers whose layout no test depends on are the stand-in's own.
/// </summary>
public sealed class StandInNode : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<int, NodeConnection> _connections = new();
    private readonly ConcurrentQueue<RecordedHandshake> _handshakes = new();
    private readonly ConcurrentQueue<RecordedStatement> _statements = new();
    private long _timestamp = 1_000_000;
    private int _opened;

    private StandInNode(StandInNodeOptions options)
    {
        (Options, Users) = (options, options.Users);
        _listener = new TcpListener(IPAddress.Loopback, options.Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public StandInNodeOptions Options { get; }

    /// <summary>Where it listens on the loopback address.</summary>
    public int Port { get; }

    public Guid NodeId { get; } = Guid.NewGuid();

    public Guid ClusterId { get; } = Guid.NewGuid();

    /// <summary>Every request that came after a handshake.</summary>
    public CallLog Calls { get; } = new();

    /// <summary>What goes wrong.</summary>
    public NodeFaults Faults { get; } = new();

    public StandInTables Tables { get; } = new();

    public StandInJobs Jobs { get; } = new();

    /// <summary>Operations that had bytes behind their last operand, which the node passes over in silence; how many.</summary>
    public ConcurrentQueue<(Op Op, int Bytes)> Unread { get; } = new();

    /// <summary>Every handshake that could be read.</summary>
    public IReadOnlyList<RecordedHandshake> Handshakes => [.. _handshakes];

    /// <summary>Every statement that came, by whatever operation.</summary>
    public IReadOnlyList<RecordedStatement> Statements => [.. _statements];

    /// <summary>Connections that are open.</summary>
    public int Connections => _connections.Count;

    /// <summary>Connections that were ever taken.</summary>
    public int Opened => _opened;

    internal IReadOnlyDictionary<string, string>? Users { get; private set; }

    internal long Timestamp => Interlocked.Increment(ref _timestamp);

    /// <summary>Starts one.</summary>
    public static Task<StandInNode> StartAsync(StandInNodeOptions? options = null) => Task.FromResult(new StandInNode(options ?? new StandInNodeOptions()));

    /// <summary>Other users, or null for none at all; as upstream does, every connection is closed.</summary>
    public void SetUsers(IReadOnlyDictionary<string, string>? users)
    {
        Users = users;
        CloseAll();
    }

    /// <summary>Closes every connection.</summary>
    public void CloseAll()
    {
        foreach (NodeConnection connection in _connections.Values)
        {
            connection.Dispose();
        }
    }

    /// <summary>Forgets what came and what was planned; tables and jobs stay.</summary>
    public void Forget()
    {
        Calls.Clear();
        Faults.Clear();
        _handshakes.Clear();
        _statements.Clear();
        Unread.Clear();
    }

    /// <summary>Stops it at once.</summary>
    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        CloseAll();
        return ValueTask.CompletedTask;
    }

    internal void Add(RecordedHandshake handshake) => _handshakes.Enqueue(handshake);

    internal void Add(RecordedStatement statement) => _statements.Enqueue(statement);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                _ = ServeAsync(socket, Interlocked.Increment(ref _opened));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        await using Stream stream = new NetworkStream(socket, ownsSocket: true);
        Stream inner = stream;
        if (Options.Certificate is { } certificate)
        {
            var tls = new SslStream(stream);
            try
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                return;
            }

            inner = tls;
        }

        using var connection = new NodeConnection(this, number, inner);
        _connections[number] = connection;
        await connection.ServeAsync();
        _connections.TryRemove(number, out _);
    }
}
