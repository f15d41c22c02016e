using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners.Sockets;
using Gatehouse.Testing.Time;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>The life of a gate's connection: ends, aborts, half ends, and a client that goes while nobody reads.</summary>
public sealed class SocketConnectionTests
{
    [Fact]
    public async Task It_has_what_middleware_and_http_server_ask_for()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        pair.Server.RemoteEndPoint.ShouldBe(pair.Client.LocalEndPoint);
        pair.Server.LocalEndPoint.ShouldBe(pair.Client.RemoteEndPoint);
        pair.Server.Socket.NoDelay.ShouldBeTrue();
        pair.Server.Features.Get<IConnectionSocketFeature>()!.Socket.ShouldBe(pair.Server.Socket);
        pair.Server.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.ShouldBe(pair.Server.ConnectionClosed);
        pair.Server.Features.Get<IConnectionIdFeature>()!.ConnectionId.ShouldBe(pair.Server.ConnectionId);
        pair.Server.Features.Get<IClientStreamFeature>()!.Stream.ShouldBe(pair.Stream);
        pair.Server.Features.Get<IMemoryPoolFeature>()!.MemoryPool.Rent(100).Memory.Length.ShouldBe(4096);
        pair.Server.Features.Get<IPeerWatch>().ShouldBe(pair.Server);
        pair.Server.Features.Get<IConnectionHeartbeatFeature>().ShouldBeNull();
        pair.Server.Items["a"] = 1;
        pair.Server.Features.Get<IConnectionItemsFeature>()!.Items["a"].ShouldBe(1);

