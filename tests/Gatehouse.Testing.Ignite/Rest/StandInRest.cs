using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Gatehouse.Testing.Ignite.Rest;

/// <summary>A stand-in for a node's REST API: it records what comes and lets everything happen that the real one lets happen.</summary>
public sealed class StandInRest : IAsyncDisposable
{
    private readonly StandInRestOptions _options;
    private readonly ConcurrentQueue<RestRequest> _requests = new();
    private readonly ConcurrentDictionary<(string Id, string Version), StandInUnit> _units = new();
    private readonly ConcurrentQueue<StandInPatch> _patches = new();
    private WebApplication? _server;

    private StandInRest(StandInRestOptions options) => (_options, IsInitialized) = (options, options.IsInitialized);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>What was asked, in order of the answers.</summary>
    public IReadOnlyList<RestRequest> Requests => [.. _requests];

    /// <summary>Units that are deployed.</summary>
    public IReadOnlyCollection<StandInUnit> Units => [.. _units.Values];

    /// <summary>Changes of the configuration, in order.</summary>
    public IReadOnlyList<StandInPatch> Patches => [.. _patches];

    /// <summary>True once the cluster was initialized, by whoever came first.</summary>
    public bool IsInitialized { get; private set; }

    /// <summary>Answers in place of what would be answered, once each, in order: a status and a body of JSON.</summary>
    public ConcurrentQueue<(int Status, string Json)> Planned { get; } = new();

    public static async Task<StandInRest> StartAsync(StandInRestOptions? options = null)
    {
        var rest = new StandInRest(options ?? new StandInRestOptions());
        await rest.ListenAsync();
        return rest;
    }

    /// <summary>Forgets what was asked, deployed and changed.</summary>
    public void Forget()
    {
        _requests.Clear();
        _units.Clear();
        _patches.Clear();
        Planned.Clear();
    }

