using System.Globalization;
using System.Net;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Searching;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Reading the trail: search, tail, verify, and the index that makes searching quick.</summary>
internal sealed class AuditEndpoints(AdminServices services)
{
    private const int MaxLimit = 10_000;
    private static readonly AdminJson Json = AdminJson.Default;
    private static readonly string[] Filters = ["user", "action", "outcome", "gate", "source", "since", "until", "text", "receipt"];

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/audit", "audit.read", SearchAsync) { Answer = Json.AuditSearchResponse, Parameters = [.. Filters, "limit", "before"] },
        new("GET", "/v1/audit/tail", "audit.read", TailAsync) { Parameters = [.. Filters] },
        new("POST", "/v1/audit/verify", "audit.verify", VerifyAsync) { Answer = Json.AuditVerifyResponse },
        new("POST", "/v1/audit/reindex", "audit.verify", ReindexAsync) { Answer = Json.AuditReindexResponse },
    ];

    private async ValueTask<AdminResult> SearchAsync(AdminCall call)
    {
        if (!TryQuery(call, out AuditQuery query, out Problem? problem))
        {
            return AdminResult.Refused(problem!);
        }

        // One more than asked for tells whether there is more.
        List<JsonElement> found = [];
        long last = 0;
        await foreach (AuditRecord record in services.AuditAccess.SearchAsync(query with { Limit = query.Limit + 1 }, call.Cancellation))
        {
            using var parsed = JsonDocument.Parse(record.Line);
            found.Add(parsed.RootElement.Clone());
            last = found.Count <= query.Limit ? record.Sequence : last;
        }

        bool isTruncated = found.Count > query.Limit;
        if (isTruncated)
        {
            found.RemoveAt(found.Count - 1);
        }

        found.Reverse();
        return AdminResult.Ok(new AuditSearchResponse { Records = found, Truncated = isTruncated, Next = isTruncated ? last : null }, Json.AuditSearchResponse);
    }

    private ValueTask<AdminResult> TailAsync(AdminCall call) => new(TryQuery(call, out AuditQuery query, out Problem? problem)
        ? AdminResult.Lines((into, cancellation) => FollowAsync(query, into, cancellation))
        : AdminResult.Refused(problem!));

    private async Task FollowAsync(AuditQuery query, Stream into, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> end = "\n"u8.ToArray();
        await foreach (AuditRecord record in services.AuditAccess.FollowAsync(query, cancellation))
        {
            await into.WriteAsync(record.Line, cancellation);
            await into.WriteAsync(end, cancellation);
            await into.FlushAsync(cancellation);
        }
    }

    private async ValueTask<AdminResult> ReindexAsync(AdminCall call)
    {
        ReindexOutcome done = await services.AuditAccess.ReindexAsync(call.Cancellation);
        return AdminResult.Ok(
            new AuditReindexResponse { Segments = done.Segments, Bytes = done.Bytes, Milliseconds = (long)done.Elapsed.TotalMilliseconds },
            Json.AuditReindexResponse);
    }

    private async ValueTask<AdminResult> VerifyAsync(AdminCall call) => AdminResult.Ok(
        AuditVerifyResponse.From(await services.AuditAccess.VerifyAsync(call.Cancellation)), Json.AuditVerifyResponse);

    private static bool TryQuery(AdminCall call, out AuditQuery query, out Problem? problem)
    {
        query = new AuditQuery();
        problem = null;
        string? wrong = null;
        foreach ((string name, string value) in call.Query)
        {
            AuditQuery? next = name switch
            {
                "user" => query with { User = value },
                "gate" => query with { Gate = value },
                "text" => query with { Text = value },
                "action" => AuditWords.TryParse(value, out AuditAction action) ? query with { Action = action } : null,
                "outcome" => AuditWords.TryParse(value, out AuditOutcome outcome) ? query with { Outcome = outcome } : null,
                "source" => TryNetwork(value, out IPNetwork network) ? query with { Source = network } : null,
                "since" => TryTime(value, out DateTimeOffset since) ? query with { Since = since } : null,
                "until" => TryTime(value, out DateTimeOffset until) ? query with { Until = until } : null,
                "receipt" => ReceiptCode.TryParse(value, out ReceiptCode receipt) ? query with { Receipt = receipt } : null,
                "before" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long before) ? query with { Before = before } : null,
                "limit" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is > 0 and <= MaxLimit
                    ? query with { Limit = limit }
                    : null,
                _ => null,
            };
            if (next is null)
            {
                wrong ??= name;
                continue;
            }

            query = next;
        }

        if (wrong is not null)
        {
            problem = AdminRequestReader.Malformed($"the parameter `{wrong}` has no value that is understood", Hint(wrong));
        }

        return wrong is null;
    }

    private static string? Hint(string parameter) => parameter switch
    {
        "since" or "until" => "RFC 3339: 2026-01-31T08:00:00Z",
        "source" => "an address or a CIDR",
        "outcome" => "success, failure or unknown",
        "action" => string.Join(", ", Enum.GetValues<AuditAction>().Where(static action => action != AuditAction.None).Select(AuditWords.Of)),
        "before" => "the number that a page gave as `next`",
        "limit" => $"1 to {MaxLimit}",
        "receipt" => "GH-XXXX-XXXX-XXXX-XXXX-XXXX",
        _ => null,
    };

    internal static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text,
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out time);

    private static bool TryNetwork(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
        {
            return true;
        }

        bool isAddress = IPAddress.TryParse(text, out IPAddress? address);
        network = isAddress ? new IPNetwork(address!, address!.GetAddressBytes().Length * 8) : default;
        return isAddress;
    }
}
