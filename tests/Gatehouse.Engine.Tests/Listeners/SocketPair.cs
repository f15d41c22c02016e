using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Listeners.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>A connection as the gates' transport accepts it, and the client's end of it.</summary>
internal sealed class SocketPair : IAsyncDisposable
{
    private readonly IConnectionListener _listener;

    private SocketPair(IConnectionListener listener, Socket client, SocketConnection server)
    {
        _listener = listener;
        Client = client;
        Server = server;
    }

    public Socket Client { get; }

    public SocketConnection Server { get; }

    public ClientStream Stream => Server.Stream;

    /// <summary>Ends a test that waits for what never comes.</summary>
    public static CancellationToken Limit => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    public static async Task<SocketPair> OpenAsync(TimeProvider? time = null, int buffers = 0)
    {
        IConnectionListener listener = await ListenAsync(time);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (buffers > 0)
        {
            client.ReceiveBufferSize = buffers;
        }

        await client.ConnectAsync(listener.EndPoint, Limit);
        var server = (SocketConnection)(await listener.AcceptAsync(Limit))!;
        if (buffers > 0)
        {
            server.Socket.SendBufferSize = buffers;
        }

        return new SocketPair(listener, client, server);
    }

    public static ValueTask<IConnectionListener> ListenAsync(TimeProvider? time = null) =>
        GateTransport.CreateFactory(inline: true, NullLoggerFactory.Instance, time).BindAsync(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>What the client gets until the end; throws a reset.</summary>
    public async Task<byte[]> ClientReadsToEndAsync()
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = await Client.ReceiveAsync(buffer, SocketFlags.None, Limit)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>Closes the client's end with a reset.</summary>
    public void Reset() => Client.Close(timeout: 0);

    /// <summary>Waits for the token that falls with the client.</summary>
    public async Task GoneAsync()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = Server.ConnectionClosed.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).SetResult(), gone);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Server.Abort();
        await Server.DisposeAsync();
        await _listener.UnbindAsync();
        await _listener.DisposeAsync();
    }
}
