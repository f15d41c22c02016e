using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>One request on its way through a stand-in, and the ways to answer it.</summary>
internal sealed class Call(HttpContext http, GoTarget target, Fault? fault, Uri address)
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public HttpContext Http => http;

    public string Method => http.Request.Method;

    public string Path => target.Path;

    public GoTarget Target => target;

    public GoQuery Query => target.Query;

    public Fault? Fault => fault;

    public Uri Address => address;

    /// <summary>What the route's pattern named.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public Call With(IReadOnlyDictionary<string, string> variables) => new(http, target, fault, address) { Variables = variables };

    public static byte[] Line(JsonNode value) => Encoding.UTF8.GetBytes(value.ToJsonString(Written) + "\n");

    /// <summary>The media type of JSON; called twice it stays one header.</summary>
    public void SetJson()
    {
        if (!http.Response.HasStarted)
        {
            http.Response.ContentType = "application/json";
        }
    }

    public void SetStatus(int status)
    {
        // As net/http does: the first status counts, later ones are ignored.
        if (!http.Response.HasStarted && !http.Items.ContainsKey(typeof(Call)))
        {
            http.Items[typeof(Call)] = status;
            http.Response.StatusCode = status;
        }
    }

    /// <summary>Answers JSON; a second call adds to the body and cannot change the status, as upstream's handlers do after a 400.</summary>
    public async Task JsonAsync(int status, JsonNode value)
    {
        SetJson();
        SetStatus(status);
        await http.Response.Body.WriteAsync(Line(value), http.RequestAborted);
    }

    public async Task TextAsync(int status, string text, string type = "text/plain; charset=utf-8")
    {
        http.Response.ContentType = type;
        SetStatus(status);
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), http.RequestAborted);
    }

    /// <summary>Ends the connection in the middle of the answer; what was written before arrives, as it would not after a reset.</summary>
    public async Task BreakAsync()
    {
        await http.Response.Body.FlushAsync(http.RequestAborted);

        // Kestrel's sender takes what was flushed in its own time, and nothing tells when it has.
        await Task.Delay(50, http.RequestAborted);
        http.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Shutdown(SocketShutdown.Send);
    }

    public async Task<JsonObject?> BodyAsync()
    {
        try
        {
            return await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
