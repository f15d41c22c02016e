using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Testing.Emqx;

/// <summary>
/// EMQX's dashboard and management API as far as a gate meets it: pages and <c>/status</c> for everybody, the login with its
/// lock-out, tokens, API keys by HTTP Basic that may not manage users, a handful of endpoints. Remembers every request.
/// </summary>
public sealed class EmqxStandIn : IAsyncDisposable
{
    /// <summary>The API key that it knows.</summary>
    public const string Key = "gate-key";

    /// <summary>Its secret.</summary>
    public const string Secret = "gate-secret-0123456789";

    /// <summary>What the first page says.</summary>
    public const string Page = "<!doctype html><title>EMQX Dashboard</title>";

    private const int MostFailures = 5;

    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<EmqxRequest> _requests = new();
    private readonly Task _serving;

    private EmqxStandIn(int port)
    {
        Port = port;
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens on loopback.</summary>
    public int Port { get; }

    /// <summary>What arrived, in order.</summary>
    public IReadOnlyList<EmqxRequest> Requests => [.. _requests];

    /// <summary>Starts one on a free port.</summary>
    public static EmqxStandIn Start()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Close();
        return new EmqxStandIn(port);
    }

    /// <summary>Forgets what arrived.</summary>
    public void Forget() => _requests.Clear();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var request = new EmqxRequest(
                context.Request.HttpMethod, context.Request.RawUrl ?? "", context.Request.Headers["Authorization"], await reader.ReadToEndAsync());
            _requests.Enqueue(request);
            (int status, string type, string body) = Answer(request);
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.ContentLength64 = bytes.Length;
            try
            {
                await context.Response.OutputStream.WriteAsync(bytes);
                context.Response.Close();
            }
            catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
            {
                // The client left.
            }
        }
    }

    private (int Status, string Type, string Body) Answer(EmqxRequest request)
    {
        string path = request.Target.Split('?')[0];
        if (path is "/status" or "/api/v5/status")
        {
            return (200, "text/plain", "Node emqx@127.0.0.1 is started\nemqx is running");
        }

        if (path == "/" || path.StartsWith("/static/", StringComparison.Ordinal))
        {
            return (200, "text/html", Page);
        }

        if (!path.StartsWith("/api/v5/", StringComparison.Ordinal))
        {
            return Wrong(404, "NOT_FOUND");
        }

        return (request.Method, path["/api/v5".Length..]) switch
        {
            ("POST", "/login") => LogIn(request.Body),
            (_, var rest) when IsKnown(request.Authorization, rest) is { } refusal => Wrong(401, refusal),
            ("GET", "/nodes") => Json("""[{"node":"emqx@127.0.0.1","version":"5.8.6","edition":"Opensource"}]"""),
            ("GET", "/clients") => Json("""{"data":[{"clientid":"c1"}],"meta":{"count":1,"page":1,"limit":100}}"""),
            ("DELETE", _) => (204, "application/json", ""),
            ("POST", "/publish") => Json("""{"id":"0005F8F84FFFAFB9F44200000D810002"}"""),
            ("POST", "/plugins/install") => (204, "application/json", ""),
            ("POST", "/data/export") => Json("""{"filename":"emqx-export.tar.gz"}"""),
            ("GET", _) => Json("{}"),
            _ => Wrong(404, "NOT_FOUND"),
        };
    }

    private (int Status, string Type, string Body) LogIn(string body)
    {
        using JsonDocument sent = JsonDocument.Parse(body);
        string name = sent.RootElement.GetProperty("username").GetString()!;
        if (_failures.GetValueOrDefault(name) >= MostFailures)
        {
            return Wrong(401, "LOGIN_LOCKED");
        }

        if (name != "admin" || sent.RootElement.GetProperty("password").GetString() != "public")
        {
            _failures.AddOrUpdate(name, 1, static (_, before) => before + 1);
            return Wrong(401, "BAD_USERNAME_OR_PWD");
        }

        string token = Convert.ToHexString(Guid.NewGuid().ToByteArray());
        _failures.TryRemove(name, out _);
        _tokens[token] = name;
        return Json($$"""{"license":{"edition":"opensource"},"role":"administrator","token":"{{token}}","version":"5.8.6"}""");
    }

    private string? IsKnown(string? authorization, string path)
    {
        if (authorization is null)
        {
            return "UNAUTHORIZED";
        }

        if (authorization.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            return _tokens.ContainsKey(authorization["Bearer ".Length..]) ? null : "BAD_TOKEN";
        }

        // Keys are for programs: they may not touch users and keys.
        bool isForPeople = path.StartsWith("/users", StringComparison.Ordinal) || path.StartsWith("/api_key", StringComparison.Ordinal);
        return authorization == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Key}:{Secret}")) && !isForPeople ? null : "BAD_API_KEY_OR_SECRET";
    }

    private static (int Status, string Type, string Body) Json(string body) => (200, "application/json", body);

    private static (int Status, string Type, string Body) Wrong(int status, string code) => (status, "application/json", $$"""{"code":"{{code}}","message":"{{code}}"}""");
}

/// <summary>A request as it arrived.</summary>
/// <param name="Method">Method.</param>
/// <param name="Target">Path and query, undecoded.</param>
/// <param name="Authorization">The header, or null.</param>
/// <param name="Body">The body as text.</param>
public sealed record EmqxRequest(string Method, string Target, string? Authorization, string Body);
