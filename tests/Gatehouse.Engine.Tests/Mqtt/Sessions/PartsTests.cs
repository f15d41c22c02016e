using System.Text;
using Gatehouse.Engine.Mqtt;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Policy.Topics;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>The small parts of a session by themselves.</summary>
public sealed class PartsTests
{
    [Fact]
    public void A_throttle_lets_its_rate_through_at_once_and_then_as_time_goes()
    {
        ManualTime time = new();
        Throttle throttle = new(4, time);

        TakeAll(throttle).ShouldBe(4);
        throttle.Delay.ShouldBe(TimeSpan.FromMilliseconds(250));
        time.Advance(TimeSpan.FromMilliseconds(249));
        throttle.IsEmpty.ShouldBeTrue();
        time.Advance(TimeSpan.FromMilliseconds(2));
        TakeAll(throttle).ShouldBe(1);
        time.Advance(TimeSpan.FromHours(1));
        TakeAll(throttle).ShouldBe(4);
    }

    [Fact]
    public async Task A_throttle_that_waited_lets_one_through()
    {
        ManualTime time = new();
        Throttle throttle = new(3, time);
        TakeAll(throttle);

        Task waiting = throttle.WaitAsync();
        waiting.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(334));
        await waiting;

        TakeAll(throttle).ShouldBe(1);
    }

    [Fact]
    public void No_rate_is_no_limit()
    {
        Throttle throttle = new(0, new ManualTime());
        for (int i = 0; i < 10_000; i++)
        {
            throttle.Take();
        }

        (throttle.IsEmpty, throttle.Delay).ShouldBe((false, TimeSpan.Zero));
    }

    [Fact]
    public void Topics_are_counted_by_their_bytes_and_taken_once()
    {
        TopicCounts counts = new(MqttRights.Publish);
        DateTimeOffset first = DateTimeOffset.UnixEpoch;
        counts.Add("a"u8, 10, first).ShouldBeNull();
        counts.Add("b"u8, 1, first).ShouldBeNull();
        counts.Add("a"u8, 5, first.AddSeconds(3)).ShouldBeNull();

        counts.Take().Select(static c => (Encoding.UTF8.GetString(c.Topic), c.Messages, c.Bytes, c.First, c.Last)).ShouldBe(
            [("a", 2L, 15L, first, first.AddSeconds(3)), ("b", 1L, 1L, first, first)], ignoreOrder: true);
        counts.Take().ShouldBeEmpty();
        counts.Has("a"u8).ShouldBeTrue();
        counts.Has("c"u8).ShouldBeFalse();
    }

    [Fact]
    public void A_topic_too_many_moves_out_the_one_that_was_quiet_for_longest()
    {
        TopicCounts counts = new(MqttRights.Publish);
        for (int i = 0; i < 64; i++)
        {
            counts.Add(Encoding.UTF8.GetBytes($"t{i}"), 1, DateTimeOffset.UnixEpoch.AddSeconds(i)).ShouldBeNull();
        }

        counts.Add("t0"u8, 1, DateTimeOffset.UnixEpoch.AddHours(1)).ShouldBeNull();
        TopicCount moved = counts.Add("new"u8, 1, DateTimeOffset.UnixEpoch.AddHours(1))!;

        (Encoding.UTF8.GetString(moved.Topic), moved.Messages).ShouldBe(("t1", 1));
        counts.Has("t1"u8).ShouldBeFalse();
        counts.Take().Sum(static c => c.Messages).ShouldBe(65);
    }

    [Fact]
    public void A_topic_that_is_only_known_has_no_message()
    {
        TopicCounts counts = new(MqttRights.Publish);

        counts.Know("a"u8, DateTimeOffset.UnixEpoch);

        counts.Has("a"u8).ShouldBeTrue();
        counts.Take().ShouldBeEmpty();
    }

    [Fact]
    public void Subscriptions_hold_what_went_on_until_it_is_given_up()
    {
        Subscriptions subscriptions = new();
        subscriptions.TryBegin(1, Pending("a", "b")).ShouldBeTrue();
        subscriptions.TryBegin(2, Pending("b", "c")).ShouldBeTrue();
        subscriptions.Forget("a");

        (subscriptions.Count, subscriptions.Holds("a"), subscriptions.Holds("b")).ShouldBe((2, false, true));
        subscriptions.End(1)!.Filters.Length.ShouldBe(2);
        subscriptions.End(1).ShouldBeNull();
        subscriptions.Describe(1).ShouldBe("2 subscriptions: b, ...");
        List<KeyValuePair<string, byte>> held = [];
        subscriptions.CopyTo(held);
        held.Select(static h => h.Key).ShouldBe(["b", "c"], ignoreOrder: true);
    }

    [Fact]
    public void Only_so_many_requests_are_under_way_whatever_their_ids_are()
    {
        Subscriptions subscriptions = new();
        for (int i = 0; i < 1024; i++)
        {
            subscriptions.TryBegin((ushort)(i % 3), Pending("a")).ShouldBeTrue();
        }

        subscriptions.TryBegin(1, Pending("a")).ShouldBeFalse();
        subscriptions.TryBegin(9, Pending("a")).ShouldBeFalse();
        subscriptions.End(0).ShouldNotBeNull();
        subscriptions.TryBegin(9, Pending("a")).ShouldBeTrue();
    }

    [Fact]
    public void The_gates_own_requests_are_told_from_the_clients()
    {
        Subscriptions subscriptions = new();
        subscriptions.TryBegin(ushort.MaxValue, Pending("a"));

        ushort own = subscriptions.BeginOwn();

        own.ShouldBeGreaterThan((ushort)60_000);
        own.ShouldNotBe(ushort.MaxValue);
        subscriptions.EndOwn(7).ShouldBeFalse();
        subscriptions.EndOwn(own).ShouldBeTrue();
        subscriptions.EndOwn(own).ShouldBeFalse();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("p0-3", "abc")]
    [InlineData("p0-3 p3-2 p5-5", "abcdefghij")] // one piece of what came
    [InlineData("p3-2 p5-1", "def")]
    [InlineData("p0-3 p5-2", "abcfg")] // one in between was dropped
    [InlineData("p0-1 wXY p1-2 p5-1", "aXYbcf")]
    [InlineData("wXY p0-2", "XYab")]
    [InlineData("p9-1", "j")]
    public void What_passes_is_what_was_let_pass_in_its_order(string steps, string expected)
    {
        using PassedBytes passed = new();
        passed.Begin(Encoding.ASCII.GetBytes("0123"));
        passed.Pass(0, 2);
        passed.Copy().Append("rest"u8);
        passed.Begin(Encoding.ASCII.GetBytes("abcdefghij"));
        foreach (string step in steps.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step[0] == 'p')
            {
                string[] numbers = step[1..].Split('-');
                passed.Pass(int.Parse(numbers[0]), int.Parse(numbers[1]));
            }
            else
            {
                passed.Copy().Append(Encoding.ASCII.GetBytes(step[1..]));
            }
        }

        Encoding.ASCII.GetString(passed.Bytes.Span).ShouldBe(expected);
        passed.IsEmpty.ShouldBe(expected.Length == 0);
    }

    [Fact]
    public void A_batch_grows_and_gives_its_buffer_back()
    {
        using ByteBatch batch = new();
        byte[] bytes = new byte[100_000];
        Random.Shared.NextBytes(bytes);
        for (int at = 0; at < bytes.Length; at += 999)
        {
            batch.Append(bytes.AsSpan(at, Math.Min(999, bytes.Length - at)));
        }

        batch.Written.Span.SequenceEqual(bytes).ShouldBeTrue();
        batch.Clear();
        (batch.Count, batch.Written.Length).ShouldBe((0, 0));
        batch.Append("x"u8);
        batch.Written.ToArray().ShouldBe("x"u8.ToArray());
    }

    private static PendingSubscribe Pending(params string[] filters) => new(
        [.. filters.Select(static _ => Subscriptions.Passed)], [.. filters.Select(static f => KeyValuePair.Create(f, (byte)0))]);

    private static int TakeAll(Throttle throttle)
    {
        int taken = 0;
        while (!throttle.IsEmpty)
        {
            throttle.Take();
            taken++;
        }

        return taken;
    }
}
