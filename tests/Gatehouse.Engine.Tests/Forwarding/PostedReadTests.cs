using Gatehouse.Engine.Forwarding;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Forwarding;

public sealed class PostedReadTests
{
    private readonly Queue<TaskCompletionSource<int>> _begun = new();
    private readonly PostedRead _read;
    private int _accepted;
    private int _ended;

    public PostedReadTests() => _read = new PostedRead(Begin, count => _accepted += count, () => _ended++);

    [Fact]
    public async Task What_arrived_before_the_wait_is_given_at_once_and_only_once()
    {
        _read.Post().ShouldBeFalse();
        _read.IsQuiet.ShouldBeTrue();
        _begun.Dequeue().SetResult(7);

        // Its bytes are not seen before its outcome is taken: a read whose outcome nobody takes would be in the way of the next.
        _accepted.ShouldBe(0);
        _read.IsQuiet.ShouldBeFalse();
        _read.IsHeld.ShouldBeTrue();
        ValueTask<int> wait = _read.WaitAsync();
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBe(7);
        _accepted.ShouldBe(7);
        _read.IsHeld.ShouldBeFalse();

        ValueTask<int> next = _read.WaitAsync();
        next.IsCompleted.ShouldBeFalse();
        _begun.Dequeue().SetResult(3);
        (await next).ShouldBe(3);
        _accepted.ShouldBe(10);
        _ended.ShouldBe(0);
    }

    [Fact]
    public async Task A_second_post_begins_no_second_read()
    {
        _read.Post();
        _read.Post().ShouldBeFalse();

        _begun.Count.ShouldBe(1);
        ValueTask<int> wait = _read.WaitAsync();
        _begun.Count.ShouldBe(1);
        _begun.Dequeue().SetResult(1);
        (await wait).ShouldBe(1);
    }

    [Fact]
    public async Task The_end_is_told_when_nobody_waits()
    {
        _read.Post();
        _read.HasEnded.ShouldBeFalse();
        _begun.Dequeue().SetResult(0);

        _ended.ShouldBe(1);
        _read.HasEnded.ShouldBeTrue();
        (await _read.WaitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task The_end_is_no_news_to_the_one_that_waits_for_it()
    {
        ValueTask<int> wait = _read.WaitAsync();
        _begun.Dequeue().SetResult(0);

        (await wait).ShouldBe(0);
        _ended.ShouldBe(0);
    }

    [Fact]
    public async Task A_fault_is_thrown_at_the_wait()
    {
        _read.Post();
        _begun.Dequeue().SetException(new IOException("gone"));

        _ended.ShouldBe(1);
        (await Should.ThrowAsync<IOException>(async () => await _read.WaitAsync())).Message.ShouldBe("gone");
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_read_under_way()
    {
        ValueTask<int> wait = _read.WaitAsync();
        _read.CancelWait().ShouldBeTrue();
        _read.CancelWait().ShouldBeFalse();

        (await wait).ShouldBe(PostedRead.Cancelled);
        _read.IsPosted.ShouldBeTrue();
        ValueTask<int> again = _read.WaitAsync();
        _begun.Count.ShouldBe(1);
        _begun.Dequeue().SetResult(5);
        (await again).ShouldBe(5);
    }

    [Fact]
    public async Task A_cancel_that_comes_early_ends_the_next_wait()
    {
        _read.CancelNext();

        (await _read.WaitAsync()).ShouldBe(PostedRead.Cancelled);
        ValueTask<int> after = _read.WaitAsync();
        _begun.Dequeue().SetResult(2);
        (await after).ShouldBe(2);
    }

    [Fact]
    public async Task A_peer_that_always_has_more_gives_its_thread_free_now_and_then()
    {
        PostedRead read = new(static () => new ValueTask<int>(1), static _ => { });
        TaskCompletionSource<int> left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = null!;
        thread = new Thread(() => _ = RunAsync());
        thread.Start();

        (await left.Task.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeInRange(1, 1_000);

        // On a thread of its own: whoever is given the next read on another one has left this one free.
        async Task RunAsync()
        {
            for (int round = 1; Thread.CurrentThread == thread && round <= 10_000; round++)
            {
                await read.WaitAsync();
                if (Thread.CurrentThread != thread)
                {
                    left.SetResult(round);
                    return;
                }
            }

            left.TrySetResult(int.MaxValue);
        }
    }

    [Fact]
    public async Task Completion_cancel_and_wait_from_many_threads_lose_nothing()
    {
        using CancellationTokenSource done = new();
        int sum = 0;
        PostedRead read = new(() => new ValueTask<int>(Task.Run(static () => 1)), count => Interlocked.Add(ref sum, count));
        Task canceller = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                read.CancelWait();
                Thread.Yield();
            }
        });

        int received = 0;
        while (received < 20_000)
        {
            int count = await read.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            received += count == PostedRead.Cancelled ? 0 : count;
        }

        await done.CancelAsync();
        await canceller;
        sum.ShouldBe(received);
    }

    private ValueTask<int> Begin()
    {
        TaskCompletionSource<int> begun = new();
        _begun.Enqueue(begun);
        return new ValueTask<int>(begun.Task);
    }
}
