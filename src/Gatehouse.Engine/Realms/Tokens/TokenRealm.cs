using System.Text.Json;
using Gatehouse.Engine.Tokens;
using Gatehouse.Identity;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>
/// Step 4 for signed tokens (RFC 7519, RFC 8725), the realms <c>jwt</c> and <c>oidc</c>. What costs nothing is checked before a
/// key is looked for, so that tokens of strangers make nobody fetch anything. Every refusal has its word in <see cref="TokenReasons"/>.
/// </summary>
internal sealed class TokenRealm : IRealm
{
    private readonly TokenSettings _settings;
    private readonly TokenAlgorithm[] _algorithms;
    private readonly TimeProvider _time;
    private readonly IKeySource _keys;
    private readonly KeyFetcher? _fetcher;
    private readonly SignatureCheck _signature;
    private readonly TokenIdentity _identity;
    private volatile bool _isClosed;

    /// <param name="document">Of kind <see cref="RealmKind.Jwt"/> or <see cref="RealmKind.Oidc"/>, without problems in <see cref="TokenSettingsRules"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of fetches.</param>
    public TokenRealm(RealmDocument document, TimeProvider time, ILogger logger)
    {
        if (TokenSettingsRules.Check(document) is [{ } problem, ..])
        {
            throw problem.Definition.Exception(problem.Text, problem.Hint);
        }

        Document = document;
        _settings = document.Token!; // without problems it has them
        _algorithms = [.. _settings.Algorithms.Select(static name => TokenAlgorithm.Find(name)!)]; // all known, as above
        _time = time;
        _signature = new SignatureCheck(_settings.Issuer, _settings.Audiences);
        _identity = new TokenIdentity(document.Name, _settings);
        if (TokenSettingsRules.ReadKeys(_settings) is { } written)
        {
            _keys = new WrittenKeys(written);
        }
        else
        {
            _fetcher = new KeyFetcher(_settings);
            _keys = new FetchedKeys(document.Name, _fetcher.FetchAsync, time, logger);
        }
    }

    /// <inheritdoc/>
    public RealmDocument Document { get; }

    /// <summary>Counts up when the issuer's keys become others: what was verified before that must be verified again.</summary>
    public int Epoch => _keys.Epoch;

