using Gatehouse.Engine.Certificates;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Step 4: asks one realm after another in their order until one lets in. API keys are asked only for what looks like one;
/// passwords go to <c>native</c> first, so that an unknown name costs the same hash everywhere; what nobody presented goes to
/// an <c>anonymous</c> realm where the gate names it. A realm that cannot be asked lets nobody in and does not end the chain.
/// </summary>
internal sealed class RealmChain : IAuthenticator, IDisposable
{
    private const int TagBytes = 32;
    private const string Bearer = "Bearer ";
    private const string ApiKey = "ApiKey ";

    private readonly TimeProvider _time;
    private readonly LoginLimits _limits;
    private readonly NativeRealm _native;
    private readonly RealmSet _realms;
    private readonly CredentialCache _cache = new(100_000);

    public RealmChain(TimeProvider time, LoginLimitOptions options, IRealmFactory factory)
    {
        _time = time;
        _limits = new LoginLimits(time, options);
        _native = new NativeRealm(_limits, options);
        _realms = new RealmSet(factory);
    }

    /// <summary>The realm of this name on a snapshot, for trying it out.</summary>
    public IRealm? Find(SecuritySnapshot snapshot, string name) => _realms.Find(snapshot, name);

    /// <inheritdoc/>
    public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
    {
        authenticated = null;
        if (request.Authorization is not { } authorization)
        {
            return false;
        }

        Span<byte> tag = stackalloc byte[TagBytes];
        _cache.Tag(authorization, tag);
        return _cache.TryGet(tag, snapshot, now, out authenticated) && request.Asks(authenticated!.Principal.Realm); // true means it is there
    }