    /// <summary>Stops it at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _server.StopAsync(now.Token);
            await _server.DisposeAsync();
        }
    }

    private async Task ListenAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = int.MaxValue;
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
        // The body is read whole: nothing that is asked of the stand-in is large.
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            http.Abort();
            return;
        }

        byte[] bytes = body.ToArray();
        string? user = RestAccess.UserOf(http.Request, _options.Users);
        AllowOrigins(http);
        Answer answer = Planned.TryDequeue(out (int Status, string Json) planned)
            ? new Answer(planned.Status, planned.Json)
            : await DoAsync(http, bytes, user);
        _requests.Enqueue(new RestRequest(
            http.Request.Method,
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            bytes[..Math.Min(bytes.Length, _options.KeptBody)],
            user,
            answer.Status));
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.Status >= 400 ? "application/problem+json" : answer.Type;
        await http.Response.WriteAsync(answer.Body);
    }

    private async Task<Answer> DoAsync(HttpContext http, byte[] body, string? user)
    {
        HttpRequest request = http.Request;
        if (HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey("Access-Control-Request-Method"))
        {
            return new Answer(200, "");
        }

        if (!IsInitialized && !RestAccess.IsBeforeInit(request.Path))
        {
            return Answer.Problem(409, "Cluster is not initialized", "Cluster is not initialized. Call /management/v1/cluster/init in order to initialize cluster.");
        }

        if (IsInitialized && _options.Users is not null && user is null && !RestAccess.IsPublic(request))
        {
            http.Response.Headers.WWWAuthenticate = "Basic";
            return Answer.Problem(401, "Unauthorized", "Authentication required");
        }

        (string? route, IReadOnlyList<string> methods) = RestRoutes.Find(request.Method, request.Path.Value!);
        if (route is null)
        {
            return methods.Count > 0 ? Answer.Problem(405, "Method not allowed", "Method not allowed") : Answer.Problem(404, "Not Found", "Requested resource is not found");
        }

        return await EndpointAsync(request, route, body, user);
    }

    private async Task<Answer> EndpointAsync(HttpRequest request, string route, byte[] body, string? user)
    {
        string[] path = request.Path.Value!.Split('/');
        switch (request.Method, route)
        {
            case ("POST", "cluster/init"):
                IsInitialized = true;
                return new Answer(200, "");
            case ("PATCH", _):
                _patches.Enqueue(new StandInPatch(path[^1], Encoding.UTF8.GetString(body), user));
                return new Answer(200, "");
            case ("POST", "deployment/units/*/*" or "deployment/units/zip/*/*"):
                return await DeployAsync(request, path[^2], path[^1], body, isArchive: route.Contains("/zip/", StringComparison.Ordinal));
            case ("DELETE", "deployment/units/*/*"):
                return _units.TryRemove((path[^2], path[^1]), out _) ? new Answer(200, "true") : Answer.Problem(404, "Not Found", "Unit not found");
            case ("GET", _) when route.StartsWith("deployment/", StringComparison.Ordinal):
                return new Answer(200, JsonSerializer.Serialize(_units.Values.Select(u => new { id = u.Id, versionToStatus = new[] { new { version = u.Version, status = "DEPLOYED" } } })));
            case ("GET", _) when route.StartsWith("configuration/", StringComparison.Ordinal):
                return new Answer(200, "ignite{security{authentication{providers=[{name=default,password=\"********\"}]}}}") { Type = "text/plain" };
            case ("GET", "node/state"):
                return new Answer(200, """{"name":"node-1","state":"STARTED"}""");
            case ("GET", "cluster/topology/physical" or "cluster/topology/logical"):
                return new Answer(200, """[{"name":"node-1","address":{"host":"10.11.12.13","port":3344}}]""");
            default:
                return new Answer(200, request.Method == "GET" ? $$"""{"endpoint":"{{route}}"}""" : "");
        }
    }

    private async Task<Answer> DeployAsync(HttpRequest request, string id, string version, byte[] body, bool isArchive)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || type.Boundary.Length == 0)
        {
            return Answer.Problem(415, "Unsupported Media Type", "multipart/form-data is needed");
        }

        var files = new List<StandInFile>();
        try
        {
            var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, new MemoryStream(body));
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                using var content = new MemoryStream();
                await section.Body.CopyToAsync(content);
                ContentDispositionHeaderValue? disposition = section.GetContentDispositionHeader();
                string name = HeaderUtilities.RemoveQuotes(disposition?.FileName ?? default).Value ?? "";
                files.AddRange(isArchive ? Unpack(content) : [FileOf(name, content.ToArray())]);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return Answer.Problem(400, "Bad Request", e.Message);
        }

        var unit = new StandInUnit(id, version, request.Query["deployMode"].FirstOrDefault(), files);
        return _units.TryAdd((id, version), unit) ? new Answer(200, "true") : Answer.Problem(409, "Conflict", "Unit already exists");
    }

    private static List<StandInFile> Unpack(MemoryStream content)
    {
        using var archive = new ZipArchive(content, ZipArchiveMode.Read);
        var files = new List<StandInFile>();
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            files.Add(FileOf(entry.FullName, bytes.ToArray()));
        }

        return files;
    }

    private static StandInFile FileOf(string name, byte[] content) => new(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>Any origin may read every answer, as the framework's defaults have it.</summary>
    private static void AllowOrigins(HttpContext http)
    {
        if (http.Request.Headers.Origin is { Count: > 0 } origin)
        {
            http.Response.Headers.AccessControlAllowOrigin = origin;
            http.Response.Headers.AccessControlAllowCredentials = "true";
            http.Response.Headers.AccessControlAllowMethods = http.Request.Headers.AccessControlRequestMethod;
        }
    }

    private sealed record Answer(int Status, string Body)
    {
        public string Type { get; init; } = "application/json";

        public static Answer Problem(int status, string title, string detail) => new(
            status,
            JsonSerializer.Serialize(new { title, status, code = "IGN-COMMON-65535", type = (string?)null, detail, traceId = Guid.NewGuid() }));
    }
}
