using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gatehouse.EndToEnd.Tests.CrossSite;

/// <summary>
/// A web server on loopback for every name. As the pages: it serves one page at <c>/</c> and takes its findings at <c>/found</c>. As the
/// guarded service: it writes down what reaches it and opens itself to every page, as such services do.
/// </summary>
internal sealed class Pages : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Dictionary<string, string>>> _found = new();

    private Pages(WebApplication server) => _server = server;

    public int Port => new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>Methods and paths that came to the guarded service.</summary>
    public ConcurrentQueue<string> Reached { get; } = [];

    /// <summary>Serves a page that is the same for every name; <c>/frames</c> holds it under each of some names.</summary>
    public static Task<Pages> ServeAsync(string page, params string[] names) => StartAsync((pages, http) => http.Request.Path.Value switch
    {
        "/frames" => HtmlAsync(http, string.Concat(names.Select(name => $"<iframe src='http://{name}:{pages.Port}/'></iframe>"))),
        "/found" => pages.TakeAsync(http),
        "/" => HtmlAsync(http, page),
        _ => Task.CompletedTask,
    });

    /// <summary>Starts the guarded service.</summary>
    public static Task<Pages> GuardedAsync() => StartAsync(static async (service, http) =>
    {
        service.Reached.Enqueue($"{http.Request.Method} {http.Request.Path}");
        http.Response.Headers["Access-Control-Allow-Origin"] = http.Request.Headers.Origin.Count > 0 ? http.Request.Headers.Origin : "*";
        http.Response.Headers["Access-Control-Allow-Credentials"] = "true";
        http.Response.Headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE";
        http.Response.Headers["Access-Control-Allow-Headers"] = "authorization, content-type, x-other";
        http.Response.Headers["X-Stream-Error"] = "none";
        await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
        await http.Response.WriteAsync("the secret", http.RequestAborted);
    });

    /// <summary>What the page found under a name.</summary>
    public Task<Dictionary<string, string>> FoundAsync(string name, TimeSpan limit) => Waiting(name).Task.WaitAsync(limit);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private static async Task<Pages> StartAsync(Func<Pages, HttpContext, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var pages = new Pages(builder.Build());
        pages._server.Run(http => answer(pages, http));
        await pages._server.StartAsync();
        return pages;
    }

    private static async Task HtmlAsync(HttpContext http, string html)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(html, http.RequestAborted);
    }

    private async Task TakeAsync(HttpContext http)
    {
        Dictionary<string, string>? found = await JsonSerializer.DeserializeAsync<Dictionary<string, string>>(http.Request.Body, cancellationToken: http.RequestAborted);
        Waiting(http.Request.Host.Host).TrySetResult(found ?? []);
    }

    private TaskCompletionSource<Dictionary<string, string>> Waiting(string name) =>
        _found.GetOrAdd(name, static _ => new TaskCompletionSource<Dictionary<string, string>>(TaskCreationOptions.RunContinuationsAsynchronously));
}
