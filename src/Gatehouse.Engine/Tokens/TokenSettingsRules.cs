using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Tokens;

/// <summary>What is wrong with the settings of a <c>jwt</c> or <c>oidc</c> realm; all of it, for commands and the daemon alike.</summary>
internal static class TokenSettingsRules
{
    private const int MaxIssuer = 1024;
    private const int MaxSkew = 600;
    private const int MaxLifetime = 366 * 86_400;

    /// <summary>Checks; empty when it is good.</summary>
    public static IReadOnlyList<Problem> Check(RealmDocument realm)
    {
        if (realm.Kind is not (RealmKind.Jwt or RealmKind.Oidc) || realm.Token is not { } settings)
        {
            return [IdentityProblems.RealmSettings.Because($"realm `{realm.Name}` has no settings for tokens")];
        }

        List<Problem> problems = [];
        CheckIssuer(realm, settings, problems);
        CheckKeys(realm, settings, problems);
        CheckAuthorities(realm, settings, problems);
        CheckClaims(realm, settings, problems);
        if (settings.SkewSeconds is < 0 or > MaxSkew || settings.MaxSeconds is < 1 or > MaxLifetime)
        {
            problems.Add(IdentityProblems.TokenTimes.Because(
                $"realm `{realm.Name}`: clocks may differ by 0 to {MaxSkew} seconds, a token be valid for 1 to {MaxLifetime}"));
        }

        return problems;
    }

    /// <summary>The keys that are written in the settings; null when there are none, or they are no key set.</summary>
    public static KeySet? ReadKeys(TokenSettings settings) =>
        settings.Keys is { } json ? KeySet.Read(Encoding.UTF8.GetBytes(json), mayHoldSecrets: true) : null;

    private static void CheckIssuer(RealmDocument realm, TokenSettings settings, List<Problem> problems)
    {
        if (settings.Issuer.Length is 0 or > MaxIssuer)
        {
            problems.Add(IdentityProblems.TokenIssuer.Because($"realm `{realm.Name}` has no issuer, or one longer than {MaxIssuer} characters"));
        }
        else if (realm.Kind == RealmKind.Oidc && (!IssuerAddress.IsFit(settings.Issuer, out Uri? url) || url!.Query.Length > 0))
        {
            // OpenID Connect Discovery 1.0 section 3: https, no query, no fragment.
            problems.Add(IdentityProblems.TokenIssuer.Because($"realm `{realm.Name}`: the issuer of an oidc realm is an https address without a query"));
        }

        if (settings.Audiences.IsDefaultOrEmpty || settings.Audiences.Any(string.IsNullOrEmpty))
        {
            problems.Add(IdentityProblems.TokenAudience.Because($"realm `{realm.Name}` names no audience", hint: "a token for any service would be good here"));
        }
    }

    private static void CheckKeys(RealmDocument realm, TokenSettings settings, List<Problem> problems)
    {
        TokenAlgorithm?[] algorithms = settings.Algorithms.IsDefaultOrEmpty ? [] : [.. settings.Algorithms.Select(TokenAlgorithm.Find)];
        bool secrets = algorithms.Any(static a => a?.Family == KeyFamily.Secret);
        if (algorithms.Length == 0 || algorithms.Contains(null))
        {
            problems.Add(IdentityProblems.TokenAlgorithms.Because(
                $"realm `{realm.Name}`: algorithms are of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, HS256, HS384, HS512"));
        }
        else if (secrets && (settings.Keys is null || algorithms.Any(static a => a?.Family != KeyFamily.Secret)))
        {
            // RFC 8725 section 3.1: with both, a public key could be taken for the secret.
            problems.Add(IdentityProblems.TokenAlgorithms.Because(
                $"realm `{realm.Name}`: HS algorithms stand alone, and with a secret in `keys`", hint: "make a realm for each kind of key"));
        }

        if (settings.Keys is not null)
        {
            CheckWritten(realm, settings, algorithms, problems);
        }
        else if (settings.KeysUrl is null && realm.Kind == RealmKind.Jwt)
        {
            problems.Add(IdentityProblems.TokenKeys.Because($"realm `{realm.Name}` has neither keys nor an address of keys"));
        }

        if (settings.KeysUrl is { } address && !IssuerAddress.IsFit(address, out _))
        {
            problems.Add(IdentityProblems.TokenKeysUrl.Because($"realm `{realm.Name}`: keys are fetched from an https address without user and fragment"));
        }
    }

    private static void CheckWritten(RealmDocument realm, TokenSettings settings, TokenAlgorithm?[] algorithms, List<Problem> problems)
    {
        string? wrong = ReadKeys(settings) switch
        {
            _ when settings.KeysUrl is not null => "keys are written and an address of keys is named; one of the two",
            null => "the keys are no JSON Web Key Set",
            { Skipped: [{ } first, ..] } => first,
            { Keys.IsEmpty: true } => "the key set is empty",
            { } keys when keys.Keys.Any(k => !Array.Exists(algorithms, a => a is not null && k.Takes(a))) => "a key takes none of the algorithms",
            { } keys when keys.Keys.GroupBy(static k => (k.Id, k.Family)).Any(static g => g.Key.Id is not null && g.Skip(1).Any()) => "two keys have one `kid`",
            _ => null,
        };
        if (wrong is not null)
        {
            problems.Add(IdentityProblems.TokenKeys.Because($"realm `{realm.Name}`: {wrong}"));
        }
    }

    private static void CheckAuthorities(RealmDocument realm, TokenSettings settings, List<Problem> problems)
    {
        if (settings.Authorities is null)
        {
            return;
        }

        X509Certificate2Collection authorities = [];
        try
        {
            authorities.ImportFromPem(settings.Authorities);
        }
        catch (CryptographicException)
        {
            authorities.Clear();
        }

        if (authorities.Count == 0)
        {
            problems.Add(IdentityProblems.RealmAuthorities.Because($"realm `{realm.Name}`: the authorities are no certificates in PEM"));
        }
    }

    private static void CheckClaims(RealmDocument realm, TokenSettings settings, List<Problem> problems)
    {
        foreach (string pointer in (string[])[settings.NameClaim, .. settings.GroupsClaim is { } groups ? [groups] : Array.Empty<string>(), .. settings.Require.Keys])
        {
            if (ClaimPointer.Parse(pointer) is null)
            {
                problems.Add(IdentityProblems.TokenClaims.Because(
                    $"realm `{realm.Name}`: a claim is named by a JSON pointer", hint: "such as `/sub` or `/realm_access/roles`; a slash within a name is `~1`"));
            }
        }
    }
}
