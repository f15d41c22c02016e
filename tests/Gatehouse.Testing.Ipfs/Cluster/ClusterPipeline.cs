using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ipfs.Cluster;

/// <summary>What the REST API and the pinning service of a cluster share: authentication, then CORS, then the slash at the end, then routes.</summary>
internal sealed class ClusterPipeline
{
    private readonly StandInOptions _options;
    private readonly RsCors _cors;
    private readonly Func<int, string, JsonObject> _error;

    public ClusterPipeline(StandInOptions options, Func<int, string, JsonObject> error)
    {
        _options = options;
        _error = error;
        _cors = new RsCors(options.CorsOrigins, options.CorsMethods);
        Auth = new ClusterAuth(options);
        Routes = new GoMux(call => FailAsync(call, StatusCodes.Status404NotFound, "not found"));
        Routes.Add("POST", "/token", TokenAsync);
        Routes.Add("GET", "/health", Empty);
    }

    public ClusterAuth Auth { get; }

    public GoMux Routes { get; }

    public async Task RunAsync(Call call)
    {
        if (Auth.Refuse(call) is { } refusal)
        {
            await FailAsync(call, StatusCodes.Status401Unauthorized, refusal);
            return;
        }

        if (_cors.Run(call.Http))
        {
            return;
        }

        if (call.Path.EndsWith('/'))
        {
            await RedirectAsync(call);
            return;
        }

        await Routes.RunAsync(call);
    }

    public Task FailAsync(Call call, int status, string message) => call.JsonAsync(status, _error(status, message));

    /// <summary>An error of the state is 404 where it says not found and 500 otherwise.</summary>
    public Task FailAsync(Call call, string message) =>
        FailAsync(call, message == "not found" ? StatusCodes.Status404NotFound : StatusCodes.Status500InternalServerError, message);

    public static Task Empty(Call call)
    {
        call.SetJson();
        call.SetStatus(StatusCodes.Status204NoContent);
        return Task.CompletedTask;
    }

    private async Task TokenAsync(Call call)
    {
        if (Auth.Issue(call) is { } token)
        {
            await call.JsonAsync(StatusCodes.Status200OK, new JsonObject { ["token"] = token });
        }
        else
        {
            await FailAsync(call, StatusCodes.Status401Unauthorized, "unauthorized");
        }
    }

    /// <summary>
    /// 307 to the path without its last slash. Upstream cuts before it cleans, so that //host/ becomes a redirect to another host.
    /// </summary>
    private Task RedirectAsync(Call call)
    {
        string path = GoTarget.Escape(call.Path[..^1]);
        path = (path.Length == 0 ? "/" : path) + (call.Target.RawQuery.Length > 0 ? "?" + call.Target.RawQuery : "");
        bool isOwn = _options.AbsoluteRedirects && !path.StartsWith("//", StringComparison.Ordinal);
        call.Http.Response.Headers.Location = isOwn ? new Uri(call.Address, path).ToString() : path;
        call.SetStatus(StatusCodes.Status307TemporaryRedirect);
        return Task.CompletedTask;
    }
}
