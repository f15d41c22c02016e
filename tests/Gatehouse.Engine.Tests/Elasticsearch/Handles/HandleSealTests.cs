using System.Security.Cryptography;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Sealing;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Handles;

/// <summary>Sealed handles: for their owner, their kind, their gate, their time, and nobody can make or change one.</summary>
public sealed class HandleSealTests : IDisposable
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private static readonly HandleOwner Bert = new("native", "bert", null);

    private readonly Sealer _sealer = new(Key);
    private readonly ManualTime _time = new();

    public void Dispose() => _sealer.Dispose();

    [Fact]
    public void Another_node_with_the_same_data_key_opens_it()
    {
        Handle handle = Make(HandleKind.Scroll);
        string text = Seal(_sealer).Seal(handle);
        using Sealer other = new(Key);

        Seal(other).Open(text, HandleKind.Scroll, "g", Bert, _time.GetUtcNow(), out Handle? opened).ShouldBe(HandleFault.None);

        opened!.UpstreamId.ShouldBe(handle.UpstreamId);
        opened.Owner.ShouldBe(Bert);
        opened.Expires.ShouldBe(handle.Expires);
        opened.Rights.Select(static r => $"{r.Action} {string.Join(',', r.Resources)}").ShouldBe(["cluster:monitor ", "index:read logs-1,logs-2"]);
        text.ShouldMatch("^gh1\\.[A-Za-z0-9_-]+$");
    }

    [Fact]
    public void Every_altered_character_and_every_cut_is_refused()
    {
        HandleSeal seal = Seal(_sealer);
        string text = seal.Seal(Make(HandleKind.PointInTime));
        for (int i = 0; i < text.Length; i++)
        {
            char other = text[i] == 'A' ? 'B' : 'A';
            Open(text[..i] + other + text[(i + 1)..]).ShouldBeOneOf(HandleFault.Altered, HandleFault.Unknown);
            Open(text[..i]).ShouldBeOneOf(HandleFault.Altered, HandleFault.Unknown);
        }

        Open(text + "A").ShouldBe(HandleFault.Altered);
        Open(text + "=").ShouldBe(HandleFault.Altered);
        Open(text).ShouldBe(HandleFault.None);

        HandleFault Open(string changed) => seal.Open(changed, HandleKind.PointInTime, "g", Bert, _time.GetUtcNow(), out _);
    }

    [Fact]
    public void What_the_gate_did_not_give_out_is_unknown()
    {
        HandleSeal seal = Seal(_sealer);
        seal.Open("FGluY2x1ZGVfY29udGV4dF91dWlk", HandleKind.Scroll, "g", Bert, _time.GetUtcNow(), out Handle? none).ShouldBe(HandleFault.Unknown);
        none.ShouldBeNull();
        seal.Open("", HandleKind.Scroll, "g", Bert, _time.GetUtcNow(), out _).ShouldBe(HandleFault.Unknown);

        using Sealer foreign = new(RandomNumberGenerator.GetBytes(32));
        seal.Open(Seal(foreign).Seal(Make(HandleKind.Scroll)), HandleKind.Scroll, "g", Bert, _time.GetUtcNow(), out _)
            .ShouldBe(HandleFault.Altered);
    }

    [Fact]
    public void A_handle_of_one_kind_is_none_of_another()
    {
        HandleSeal seal = Seal(_sealer);
        foreach (HandleKind made in Enum.GetValues<HandleKind>())
        {
            foreach (HandleKind asked in Enum.GetValues<HandleKind>())
            {
                seal.Open(seal.Seal(Make(made)), asked, "g", Bert, _time.GetUtcNow(), out _)
                    .ShouldBe(made == asked ? HandleFault.None : HandleFault.Altered);
            }
        }
    }

    [Theory]
    [InlineData("native", "carl", null, "g")]
    [InlineData("ldap", "bert", null, "g")]
    [InlineData("native", "Bert", null, "g")]
    [InlineData("native", "bert", "key1", "g")]
    [InlineData("native", "bert", null, "other")]
    public void Anybody_else_and_any_other_gate_is_refused(string realm, string name, string? key, string gate)
    {
        HandleSeal seal = Seal(_sealer);
        seal.Open(seal.Seal(Make(HandleKind.Scroll)), HandleKind.Scroll, gate, new HandleOwner(realm, name, key), _time.GetUtcNow(), out Handle? none)
            .ShouldBe(HandleFault.Foreign);
        none.ShouldBeNull();
    }

    [Fact]
    public void A_key_of_a_user_has_handles_of_its_own()
    {
        HandleSeal seal = Seal(_sealer);
        string text = seal.Seal(Make(HandleKind.Scroll) with { Owner = new HandleOwner("api-key", "bert", "one") });
        seal.Open(text, HandleKind.Scroll, "g", new HandleOwner("api-key", "bert", "one"), _time.GetUtcNow(), out _).ShouldBe(HandleFault.None);
        seal.Open(text, HandleKind.Scroll, "g", new HandleOwner("api-key", "bert", "two"), _time.GetUtcNow(), out _).ShouldBe(HandleFault.Foreign);
        seal.Open(text, HandleKind.Scroll, "g", Bert, _time.GetUtcNow(), out _).ShouldBe(HandleFault.Foreign);
    }

    [Fact]
    public void It_ends_at_its_time()
    {
        HandleSeal seal = Seal(_sealer);
        string text = seal.Seal(Make(HandleKind.Scroll));
        DateTimeOffset end = _time.GetUtcNow().AddMinutes(1);
        seal.Open(text, HandleKind.Scroll, "g", Bert, end.AddMilliseconds(-1), out _).ShouldBe(HandleFault.None);
        seal.Open(text, HandleKind.Scroll, "g", Bert, end, out _).ShouldBe(HandleFault.Expired);
    }

    [Fact]
    public void Without_rights_it_is_none()
    {
        HandleSeal seal = Seal(_sealer);
        seal.Open(seal.Seal(Make(HandleKind.Scroll) with { Rights = [] }), HandleKind.Scroll, "g", Bert, _time.GetUtcNow(), out _).ShouldBe(HandleFault.Unknown);
    }

    [Theory]
    [InlineData("1m", 60)]
    [InlineData("30s", 30)]
    [InlineData("2H", 7200)]
    [InlineData("500ms", 0.5)]
    [InlineData("1d", 86400)]
    [InlineData("40d", 86400)]
    [InlineData("9223372036854775807d", 86400)]
    [InlineData("1M", 300)]
    [InlineData("1.5h", 300)]
    [InlineData("-1", 300)]
    [InlineData("m", 300)]
    [InlineData(null, 300)]
    public void It_lives_as_long_as_asked_and_a_day_at_most(string? asked, double seconds) =>
        (HandleLife.End(HandleKind.Scroll, asked, default, _time.GetUtcNow()) - _time.GetUtcNow()).TotalSeconds.ShouldBe(seconds);

    [Fact]
    public void A_use_that_says_nothing_does_not_prolong_it()
    {
        DateTimeOffset before = _time.GetUtcNow().AddSeconds(7);
        HandleLife.End(HandleKind.Scroll, null, before, _time.GetUtcNow()).ShouldBe(before);
        HandleLife.End(HandleKind.Scroll, "1m", before, _time.GetUtcNow()).ShouldBe(_time.GetUtcNow().AddMinutes(1));
        HandleLife.End(HandleKind.AsyncSearch, null, default, _time.GetUtcNow()).ShouldBe(_time.GetUtcNow().AddDays(5));
    }

    [Fact]
    public void A_use_puts_the_end_off_for_this_handle_of_this_owner_alone()
    {
        HandleRenewals renewals = new(_sealer, _time) { MaxHeld = 8 };
        HandleSeal seal = new(_sealer, renewals);
        Handle handle = Make(HandleKind.PointInTime);
        renewals.Renew(handle, handle.Expires.AddHours(1));
        renewals.Renew(handle, handle.Expires.AddMinutes(1));
        DateTimeOffset later = handle.Expires.AddMinutes(30);
        Open(handle).ShouldBe(HandleFault.None);
        Open(handle with { UpstreamId = "another" }).ShouldBe(HandleFault.Expired);
        Open(handle with { Owner = new HandleOwner("native", "carl", null) }).ShouldBe(HandleFault.Foreign);

        for (int i = 0; i < 100; i++)
        {
            renewals.Renew(handle with { UpstreamId = $"{i}" }, later);
        }

        renewals.Held.ShouldBeLessThanOrEqualTo(8);

        HandleFault Open(Handle shown) => seal.Open(seal.Seal(shown), HandleKind.PointInTime, "g", Bert, later, out _);
    }

    private HandleSeal Seal(Sealer sealer) => new(sealer, new HandleRenewals(sealer, _time));

    private Handle Make(HandleKind kind) => new(
        kind, "g", Bert, [new RequestOperation("cluster:monitor", []), new RequestOperation("index:read", ["logs-1", "logs-2"])], _time.GetUtcNow().AddMinutes(1), "up/stream+id==");
}
