using System.Net;
using System.Security.Cryptography;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Tokens;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms.Tokens;

/// <summary>Against a real issuer over TLS: discovery, rotation, outage, and attacks on the fetch.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private static readonly TokenMaker First = new();
    private static readonly TokenMaker Second = new();
    private readonly ManualTime _time = new();
    private TestIssuer _issuer = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestIssuer.StartAsync();
        _issuer.Keys = First.Keys();
    }

    public ValueTask DisposeAsync() => _issuer.DisposeAsync();

    [Theory]
    [InlineData("RS256", "r1")]
    [InlineData("PS256", "r1")]
    [InlineData("ES256", "e1")]
    public async Task Keys_are_found_by_discovery(string algorithm, string kid)
    {
        using TokenRealm realm = Realm();

        RealmAnswer answer = await Ask(realm, First, kid, algorithm);

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, answer.Reason);
        (_issuer.Discoveries, _issuer.Fetches).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_jwt_realm_fetches_keys_without_discovery()
    {
        using var realm = new TokenRealm(
            new RealmDocument { Name = "t", Kind = RealmKind.Jwt, Token = Settings() with { KeysUrl = _issuer.Url + "/keys" } }, _time, NullLogger.Instance);

        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        (_issuer.Discoveries, _issuer.Fetches).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Rotation_lets_the_new_key_in_at_once_and_drops_the_old_one()
    {
        using TokenRealm realm = Realm();
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        int epoch = realm.Epoch;

        _issuer.Keys = $$"""{"keys":[{{First.RsaJwk("r1")}},{{Second.RsaJwk("r2")}}]}""";
        (await Ask(realm, Second, "r2")).Reason.ShouldBe("token_key_unknown", "within the pause");
        _time.Advance(FetchedKeys.Pause);
        (await Ask(realm, Second, "r2")).Verdict.ShouldBe(RealmVerdict.Accepted);
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        realm.Epoch.ShouldBe(epoch + 1);

        _issuer.Keys = $$"""{"keys":[{{Second.RsaJwk("r2")}}]}""";
        await BackgroundFetch(realm, () => _time.Advance(TimeSpan.FromMinutes(5)));
        (await Ask(realm, First, "r1")).Reason.ShouldBe("token_key_unknown");
        (await Ask(realm, Second, "r2")).Verdict.ShouldBe(RealmVerdict.Accepted);
        realm.Epoch.ShouldBe(epoch + 2);
    }

    [Fact]
    public async Task A_login_stands_as_long_as_the_key_that_verified_it()
    {
        using TokenRealm realm = Realm();
        IProof first = (await Ask(realm, First, "r1")).Proof!;

        // Another key besides: nothing falls.
        _issuer.Keys = $$"""{"keys":[{{First.RsaJwk("r1")}},{{Second.RsaJwk("r2")}}]}""";
        await BackgroundFetch(realm, () => _time.Advance(TimeSpan.FromMinutes(5)));
        first.Stands(_time.GetUtcNow()).ShouldBeTrue();
        IProof second = (await Ask(realm, Second, "r2")).Proof!;

        // The first is gone: what it verified falls, the rest goes on.
        _issuer.Keys = $$"""{"keys":[{{Second.RsaJwk("r2")}}]}""";
        await BackgroundFetch(realm, () => _time.Advance(TimeSpan.FromMinutes(5)));
        (first.Stands(_time.GetUtcNow()), second.Stands(_time.GetUtcNow())).ShouldBe((false, true));

        // Another key under the same id, and then one that nobody knows who is meant: neither is the key that it was.
        _issuer.Keys = $$"""{"keys":[{{First.RsaJwk("r2")}}]}""";
        await BackgroundFetch(realm, () => _time.Advance(TimeSpan.FromMinutes(5)));
        second.Stands(_time.GetUtcNow()).ShouldBeFalse();
        _issuer.Keys = $$"""{"keys":[{{First.RsaJwk("r2")}},{{Second.RsaJwk("r2")}}]}""";
        await BackgroundFetch(realm, () => _time.Advance(TimeSpan.FromMinutes(5)));
        second.Stands(_time.GetUtcNow()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_login_falls_when_its_key_can_no_longer_be_believed()
    {
        TokenRealm realm = Realm();
        IProof proof = (await Ask(realm, First, "r1")).Proof!;
        _issuer.Instead = static context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };

        _time.Advance(FetchedKeys.MaxAge - TimeSpan.FromMinutes(1));
        proof.Stands(_time.GetUtcNow()).ShouldBeTrue();
        _time.Advance(TimeSpan.FromMinutes(2));
        proof.Stands(_time.GetUtcNow()).ShouldBeFalse();

        _issuer.Instead = null;
        await BackgroundFetch(realm, () => _time.Advance(FetchedKeys.Pause), () => proof.Stands(_time.GetUtcNow()));
        realm.Dispose();
        proof.Stands(_time.GetUtcNow()).ShouldBeFalse("nobody fetches keys any more");
    }

    [Fact]
    public async Task A_key_id_given_to_another_key_does_not_let_the_old_one_in()
    {
        using TokenRealm realm = Realm();
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        _issuer.Keys = Second.Keys();

        await BackgroundFetch(realm, () => _time.Advance(TimeSpan.FromMinutes(5)));

        (await Ask(realm, First, "r1")).Reason.ShouldBe("token_signature");
        (await Ask(realm, Second, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
    }

    [Fact]
    public async Task Made_up_key_ids_ask_the_issuer_once_in_a_pause()
    {
        using TokenRealm realm = Realm();
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        _time.Advance(FetchedKeys.Pause);

        RealmAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Ask(realm, Second, Convert.ToHexString(RandomNumberGenerator.GetBytes(8)))));

        answers.ShouldAllBe(static a => a.Reason == "token_key_unknown");
        _issuer.Fetches.ShouldBe(2);
    }

    [Fact]
    public async Task Tokens_of_another_issuer_make_nobody_fetch()
    {
        using TokenRealm realm = Realm();
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        _time.Advance(FetchedKeys.Pause);

        string foreign = Second.Sign(TokenMaker.Header("RS256", "x"), TokenMaker.Claims(_time.GetUtcNow()));
        (await realm.VerifyAsync(new PresentedCredentials(IPAddress.Loopback) { Token = foreign }, null, default)).Reason.ShouldBe("token_issuer");
        _issuer.Fetches.ShouldBe(1);
    }

    [Fact]
    public async Task Keys_survive_an_outage_for_six_hours_and_no_longer()
    {
        using TokenRealm realm = Realm();
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        _issuer.Instead = static context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };

        await BackgroundFetch(realm, () => _time.Advance(FetchedKeys.MaxAge - TimeSpan.FromMinutes(1)), () => _issuer.Discoveries > 1);
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);

        _time.Advance(TimeSpan.FromMinutes(2));
        (await Ask(realm, First, "r1")).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "token_keys_unavailable"));

        _issuer.Instead = null;
        _time.Advance(FetchedKeys.Pause);
        (await Ask(realm, First, "r1")).Verdict.ShouldBe(RealmVerdict.Accepted);
    }

    [Fact]
    public async Task A_discovery_document_of_another_issuer_is_refused()
    {
        _issuer.Discovery = $$"""{"issuer":"{{_issuer.Url}}/","jwks_uri":"{{_issuer.Url}}/keys"}""";
        await Fails("the discovery document is of another issuer");
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/keys")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:password@127.0.0.1/keys")]
    [InlineData("/keys")]
    public async Task Keys_come_over_https_only(string address)
    {
        _issuer.Discovery = $$"""{"issuer":"{{_issuer.Url}}","jwks_uri":"{{address}}"}""";
        await Fails("the discovery document names no https address of keys");
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        _issuer.Instead = context =>
        {
            context.Response.Redirect(_issuer.Url + "/keys");
            return Task.CompletedTask;
        };
        await Fails("answered 302");
        _issuer.Fetches.ShouldBe(0);
    }

    [Fact]
    public async Task Endless_answers_are_cut()
    {
        _issuer.Instead = static async context =>
        {
            byte[] chunk = new byte[65_536];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        };
        await Fails("its answer is too large");
    }

    [Fact]
    public async Task Key_sets_that_can_be_read_in_two_ways_are_refused()
    {
        _issuer.Keys = $$"""{"keys":[],"keys":[{{First.RsaJwk("r1")}}]}""";
        await Fails("no key set");
    }

    [Fact]
    public async Task A_shared_secret_in_a_public_key_set_is_nobodys()
    {
        _issuer.Keys = $$"""{"keys":[{"kty":"oct","kid":"r1","k":"{{TokenMaker.Base64(new byte[32])}}"}]}""";
        await Fails("no key that could be used");
    }

    [Fact]
    public async Task Another_authoritys_certificate_is_not_believed()
    {
        await using TestIssuer other = await TestIssuer.StartAsync();
        await Fails("its certificate is not good here", Settings() with { Authorities = other.Authority });
        await Fails("its certificate is not good here", Settings() with { Authorities = null });
        _issuer.Discoveries.ShouldBe(0);
    }

    private TokenSettings Settings() => new()
    {
        Issuer = _issuer.Url,
        Audiences = [TokenMaker.Audience],
        Algorithms = ["RS256", "PS256", "ES256"],
        Authorities = _issuer.Authority,
    };

    private TokenRealm Realm(TokenSettings? settings = null) =>
        new(new RealmDocument { Name = "sso", Kind = RealmKind.Oidc, Token = settings ?? Settings() }, _time, NullLogger.Instance);

    private async Task<RealmAnswer> Ask(TokenRealm realm, TokenMaker maker, string kid, string algorithm = "RS256", IRealmSteps? steps = null)
    {
        string claims = TokenMaker.Claims(_time.GetUtcNow(), "", TokenMaker.Issuer, _issuer.Url);
        return await realm.VerifyAsync(
            new PresentedCredentials(IPAddress.Loopback) { Token = maker.Sign(TokenMaker.Header(algorithm, kid), claims) }, steps, TestContext.Current.CancellationToken);
    }

    private async Task Fails(string fault, TokenSettings? settings = null)
    {
        using TokenRealm realm = Realm(settings);
        var steps = new HeardSteps();
        RealmAnswer answer = await Ask(realm, First, "r1", steps: steps);
        answer.ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "token_keys_unavailable"));
        steps.Lines[^1].ShouldContain(fault);
    }

    // The timer of a manual clock starts the fetch; its end is seen in what the realm says.
    private async Task BackgroundFetch(TokenRealm realm, Action act, Func<bool>? isDone = null)
    {
        int epoch = realm.Epoch;
        act();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (int i = 1; isDone is null ? realm.Epoch == epoch : !isDone(); i++)
        {
            await Task.Delay(5, limit.Token);
            if (isDone is not null && i % 100 == 0)
            {
                act(); // an earlier attempt may have ended behind the first one, and its pause begins there
            }
        }
    }
}