    /// <inheritdoc/>
    public async ValueTask<AuthenticationResult> AuthenticateAsync(
        AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (string.IsNullOrEmpty(request.Authorization))
        {
            return await WithoutHeaderAsync(request, snapshot, now, cancellation);
        }

        if (TryGetCached(request, snapshot, now, out Authenticated? cached))
        {
            return Accept(cached!);
        }

        string header = request.Authorization;
        AuthenticationResult result = header.StartsWith(ApiKey, StringComparison.OrdinalIgnoreCase)
            ? WithKey(request, ApiKeys.FromBase64(header.AsSpan(ApiKey.Length).Trim(' ')), snapshot, now)
            : header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? await WithTokenAsync(request, header[Bearer.Length..].Trim(' '), snapshot, now, cancellation)
            : await WithPasswordAsync(request, snapshot, now, cancellation);
        if (result is { Status: AuthenticationStatus.Accepted, Authenticated: { IsBreakGlass: false } login })
        {
            Remember(header, login);
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _realms.Dispose();
        _native.Dispose();
    }

    private static AuthenticationResult Accept(Authenticated login) => new(AuthenticationStatus.Accepted, login, login.Principal.Name);

    private async ValueTask<AuthenticationResult> WithoutHeaderAsync(
        AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, CancellationToken cancellation)
    {
        var presented = new PresentedCredentials(request.Source) { Certificate = request.Certificate };
        Reasons reasons = default;
        if (request.Certificate is not null && request.Realms is { IsDefaultOrEmpty: false } && request.Asks(RealmNames.Pki)
            && ConnectionIdentity.FromCertificate(request.Gate, request.Certificate) is { } vouched)
        {
            return IsRevoked(vouched.Principal, snapshot)
                ? new AuthenticationResult(AuthenticationStatus.Refused) { Reason = "pki: " + CertificateReasons.Revoked }
                : Accept(vouched);
        }

        foreach (IRealm realm in _realms.Of(snapshot))
        {
            bool fits = realm.Document.Kind == RealmKind.Anonymous
                ? request.Realms is { IsDefaultOrEmpty: false } && request.Asks(realm.Document.Name)
                : request.Certificate is not null && realm.Document.Kind == RealmKind.Pki && request.Asks(realm.Document.Name);
            if (!fits)
            {
                continue;
            }

            if (realm.Document.Anonymous is { } anonymous)
            {
                return Accept(new Authenticated(new Principal(anonymous.Name, realm.Document.Name), realm.Document.Version));
            }

            int epoch = realm.Epoch;
            RealmAnswer answer = Standing(await realm.VerifyAsync(presented, null, cancellation), snapshot);
            if (answer is { Verdict: RealmVerdict.Accepted, Principal: { } principal })
            {
                return Accept(LoginOf(realm, epoch, principal, answer));
            }

            reasons = reasons.With(realm, answer);
        }

        return new AuthenticationResult(request.Certificate is null ? AuthenticationStatus.Missing : AuthenticationStatus.Refused) { Reason = reasons.Text };
    }

    private AuthenticationResult WithKey(AuthenticationRequest request, string? key, SecuritySnapshot snapshot, DateTimeOffset now)
    {
        if (!request.Asks(RealmNames.ApiKey))
        {
            return new AuthenticationResult(AuthenticationStatus.Refused) { Reason = "api-key: not asked at this gate" };
        }

        if (key is null)
        {
            return new AuthenticationResult(AuthenticationStatus.Malformed);
        }

        if (!_limits.TryTake(request.Source, KeyBucket, out TimeSpan retryAfter))
        {
            return new AuthenticationResult(AuthenticationStatus.Limited, RetryAfter: retryAfter);
        }

        Authenticated? login = ApiKeys.Verify(key, snapshot, now, out string? reason);
        if (login is null)
        {
            return new AuthenticationResult(reason == "owner_inactive" ? AuthenticationStatus.Inactive : AuthenticationStatus.Refused) { Reason = "api-key: " + reason };
        }

        _limits.GiveBack(request.Source, KeyBucket);
        return Accept(login);
    }

    private async ValueTask<AuthenticationResult> WithTokenAsync(
        AuthenticationRequest request, string token, SecuritySnapshot snapshot, DateTimeOffset now, CancellationToken cancellation)
    {
        if (ApiKeys.IsKey(token))
        {
            return WithKey(request, token, snapshot, now);
        }

        if (!_limits.TryTake(request.Source, TokenBucket, out TimeSpan retryAfter))
        {
            return new AuthenticationResult(AuthenticationStatus.Limited, RetryAfter: retryAfter);
        }

        AuthenticationResult result = await AskAsync(
            request, new PresentedCredentials(request.Source) { Token = token }, default, snapshot, now, cancellation);
        if (result.Status == AuthenticationStatus.Accepted)
        {
            _limits.GiveBack(request.Source, TokenBucket);
        }

        return result;
    }

    private async ValueTask<AuthenticationResult> WithPasswordAsync(
        AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!BasicCredentials.TryParse(request.Authorization!, out string name, out string password))
        {
            return new AuthenticationResult(AuthenticationStatus.Malformed);
        }

        var presented = new PresentedCredentials(request.Source) { Name = name, Password = password };
        Reasons reasons = default;
        if (request.Asks(RealmNames.Native))
        {
            NativeAnswer answer = await _native.VerifyAsync(presented, TagOf(request.Authorization!), snapshot, now, cancellation);
            if (answer.Login is not null)
            {
                return Accept(answer.Login);
            }

            if (answer.Verdict == RealmVerdict.Busy)
            {
                return new AuthenticationResult(AuthenticationStatus.Limited, PresentedName: name, RetryAfter: answer.RetryAfter);
            }

            if (answer.Verdict == RealmVerdict.Inactive)
            {
                return new AuthenticationResult(AuthenticationStatus.Inactive, PresentedName: name) { Reason = "native: inactive" };
            }

            reasons = reasons.With(RealmNames.Native, "refused");
        }
        else if (!_limits.TryTake(request.Source, name, out TimeSpan retryAfter))
        {
            return new AuthenticationResult(AuthenticationStatus.Limited, PresentedName: name, RetryAfter: retryAfter);
        }

        // RFC 4513 section 5.1.2: a directory takes an empty password for "nobody in particular", and says yes.
        return password.Length == 0
            ? new AuthenticationResult(AuthenticationStatus.Refused, PresentedName: name) { Reason = "empty_password" }
            : await AskAsync(request, presented, reasons, snapshot, now, cancellation) is var result && result.Status == AuthenticationStatus.Accepted
                ? GiveBack(request, name, result)
                : result;
    }

