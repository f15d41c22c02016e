using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// One exchange with one member over its JSON gateway: HTTP/1.1, bounded in time and size, nothing tried twice. Everything that
/// can go wrong comes out as an <see cref="EtcdFault"/> that says what it means for the request.
/// </summary>
internal sealed class EtcdWire : IDisposable
{
    /// <summary>Most of an answer that is taken: 16 chunks and their base64.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private const int MostErrorBytes = 64 * 1024;
    private const int MostHeaderKilobytes = 16;
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(1);

    private readonly EtcdEndpoints _endpoints;
    private readonly HttpMessageInvoker _http;

    public EtcdWire(EtcdSettings settings, EtcdEndpoints endpoints)
    {
        _endpoints = endpoints;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTime,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = 32,
            MaxResponseHeadersLength = MostHeaderKilobytes,
            MaxResponseDrainSize = 0,
            SslOptions = Tls(settings),
        });
    }

    /// <summary>Asks one member.</summary>
    /// <exception cref="EtcdFault">It did not answer as it should.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<T> ExchangeAsync<T>(
        int endpoint, string path, byte[] body, string? token, JsonTypeInfo<T> type, TimeSpan limit, CancellationToken cancellation)
        where T : class
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(limit);
        try
        {
            using HttpRequestMessage request = Request(endpoint, path, body, token);
            using HttpResponseMessage answer = await _http.SendAsync(request, timer.Token);
            byte[] bytes = await ReadAsync(endpoint, answer, timer.Token);

            // What follows is work, and must not be done on the thread of a socket.
            await Task.Yield();
            return answer.StatusCode == HttpStatusCode.OK ? Parse(endpoint, bytes, type) : throw Error(endpoint, (int)answer.StatusCode, bytes);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new EtcdFault(EtcdEffect.Unknown, EtcdProblems.Unreachable.Because($"{Name(endpoint)} did not answer within {limit.TotalMilliseconds:0} ms"), fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw Broken(endpoint, fault);
        }
    }

    /// <summary>Begins a stream of lines; the caller reads and disposes of the answer.</summary>
    /// <exception cref="EtcdFault">It did not begin.</exception>
    public async Task<HttpResponseMessage> OpenAsync(int endpoint, string path, byte[] body, string? token, TimeSpan limit, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(limit);
        try
        {
            using HttpRequestMessage request = Request(endpoint, path, body, token);
            HttpResponseMessage answer = await _http.SendAsync(request, timer.Token);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return answer;
            }

            using (answer)
            {
                throw Error(endpoint, (int)answer.StatusCode, await ReadAsync(endpoint, answer, timer.Token));
            }
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new EtcdFault(EtcdEffect.None, EtcdProblems.Unreachable.Because($"{Name(endpoint)} did not begin a watch in time"), fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw Broken(endpoint, fault);
        }
    }

    /// <summary>How problems name a member.</summary>
    public string Name(int endpoint) => _endpoints[endpoint].Authority;

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static SslClientAuthenticationOptions Tls(EtcdSettings settings)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = X509ChainTrustMode.CustomRootTrust,
        };
        policy.CustomTrustStore.AddRange(settings.Authorities.ToArray());
        return new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowTlsResume = false,
            AllowRenegotiation = false,
            ClientCertificateContext = settings.Certificate is { } own ? SslStreamCertificateContext.Create(own, [.. settings.Chain], offline: true) : null,
        };
    }

    private HttpRequestMessage Request(int endpoint, string path, byte[] body, string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_endpoints[endpoint], path))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        return request;
    }

    private async Task<byte[]> ReadAsync(int endpoint, HttpResponseMessage answer, CancellationToken cancellation)
    {
        int most = answer.StatusCode == HttpStatusCode.OK ? MostBytes : MostErrorBytes;
        if (answer.Content.Headers.ContentLength is { } length && length > most)
        {
            throw TooLarge(endpoint);
        }

        await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellation);
        using var bytes = new MemoryStream();
        byte[] part = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(part, cancellation)) > 0;)
        {
            if (bytes.Length + read > most)
            {
                throw TooLarge(endpoint);
            }

            bytes.Write(part.AsSpan(0, read));
        }

        return bytes.ToArray();
    }

    private EtcdFault TooLarge(int endpoint) =>
        new(EtcdEffect.TooLarge, EtcdProblems.Malformed.Because($"{Name(endpoint)}: the answer is larger than {MostBytes / 1024 / 1024} MiB"));

    private T Parse<T>(int endpoint, byte[] bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw EtcdFault.Malformed(Name(endpoint), "the answer is empty");
        }
        catch (JsonException fault)
        {
            throw EtcdFault.Malformed(Name(endpoint), "the answer is not etcd's", fault);
        }
    }

    private EtcdFault Error(int endpoint, int status, byte[] bytes)
    {
        try
        {
            ErrorAnswer? said = JsonSerializer.Deserialize(bytes, EtcdJson.Default.ErrorAnswer);
            return EtcdFault.Of(Name(endpoint), status, said?.Error, said?.Code ?? 0);
        }
        catch (JsonException)
        {
            // Some refusals come before the gateway, as a line of text; a server without the gateway has no such path.
            string line = System.Text.Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)));
            return line.Contains("CommonName", StringComparison.Ordinal)
                ? EtcdFault.Of(Name(endpoint), status, line, 0)
                : EtcdFault.Of(Name(endpoint), status, null, 0);
        }
    }

    private EtcdFault Broken(int endpoint, Exception fault)
    {
        HttpRequestError kind = fault is HttpRequestException { HttpRequestError: var known } ? known : HttpRequestError.Unknown;

        // A request whose connection never stood was not sent; anything else may have been.
        return kind switch
        {
            HttpRequestError.SecureConnectionError => new EtcdFault(
                EtcdEffect.None, EtcdProblems.Tls.Because($"{Name(endpoint)}: {fault.InnerException?.Message ?? fault.Message}"), fault),
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError => new EtcdFault(
                EtcdEffect.None, EtcdProblems.Unreachable.Because($"{Name(endpoint)}: {fault.Message}"), fault),
            _ => new EtcdFault(EtcdEffect.Unknown, EtcdProblems.Unreachable.Because($"{Name(endpoint)}: {fault.Message}"), fault),
        };
    }
}
