using System.Net;
using Gatehouse.Engine.Names;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Network;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Names;

public sealed class NameBookTests : IDisposable
{
    private static readonly NameLimits Limits = new() { Waiting = 64 };

    private readonly ManualTime _time = new();
    private readonly ScriptedResolver _resolver = new();
    private readonly SnapshotHolder _snapshots = new(AddressSnapshots.Make());
    private readonly List<NameBook> _books = [];

    public void Dispose() => _books.ForEach(static book => book.Dispose());

    [Fact]
    public async Task A_confirmed_name_lets_a_later_connection_in()
    {
        _resolver.Reverse("192.0.2.1", "A.Good.Example.");
        _resolver.Forward("a.good.example", "192.0.2.7", "192.0.2.1");
        Start("+*.good.example");
        Allows("192.0.2.1").ShouldBeFalse("an answer cannot be there yet");
        await UntilAsync(() => Allows("192.0.2.1"));
        Allows("::ffff:192.0.2.1").ShouldBeTrue();
        _resolver.Asked.Count(static a => a == "192.0.2.1").ShouldBe(1, "the answer is kept");
    }

    [Theory]
    [InlineData("a.good.example", "192.0.2.99")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("a.good.example.192.0.2.1", "192.0.2.1")]
    [InlineData("a..good.example", "192.0.2.1")]
    [InlineData("a b.good.example", "192.0.2.1")]
    [InlineData("xgood.example", "192.0.2.1")]
    [InlineData("a.göod.example", "192.0.2.1")]
    public async Task Whoever_holds_the_reverse_zone_alone_gets_in_nowhere(string claim, string forward)
    {
        _resolver.Reverse("192.0.2.1", claim);
        _resolver.Forward(claim, forward);
        _resolver.Reverse("192.0.2.2", "b.good.example");
        _resolver.Forward("b.good.example", "192.0.2.2");
        Start("+*.good.example");
        Allows("192.0.2.1").ShouldBeFalse();
        await UntilAsync(() => Allows("192.0.2.2"));
        Allows("192.0.2.1").ShouldBeFalse();
    }

    [Fact]
    public async Task Too_many_names_and_too_many_addresses_are_no_answer()
    {
        _resolver.Reverse("192.0.2.1", [.. Enumerable.Range(0, Limits.NamesPerSource + 1).Select(static i => $"n{i}.good.example")]);
        _resolver.Reverse("192.0.2.2", "big.good.example");
        _resolver.Forward("big.good.example", [.. Enumerable.Range(0, 65).Select(static i => $"192.0.2.{i}")]);
        _resolver.Reverse("192.0.2.3", "c.good.example");
        _resolver.Forward("c.good.example", "192.0.2.3");
        Start("+*.good.example", "-*.evil.example");
        Allows("192.0.2.1").ShouldBeFalse();
        Allows("192.0.2.2").ShouldBeFalse();
        await UntilAsync(() => Allows("192.0.2.3"));
        Allows("192.0.2.1").ShouldBeFalse();
        Allows("192.0.2.2").ShouldBeFalse();
    }

    [Fact]
    public async Task A_failing_answer_counts_for_a_while_and_then_no_more()
    {
        _resolver.Reverse("192.0.2.1", "a.good.example");
        _resolver.Forward("a.good.example", "192.0.2.1");
        NameBook book = Start("+*.good.example");
        await UntilAsync(() => Allows("192.0.2.1") && book.Open == 0);
        _resolver.ReverseFails("192.0.2.1");
        for (TimeSpan passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(14); passed += TimeSpan.FromSeconds(5))
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            Allows("192.0.2.1").ShouldBeTrue(passed.ToString());

            // A question that this look put has ended before the clock goes on.
            await UntilAsync(() => book.Open == 0);
        }

