using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Enrolment;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>
/// Talks to a node of the cluster that a token is of. Before anything secret is sent, three things hold: the root that the other
/// side names has the token's fingerprint, the certificate of this very connection chains to it, and the other side knows the token.
/// </summary>
internal sealed class JoinClient : IDisposable
{
    private const int MostAnswer = 4 * 1024 * 1024;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan DialTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    private readonly TokenAddress _address;
    private readonly string _token;
    private readonly HttpClient _http;
    private byte[]? _seen;
    private byte[]? _proven;

    private JoinClient(TokenAddress address, string token)
    {
        _address = address;
        _token = token;

        // HTTP over a stream that has TLS already: what its certificate has to be is decided here, connection by connection.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = 1,
            ConnectTimeout = DialTime * 2,
            ConnectCallback = DialAsync,
        };
        _http = new HttpClient(handler, disposeHandler: true)
        {
            BaseAddress = new Uri("http://localhost"),
            Timeout = AnswerTime,
            MaxResponseContentBufferSize = MostAnswer,
        };
    }

    /// <summary>The address in use.</summary>
    public string Address => _address.ToString();

    /// <summary>Finds a node of the token's cluster, trying its addresses in order.</summary>
    /// <exception cref="ProblemException">GH3207: one answered that is none; GH3208: none answered.</exception>
    public static async Task<JoinClient> ConnectAsync(JoinToken token, CancellationToken cancellation)
    {
        ProblemException? wrong = null;
        List<string> tried = [];
        foreach (TokenAddress address in token.Addresses)
        {
            var client = new JoinClient(address, token.Id);
            try
            {
                await client.ProveAsync(token, cancellation);
                return client;
            }
            catch (ProblemException fault)
            {
                client.Dispose();
                wrong ??= fault;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                client.Dispose();
                tried.Add($"{address}: {(fault.InnerException ?? fault).Message}");
            }
        }

        throw wrong ?? EnrolmentProblems.ClusterUnreachable.Exception(
            $"no address of the token answers ({string.Join("; ", tried)})", "let this host through to the admin API, or make the token with --address HOST:PORT");
    }

    /// <summary>Calls an endpoint. The token's id, which is no secret, stands in the query too: a node that is flooded looks there first.</summary>
    /// <exception cref="ProblemException">The cluster refuses; or it answers what is no answer.</exception>
    /// <exception cref="HttpRequestException">The connection broke: what came of the call is not known.</exception>
    public async Task<TAnswer> CallAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{path}?token={_token}") { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await SendAsync(request, type, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task ProveAsync(JoinToken token, CancellationToken cancellation)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(EnrolmentProof.Bytes);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/enrolment/authority?token={token.Id}&nonce={Convert.ToHexStringLower(nonce)}");
        EnrolmentAuthority authority = await SendAsync(request, MembershipJson.Lenient.EnrolmentAuthority, cancellation);
        byte[] leaf = _seen ?? throw NotTheCluster("it has no certificate");
        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(authority.Root));
        if (!CryptographicOperations.FixedTimeEquals(Convert.FromHexString(fingerprint), Convert.FromHexString(token.CaFingerprint)))
        {
            throw NotTheCluster($"its root certificate has fingerprint {fingerprint}, the token is of {token.CaFingerprint}");
        }

        if (WrongChain(leaf, authority) is { } wrong)
        {
            throw NotTheCluster(wrong);
        }

        if (!CryptographicOperations.FixedTimeEquals(EnrolmentProof.Of(token.KeyHash, token.Id, nonce, SHA256.HashData(leaf)), authority.Proof))
        {
            throw NotTheCluster("it does not know this token, which was perhaps used or revoked");
        }

        _proven = leaf;
    }

    private static string? WrongChain(byte[] leaf, EnrolmentAuthority authority)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(leaf);
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(authority.Root));
            foreach (byte[]? between in authority.Chain.Take(8))
            {
                chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(between ?? []));
            }

            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            return chain.Build(certificate)
                ? null
                : $"its certificate does not lead to the cluster's root ({string.Join(", ", chain.ChainStatus.Select(static s => s.Status))}); look at this host's clock, too";
        }
        catch (CryptographicException)
        {
            return "what it calls its certificates are none";
        }
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        byte[] raw = await response.Content.ReadAsByteArrayAsync(cancellation);
        try
        {
            if (response.IsSuccessStatusCode)
            {
                return JsonSerializer.Deserialize(raw, type) ?? throw new JsonException("null");
            }

            ErrorBody error = JsonSerializer.Deserialize(raw, AdminJson.Lenient.ErrorResponse)?.Error ?? throw new JsonException("null");
            ProblemDefinition? known = ProblemCatalogue.All.GetValueOrDefault(error.Id);

            // Words of somebody who may be anybody are not shown to a person who is about to trust the cluster.
            throw _proven is null
                ? known?.Exception($"what answers at {_address} does not prove that it is the cluster: {known.Title}") ?? NotTheCluster("it answers with an error of its own")
                : new ProblemException(new Problem(known ?? EnrolmentProblems.EnrolmentRefused, error.Text, null, error.Hint));
        }
        catch (JsonException)
        {
            throw NotTheCluster($"its answer ({(int)response.StatusCode}) is not one of Gatehouse");
        }
    }

    private async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(DialTime);
            await socket.ConnectAsync(new DnsEndPoint(_address.Host, _address.Port), limit.Token);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, Judge);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = _address.Host, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 }, limit.Token);
            return tls;
        }
        catch
        {
            // Whatever it was, the socket is ours.
            socket.Dispose();
            throw;
        }
    }

    // The first connection is looked at with the answer to its first question, which has no secret in it. Any later one has to show
    // the very certificate that was proven; a second one before that is somebody else's play.
    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        byte[]? shown = certificate?.GetRawCertData();
        if (_proven is not null)
        {
            return shown is not null && shown.AsSpan().SequenceEqual(_proven);
        }

        bool isFirst = _seen is null && shown is not null;
        _seen ??= shown;
        return isFirst;
    }

    private ProblemException NotTheCluster(string why) =>
        EnrolmentProblems.NotTheCluster.Exception($"what answers at {_address} is not the cluster of the token: {why}", "nothing secret was sent; check the address, and make a new token if this one was used");
}
