using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.App.Client;

/// <summary>An answer: its bytes as they came, and what they say.</summary>
internal readonly record struct Answer<T>(byte[] Raw, T Value);

/// <summary>Calls the admin API. Everything that goes wrong is a <see cref="CommandFailure"/>.</summary>
internal sealed class AdminClient : IDisposable
{
    private const int MaxAnswer = 256 * 1024 * 1024;
    private readonly AdminAddress _address;
    private readonly HttpClient _http;

    public AdminClient(AdminAddress address)
    {
        _address = address;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        if (address.Url is null)
        {
            handler.ConnectCallback = ConnectAsync;
        }
        else
        {
            handler.SslOptions = Tls(address);
        }

        _http = new HttpClient(handler, disposeHandler: true)
        {
            BaseAddress = address.Url ?? new Uri("http://localhost"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswer,
        };
        if (address.Url is not null)
        {
            byte[] login = Encoding.UTF8.GetBytes($"{address.Login}:{address.Password()}");
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(login));
        }
    }

    /// <summary>Reads.</summary>
    public Task<Answer<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, path, null, type, cancellation);

    /// <summary>Sends without a body.</summary>
    public Task<Answer<T>> SendAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(method, path, null, type, cancellation);

    /// <summary>Sends a body.</summary>
    public Task<Answer<TAnswer>> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> type, CancellationToken cancellation)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return SendAsync(method, path, content, type, cancellation);
    }

    /// <summary>Reads lines as they come, until cancelled or cut off.</summary>
    public async IAsyncEnumerable<string> LinesAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage response = await CallAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await EnsureFineAsync(response, cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            catch (IOException cut)
            {
                throw CommandFailure.CannotRun(
                    AdministrationProblems.NotRunning, "the daemon ended the stream", "it stopped, or the right to read the trail was taken away", cut);
            }

            if (line is null)
            {
                yield break;
            }

            yield return line;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>A name as one path segment.</summary>
    public static string Segment(string name) => name.Length == 0 || name is "." or ".."
        ? throw CommandFailure.CannotRun(AdministrationProblems.InvalidName, $"`{name}` is no name")
        : Uri.EscapeDataString(name);

    /// <summary>Query parameters; those that are null are left out.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var text = new StringBuilder();
        foreach ((string name, string? value) in parameters)
        {
            if (value is not null)
            {
                text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }

        return text.ToString();
    }

    private async Task<Answer<T>> SendAsync<T>(
        HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using HttpResponseMessage response = await CallAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        await EnsureFineAsync(response, cancellation);
        byte[] raw = await response.Content.ReadAsByteArrayAsync(cancellation);
        try
        {
            return new Answer<T>(raw, JsonSerializer.Deserialize(raw, type) ?? throw new JsonException("null"));
        }
        catch (JsonException wrong)
        {
            throw Unexpected(response, wrong);
        }
    }

    private async Task<HttpResponseMessage> CallAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellation)
    {
        try
        {
            return await _http.SendAsync(request, completion, cancellation);
        }
        catch (HttpRequestException failed) when (failed.InnerException is AuthenticationException)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.ServerNotTrusted, $"the certificate of {_address.Url} is not trusted", "give the cluster's CA with --ca FILE, and a name that the certificate carries", failed);
        }
        catch (HttpRequestException failed) when (failed.HttpRequestError == HttpRequestError.ConnectionError || failed.InnerException is SocketException)
        {
            throw NotRunning(failed);
        }
        catch (HttpRequestException failed)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.UnexpectedAnswer, $"the connection failed: {failed.HttpRequestError}", inner: failed);
        }
    }

    private CommandFailure NotRunning(HttpRequestException failed) => (failed.InnerException as SocketException)?.SocketErrorCode == SocketError.AccessDenied
        ? CommandFailure.CannotRun(
            AdministrationProblems.NotAuthenticated, $"{_address.SocketPath} may not be opened by this user", "run this as root or as the daemon's user, or use --url with a login", failed)
        : _address.Url is not null
            ? CommandFailure.CannotRun(AdministrationProblems.NotRunning, $"nothing answers at {_address.Url}", "check the address; the admin API listens on 127.0.0.1:7443 unless gatehouse.yaml says otherwise", failed)
            : CommandFailure.CannotRun(AdministrationProblems.NotRunning, $"no daemon answers on {_address.SocketPath}", "start it with `gatehouse up`, or say where its data is with --data DIR", failed);

    private static async Task EnsureFineAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        byte[] raw = await response.Content.ReadAsByteArrayAsync(cancellation);
        ErrorResponse? error;
        try
        {
            error = JsonSerializer.Deserialize(raw, AdminJson.Lenient.ErrorResponse);
        }
        catch (JsonException wrong)
        {
            throw Unexpected(response, wrong);
        }

        throw error is null ? Unexpected(response, null) : new CommandFailure(error.Error, ExitCodes.Findings);
    }

    private static CommandFailure Unexpected(HttpResponseMessage response, Exception? inner) => CommandFailure.CannotRun(
        AdministrationProblems.UnexpectedAnswer, $"the answer ({(int)response.StatusCode}) is not one of Gatehouse's admin API", "check --url, and that both sides have the same version", inner);

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_address.SocketPath), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            // Whatever it was, the socket is ours.
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(AdminAddress address)
    {
        var options = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        string? file = address.CaFile ?? (File.Exists(Path.Combine(address.DataFolder, "ca.crt")) ? Path.Combine(address.DataFolder, "ca.crt") : null);
        if (file is null)
        {
            return options;
        }

        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(file);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"the CA file `{file}` cannot be read", wrong.Message, wrong);
        }

        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        foreach (X509Certificate2 root in roots)
        {
            // A bundle brings its intermediates along; only a self-signed one is a root.
            (root.SubjectName.RawData.AsSpan().SequenceEqual(root.IssuerName.RawData) ? options.CertificateChainPolicy.CustomTrustStore : options.CertificateChainPolicy.ExtraStore).Add(root);
        }

        return options;
    }
}
