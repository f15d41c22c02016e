using Gatehouse.Engine.Emqx;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Emqx;

public sealed class DashboardSessionsTests
{
    private const string Presented = "Basic YW5uYTpzZWNyZXQ=";
    private readonly ManualTime _time = new();
    private readonly DashboardSessions _sessions;

    public DashboardSessionsTests() => _sessions = new DashboardSessions(_time);

    [Fact]
    public void A_token_gives_back_who_it_was_made_for_at_its_gate()
    {
        Authenticated anna = Login("anna");
        string token = _sessions.Begin("emqx", anna, Presented);
        _sessions.TryOpen("emqx", "Bearer " + token, out DashboardSession? session, out string? presented).ShouldBeTrue();
        session.Login.ShouldBeSameAs(anna);
        presented.ShouldBe(Presented);
        _sessions.TryOpen("other", "Bearer " + token, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void What_was_presented_lies_there_unreadable()
    {
        string token = _sessions.Begin("emqx", Login("anna"), Presented);
        _sessions.TryOpen("emqx", "Bearer " + token, out DashboardSession? session, out _).ShouldBeTrue();
        System.Text.Encoding.Latin1.GetString(session.Box).ShouldNotContain("YW5u");
    }

    [Fact]
    public void Another_key_opens_nothing()
    {
        string token = _sessions.Begin("emqx", Login("anna"), Presented);
        string other = _sessions.Begin("emqx", Login("anna"), Presented);
        token.ShouldNotBe(other);

        // The first 16 bytes name a session, the others are its key.
        string mixed = token[..25] + other[25..];
        _sessions.TryOpen("emqx", "Bearer " + mixed, out _, out _).ShouldBeFalse();
        foreach (string text in new[] { "ghd_", "ghd_x", "ghd_" + token, token + "A", token[..^1], token[..^1] + "=", token[..^1] + "!" })
        {
            _sessions.TryOpen("emqx", "Bearer " + text, out _, out _).ShouldBeFalse(text);
        }
    }

    [Fact]
    public void It_ends_after_an_hour_and_with_its_logout()
    {
        string first = _sessions.Begin("emqx", Login("anna"), Presented);
        _sessions.TryOpen("emqx", "Bearer " + first, out DashboardSession? session, out _).ShouldBeTrue();
        _sessions.End(session);
        _sessions.TryOpen("emqx", "Bearer " + first, out _, out _).ShouldBeFalse();

        string second = _sessions.Begin("emqx", Login("anna"), Presented);
        _time.Advance(DashboardSessions.Life - TimeSpan.FromSeconds(1));
        _sessions.TryOpen("emqx", "Bearer " + second, out _, out _).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        _sessions.TryOpen("emqx", "Bearer " + second, out _, out _).ShouldBeFalse();
        _sessions.Count.ShouldBe(0);
    }

    [Fact]
    public void One_principal_takes_only_its_own_room()
    {
        string bert = _sessions.Begin("emqx", Login("bert"), Presented);
        string[] tokens = [.. Enumerable.Range(0, DashboardSessions.MostOfOne + 1).Select(_ =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _sessions.Begin("emqx", Login("anna"), Presented);
        })];
        _sessions.TryOpen("emqx", "Bearer " + tokens[0], out _, out _).ShouldBeFalse();
        _sessions.TryOpen("emqx", "Bearer " + tokens[^1], out _, out _).ShouldBeTrue();
        _sessions.TryOpen("emqx", "Bearer " + bert, out _, out _).ShouldBeTrue();
        _sessions.Count.ShouldBe(DashboardSessions.MostOfOne + 1);
    }

    [Theory]
    [InlineData("Bearer ghd_x", true)]
    [InlineData("bearer ghd_x", true)]
    [InlineData("Bearer  ghd_x", true)]
    [InlineData("Bearer eyJhbGciOi", false)]
    [InlineData("Basic ghd_x", false)]
    [InlineData(null, false)]
    public void Its_tokens_are_told_from_others(string? header, bool expected) => DashboardSessions.IsToken(header).ShouldBe(expected);

    [Theory]
    [InlineData("""{"username":"anna","password":"secret"}""", true)]
    [InlineData("""{"username":"anna","password":""}""", true)]
    [InlineData("""{"username":"anna","password":"a:b","mfa_token":"1"}""", true)]
    [InlineData("""{"username":"","password":"secret"}""", false)]
    [InlineData("""{"username":"an:na","password":"secret"}""", false)]
    [InlineData("""{"username":"anna"}""", false)]
    [InlineData("""{"username":"anna","password":1}""", false)]
    [InlineData("""{"username":"anna","username":"bert","password":"secret"}""", false)]
    [InlineData("""["anna","secret"]""", false)]
    [InlineData("", false)]
    public void A_login_is_read_strictly(string body, bool expected) =>
        LoginBody.TryRead(System.Text.Encoding.UTF8.GetBytes(body), out _, out _).ShouldBe(expected);

    private static Authenticated Login(string name) => new(new Principal(name, RealmNames.Native), 1);
}