        _time.Advance(Limits.OldestSource);
        Allows("192.0.2.1").ShouldBeFalse();
    }

    [Fact]
    public async Task A_source_that_was_not_seen_for_long_is_not_known()
    {
        _resolver.Reverse("192.0.2.1");
        Start("-*.evil.example", "+192.0.2.0/24");
        await UntilAsync(() => Allows("192.0.2.1"));
        _time.Advance(Limits.KeepOthers + Limits.Overlap);
        _resolver.Reverse("192.0.2.1", "x.evil.example");
        _resolver.Forward("x.evil.example");
        Allows("192.0.2.1").ShouldBeFalse();
        await UntilAsync(() => Rule("192.0.2.1") == "*.evil.example");
    }

    [Fact]
    public async Task A_host_is_resolved_and_followed_and_its_former_address_stays_denied()
    {
        _resolver.Forward("db.example", "10.0.0.1", "::ffff:10.0.0.2");
        NameBook book = Start("-db.example", "+10.0.0.0/8", "+app.example");
        _resolver.Forward("app.example", "192.0.2.1");
        await UntilAsync(() => Allows("10.0.0.3"));
        Allows("10.0.0.1").ShouldBeFalse();
        Allows("10.0.0.2").ShouldBeFalse();
        book.StateOf("db.example")!.Addresses.Select(static a => a.ToString()).ShouldBe(["10.0.0.1", "10.0.0.2"]);
        _time.Advance(Limits.RetryAfter);
        await UntilAsync(() => Allows("192.0.2.1"));

        _resolver.Forward("db.example", "10.0.0.4");
        _resolver.Forward("app.example");
        _time.Advance(Limits.KeepOthers);
        await UntilAsync(() => !Allows("10.0.0.4") && !Allows("192.0.2.1"));
        Allows("10.0.0.1").ShouldBeFalse("it had that address a minute ago");
        _time.Advance(Limits.Former - TimeSpan.FromMinutes(1));
        Allows("10.0.0.1").ShouldBeFalse();
        _time.Advance(TimeSpan.FromMinutes(2));
        await UntilAsync(() => Allows("10.0.0.1"));
    }

    [Fact]
    public async Task Without_answers_an_address_stops_to_allow_and_goes_on_to_deny()
    {
        _resolver.Forward("db.example", "10.0.0.1");
        _resolver.Forward("app.example", "192.0.2.1");
        NameBook book = Start("-db.example", "+10.0.0.0/8", "+app.example");
        await UntilAsync(() => Allows("192.0.2.1") && Allows("10.0.0.3"));
        _resolver.ForwardFails("db.example");
        _resolver.ForwardFails("app.example");
        _time.Advance(Limits.KeepOthers);
        await UntilAsync(() => book.StateOf("app.example")!.IsFailing && book.StateOf("db.example")!.IsFailing);
        Allows("192.0.2.1").ShouldBeTrue();
        _time.Advance(Limits.OldestHost);
        Allows("192.0.2.1").ShouldBeFalse();
        Allows("10.0.0.1").ShouldBeFalse();
        Allows("10.0.0.3").ShouldBeTrue();
        _time.Advance(TimeSpan.FromDays(3));
        Allows("10.0.0.1").ShouldBeFalse();
    }

    [Fact]
    public async Task A_huge_answer_allows_nobody_and_denies_as_far_as_memory_goes()
    {
        string[] many = [.. Enumerable.Range(0, 1000).Select(static i => $"10.0.{i / 250}.{i % 250}")];
        _resolver.Forward("huge.example", many);
        _resolver.Forward("bad.example", many);
        Start("+huge.example", "+10.1.0.0/16", "-bad.example");
        await UntilAsync(() => Allows("10.1.0.1"));
        many.ShouldAllBe(address => !Allows(address));
        _snapshots.Swap(AddressSnapshots.Make("-bad.example"));
        Allows("10.0.0.0").ShouldBeFalse();
        many.Count(address => !Allows(address)).ShouldBe(Limits.FormerAddresses);
    }

    [Fact]
    public async Task Loopback_is_believed_of_localhost_only()
    {
        _resolver.Forward("partner.example", "127.0.0.1", "::1", "0.0.0.0", "192.0.2.1");
        Start("+partner.example");
        await UntilAsync(() => Allows("192.0.2.1"));
        Allows("127.0.0.1").ShouldBeFalse();
        Allows("::1").ShouldBeFalse();
        _resolver.Forward("localhost", "127.0.0.1");
        _snapshots.Swap(AddressSnapshots.Make("+localhost"));
        await UntilAsync(() => Allows("127.0.0.1"));
    }

    [Fact]
    public async Task One_subscribers_silent_zone_does_not_hold_the_others_up()
    {
        _resolver.Reverse("192.0.2.1", "a.good.example");
        _resolver.Forward("a.good.example", "192.0.2.1");
        Start("+*.good.example");
        for (int i = 0; i < 500; i++)
        {
            Allows($"2001:db8::{i:x}").ShouldBeFalse();
        }

        await UntilAsync(() => Allows("192.0.2.1"));
        _resolver.Asked.Count(static a => a.StartsWith("2001", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(Limits.WaitingPerSource);
    }

    [Fact]
    public async Task What_is_remembered_is_bounded_and_a_full_memory_lets_nobody_in()
    {
        _resolver.Reverse("192.0.2.1", "a.good.example");
        _resolver.Forward("a.good.example", "192.0.2.1");
        Start(new NameLimits { Sources = 3 }, "+*.good.example");
        for (int i = 0; i < 3; i++)
        {
            Allows($"198.51.100.{i}").ShouldBeFalse();
        }

        Allows("192.0.2.1").ShouldBeFalse();
        _resolver.Asked.ShouldNotContain("192.0.2.1");
        _time.Advance(TimeSpan.FromSeconds(11));
        await UntilAsync(() => Allows("192.0.2.1"));
    }

    [Fact]
    public async Task A_question_ends_with_its_time_and_is_put_again()
    {
        Start("+*.good.example");
        Allows("192.0.2.1").ShouldBeFalse();
        await UntilAsync(() => _resolver.Asked.Contains("192.0.2.1"));
        _resolver.Reverse("192.0.2.1", "a.good.example");
        _resolver.Forward("a.good.example", "192.0.2.1");
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return Allows("192.0.2.1");
        });
        _resolver.Asked.Count(static a => a == "192.0.2.1").ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task The_hosts_own_resolver_knows_localhost()
    {
        var system = new SystemNameResolver();
        NameAnswer<IPAddress> forward = await system.AddressesOfAsync("localhost", TestContext.Current.CancellationToken);
        forward.IsFailure.ShouldBeFalse();
        forward.Values.ShouldContain(IPAddress.Loopback);
        NameAnswer<string> reverse = await system.NamesOfAsync(IPAddress.Loopback, TestContext.Current.CancellationToken);
        reverse.IsFailure.ShouldBeFalse();
        reverse.Values.ShouldContain("localhost");
    }

    private NameBook Start(params string[] rules) => Start(Limits, rules);

    private NameBook Start(NameLimits limits, params string[] rules)
    {
        var book = new NameBook(_snapshots, _resolver, limits, _time, NullLogger<NameBook>.Instance);
        _books.Add(book);
        _snapshots.Swap(AddressSnapshots.Make(rules));
        return book;
    }

    private bool Allows(string source) => _snapshots.Current.Decide("g", IPAddress.Parse(source)).IsAllowed;

    private string? Rule(string source) => _snapshots.Current.Decide("g", IPAddress.Parse(source)).Rule?.Address;

    // Workers run on other threads: what they learn is awaited, within bounds.
    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(1, limit.Token);
        }
    }
}