    /// <inheritdoc/>
    public async ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation)
    {
        if (presented.Token is not { } text)
        {
            return RealmAnswer.NotMine;
        }

        if (_isClosed)
        {
            return new RealmAnswer(RealmVerdict.Unavailable, Reason: TokenReasons.KeysUnavailable);
        }

        CompactToken? token = CompactToken.Read(text, out string reason);
        if (token is null)
        {
            return Refuse(steps, "read the token", reason);
        }

        steps?.Add("read the token", true, $"algorithm {Quote(token.Algorithm)}, key {Quote(token.KeyId)}");
        if (TokenTimes.CheckForm(token.Claims) is { } untimed)
        {
            return Refuse(steps, "read the times", untimed);
        }

        if (CheckAddress(token.Claims) is { } misdirected)
        {
            return Refuse(steps, "issuer and audience", misdirected);
        }

        steps?.Add("issuer and audience", true);
        if (Array.Find(_algorithms, a => string.Equals(a.Name, token.Algorithm, StringComparison.Ordinal)) is not { } algorithm)
        {
            return Refuse(steps, "algorithm", TokenReasons.Algorithm);
        }

        (TokenKey? key, RealmAnswer failed) = await FindKeyAsync(token, algorithm, steps, cancellation);
        if (key is null)
        {
            return failed;
        }

        // A signature of another length is none: no DER, nothing before or behind it (RFC 7518 section 3.4).
        if (token.SignatureBytes != key.SignatureBytes(algorithm) || !await _signature.IsGoodAsync(text, key, algorithm))
        {
            return Refuse(steps, "signature", TokenReasons.Signature);
        }

        steps?.Add("signature", true);
        RealmAnswer answer = Conclude(token.Claims, steps);
        return answer.Verdict == RealmVerdict.Accepted ? answer with { Proof = new TokenProof(_keys, key, token.KeyId, algorithm) } : answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        _keys.Dispose();
        _fetcher?.Dispose();
    }

    private static RealmAnswer Refuse(IRealmSteps? steps, string step, string reason)
    {
        steps?.Add(step, false, reason);
        return new RealmAnswer(RealmVerdict.Refused, Reason: reason);
    }

    // What a stranger wrote goes to people shortened, and only when it can be seen.
    private static string Quote(string? text) => text switch
    {
        null => "none",
        { Length: <= 64 } when ForeignText.IsValue(text) => $"`{text}`",
        _ => $"of {text.Length} characters",
    };

    private string? CheckAddress(JsonElement claims)
    {
        if (!claims.TryGetProperty("iss", out JsonElement issuer) || issuer.ValueKind != JsonValueKind.String
            || !string.Equals(issuer.GetString(), _settings.Issuer, StringComparison.Ordinal))
        {
            return TokenReasons.Issuer;
        }

        if (!claims.TryGetProperty("aud", out JsonElement audience))
        {
            return TokenReasons.Audience;
        }

        if (audience.ValueKind == JsonValueKind.String)
        {
            return IsForUs(audience) ? null : TokenReasons.Audience;
        }

        // Section 4.1.3: a text or a list of texts, nothing else in between.
        if (audience.ValueKind != JsonValueKind.Array || audience.EnumerateArray().Any(static a => a.ValueKind != JsonValueKind.String))
        {
            return TokenReasons.Malformed;
        }

        return audience.EnumerateArray().Any(IsForUs) ? null : TokenReasons.Audience;
    }

    private bool IsForUs(JsonElement audience) => _settings.Audiences.Contains(audience.GetString()!, StringComparer.Ordinal); // a string by its kind

    private async ValueTask<(TokenKey? Key, RealmAnswer Failed)> FindKeyAsync(
        CompactToken token, TokenAlgorithm algorithm, IRealmSteps? steps, CancellationToken cancellation)
    {
        if (await _keys.GetAsync(cancellation) is not { } keys)
        {
            steps?.Add("the issuer's keys", false, _keys.LastFault ?? TokenReasons.KeysUnavailable);
            return (null, new RealmAnswer(RealmVerdict.Unavailable, Reason: TokenReasons.KeysUnavailable));
        }

        TokenKey? key = keys.Find(token.KeyId, algorithm, out bool isAmbiguous);
        if (key is null && !isAmbiguous && await _keys.TryRefreshAsync(cancellation) && await _keys.GetAsync(cancellation) is { } newer)
        {
            steps?.Add("keys fetched anew", true);
            key = newer.Find(token.KeyId, algorithm, out isAmbiguous);
        }

        if (key is null)
        {
            return (null, Refuse(steps, "the issuer's keys", isAmbiguous ? TokenReasons.KeyAmbiguous : TokenReasons.KeyUnknown));
        }

        steps?.Add("the issuer's keys", true, _keys.LastFault is { } fault ? $"one fits; the last fetch failed: {fault}" : "one fits");
        return (key, default);
    }

    private RealmAnswer Conclude(JsonElement claims, IRealmSteps? steps)
    {
        if (TokenTimes.Check(claims, _settings, _time.GetUtcNow(), out TokenTimes times) is { } untimely)
        {
            return Refuse(steps, "times", untimely);
        }

        steps?.Add("times", true, $"until {times.Ends:u}");
        Principal? principal = _identity.Make(claims, out string reason);
        if (principal is null)
        {
            return Refuse(steps, "name, groups and required claims", reason);
        }

        steps?.Add("name, groups and required claims", true, $"`{principal.Name}`, {principal.Groups.Length} groups");
        return new RealmAnswer(RealmVerdict.Accepted, principal, Until: times.Ends);
    }
}
