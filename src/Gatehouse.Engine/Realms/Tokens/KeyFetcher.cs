using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Engine.Tokens;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>What came of a fetch.</summary>
/// <param name="Keys">The keys; null when it failed.</param>
/// <param name="Fault">Why it failed, for people.</param>
internal readonly record struct FetchResult(KeySet? Keys, string? Fault = null);

/// <summary>
/// Fetches an issuer's keys, for OpenID Connect by way of its discovery document (OpenID Connect Discovery 1.0 section 4).
/// HTTPS only, no redirects, no cookies, no proxy, bounded in size and time; with authorities of its own nobody else's count.
/// </summary>
internal sealed class KeyFetcher : IDisposable
{
    /// <summary>Largest answer in bytes.</summary>
    public const int MaxBytes = 512 * 1024;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);
    private readonly TokenSettings _settings;
    private readonly HttpClient _client;

    public KeyFetcher(TokenSettings settings)
    {
        _settings = settings;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            MaxConnectionsPerServer = 2,
            MaxResponseHeadersLength = 32,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = MakePolicy(settings.Authorities) },
        };
        _client = new HttpClient(handler) { Timeout = MaxTime, MaxResponseContentBufferSize = MaxBytes };
    }

    /// <summary>Fetches. Never throws for what the issuer or the network does.</summary>
    public async Task<FetchResult> FetchAsync(CancellationToken cancellation)
    {
        (string? address, string? fault) = _settings.KeysUrl is { } written ? (written, null) : await DiscoverAsync(cancellation);
        if (address is null)
        {
            return new FetchResult(null, fault);
        }

        (byte[]? json, fault) = await GetAsync(address, cancellation);
        if (json is null)
        {
            return new FetchResult(null, fault);
        }

        KeySet? keys = KeySet.Read(json, mayHoldSecrets: false);
        return keys switch
        {
            null => new FetchResult(null, "the answer is no key set"),
            { Keys.IsEmpty: true } => new FetchResult(null, "the key set holds no key that could be used"),
            _ => new FetchResult(keys),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static X509ChainPolicy MakePolicy(string? authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPem(authorities);
        }

        return policy;
    }

    private async Task<(string? Address, string? Fault)> DiscoverAsync(CancellationToken cancellation)
    {
        (byte[]? json, string? fault) = await GetAsync(IssuerAddress.Discovery(_settings.Issuer), cancellation);
        if (json is null)
        {
            return (null, fault);
        }

        if (!StrictObject.TryRead(json, out JsonElement root, out _))
        {
            return (null, "the discovery document is no strict JSON object");
        }

        // Section 4.3: must be the very issuer that was asked for, else one tenant could speak for another.
        if (Text(root, "issuer") is not { } issuer || !string.Equals(issuer, _settings.Issuer, StringComparison.Ordinal))
        {
            return (null, "the discovery document is of another issuer");
        }

        return Text(root, "jwks_uri") is { } address && IssuerAddress.IsFit(address, out _)
            ? (address, null)
            : (null, "the discovery document names no https address of keys");
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task<(byte[]? Body, string? Fault)> GetAsync(string address, CancellationToken cancellation)
    {
        if (!IssuerAddress.IsFit(address, out Uri? url))
        {
            return (null, "the address is no https address");
        }

        try
        {
            // Reading and importing keys is nothing for a socket thread.
            using HttpResponseMessage answer = await _client.GetAsync(url, cancellation).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return (null, $"{url!.Authority} answered {(int)answer.StatusCode}");
            }

            return (await answer.Content.ReadAsByteArrayAsync(cancellation), null);
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException)
        {
            // In time no answer, or the realm was replaced meanwhile.
            return (null, $"{url!.Authority} did not answer in {MaxTime.TotalSeconds:0} s");
        }
        catch (HttpRequestException fault)
        {
            string why = fault.InnerException is AuthenticationException ? "its certificate is not good here" : Word(fault.HttpRequestError);
            return (null, $"{url!.Authority} could not be asked: {why}");
        }
    }

    private static string Word(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "its name cannot be resolved",
        HttpRequestError.ConnectionError => "no connection",
        HttpRequestError.SecureConnectionError => "its certificate is not good here",
        HttpRequestError.ConfigurationLimitExceeded => "its answer is too large",
        _ => "its answer is no HTTP",
    };
}
