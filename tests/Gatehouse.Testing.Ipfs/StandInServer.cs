using System.Net;
using System.Net.Sockets;
using Gatehouse.Testing.Ipfs.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Testing.Ipfs;

/// <summary>A stand-in on a loopback port of its own: it records what comes and meets the faults that were planned.</summary>
public abstract class StandInServer : IAsyncDisposable
{
    private readonly StandInOptions _options;
    private readonly CancellationTokenSource _ending = new();
    private WebApplication? _server;

    private protected StandInServer(StandInOptions options) => _options = options;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>What was asked.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>What goes wrong.</summary>
    public Faults Faults { get; } = new();

    private protected StandInOptions Options => _options;

    /// <summary>Stops it at once; open connections are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_server is not null)
        {
            using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _server.StopAsync(now.Token);
            await _server.DisposeAsync();
        }

        await CloseAsync();
        _ending.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    private protected abstract Task AnswerAsync(Call call);

    private protected async Task ListenAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;

            // max_header_bytes of a cluster is 4096; Go lets 4 KB more pass.
            kestrel.Limits.MaxRequestHeadersTotalSize = 8192;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, _options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (_options.Certificate is not null)
                {
                    listen.UseHttps(_options.Certificate);
                }
            });
        });
        _server = builder.Build();
        _server.Run(ServeAsync);
        await _server.StartAsync();
        Address = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    private async Task ServeAsync(HttpContext http)
    {
        string raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = new SortedDictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> header in http.Request.Headers)
        {
            headers[header.Key] = [.. header.Value.Select(v => v ?? "")];
        }

        var request = new RecordedRequest(http.Request.Method, raw, headers);
        var body = new RecordingStream(http.Request.Body, request, _options.KeptBody);
        http.Request.Body = body;
        Fault? fault = Faults.Take(request);
        Requests.Add(request);
        using CancellationTokenRegistration ending = _ending.Token.Register(http.Abort);
        try
        {
            if (!await FailAsync(http, fault))
            {
                await AnswerAsync(http, raw, fault);
                await DrainAsync(http);
            }

            request.Status = http.Response.StatusCode;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            // The caller went away, or the stand-in ends.
            http.Abort();
        }
        finally
        {
            body.Settle();
            request.End();
        }
    }

    private async Task AnswerAsync(HttpContext http, string raw, Fault? fault)
    {
        if (GoTarget.Parse(raw) is not { } target)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            http.Response.Headers.Connection = "close";
            await http.Response.WriteAsync("400 Bad Request");
            return;
        }

        if (fault is { Kind: FaultKind.LargeHeaders })
        {
            http.Response.Headers["X-Large"] = new string('x', fault.After);
        }

        var call = new Call(http, target, fault, Address);
        await AnswerAsync(call);
        if (fault is { Kind: FaultKind.DieMidStream })
        {
            await call.BreakAsync();
        }
    }

    /// <summary>net/http reads on for 256 KB so that the connection can be kept.</summary>
    private static async Task DrainAsync(HttpContext http)
    {
        byte[] buffer = new byte[16 * 1024];
        long left = 256 * 1024;
        while (left > 0 && await http.Request.Body.ReadAsync(buffer, http.RequestAborted) is > 0 and int read)
        {
            left -= read;
        }
    }

    private async Task<bool> FailAsync(HttpContext http, Fault? fault)
    {
        switch (fault?.Kind)
        {
            case FaultKind.Hang:
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
                return true;
            case FaultKind.Die:
                http.Abort();
                return true;
            case FaultKind.Redirect:
                http.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                http.Response.Headers.Location = fault.Text ?? new Uri(Address, "/elsewhere").ToString();
                return true;
            case FaultKind.Answer:
                http.Response.StatusCode = fault.Status;
                await http.Response.WriteAsync(fault.Text ?? "");
                return true;
            default:
                return false;
        }
    }
}
