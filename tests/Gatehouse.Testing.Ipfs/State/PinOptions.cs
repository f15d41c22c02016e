using System.Globalization;
using Gatehouse.Testing.Ipfs.Serving;

namespace Gatehouse.Testing.Ipfs.State;

/// <summary>The options of a pin, as ipfs-cluster reads them from a query.</summary>
public sealed record PinOptions
{
    public string Name { get; init; } = "";

    public string Mode { get; init; } = "recursive";

    public int ReplicationMin { get; init; }

    public int ReplicationMax { get; init; }

    public IReadOnlyList<string> UserAllocations { get; init; } = [];

    public DateTimeOffset? ExpireAt { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public string? PinUpdate { get; init; }

    public IReadOnlyList<string> Origins { get; init; } = [];

    public ulong ShardSize { get; init; }

    /// <summary>
    /// Reads in the order of upstream. On the first bad option it stops: what was read before it stays in the result, with
    /// the error beside it (the caller of a CID route goes on with that).
    /// </summary>
    internal static (PinOptions Options, string? Error) Read(GoQuery query, TimeProvider time)
    {
        var read = new PinOptions { Name = query["name"], Mode = query["mode"] == "direct" ? "direct" : "recursive" };
        string? error = null;
        int min = Number(query, "replication-min", 0, ref error);
        int max = error is null ? Number(query, "replication-max", 0, ref error) : 0;
        if (error is null && query["replication"].Length > 0)
        {
            min = max = Number(query, "replication", 0, ref error);
        }

        read = read with { ReplicationMin = min, ReplicationMax = max };
        if (error is not null)
        {
            return (read, error);
        }

        if (query["shard-size"] is { Length: > 0 } size)
        {
            if (!ulong.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out ulong bytes))
            {
                return (read, $"parameter shard-size is invalid: strconv.ParseUint: parsing \"{size}\": invalid syntax");
            }

            read = read with { ShardSize = bytes };
        }

        // Ids that do not decode are skipped without a word.
        read = read with { UserAllocations = [.. query["user-allocations"].Split(',').Where(Peers.IsPeerId)] };
        (read, error) = Expiry(read, query, time);
        return error is null ? Rest(read, query) : (read, error);
    }

    private static (PinOptions Options, string? Error) Expiry(PinOptions read, GoQuery query, TimeProvider time)
    {
        if (query["expire-at"] is { Length: > 0 } at)
        {
            return GoTime.TryReadInstant(at, out DateTimeOffset instant)
                ? (read with { ExpireAt = instant }, null)
                : (read, $"parsing time \"{at}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse");
        }

        if (query["expire-in"] is not { Length: > 0 } text)
        {
            return (read, null);
        }

        if (!GoTime.TryReadDuration(text, out TimeSpan duration))
        {
            return (read, $"time: invalid duration \"{text}\"");
        }

        return duration < TimeSpan.FromSeconds(1)
            ? (read, "duration must be >= 1s")
            : (read with { ExpireAt = time.GetUtcNow() + duration }, null);
    }

    private static (PinOptions Options, string? Error) Rest(PinOptions read, GoQuery query)
    {
        read = read with
        {
            Metadata = query.Names.Where(n => n.StartsWith("meta-", StringComparison.Ordinal)).ToDictionary(n => n[5..], n => query[n]),
        };
        if (query["pin-update"] is { Length: > 0 } update)
        {
            if (Cids.Canonical(update) is not { } cid)
            {
                return (read, "error decoding update option parameter: invalid cid");
            }

            read = read with { PinUpdate = cid };
        }

        if (query["origins"] is { Length: > 0 } origins)
        {
            string[] all = origins.Split(',');
            if (all.FirstOrDefault(o => !Peers.IsOrigin(o)) is { } bad)
            {
                return (read, $"error decoding origins: {bad}");
            }

            read = read with { Origins = all };
        }

        return (read, null);
    }

    private static int Number(GoQuery query, string name, int without, ref string? error)
    {
        string text = query[name];
        if (text.Length == 0)
        {
            return without;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        error = $"parameter {name} is invalid: strconv.ParseInt: parsing \"{text}\": invalid syntax";
        return without;
    }
}
