using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>
/// The options of IPFS Cluster's pins and additions, from a query. Everything is held to the letter here, because the upstream goes on
/// with what it has read when an option is wrong (and answers an error all the same).
/// </summary>
internal sealed class PinOptionReader
{
    /// <summary>Most addresses of origins, as in the pinning service's API.</summary>
    public const int MaxOrigins = 20;

    private const string Metadata = "meta-";
    private const string OwnMetadata = "gatehouse-";
    private const int MaxName = 255;
    private const int MaxMetadataValue = 1024;
    private const int MaxPeers = 100;
    private const int MaxReplication = 10_000;

    private readonly List<string> _metadata = [];
    private IpfsOptions _options = new();
    private long? _min;
    private long? _max;

    /// <summary>What has been read.</summary>
    public IpfsOptions Options => _options with { MetadataKeys = _metadata };

    /// <summary>Whether metadata under this key is Gatehouse's own; upper and lower case are one.</summary>
    public static bool IsReserved(string key) => key.StartsWith(OwnMetadata, StringComparison.OrdinalIgnoreCase) || key.Equals(OwnMetadata[..^1], StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the query of a pin: no option but those of pins.</summary>
    public IpfsFault? ReadPin(CanonicalTarget target)
    {
        for (int i = 0; i < target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            IpfsFault? fault = Take(name, Encoding.UTF8.GetString(target.ParameterValue(i)), out bool isKnown);
            if (fault is not null || !isKnown)
            {
                return fault ?? IpfsFault.UnknownOption();
            }
        }

        return Check();
    }

    /// <summary>What only all options together show.</summary>
    public IpfsFault? Check() =>
        _min is { } min && _max is { } max && max > 0 && (min > max || min < 0)
            ? IpfsFault.BadOption("replication-max", "no less than `replication-min`")
            : null;

    /// <summary>Takes one option of pins.</summary>
    /// <param name="name">Its name, upper and lower case told apart.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isKnown">Whether there is such an option.</param>
    public IpfsFault? Take(string name, string value, out bool isKnown)
    {
        isKnown = true;
        if (name.StartsWith(Metadata, StringComparison.Ordinal))
        {
            return TakeMetadata(name[Metadata.Length..], value);
        }

        // ipfs-cluster-ctl sends every option, empty or zero where nothing is meant.
        if (value.Length == 0 && name is ("name" or "mode" or "user-allocations" or "expire-at" or "expire-in" or "pin-update" or "origins"))
        {
            return null;
        }

        switch (name)
        {
            case "name":
                _options = _options with { Name = value };
                return value.Length <= MaxName ? null : IpfsFault.BadOption(name, $"{MaxName} characters at most");
            case "mode":
                _options = _options with { IsDirect = value == "direct" };
                return value is "recursive" or "direct" ? null : IpfsFault.BadOption(name, "`recursive` or `direct`");
            case "replication" or "replication-min" or "replication-max":
                return TakeReplication(name, value);
            case "user-allocations":
                _options = _options with { HasAllocations = true };
                return AreAll(value, MaxPeers, static p => PeerId.TryParse(p, out _)) ? null : IpfsFault.BadOption(name, "peer ids, with commas between them");
            case "expire-at":
                _options = _options with { Expires = true };
                return GoValues.IsTime(value) ? null : IpfsFault.BadOption(name, "a moment as in RFC 3339");
            case "expire-in":
                _options = _options with { Expires = true };
                return GoValues.IsDuration(value) ? null : IpfsFault.BadOption(name, "a time such as `1h30m`, one second at least");
            case "pin-update":
                _options = _options with { Update = Cid.TryParse(value, out Cid? other) ? other : null };
                return other is not null ? null : IpfsFault.NotContentId("`pin-update`");
            case "origins":
                _options = _options with { HasOrigins = true };
                return AreAll(value, MaxOrigins, MultiAddress.IsOfPeer) ? null : IpfsFault.BadOption(name, "addresses that end with /p2p/ID, with commas between them");
            case "shard-size":
                bool isSize = GoValues.TryInteger(value, 0, long.MaxValue, out long size);
                _options = _options with { IsSharded = _options.IsSharded || size > 0 };
                return isSize ? null : IpfsFault.BadOption(name, "a number of bytes");
            default:
                isKnown = false;
                return null;
        }
    }

    /// <summary>Marks an addition as cut into shards.</summary>
    public void Shard() => _options = _options with { IsSharded = true };

    /// <summary>Sets what only additions have.</summary>
    public void Set(Func<IpfsOptions, IpfsOptions> change) => _options = change(_options);

    private IpfsFault? TakeReplication(string name, string value)
    {
        if (!GoValues.TryInteger(value, -1, MaxReplication, out long number))
        {
            return IpfsFault.BadOption(name, $"a number from -1 to {MaxReplication}");
        }

        _options = _options with { HasReplication = _options.HasReplication || number != 0 };
        _min = name == "replication-min" ? number : _min;
        _max = name == "replication-max" ? number : _max;
        return null;
    }

    private IpfsFault? TakeMetadata(string key, string value)
    {
        if (IsReserved(key))
        {
            return IpfsFault.Reserved();
        }

        if (key.Length is 0 or > MaxName || value.Length > MaxMetadataValue)
        {
            return IpfsFault.BadOption("meta-", $"a key of 1 to {MaxName} characters and a value of {MaxMetadataValue} at most");
        }

        _metadata.Add(key);
        return null;
    }

    private static bool AreAll(string list, int most, Func<string, bool> isOne)
    {
        string[] items = list.Split(',');
        return items.Length <= most && Array.TrueForAll(items, item => isOne(item));
    }
}
