using Gatehouse.Engine.Mqtt.Links;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Links;

public sealed class GatheringTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMicroseconds(30);

    [Fact]
    public void A_stream_of_messages_is_gathered_at_every_other_read()
    {
        Gathering gathering = default;
        Read(ref gathering, 64, 320, Soon).ShouldBe(0);

        Read(ref gathering, 160, 1_600, Soon).ShouldBe(80);
    }

    [Theory]
    [InlineData(4, 30)] // acknowledgements
    [InlineData(78, 30)] // one message at a time, each waiting for the one before
    [InlineData(400, 250)] // too far from each other for a pause to bring more
    [InlineData(16_384, 30)] // full as they are
    public void Nothing_else_ever_waits(int count, int microseconds)
    {
        Gathering gathering = default;

        Read(ref gathering, 20_000, count, TimeSpan.FromMicroseconds(microseconds)).ShouldBe(0);
    }

    [Fact]
    public void Pauses_that_bring_little_end_and_are_not_tried_again_soon()
    {
        Gathering gathering = default;
        Read(ref gathering, 64, 320, Soon);

        // 16 reads are looked at, of which 8 had waited; then 64 windows of 64 reads rest, and one must show a stream again.
        Read(ref gathering, 16, 320, Soon).ShouldBe(8);
        Read(ref gathering, 65 * 64, 320, Soon).ShouldBe(0);
        Read(ref gathering, 16, 320, Soon).ShouldBe(8);
    }

    [Fact]
    public async Task Pauses_end_for_each_who_waits_again_and_again()
    {
        Pacer.IsHere.ShouldBeTrue();
        var tickets = Enumerable.Range(0, 20).Select(_ => new Pacer.Ticket()).ToArray();
        for (int round = 0; round < 50; round++)
        {
            await Task.WhenAll(tickets.Select(ticket => ticket.WaitAsync().AsTask())).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>So many reads, each of so many bytes; how many of them waited.</summary>
    private static int Read(ref Gathering gathering, int reads, int count, TimeSpan after)
    {
        int paused = 0;
        for (int i = 0; i < reads; i++)
        {
            paused += gathering.TakeTurn() ? 1 : 0;
            gathering.Read(count, after);
        }

        return paused;
    }
}
