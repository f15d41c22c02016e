using Gatehouse.Engine.Tokens;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>
/// Verifies a signature, with one key and one algorithm that were chosen before. The library reads the token once more by
/// itself and must find the same issuer, audience and algorithm: two readers agree, or there is no login.
/// </summary>
internal sealed class SignatureCheck(string issuer, IReadOnlyCollection<string> audiences)
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = CompactToken.MaxLength };

    // Providers of retired keys would stay in the default cache.
    private readonly CryptoProviderFactory _providers = new() { CacheSignatureProviders = false };

    /// <summary>Whether the token is signed by the key, for this issuer and audience. Times are judged elsewhere, by our own clock.</summary>
    public async ValueTask<bool> IsGoodAsync(string token, TokenKey key, TokenAlgorithm algorithm)
    {
        var parameters = new TokenValidationParameters
        {
            IssuerSigningKeyResolver = (_, _, _, _) => [key.Key],
            TryAllIssuerSigningKeys = true,
            CryptoProviderFactory = _providers,
            ValidAlgorithms = [algorithm.Name],
            RequireSignedTokens = true,
            ValidIssuer = issuer,
            ValidateIssuer = true,
            ValidAudiences = audiences,
            ValidateAudience = true,
            RequireAudience = true,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            LifetimeValidator = static (_, expires, _, _) => expires is not null, // by our own clock afterwards, see TokenTimes
            ValidateIssuerSigningKey = false,
        };
        TokenValidationResult result = await _handler.ValidateTokenAsync(token, parameters);
        return result.IsValid;
    }
}