    private AuthenticationResult GiveBack(AuthenticationRequest request, string name, AuthenticationResult result)
    {
        _limits.GiveBack(request.Source, name);
        return result;
    }

    private async ValueTask<AuthenticationResult> AskAsync(
        AuthenticationRequest request, PresentedCredentials presented, Reasons reasons, SecuritySnapshot snapshot, DateTimeOffset now, CancellationToken cancellation)
    {
        bool isInactive = false;
        bool isBusy = false;
        foreach (IRealm realm in _realms.Of(snapshot))
        {
            if (!request.Asks(realm.Document.Name) || !Reads(realm.Document.Kind, presented))
            {
                continue;
            }

            int epoch = realm.Epoch;
            RealmAnswer answer = Standing(await realm.VerifyAsync(presented, null, cancellation), snapshot);
            if (answer is { Verdict: RealmVerdict.Accepted, Principal: { } principal } && !(answer.Until <= now))
            {
                return Accept(LoginOf(realm, epoch, principal, answer));
            }

            isInactive |= answer.Verdict == RealmVerdict.Inactive;
            isBusy |= answer.Verdict == RealmVerdict.Busy;
            reasons = reasons.With(realm, answer);
        }

        AuthenticationStatus status = isInactive ? AuthenticationStatus.Inactive : isBusy ? AuthenticationStatus.Limited : AuthenticationStatus.Refused;
        return new AuthenticationResult(status, PresentedName: presented.Name, RetryAfter: isBusy ? TimeSpan.FromSeconds(1) : default) { Reason = reasons.Text };
    }

    // What the cluster has revoked is no realm's own matter.
    private static RealmAnswer Standing(RealmAnswer answer, SecuritySnapshot snapshot) =>
        answer.Principal is { } principal && IsRevoked(principal, snapshot) ? new RealmAnswer(RealmVerdict.Refused, Reason: CertificateReasons.Revoked) : answer;

    private static bool IsRevoked(Principal principal, SecuritySnapshot snapshot) =>
        principal.Attributes.TryGetValue(SecuritySnapshot.CertificateKeyAttribute, out string? key) && snapshot.IsRevoked(key);

    private static bool Reads(RealmKind kind, PresentedCredentials presented) => kind switch
    {
        RealmKind.Ldap or RealmKind.ActiveDirectory => presented.Name is not null,
        RealmKind.Jwt or RealmKind.Oidc => presented.Token is not null,
        RealmKind.Pki => presented.Certificate is not null,
        _ => false,
    };

    // A token ends at its own end, for what runs too. A directory is only asked again for what comes next: nobody could.
    private static Authenticated LoginOf(IRealm realm, int epoch, Principal principal, RealmAnswer answer) =>
        new(principal, realm.Document.Version)
        {
            EndsAt = realm.Document.Directory is null ? answer.Until : null,
            FreshUntil = realm.Document.Directory is null ? null : answer.Until,
            VerifiedBy = (realm, epoch),
            Proof = answer.Proof,
        };

    private void Remember(string header, Authenticated login)
    {
        Span<byte> tag = stackalloc byte[TagBytes];
        _cache.Tag(header, tag);
        _cache.Add(tag, login);
    }

    private string TagOf(string header)
    {
        Span<byte> tag = stackalloc byte[TagBytes];
        _cache.Tag(header, tag);
        return Convert.ToHexString(tag);
    }

    // Names of users are UserName's; these can never be one.
    private const string TokenBucket = "token:";

    private const string KeyBucket = "key:";

    /// <summary>What each realm said, for the record.</summary>
    private readonly record struct Reasons(string? Text)
    {
        public Reasons With(IRealm realm, RealmAnswer answer) => answer.Verdict == RealmVerdict.NotMine
            ? this
            : With(realm.Document.Name, answer.Reason ?? answer.Verdict.ToString().ToLowerInvariant());

        public Reasons With(string realm, string reason) => new(Text is null ? $"{realm}: {reason}" : $"{Text}; {realm}: {reason}");
    }
}
