using Gatehouse.Engine.Mqtt.ClientIds;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.BookFixture;

namespace Gatehouse.Engine.Tests.Mqtt.ClientIds;

public sealed class ClientIdBookTests
{
    private static readonly ClientIdLife Hour = ClientIdLife.OfV5(3600);
    private readonly BookFixture _fixture = new();

    [Fact]
    public async Task A_connected_id_is_its_owners_and_free_afterwards()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        ClientIdClaim claim = await GrantAsync(book, Anna, ClientIdLife.Connection);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        (await TryAsync(book, Ben, ClientIdLife.Forever)).ShouldBe(ClientIdOutcome.TakenByOther);
        await claim.AcceptAsync(ClientIdLife.Connection, default);
        claim.Release();
        book.Count.ShouldBe(0);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
        _fixture.Store.Calls.ShouldBe(0, "clean sessions never write");
    }

    [Fact]
    public async Task A_kept_id_stays_its_owners_until_a_clean_session_of_the_owner_ends_it()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever);
        _fixture.Time.Advance(TimeSpan.FromDays(3650));
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);

        for (int i = 0; i < 5; i++)
        {
            await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever);
        }

        _fixture.Store.Writes.ShouldBe(1, "what is kept already is not written again");
        ClientIdClaim clean = await GrantAsync(book, Anna, ClientIdLife.Connection);
        (await clean.AcceptAsync(ClientIdLife.Connection, default)).ShouldBeTrue();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        clean.Release();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
        await book.DisposeAsync();
        _fixture.Store.Values.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clean_connect_that_the_broker_never_took_ends_nothing()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever);
        (await GrantAsync(book, Anna, ClientIdLife.Connection)).Abandon();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        (await GrantAsync(book, Anna, ClientIdLife.Connection)).Dispose();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther, "nobody knows whether the broker took it");
    }

    [Fact]
    public async Task A_connect_that_was_cut_before_its_answer_is_kept_as_it_asked()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        (await GrantAsync(book, Anna, ClientIdLife.Forever)).Release();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);

        // It may still reach the broker after the next one's answer.
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Connection);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        _fixture.Time.Advance(_fixture.Limits.Grace);
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Connection);
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Fact]
    public async Task A_new_kept_id_that_the_broker_refused_is_nobodys()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        (await GrantAsync(book, Anna, ClientIdLife.Forever)).Abandon();
        (await TryAsync(book, Ben, ClientIdLife.Forever)).ShouldBe(ClientIdOutcome.Granted);
        await using ClientIdBook after = await _fixture.CrashAsync();
        (await TryAsync(after, Anna, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
    }

    [Fact]
    public async Task An_expiry_counts_from_the_end_of_the_last_connection()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        ClientIdClaim claim = await AcceptedAsync(book, Anna, Hour);
        _fixture.Time.Advance(TimeSpan.FromDays(2));
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        claim.Release();
        _fixture.Time.Advance(TimeSpan.FromHours(1) + _fixture.Limits.Grace - TimeSpan.FromMilliseconds(1));
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        _fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Fact]
    public async Task A_disconnect_can_shorten_and_lengthen_the_life()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        ClientIdClaim claim = await AcceptedAsync(book, Anna, Hour);
        claim.Release(ClientIdLife.Connection);
        ClientIdClaim other = await AcceptedAsync(book, Ben, Hour);
        (await other.AcceptAsync(ClientIdLife.OfV5(7200), default)).ShouldBeTrue();
        other.Release(ClientIdLife.OfV5(7200));
        _fixture.Time.Advance(TimeSpan.FromMinutes(100));
        (await TryAsync(book, Anna, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
    }

    [Fact]
    public async Task A_takeover_outlives_the_end_of_the_connection_it_took_over()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        ClientIdClaim old = await AcceptedAsync(book, Anna, ClientIdLife.Connection);
        ClientIdClaim next = await GrantAsync(book, Anna, ClientIdLife.Connection);
        next.IsTakeover.ShouldBeTrue();
        await next.AcceptAsync(ClientIdLife.Connection, default);
        old.Release();
        old.Release();
        old.Abandon();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther);
        next.Release();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted);
    }

    [Fact]
    public async Task A_clean_takeover_ends_what_was_kept_and_two_at_a_time_keep_the_longest()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        ClientIdClaim old = await AcceptedAsync(book, Anna, ClientIdLife.Forever);
        ClientIdClaim clean = await AcceptedAsync(book, Anna, ClientIdLife.Connection);
        old.Release();
        clean.Release();
        (await TryAsync(book, Ben, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.Granted, "the broker had answered the old one before");

        ClientIdClaim first = await GrantAsync(book, Ben, ClientIdLife.Forever, "two");
        ClientIdClaim second = await GrantAsync(book, Ben, ClientIdLife.Connection, "two");
        await first.AcceptAsync(ClientIdLife.Forever, default);
        await second.AcceptAsync(ClientIdLife.Connection, default);
        first.Release();
        second.Release();
        (await TryAsync(book, Anna, ClientIdLife.Connection, "two")).ShouldBe(ClientIdOutcome.TakenByOther, "nobody knows which one the broker took last");
    }

    [Fact]
    public async Task Owners_are_realm_name_and_tag()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever);
        foreach (ClientIdOwner other in new[] { Anna with { Realm = "ldap" }, Anna with { Tag = "2" }, Anna with { Name = "Anna" }, Anna with { Name = "anna\0" } })
        {
            (await TryAsync(book, other, ClientIdLife.Connection)).ShouldBe(ClientIdOutcome.TakenByOther, other.ToString());
        }
    }

    [Fact]
    public async Task Ids_that_look_alike_are_different_ones_and_so_are_brokers()
    {
        await using ClientIdBook book = await _fixture.OpenAsync();
        string[] ids = ["dev", "Dev", "dev ", "dev\0", "d\u0435v", "\ufeffdev", "caf\u00e9", "cafe\u0301", new string('x', 65535), new string('x', 65534), "a/b", "de"];
        for (int i = 0; i < ids.Length; i++)
        {
            ClientIdOwner owner = new("native", $"user{i}");
            (await TryAsync(book, owner, ClientIdLife.Connection, ids[i])).ShouldBe(ClientIdOutcome.Granted, ids[i]);
        }

        (await book.ClaimAsync("other", "dev", Ben, ClientIdLife.Connection, default)).Outcome.ShouldBe(ClientIdOutcome.Granted);
        ClientIdKey.Of("a", "bc").ShouldNotBe(ClientIdKey.Of("ab", "c"));
        ClientIdKey.TryParse(ClientIdKey.Of("a", "bc").ToString(), out ClientIdKey read).ShouldBeTrue();
        read.ShouldBe(ClientIdKey.Of("a", "bc"));
        ClientIdKey.TryParse("zz", out _).ShouldBeFalse();
        await Should.ThrowAsync<ArgumentException>(() => book.ClaimAsync("b", "x\ud800", Ben, ClientIdLife.Connection, default).AsTask());
        await Should.ThrowAsync<ArgumentException>(() => book.ClaimAsync("b", "", Ben, ClientIdLife.Connection, default).AsTask());
    }

    [Fact]
    public async Task Bounds_hold_for_one_principal_and_for_all()
    {
        _fixture.Limits = new ClientIdLimits { MaxEntries = 12, MaxKeptPerOwner = 5 };
        await using ClientIdBook book = await _fixture.OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Forever, $"a{i}");
        }

        (await TryAsync(book, Anna, Hour, "a5")).ShouldBe(ClientIdOutcome.TooMany);
        book.Count.ShouldBe(5, "a refused one takes no room");
        (await TryAsync(book, Anna, ClientIdLife.Connection, "a5")).ShouldBe(ClientIdOutcome.Granted);
        (await TryAsync(book, Anna, ClientIdLife.Forever, "a0")).ShouldBe(ClientIdOutcome.Granted, "it has this one");
        for (int i = 0; i < 6; i++)
        {
            (await TryAsync(book, Ben, ClientIdLife.Connection, $"b{i}")).ShouldBe(ClientIdOutcome.Granted);
        }

        (await TryAsync(book, Ben, ClientIdLife.Connection, "b6")).ShouldBe(ClientIdOutcome.TooMany);
        (await TryAsync(book, Ben, ClientIdLife.Connection, "b0")).ShouldBe(ClientIdOutcome.Granted);
        await ConnectAndLeaveAsync(book, Anna, ClientIdLife.Connection, "a1");
        (await TryAsync(book, Anna, Hour, "a5")).ShouldBe(ClientIdOutcome.Granted, "one has been given back");
    }

    internal static async Task<ClientIdOutcome> TryAsync(ClientIdBook book, ClientIdOwner owner, ClientIdLife life, string id = "dev") =>
        (await book.ClaimAsync("broker", id, owner, life, default)).Outcome;

    internal static async Task<ClientIdClaim> GrantAsync(ClientIdBook book, ClientIdOwner owner, ClientIdLife life, string id = "dev") =>
        (await book.ClaimAsync("broker", id, owner, life, default)).Claim.ShouldNotBeNull();

    internal static async Task<ClientIdClaim> AcceptedAsync(ClientIdBook book, ClientIdOwner owner, ClientIdLife life, string id = "dev")
    {
        ClientIdClaim claim = await GrantAsync(book, owner, life, id);
        (await claim.AcceptAsync(life, default)).ShouldBeTrue();
        return claim;
    }

    internal static async Task ConnectAndLeaveAsync(ClientIdBook book, ClientIdOwner owner, ClientIdLife life, string id = "dev") =>
        (await AcceptedAsync(book, owner, life, id)).Release();
}