        pair.Server.Features.Set("one");
        pair.Server.Features.Set("two");
        pair.Server.Features.Get<string>().ShouldBe("two");
        pair.Server.Features.Count().ShouldBe(1);
        pair.Server.Features.Set<string>(null);
        pair.Server.Features.Get<string>().ShouldBeNull();
    }

    [Fact]
    public void A_block_is_never_lent_twice()
    {
        using var pool = new BlockPool();
        IMemoryOwner<byte> first = pool.Rent();
        first.Dispose();
        first.Dispose();
        IMemoryOwner<byte> second = pool.Rent();
        second.ShouldBeSameAs(first);
        pool.Rent().ShouldNotBeSameAs(second);
        Should.Throw<ArgumentOutOfRangeException>(() => pool.Rent(4097));
    }

    [Fact]
    public async Task Abort_is_a_reset_and_ends_what_waits()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        Task<int> reading = pair.Stream.ReadAsync(new byte[1]).AsTask();
        pair.Server.Abort(new ConnectionAbortedException("test"));
        await Should.ThrowAsync<IOException>(() => reading.WaitAsync(SocketPair.Limit));
        await pair.GoneAsync();
        (await Should.ThrowAsync<SocketException>(pair.ClientReadsToEndAsync)).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        await Should.ThrowAsync<IOException>(async () => (await pair.Stream.ReadAsync(new byte[1])).ShouldBe(-1));
        pair.Server.Abort();
        await pair.Server.DisposeAsync();
        await pair.Server.DisposeAsync();
    }

    [Fact]
    public async Task Each_direction_ends_on_its_own()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await pair.Client.SendAsync("last"u8.ToArray());
        pair.Client.Shutdown(SocketShutdown.Send);
        byte[] got = new byte[4];
        await pair.Stream.ReadExactlyAsync(got, SocketPair.Limit);
        pair.Server.ConnectionClosed.IsCancellationRequested.ShouldBeFalse();
        (await pair.Stream.ReadAsync(got, SocketPair.Limit)).ShouldBe(0);
        await pair.GoneAsync();
        (await pair.Stream.ReadAsync(Memory<byte>.Empty, SocketPair.Limit)).ShouldBe(0);

        await pair.Stream.WriteAsync("answer"u8.ToArray());
        await pair.Stream.EndAsync();
        Encoding.ASCII.GetString(await pair.ClientReadsToEndAsync()).ShouldBe("answer");
    }

    [Fact]
    public async Task Pipes_end_each_direction_on_their_own_too()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await pair.Server.Transport.Output.WriteAsync("hello"u8.ToArray());
        await pair.Server.Transport.Output.CompleteAsync();
        Encoding.ASCII.GetString(await pair.ClientReadsToEndAsync()).ShouldBe("hello");
        await pair.Client.SendAsync("more"u8.ToArray());
        pair.Client.Shutdown(SocketShutdown.Send);
        ReadResult read = await pair.Server.Transport.Input.ReadAtLeastAsync(100, SocketPair.Limit);
        read.Buffer.Length.ShouldBe(4);
        read.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_that_is_gone_is_a_completed_reader_of_the_pipe()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        pair.Reset();
        FlushResult flush;
        do
        {
            flush = await pair.Server.Transport.Output.WriteAsync(new byte[10_000], SocketPair.Limit);
        }
        while (!flush.IsCompleted);

        (await pair.Server.Transport.Output.WriteAsync(new byte[1])).IsCompleted.ShouldBeTrue();
        pair.Server.Transport.Output.UnflushedBytes.ShouldBe(0);
        await pair.GoneAsync();
    }

    [Fact]
    public async Task The_answer_arrives_though_the_request_was_not_read()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await pair.Client.SendAsync(new byte[200_000]);
        await pair.Stream.PeekMoreAsync(1, SocketPair.Limit);
        await pair.Stream.WriteAsync("refused"u8.ToArray());
        await pair.Server.DisposeAsync();
        await pair.GoneAsync();

        // A close with unread bytes would have been a reset.
        Encoding.ASCII.GetString(await pair.ClientReadsToEndAsync()).ShouldBe("refused");
    }

    [Fact]
    public async Task A_client_that_takes_nothing_does_not_hold_up_the_close()
    {
        var time = new ManualTime();
        await using SocketPair pair = await SocketPair.OpenAsync(time, buffers: 8 * 1024);
        PipeWriter output = pair.Server.Transport.Output;
        output.Write(new byte[20_000_000]);
        Task closing = pair.Server.DisposeAsync().AsTask();
        closing.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(5));
        await closing.WaitAsync(SocketPair.Limit);
        pair.Server.Socket.SafeHandle.IsClosed.ShouldBeTrue();
    }

    [Theory]
    [InlineData("end")]
    [InlineData("reset")]
    public async Task A_client_that_goes_while_nobody_reads_is_found(string how)
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await pair.Client.SendAsync(new byte[10]);
        pair.Server.Look();
        pair.Server.ConnectionClosed.IsCancellationRequested.ShouldBeFalse();
        if (how == "end")
        {
            pair.Client.Shutdown(SocketShutdown.Both);
        }
        else
        {
            pair.Reset();
        }

        // The kernel gives no signal that could be awaited: that is why somebody has to look.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!pair.Server.ConnectionClosed.IsCancellationRequested)
        {
            limit.Token.ThrowIfCancellationRequested();
            pair.Server.Look();
            await Task.Yield();
        }

        await pair.Server.DisposeAsync();
        pair.Server.Look();
    }

    [Fact]
    public async Task The_registry_looks_after_clients_of_running_work_only()
    {
        var parts = new TestListenerParts(new Engine.Snapshots.SnapshotHolder(AddressSnapshots.Make()));
        using ConnectionRegistry registry = parts.Registry;
        var busy = new Watch();
        var idle = new Watch();
        GateConnection working = registry.Register("g", new IPEndPoint(IPAddress.Loopback, 1), isFiltered: false, static _ => { }, busy);
        registry.Register("g", new IPEndPoint(IPAddress.Loopback, 2), isFiltered: false, static _ => { }, idle);
        working.Add(new Work());

        await busy.Looked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await busy.LookedAgain.Task.WaitAsync(TimeSpan.FromSeconds(20));

        idle.Looked.Task.IsCompleted.ShouldBeFalse();
    }

    private sealed class Watch : IPeerWatch
    {
        public TaskCompletionSource Looked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource LookedAgain { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Look()
        {
            if (!Looked.TrySetResult())
            {
                LookedAgain.TrySetResult();
            }
        }
    }

    private sealed class Work : ILiveWork
    {
        public bool IsStillAllowed(Engine.Snapshots.SecuritySnapshot snapshot, DateTimeOffset now) => true;

        public void Cut(string reason) => throw new InvalidOperationException("nothing to cut");

        public string Describe() => "work";
    }
}
