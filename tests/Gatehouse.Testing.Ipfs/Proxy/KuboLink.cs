using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Testing.Ipfs.Proxy;

/// <summary>The proxy's way to Kubo: copies its CORS headers, and passes on what it does not answer itself.</summary>
internal sealed class KuboLink(Uri kubo) : IDisposable
{
    private static readonly string[] Copied = ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Vary"];
    private static readonly string[] HopByHop = ["Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Content-Length"];

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private int _extracted;

    public void Dispose() => _client.Dispose();

    /// <summary>Before it answers a call itself: asks Kubo with OPTIONS, and once for its version; false where Kubo is not there.</summary>
    public async Task<bool> CopyHeadersAsync(Call call)
    {
        try
        {
            using var options = new HttpRequestMessage(HttpMethod.Options, new Uri(kubo, call.Path));
            foreach (string name in (string[])["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"])
            {
                options.Headers.TryAddWithoutValidation(name, call.Http.Request.Headers[name].ToArray());
            }

            using HttpResponseMessage answer = await _client.SendAsync(options, call.Http.RequestAborted);
            foreach (string name in Copied)
            {
                if (answer.Headers.TryGetValues(name, out IEnumerable<string>? values))
                {
                    call.Http.Response.Headers[name] = values.ToArray();
                }
            }

            if (Interlocked.Exchange(ref _extracted, 1) == 0)
            {
                using HttpResponseMessage version = await _client.PostAsync(new Uri(kubo, "/api/v0/version"), content: null, call.Http.RequestAborted);
            }

            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Passes a call on to Kubo as it is, and the answer back.</summary>
    public async Task PassAsync(Call call)
    {
        try
        {
            using HttpResponseMessage answer = await SendAsync(call);
            await CopyAsync(call, answer);
        }
        catch (HttpRequestException)
        {
            await call.TextAsync(StatusCodes.Status502BadGateway, "");
        }
    }

    /// <summary>Passes a call on, and reads the JSON that comes back; the answer goes on to the caller. Null where it was an error.</summary>
    public async Task<JsonNode?> PassAndReadAsync(Call call)
    {
        using HttpResponseMessage answer = await SendAsync(call);
        string text = await answer.Content.ReadAsStringAsync(call.Http.RequestAborted);
        await call.TextAsync((int)answer.StatusCode, text, "application/json");
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text) : null;
    }

    private async Task<HttpResponseMessage> SendAsync(Call call)
    {
        string raw = call.Http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var request = new HttpRequestMessage(new HttpMethod(call.Method), kubo.GetLeftPart(UriPartial.Authority) + raw);
        IHeaderDictionary headers = call.Http.Request.Headers;
        if (headers.ContentLength > 0 || headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(call.Http.Request.Body);
            request.Content.Headers.ContentLength = headers.ContentLength;
        }

        foreach (KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> header in headers)
        {
            if (!HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)
                && !request.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());
            }
        }

        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "127.0.0.1");
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, call.Http.RequestAborted);
    }

    private static async Task CopyAsync(Call call, HttpResponseMessage answer)
    {
        call.SetStatus((int)answer.StatusCode);
        foreach (KeyValuePair<string, IEnumerable<string>> header in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase) || header.Key == "Content-Length")
            {
                call.Http.Response.Headers[header.Key] = header.Value.ToArray();
            }
        }

        HttpHeaderValueCollection<string> trailers = answer.Headers.Trailer;
        Stream body = await answer.Content.ReadAsStreamAsync(call.Http.RequestAborted);
        if (call.Method == "HEAD" || trailers.Count == 0)
        {
            await body.CopyToAsync(call.Http.Response.Body, call.Http.RequestAborted);
            return;
        }

        var stream = new ChunkedAnswer(call, trailers.First());
        stream.Begin(answer.Content.Headers.ContentType?.ToString() ?? "text/plain");
        byte[] buffer = new byte[16 * 1024];
        while (await body.ReadAsync(buffer, call.Http.RequestAborted) is > 0 and int read)
        {
            if (!await stream.WriteAsync(buffer.AsMemory(0, read)))
            {
                return;
            }
        }

        await stream.EndAsync(answer.TrailingHeaders.TryGetValues(trailers.First(), out IEnumerable<string>? values) ? string.Join(", ", values) : "");
    }
}
