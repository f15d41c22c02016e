using Gatehouse.Engine.Auditing.Searching;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Auditing;

public sealed class The_index_waits_under_load
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    [Fact]
    public void It_waits_ten_minutes_and_then_goes_on_piece_by_piece()
    {
        var pace = new IndexPace();

        pace.Segments(0, Round).ShouldBe(int.MaxValue);
        pace.Segments(2 * IndexPace.BusyBytes, Round).ShouldBe(int.MaxValue);
        for (TimeSpan busy = Round; busy < IndexPace.Patience; busy += Round)
        {
            pace.Segments(40 * IndexPace.BusyBytes, Round).ShouldBe(0);
        }

        pace.Segments(40 * IndexPace.BusyBytes, Round).ShouldBe(1);
        pace.Segments(40 * IndexPace.BusyBytes, Round).ShouldBe(1);
        pace.Segments(0, Round).ShouldBe(int.MaxValue);
        pace.Segments(40 * IndexPace.BusyBytes, Round).ShouldBe(0);
    }

    [Fact]
    public void A_long_round_is_followed_by_a_long_rest()
    {
        IndexPace.Rest(TimeSpan.FromSeconds(1), Round).ShouldBe(TimeSpan.FromSeconds(9));
        IndexPace.Rest(TimeSpan.FromMilliseconds(5), Round).ShouldBe(Round);
    }
}
