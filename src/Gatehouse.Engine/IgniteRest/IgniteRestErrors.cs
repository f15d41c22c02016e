using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Problems;
using Microsoft.AspNetCore.WebUtilities;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>The gate's refusals as Ignite words its own (<c>application/problem+json</c>, RFC 9457), with Gatehouse's words beside them.</summary>
internal static class IgniteRestErrors
{
    /// <summary>Media type.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>Writes the body of an error.</summary>
    public static void Write(int status, ProblemDefinition problem, string reason, string? receipt, IBufferWriter<byte> into)
    {
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status", status);
        json.WriteString("code", problem.Id);
        json.WriteString("type", "about:blank");
        json.WriteString("detail", receipt is null ? $"{problem.Title} ({reason})" : $"{problem.Title} ({reason}). gatehouse explain {receipt}");

        // Ignite's is the one of its log; this one is in no log, and clients that need one have it.
        json.WriteString("traceId", new Guid(RandomNumberGenerator.GetBytes(16)));
        json.WriteString("reason", reason);
        if (receipt is not null)
        {
            json.WriteString("receipt", receipt);
            json.WriteString("help", $"gatehouse explain {receipt}");
        }

        json.WriteEndObject();
    }
}
