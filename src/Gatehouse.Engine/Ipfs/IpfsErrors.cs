using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Ipfs;

/// <summary>The gate's refusals as each API words its own, with Gatehouse's words beside them.</summary>
internal static class IpfsErrors
{
    /// <summary>Writes the body of an error.</summary>
    public static void Write(HttpExchange exchange, int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into)
    {
        string text = receipt is null ? $"{problem.Title} ({problem.Id})" : $"{problem.Title} ({problem.Id}). gatehouse explain {receipt}";
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        switch (exchange.Gate.Model.System)
        {
            case "ipfs-pinning":
                // IPFS Pinning Service API 1.0.0: {"error": {"reason", "details"}}
                json.WriteStartObject("error");
                json.WriteString("reason", ReasonOf(status));
                json.WriteString("details", text);
                Add(json, problem, reason, receipt);
                json.WriteEndObject();
                break;
            case "ipfs-cluster":
                json.WriteNumber("code", status);
                json.WriteString("message", text);
                AddBeside(json, problem, reason, receipt);
                break;
            default:
                // go-ipfs-cmds: what Kubo's clients read of an error
                json.WriteString("Message", text);
                json.WriteNumber("Code", status is 401 or 403 ? 0 : 1);
                json.WriteString("Type", "error");
                AddBeside(json, problem, reason, receipt);
                break;
        }

        json.WriteEndObject();
    }

    private static void AddBeside(Utf8JsonWriter json, ProblemDefinition problem, string reason, string? receipt)
    {
        json.WriteStartObject("error");
        Add(json, problem, reason, receipt);
        json.WriteEndObject();
    }

    private static void Add(Utf8JsonWriter json, ProblemDefinition problem, string reason, string? receipt)
    {
        json.WriteString("id", problem.Id);
        json.WriteString("word", reason);
        if (receipt is not null)
        {
            json.WriteString("receipt", receipt);
            json.WriteString("help", $"gatehouse explain {receipt}");
        }
    }

    private static string ReasonOf(int status) => status switch
    {
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "DUPLICATE_OBJECT",
        413 => "INSUFFICIENT_FUNDS",
        429 => "TOO_MANY_REQUESTS",
        >= 500 => "INTERNAL_SERVER_ERROR",
        _ => "BAD_REQUEST",
    };
}
