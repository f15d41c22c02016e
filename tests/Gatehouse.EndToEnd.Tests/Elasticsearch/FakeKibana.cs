using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>Something with Kibana's manners towards a proxy: security headers, cookies, <c>kbn-xsrf</c>, uploads, a WebSocket.</summary>
internal sealed class FakeKibana : IAsyncDisposable
{
    public static readonly (string Name, string Value)[] PageHeaders =
    [
        ("Content-Security-Policy", "script-src 'report-sample' 'self'; worker-src 'report-sample' 'self' blob:; style-src 'report-sample' 'self' 'unsafe-inline'"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Permissions-Policy", "camera=(), display-capture=(), geolocation=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("kbn-name", "here"),
        ("kbn-license-sig", "a1b2c3"),
    ];

    public static readonly string[] Cookies = ["sid=Fe26.2**c; Secure; HttpOnly; SameSite=Lax; Path=/", "intercom=1; Max-Age=60; Path=/app"];

    private readonly WebApplication _server;
    private readonly TaskCompletionSource _firstBytes = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FakeKibana(WebApplication server) => _server = server;

    public int Port => new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>Ends when bytes of an upload are here.</summary>
    public Task FirstBytes => _firstBytes.Task;

    /// <summary>Headers of the last upgrade.</summary>
    public string UpgradeHeaders { get; private set; } = "";

    public static async Task<FakeKibana> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var kibana = new FakeKibana(builder.Build());
        kibana._server.UseWebSockets();
        kibana._server.Run(kibana.AnswerAsync);
        await kibana._server.StartAsync();
        return kibana;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.WebSockets.IsWebSocketRequest)
        {
            UpgradeHeaders = Shown(http.Request);
            await EchoAsync(await http.WebSockets.AcceptWebSocketAsync(), http.RequestAborted);
            return;
        }

        // Kibana refuses what changes something without this header.
        if (http.Request.Method == "POST" && !http.Request.Headers.ContainsKey("kbn-xsrf"))
        {
            http.Response.StatusCode = 400;
            return;
        }

        if (http.Request.Path == "/api/saved_objects/_import")
        {
            await http.Response.WriteAsync($"{await CountAsync(http.Request.Body)} bytes");
            return;
        }

        foreach ((string name, string value) in PageHeaders)
        {
            http.Response.Headers[name] = value;
        }

        http.Response.Headers.SetCookie = Cookies;
        await http.Response.WriteAsync(Shown(http.Request));
    }

    private async Task<long> CountAsync(Stream body)
    {
        byte[] buffer = new byte[65536];
        long count = 0;
        while (await body.ReadAsync(buffer) is > 0 and int read)
        {
            count += read;
            _firstBytes.TrySetResult();
        }

        return count;
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken cancellation)
    {
        byte[] buffer = new byte[65536];
        while (await socket.ReceiveAsync(buffer, cancellation) is { MessageType: not WebSocketMessageType.Close } received)
        {
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, cancellation);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
    }

    private static string Shown(HttpRequest request)
    {
        var text = new StringBuilder($"{request.Method} {request.Path}{request.QueryString}\n");
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in request.Headers)
        {
            text.Append(name).Append(": ").Append(values).Append('\n');
        }

        return text.ToString();
    }
}
