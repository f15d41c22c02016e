using System.Net;
using Gatehouse.Engine.Ignite;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ignite;

public sealed class ConnectionRateTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Other = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void A_source_has_four_seconds_worth_at_once_and_then_its_rate()
    {
        var time = new ManualTime();
        var rate = new ConnectionRate(time);
        Enumerable.Range(0, 50).Count(_ => rate.TryTake(One, 10)).ShouldBe(40);
        rate.TryTake(Other, 10).ShouldBeTrue();

        time.Advance(TimeSpan.FromSeconds(1));
        Enumerable.Range(0, 50).Count(_ => rate.TryTake(One, 10)).ShouldBe(10);
    }

    [Fact]
    public void Zero_is_no_limit_and_another_rate_holds_at_once()
    {
        var rate = new ConnectionRate(new ManualTime());
        Enumerable.Range(0, 1_000).ShouldAllBe(_ => rate.TryTake(One, 0));
        Enumerable.Range(0, 10).Count(_ => rate.TryTake(One, 1)).ShouldBe(4);
        Enumerable.Range(0, 10).Count(_ => rate.TryTake(One, 2)).ShouldBe(8);
    }
}
