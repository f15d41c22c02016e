using System.Net.Sockets;
using Gatehouse.Engine.Listeners.Sockets;
using Microsoft.AspNetCore.Connections;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>The bytes of a gate's connection: what was looked at comes first, writes leave with the flush, faults are IOExceptions.</summary>
public sealed class SocketStreamTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4000)]
    public async Task What_was_looked_at_is_read_first(int header)
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        byte[] sent = RandomBytes(header + 9000);
        await pair.Client.SendAsync(sent);
        while (pair.Stream.Peeked.Length < header)
        {
            (await pair.Stream.PeekMoreAsync(4112, SocketPair.Limit)).ShouldBeTrue();
        }

        pair.Stream.Peeked.SequenceEqual(sent.AsSpan(0, pair.Stream.Peeked.Length)).ShouldBeTrue();
        pair.Stream.Skip(header);

        byte[] rest = new byte[9000];
        await pair.Stream.ReadExactlyAsync(rest, SocketPair.Limit);

        rest.ShouldBe(sent[header..]);
        Should.Throw<ArgumentOutOfRangeException>(() => pair.Stream.Skip(1));
    }

    [Fact]
    public async Task Looking_ends_at_the_limit_and_at_the_clients_end()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        await pair.Client.SendAsync("abc"u8.ToArray());
        (await pair.Stream.PeekMoreAsync(3, SocketPair.Limit)).ShouldBeTrue();
        (await pair.Stream.PeekMoreAsync(3, SocketPair.Limit)).ShouldBeFalse();
        pair.Client.Shutdown(SocketShutdown.Send);
        (await pair.Stream.PeekMoreAsync(100, SocketPair.Limit)).ShouldBeFalse();
        pair.Stream.Peeked.ToArray().ShouldBe("abc"u8.ToArray());
    }

    [Fact]
    public async Task A_read_of_nothing_waits_and_leaves_the_bytes()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        byte[] sent = RandomBytes(300_000);
        ValueTask<int> waiting = pair.Stream.ReadAsync(Memory<byte>.Empty);
        waiting.IsCompleted.ShouldBeFalse();
        Task sending = pair.Client.SendAsync(sent);
        (await waiting).ShouldBe(0);

        byte[] got = new byte[sent.Length];
        for (int at = 0; at < got.Length;)
        {
            (await pair.Stream.ReadAsync(Memory<byte>.Empty, SocketPair.Limit)).ShouldBe(0);
            at += await pair.Stream.ReadAsync(got.AsMemory(at, Math.Min(7001, got.Length - at)), SocketPair.Limit);
        }

        await sending;
        got.ShouldBe(sent);
    }

    [Fact]
    public async Task What_waits_with_a_small_buffer_takes_a_larger_one_while_it_is_busy()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        pair.Stream.Spare();
        (await WaitedForAsync(pair, 20_000)).ShouldBe([256, 256, 256, 256, 2048, 2048, 2048, 2048, 8192, 20_000 - (4 * 256) - (4 * 2048) - 8192]);

        for (int i = 0; i < 16; i++)
        {
            (await WaitedForAsync(pair, 100)).ShouldBe([100]);
        }

        (await WaitedForAsync(pair, 300)).ShouldBe([256, 44]);
    }

    [Fact]
    public async Task Writes_leave_with_the_flush()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        foreach (int length in new[] { 1, 3000, 5000, 40_000 })
        {
            await pair.Stream.WriteAsync(new byte[length]);
        }

        pair.Client.Available.ShouldBe(0);
        await pair.Stream.FlushAsync(SocketPair.Limit);
        byte[] got = new byte[48_001];
        (await pair.Client.ReceiveAsync(got, SocketFlags.None, SocketPair.Limit)).ShouldBeGreaterThan(0);

        // What is too much to gather does not wait.
        await pair.Stream.WriteAsync(RandomBytes(200_000), SocketPair.Limit);
        pair.Client.Poll(TimeSpan.FromSeconds(20), SelectMode.SelectRead).ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_the_writer_and_loses_nothing()
    {
        await using SocketPair pair = await SocketPair.OpenAsync(buffers: 8 * 1024);
        byte[] block = RandomBytes(50_000);
        int blocks = 0;
        Task flushing;
        do
        {
            await pair.Stream.WriteAsync(block);
            flushing = pair.Stream.FlushAsync(CancellationToken.None);
            blocks++;
        }
        while (flushing.IsCompleted && blocks < 2000);

        blocks.ShouldBeLessThan(2000);
        byte[] got = new byte[blocks * block.Length];
        for (int at = 0; at < got.Length;)
        {
            at += await pair.Client.ReceiveAsync(got.AsMemory(at), SocketFlags.None, SocketPair.Limit);
        }

        await flushing.WaitAsync(SocketPair.Limit);
        for (int i = 0; i < blocks; i++)
        {
            got.AsSpan(i * block.Length, block.Length).SequenceEqual(block).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task One_read_and_one_write_at_a_time()
    {
        await using SocketPair pair = await SocketPair.OpenAsync(buffers: 8 * 1024);
        Task<int> reading = pair.Stream.ReadAsync(new byte[1]).AsTask();
        await Should.ThrowAsync<InvalidOperationException>(async () => (await pair.Stream.ReadAsync(new byte[1])).ShouldBe(-1));
        Task flushing;
        do
        {
            await pair.Stream.WriteAsync(new byte[60_000]);
            flushing = pair.Stream.FlushAsync(CancellationToken.None);
        }
        while (flushing.IsCompleted);

        await Should.ThrowAsync<InvalidOperationException>(async () => await pair.Stream.WriteAsync(new byte[1]));
        await pair.Client.SendAsync(new byte[1]);
        (await reading.WaitAsync(SocketPair.Limit)).ShouldBe(1);
    }

    [Fact]
    public async Task A_reset_is_an_io_exception_and_the_connection_is_known_to_be_gone()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        Task<int> reading = pair.Stream.ReadAsync(new byte[1]).AsTask();
        pair.Reset();
        await Should.ThrowAsync<ConnectionResetException>(() => reading.WaitAsync(SocketPair.Limit));
        await pair.GoneAsync();
        await Should.ThrowAsync<IOException>(async () =>
        {
            await pair.Stream.WriteAsync(new byte[1]);
            await pair.Stream.FlushAsync(SocketPair.Limit);
        });

        // What is broken stays so, and has nothing left to flush.
        await Should.ThrowAsync<IOException>(async () => await pair.Stream.WriteAsync(new byte[1]));
        await pair.Stream.FlushAsync(SocketPair.Limit);
    }

    [Fact]
    public async Task A_write_that_was_cut_short_is_followed_by_nothing()
    {
        await using SocketPair pair = await SocketPair.OpenAsync(buffers: 8 * 1024);
        using var cut = new CancellationTokenSource();
        Task flushing;
        do
        {
            await pair.Stream.WriteAsync(new byte[60_000]);
            flushing = pair.Stream.FlushAsync(cut.Token);
        }
        while (flushing.IsCompleted);

        await cut.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => flushing.WaitAsync(SocketPair.Limit));
        await Should.ThrowAsync<IOException>(async () => await pair.Stream.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        foreach (int length in new[] { 0, 10 })
        {
            using var cut = new CancellationTokenSource();
            Task<int> reading = pair.Stream.ReadAsync(new byte[length], cut.Token).AsTask();
            await cut.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => reading.WaitAsync(SocketPair.Limit));
        }

        await pair.Client.SendAsync("later"u8.ToArray());
        byte[] got = new byte[5];
        await pair.Stream.ReadExactlyAsync(got, SocketPair.Limit);
        got.ShouldBe("later"u8.ToArray());
    }

    [Fact]
    public async Task Neither_reads_nor_writes_allocate()
    {
        await using SocketPair pair = await SocketPair.OpenAsync();
        byte[] block = new byte[1000];
        await pair.Client.SendAsync(new byte[200_000]);
        (await pair.Stream.ReadAsync(Memory<byte>.Empty, SocketPair.Limit)).ShouldBe(0);
        long allocated = long.MaxValue;
        for (int round = 0; round < 4; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20; i++)
            {
                ValueTask<int> reading = pair.Stream.ReadAsync(block);
                ValueTask writing = pair.Stream.WriteAsync(block);
                Task flushing = pair.Stream.FlushAsync(CancellationToken.None);
                (reading.IsCompletedSuccessfully && writing.IsCompletedSuccessfully && flushing.IsCompletedSuccessfully).ShouldBeTrue();
                await reading;
                await writing;
            }

            // The first round jits, and a rented buffer may be new.
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        allocated.ShouldBe(0);
    }

    /// <summary>How much each wait brought.</summary>
    private static async Task<int[]> WaitedForAsync(SocketPair pair, int count)
    {
        byte[] sent = RandomBytes(count);
        await pair.Client.SendAsync(sent);
        CancellationToken limit = SocketPair.Limit;
        while (pair.Server.Socket.Available < count)
        {
            limit.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        byte[] got = new byte[count];
        List<int> reads = [];
        for (int at = 0; at < count;)
        {
            (await pair.Stream.ReadAsync(Memory<byte>.Empty, SocketPair.Limit)).ShouldBe(0);
            reads.Add(await pair.Stream.ReadAsync(got.AsMemory(at), SocketPair.Limit));
            at += reads[^1];
        }

        got.ShouldBe(sent);
        return [.. reads];
    }

    private static byte[] RandomBytes(int length) => System.Security.Cryptography.RandomNumberGenerator.GetBytes(length);
}
