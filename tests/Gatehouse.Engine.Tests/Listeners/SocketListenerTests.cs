using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Listeners.Sockets;
using Gatehouse.Testing.Time;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>The accept loop: nothing but its own end ends it, and it never spins.</summary>
public sealed class SocketListenerTests
{
    [Fact]
    public async Task Ten_thousand_connections_come_and_go_and_no_socket_is_left()
    {
        const int Connections = 10_000;
        const int Clients = 8;
        await using IConnectionListener listener = await SocketPair.ListenAsync();
        var sockets = new ConcurrentBag<SafeSocketHandle>();
        int served = 0;
        Task serving = Task.Run(async () =>
        {
            var running = new List<Task>();
            for (int i = 0; i < Connections; i++)
            {
                var connection = (SocketConnection)(await listener.AcceptAsync(CancellationToken.None))!;
                sockets.Add(connection.Socket.SafeHandle);
                running.Add(ServeAsync(connection, i));
            }

            await Task.WhenAll(running);
        });
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(c => Task.Run(() => ComeAndGoAsync(listener.EndPoint, Connections / Clients)))];

        await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(60));
        await serving.WaitAsync(TimeSpan.FromSeconds(60));

        served.ShouldBe(Connections);
        sockets.Count(static s => !s.IsClosed).ShouldBe(0);

        async Task ServeAsync(SocketConnection connection, int number)
        {
            try
            {
                byte[] byteRead = new byte[1];
                if (number % 3 == 0)
                {
                    (await connection.Stream.ReadAsync(Memory<byte>.Empty)).ShouldBe(0);
                }

                if (await connection.Stream.ReadAsync(byteRead) == 1)
                {
                    await connection.Stream.WriteAsync(byteRead);
                }

                if (number % 5 == 0)
                {
                    connection.Abort();
                }
            }
            catch (IOException)
            {
                // Every seventh client resets.
            }

            await connection.DisposeAsync();
            Interlocked.Increment(ref served);
        }
    }

    [Fact]
    public async Task A_kernel_that_lacks_something_is_asked_again_after_a_pause()
    {
        var time = new ManualTime();
        var log = new CountingLog();
        using Socket listening = Listen();
        int asked = 0;
        var listener = new SocketListener(
            listening,
            (socket, cancellation) => ++asked <= 3
                ? ValueTask.FromException<Socket>(new SocketException((int)SocketError.TooManyOpenSockets))
                : socket.AcceptAsync(cancellation),
            time,
            log);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listening.LocalEndPoint!);

        Task<ConnectionContext?> accepting = listener.AcceptAsync().AsTask();
        for (int i = 1; i <= 3; i++)
        {
            asked.ShouldBe(i);
            accepting.IsCompleted.ShouldBeFalse();
            time.Advance(TimeSpan.FromMilliseconds(100));
            int before = i;
            await AdmissionTests.Until(() => asked > before);
        }

        await using ConnectionContext? connection = await accepting.WaitAsync(TimeSpan.FromSeconds(20));
        connection.ShouldNotBeNull();
        log.Entries.ShouldBe([4002, 4003]);
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Unbinding_ends_the_wait()
    {
        IConnectionListener listener = await SocketPair.ListenAsync();
        Task<ConnectionContext?> accepting = listener.AcceptAsync().AsTask();
        await listener.UnbindAsync();
        (await accepting.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
        (await listener.AcceptAsync()).ShouldBeNull();
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Unbinding_ends_a_listener_that_fails_too()
    {
        var time = new ManualTime();
        using Socket listening = Listen();
        var listener = new SocketListener(
            listening,
            static (_, _) => ValueTask.FromException<Socket>(new SocketException((int)SocketError.NetworkDown)),
            time,
            new CountingLog());
        Task<ConnectionContext?> accepting = listener.AcceptAsync().AsTask();
        await listener.UnbindAsync();
        time.Advance(TimeSpan.FromMilliseconds(100));
        (await accepting.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
        await listener.DisposeAsync();
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static async Task ComeAndGoAsync(EndPoint address, int times)
    {
        byte[] buffer = new byte[1];
        for (int i = 0; i < times; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(address);
            try
            {
                await client.SendAsync(buffer);
                if (i % 7 == 0)
                {
                    client.Close(timeout: 0);
                    continue;
                }

                await client.ReceiveAsync(buffer);
            }
            catch (SocketException)
            {
                // Every fifth connection is aborted.
            }

            // A reset leaves no port in TIME_WAIT behind: 10,000 of them would be a third of all there are.
            client.LingerState = new LingerOption(true, 0);
        }
    }

    private sealed class CountingLog : ILogger
    {
        public List<int> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add(eventId.Id);
    }
}
