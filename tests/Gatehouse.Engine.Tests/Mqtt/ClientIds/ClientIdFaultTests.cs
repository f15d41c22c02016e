using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.BookFixture;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.ClientIdBookTests;

namespace Gatehouse.Engine.Tests.Mqtt.ClientIds;

/// <summary>Stores that fail or hang, starts after a kill, clocks that are set.</summary>
public sealed class ClientIdFaultTests
{
    private static readonly ClientIdLife Hour = ClientIdLife.OfV5(3600);
    private readonly BookFixture _fixture = new();

    [Fact]
    public async Task What_must_be_kept_and_cannot_be_is_refused_and_nobodys()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever, "kept");
        _fixture.Store.Fails = true;
        ClientIdResult refused = await book.ClaimAsync("broker", "new", Anna, Hour, default);
        (refused.Outcome, refused.Word, refused.Problem!.Id).ShouldBe((ClientIdOutcome.Unavailable, "client_id_unavailable", "GH5351"));
        (await TryAsync(book, Anna, ClientIdLife.Forever, "kept")).ShouldBe(ClientIdOutcome.Granted, "it is in the store already");
        (await TryAsync(book, Ben, ClientIdLife.Connection, "kept")).ShouldBe(ClientIdOutcome.TakenByOther);
        (await TryAsync(book, Ben, ClientIdLife.Connection, "clean")).ShouldBe(ClientIdOutcome.Granted);

        _fixture.Store.Fails = false;
        (await TryAsync(book, Ben, ClientIdLife.Forever, "new")).ShouldBe(ClientIdOutcome.Granted);
        await using ClientIdBook after = await _fixture.CrashAsync();
        (await TryAsync(after, Anna, ClientIdLife.Connection, "new")).ShouldBe(ClientIdOutcome.TakenByOther);
    }

    [Fact]
    public async Task A_store_that_hangs_holds_a_claim_up_for_its_time_only()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        _fixture.Store.Hold();
        Task<ClientIdOutcome> waits = TryAsync(book, Anna, ClientIdLife.Forever);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther, "who is first has it while it waits");
        waits.IsCompleted.ShouldBeFalse("nothing is granted before it is written");
        _fixture.Time.Advance(_fixture.Limits.WriteTime);
        (await waits).ShouldBe(ClientIdOutcome.Unavailable);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);

        using CancellationTokenSource gone = new();
        Task<ClientIdResult> cancelled = book.ClaimAsync("broker", "two", Anna, ClientIdLife.Forever, gone.Token).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        (await TryAsync(book, Ben, ClientIdLife.Connection, "two")).ShouldBe(ClientIdOutcome.Granted, "a claim given up holds nothing");
        _fixture.Store.LetGo();
        await book.DisposeAsync();
        _fixture.Store.Values.ShouldBeEmpty("what came of claims given up is cleared away");
    }

    [Fact]
    public async Task A_longer_life_that_the_broker_gives_must_be_written_too()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        ClientIdClaim claim = await GrantAsync(book, Anna, Hour);
        _fixture.Store.Fails = true;
        (await claim.AcceptAsync(ClientIdLife.OfV5(7200), default)).ShouldBeFalse();
        (await claim.AcceptAsync(ClientIdLife.OfV5(60), default)).ShouldBeFalse("after a failed write nobody knows what is there");
        _fixture.Store.Fails = false;
        (await claim.AcceptAsync(ClientIdLife.OfV5(7200), default)).ShouldBeTrue();
    }

    [Fact]
    public async Task After_a_kill_a_connected_one_begins_its_life_anew_and_an_ended_one_goes_on()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        await AcceptedAsync(book, Anna, Hour, "live");
        await ConnectAndLeaveAsync(book, Anna, Hour, "ended");
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever, "forever");
        _fixture.Time.Advance(TimeSpan.FromMinutes(30)); // the rounds write the end of `ended` down
        await EventuallyAsync(() => _fixture.Store.Writes >= 4);

        await using ClientIdBook after = await _fixture.CrashAsync();
        _fixture.Time.Advance(TimeSpan.FromMinutes(31) + TimeSpan.FromSeconds(1));
        (await TryAsync(after, Ben, ClientIdLife.Connection, "ended")).ShouldBe(ClientIdOutcome.Granted);
        (await TryAsync(after, Ben, ClientIdLife.Connection, "live")).ShouldBe(ClientIdOutcome.TakenByOther);
        _fixture.Time.Advance(TimeSpan.FromMinutes(31));
        (await TryAsync(after, Ben, ClientIdLife.Connection, "live")).ShouldBe(ClientIdOutcome.Granted);
        (await TryAsync(after, Ben, ClientIdLife.Connection, "forever")).ShouldBe(ClientIdOutcome.TakenByOther);
    }

    [Fact]
    public async Task An_orderly_end_writes_down_what_was_not_yet()
    {
        ClientIdBook book = await _fixture.OpenAsync();
        await ConnectAndLeaveAsync(book, Anna, Hour);
        await book.DisposeAsync();
        (await TryAsync(book, Anna, Hour)).ShouldBe(ClientIdOutcome.Unavailable, "a book that is closed grants nothing");
        _fixture.Time.Advance(TimeSpan.FromMinutes(62));
        await using ClientIdBook after = await _fixture.CrashAsync();
        (await TryAsync(after, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Theory]
    [InlineData(-86400)]
    [InlineData(86400)]
    public async Task A_clock_that_is_set_frees_nothing_early_and_keeps_nothing_long(int seconds)
    {
        SetTime time = new(_fixture.Time);
        await using ClientIdBook book = await _fixture.OpenAsync(time);
        time.Offset = TimeSpan.FromSeconds(seconds);
        await ConnectAndLeaveAsync(book, Anna, Hour);
        time.Offset = TimeSpan.Zero;
        _fixture.Time.Advance(TimeSpan.FromMinutes(60));
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        time.Offset = TimeSpan.FromSeconds(-seconds);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        await EventuallyAsync(() => _fixture.Store.Writes >= 2);

        // What was written at a time that was set back, or is read at one, ends no earlier either.
        time.Offset = TimeSpan.FromSeconds(-Math.Abs(seconds));
        await using ClientIdBook after = await _fixture.CrashAsync(time);
        (await TryAsync(after, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        _fixture.Time.Advance(TimeSpan.FromMinutes(62));
        (await TryAsync(after, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted, "never longer than a whole life");
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Fact]
    public async Task Nobody_gets_in_until_what_is_kept_could_be_read()
    {
        _fixture.Store.Fails = true;
        await using ClientIdBook book = await _fixture.OpenAsync();
        book.IsLoaded.ShouldBeFalse();
        (await TryAsync(book, Anna, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Unavailable);
        _fixture.Store.Fails = false;
        _fixture.Time.Advance(_fixture.Limits.SweepEvery);
        await EventuallyAsync(() => book.IsLoaded);
        (await TryAsync(book, Anna, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Fact]
    public async Task A_damaged_record_is_nobodys_until_it_is_freed()
    {
        var key = ClientIdKey.Of("broker", "dev");
        _fixture.Store.Values[ClientIdRecord.PlaceOf(key)] = [1, 2, 3];
        await using ClientIdBook book = await _fixture.OpenAsync();
        (await TryAsync(book, Anna, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        book.Find(key)!.Owner.ShouldBeNull();
        book.Sweep();
        (await book.ReleaseAsync(key, default)).ShouldBe(ClientIdRelease.Done);
        _fixture.Store.Values.ShouldBeEmpty();
        (await TryAsync(book, Anna, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Fact]
    public async Task Freeing_is_done_when_it_is_in_the_store_and_never_while_connected()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        var key = ClientIdKey.Of("broker", "dev");
        (await book.ReleaseAsync(key, default)).ShouldBe(ClientIdRelease.NotThere);
        ClientIdClaim claim = await AcceptedAsync(book, Anna, ClientIdLife.Forever);
        (await book.ReleaseAsync(key, default)).ShouldBe(ClientIdRelease.Connected);
        claim.Release();
        _fixture.Store.Fails = true;
        (await book.ReleaseAsync(key, default)).ShouldBe(ClientIdRelease.Unavailable);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther, "it is as before");
        _fixture.Store.Fails = false;
        (await book.ReleaseAsync(key, default)).ShouldBe(ClientIdRelease.Done);
        _fixture.Store.Values.ShouldBeEmpty();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    private static async Task EventuallyAsync(Func<bool> isSo)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>A clock whose time of day is set; what is counted goes on.</summary>
    private sealed class SetTime(ManualTime inner) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Offset;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);
    }
}
