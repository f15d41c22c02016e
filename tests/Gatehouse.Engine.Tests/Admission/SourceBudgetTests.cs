using System.Net;
using Gatehouse.Engine.Admission;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Admission;

public sealed class SourceBudgetTests
{
    private static readonly ListenerBudget Listener = new("one");

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::1", "0.0.0.0", false)]
    public void One_source_is_an_ipv4_address_or_an_ipv6_64(string left, string right, bool same) =>
        (SourceKey.Of(IPAddress.Parse(left)) == SourceKey.Of(IPAddress.Parse(right))).ShouldBe(same);

    [Fact]
    public void Places_are_given_back_and_nothing_is_kept()
    {
        var budget = new SourceBudget();
        SourceKey source = SourceKey.Of(IPAddress.Loopback);
        budget.TryTake(Listener, source, 2).ShouldBeTrue();
        budget.TryTake(Listener, source, 2).ShouldBeTrue();
        budget.TryTake(Listener, source, 2).ShouldBeFalse();
        budget.TryTake(Listener, SourceKey.Of(IPAddress.IPv6Loopback), 2).ShouldBeTrue();
        budget.Return(Listener, source);
        budget.TryTake(Listener, source, 2).ShouldBeTrue();
        budget.Return(Listener, source);
        budget.Return(Listener, source);
        budget.Return(Listener, SourceKey.Of(IPAddress.IPv6Loopback));
        budget.Count.ShouldBe(0);
    }

    [Fact]
    public void A_source_has_its_places_at_each_listener()
    {
        var budget = new SourceBudget();
        var namesake = new ListenerBudget("one");
        SourceKey source = SourceKey.Of(IPAddress.Loopback);
        budget.TryTake(Listener, source, 1).ShouldBeTrue();
        budget.TryTake(Listener, source, 1).ShouldBeFalse();
        budget.TryTake(namesake, source, 1).ShouldBeTrue();
        budget.Return(namesake, source);
        budget.TryTake(Listener, source, 1).ShouldBeFalse();
        budget.Return(Listener, source);
        budget.Count.ShouldBe(0);
    }

    [Fact]
    public void Counts_hold_under_contention()
    {
        var budget = new SourceBudget();
        int taken = 0;
        Parallel.For(0, 4000, i =>
        {
            SourceKey source = SourceKey.Of(new IPAddress([10, 0, 0, (byte)(i % 7)]));
            if (budget.TryTake(Listener, source, 3))
            {
                Interlocked.Increment(ref taken);
                budget.Return(Listener, source);
            }
        });
        taken.ShouldBeGreaterThan(0);
        budget.Count.ShouldBe(0);
    }
}
