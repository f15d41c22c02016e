using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// <c>GET /pins</c> of the pinning service for whoever sees only their own: from the ledger, with what the cluster says of each. Upstream's
/// own list has pages of all pins; names, metadata and times are each owner's own.
/// </summary>
internal sealed class OwnPinList(PinLedger ledger, string cluster)
{
    private const int Usual = 10;
    private const int AskedAtOnce = 16;

    // A list of what is rare among very many: the cluster is asked about so many at most, and the next page goes on from there.
    private const int MostAsked = 4096;
    private const int MaxAnswer = 4 * 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Whether a request is such a list.</summary>
    public bool Answers(HttpExchange exchange) =>
        exchange.Gate.Model.System == IpfsCatalogues.PinningSystem && exchange.Target.SegmentCount == 1 && exchange.Method == "GET";

    /// <summary>Answers it.</summary>
    public async ValueTask<ForwardOutcome> AnswerAsync(HttpExchange exchange, PinOwner owner)
    {
        CanonicalTarget query = exchange.Target; // read and found good
        string[] states = Text(query, "status"u8)?.Split(',') ?? [];
        int limit = Text(query, "limit"u8) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : Usual;
        List<(JsonDocument Status, PinOwnership Mine)> results = [];
        try
        {
            foreach (PinOwnership[] some in Wanted(query, owner).Take(MostAsked).Chunk(AskedAtOnce))
            {
                JsonDocument?[] found = await Task.WhenAll(some.Select(one => AskAsync(exchange.Gate, one)));
                for (int i = 0; i < some.Length; i++)
                {
                    if (found[i] is { } status && results.Count < limit && (states.Length == 0 || states.Contains(PinStatus.StateOf(status.RootElement))))
                    {
                        results.Add((status, some[i]));
                    }
                    else
                    {
                        found[i]?.Dispose();
                    }
                }

                if (results.Count >= limit || exchange.Control.IsCancelled)
                {
                    break;
                }
            }

            return IpfsAnswers.Send(exchange, 200, Write(results).Span);
        }
        finally
        {
            results.ForEach(static one => one.Status.Dispose());
        }
    }

    private static ReadOnlyMemory<byte> Write(List<(JsonDocument Status, PinOwnership Mine)> results)
    {
        ArrayBufferWriter<byte> body = new(1024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteNumber("count", results.Count);
            json.WriteStartArray("results");
            foreach ((JsonDocument status, PinOwnership mine) in results)
            {
                PinStatus.Write(status.RootElement, mine, json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    private static async Task<JsonDocument?> AskAsync(HttpGateModel gate, PinOwnership one)
    {
        if (!Cid.TryParse(one.Cid, out Cid? pin))
        {
            return null;
        }

        UpstreamReply reply = await gate.Forwarder!.AskAsync(UpstreamQuestion.PinningPin(pin), MaxAnswer, Deadline); // such a gate has an upstream
        if (!reply.IsComplete || reply.Status != 200)
        {
            return null; // gone around the gate, or not to be learned now
        }

        try
        {
            JsonDocument status = JsonDocument.Parse(reply.Body);
            if (pin.Equals(PinStatus.PinOf(status.RootElement)))
            {
                return status;
            }

            status.Dispose();
        }
        catch (JsonException)
        {
            // Not what it should be: nothing is shown of it.
        }

        return null;
    }

    private IEnumerable<PinOwnership> Wanted(CanonicalTarget query, PinOwner owner)
    {
        IEnumerable<PinOwnership> all = ledger.OwnedBy(cluster, owner);
        if (Text(query, "cid"u8) is { } cids)
        {
            HashSet<string> named = [.. cids.Split(',').Select(static c => Cid.TryParse(c, out Cid? cid) ? cid.Exact : "")];
            all = all.Where(one => named.Contains(one.Cid));
        }

        if (Text(query, "name"u8) is { Length: > 0 } name)
        {
            string match = Text(query, "match"u8) ?? "exact";
            all = all.Where(one => Matches(one.Name, name, match));
        }

        if (Text(query, "before"u8) is { } before)
        {
            DateTimeOffset end = Moment(before);
            all = all.Where(one => one.Created < end);
        }

        if (Text(query, "after"u8) is { } after)
        {
            DateTimeOffset begin = Moment(after);
            all = all.Where(one => one.Created > begin);
        }

        if (Text(query, "meta"u8) is { } meta)
        {
            Dictionary<string, string> asked = JsonSerializer.Deserialize<Dictionary<string, string>>(meta)!; // read as an object of texts
            all = all.Where(one => asked.All(pair => one.Meta.TryGetValue(pair.Key, out string? value) && value == pair.Value));
        }

        return all;
    }

    private static bool Matches(string text, string name, string match) => match switch
    {
        "iexact" => text.Equals(name, StringComparison.OrdinalIgnoreCase),
        "partial" => text.Contains(name, StringComparison.Ordinal),
        "ipartial" => text.Contains(name, StringComparison.OrdinalIgnoreCase),
        _ => text == name,
    };

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string? Text(CanonicalTarget target, ReadOnlySpan<byte> name) =>
        target.TryGetParameter(name, out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;
}
