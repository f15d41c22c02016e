using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration;

/// <summary>Writes answers: never kept by anybody, never taken for anything but JSON.</summary>
internal static class AdminAnswer
{
    /// <summary>Writes one JSON answer.</summary>
    public static async Task WriteAsync(HttpContext http, AdminResult result)
    {
        byte[] body = result.Value is null || result.Type is null ? [] : JsonSerializer.SerializeToUtf8Bytes(result.Value, result.Type);
        SetHead(http.Response, result.Status, "application/json");
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Writes lines as they come, until the caller goes or its right does.</summary>
    public static async Task StreamAsync(AdminCall call, AdminResult result, AdminWork work)
    {
        HttpContext http = call.Http;
        SetHead(http.Response, result.Status, "application/x-ndjson");
        await http.Response.Body.FlushAsync(http.RequestAborted);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, work.Token);
        try
        {
            await result.Stream!(http.Response.Body, both.Token);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            // Cut or gone. A cut one must not look complete.
            if (work.CutReason is not null)
            {
                http.Abort();
            }
        }
    }

    private static void SetHead(HttpResponse response, int status, string type)
    {
        response.StatusCode = status;
        response.ContentType = type;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }
}
