using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Emqx;

/// <summary>The gate's refusals as EMQX words its own, <c>code</c> and <c>message</c>, with Gatehouse's own words beside them.</summary>
internal static class EmqxErrors
{
    /// <summary>Writes the body of an error.</summary>
    public static void Write(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into)
    {
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        json.WriteString("code", CodeOf(exchange, status));
        json.WriteString("message", receipt is null ? $"{problem.Title} ({problem.Id})" : $"{problem.Title} ({problem.Id}). gatehouse explain {receipt}");
        json.WriteStartObject("error");
        json.WriteString("id", problem.Id);
        json.WriteString("reason", reason);
        if (receipt is not null)
        {
            json.WriteString("receipt", receipt);
            json.WriteString("help", $"gatehouse explain {receipt}");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Its pages go to the login page on the first two of these.
    private static string CodeOf(HttpExchange exchange, int status) => status switch
    {
        401 when DashboardSessions.IsToken(exchange.Headers.Authorization) => "BAD_TOKEN",
        401 when EmqxSteps.IsLogin(exchange) => "BAD_USERNAME_OR_PWD",
        401 => "BAD_API_KEY_OR_SECRET",
        403 => "UNAUTHORIZED_ROLE",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        429 => "LOGIN_LOCKED",
        >= 500 => "SERVICE_UNAVAILABLE",
        _ => "BAD_REQUEST",
    };
}
