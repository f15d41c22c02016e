using System.Collections.Frozen;
using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>
/// The options of additions: IPFS Cluster's <c>/add</c>, and <c>add</c> of its proxy, which reads Cluster's options too and some of Kubo's.
/// </summary>
internal sealed class AddOptionReader(bool isProxy)
{
    private static readonly FrozenSet<string> Bools = new[]
    {
        "local", "recursive", "hidden", "wrap-with-directory", "shard", "progress", "raw-leaves", "stream-channels", "nocopy", "no-pin",
    }.ToFrozenSet(StringComparer.Ordinal);

    // What Kubo's clients send besides, and the proxy reads `true` and `false` of, or nothing at all.
    private static readonly FrozenSet<string> KuboBools = new[]
    {
        "pin", "only-hash", "trickle", "quiet", "quieter", "silent", "fscache", "inline", "preserve-mode", "preserve-mtime", "dereference-args", "offline",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> KuboWords = new[] { "inline-limit", "timeout", "encoding", "enc", "cid-base" }.ToFrozenSet(StringComparer.Ordinal);

    private readonly PinOptionReader _pin = new();

    public IpfsOptions Options => _pin.Options;

    public IpfsFault? Read(CanonicalTarget target)
    {
        for (int i = 0; i < target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            if (Take(name, Encoding.UTF8.GetString(target.ParameterValue(i))) is { } fault)
            {
                return fault;
            }
        }

        return _pin.Check();
    }

    private IpfsFault? Take(string name, string value)
    {
        if (Bools.Contains(name))
        {
            bool isSet = false;
            return value.Length == 0 ? null : GoValues.TryBool(value, out isSet) ? Set(name, isSet) : IpfsFault.BadOption(name, "`true` or `false`");
        }

        if (isProxy && KuboBools.Contains(name))
        {
            return value is "true" or "false" ? Set(name, value == "true") : IpfsFault.BadOption(name, "`true` or `false`");
        }

        if (isProxy && KuboWords.Contains(name))
        {
            return IsWord(value) ? null : IpfsFault.BadOption(name, "a word");
        }

        switch (name)
        {
            case "layout":
                return value is "" or "balanced" or "trickle" ? null : IpfsFault.BadOption(name, "`balanced` or `trickle`");
            case "format":
                return value is "" or "unixfs" or "car" ? null : IpfsFault.BadOption(name, "`unixfs` or `car`");
            case "cid-version":
                return value is "0" or "1" ? null : IpfsFault.BadOption(name, "0 or 1");
            case "hash":
                return IsWord(value) ? null : IpfsFault.BadOption(name, "the name of a hash");
            case "chunker":
                return IsChunker(value) ? null : IpfsFault.BadOption(name, "such as `size-262144`, `rabin-MIN-AVG-MAX` or `buzzhash`");
            default:
                return _pin.Take(name, value, out bool isKnown) ?? (isKnown ? null : IpfsFault.UnknownOption());
        }
    }

    private IpfsFault? Set(string name, bool isSet)
    {
        switch (name)
        {
            // The first two read files of the peer itself; the proxy answers an error to the third and adds all the same.
            case "nocopy" or "fscache" or "only-hash" when isSet:
                return IpfsFault.RefusedOption(name);
            case "shard" when isSet:
                _pin.Shard();
                return null;
            case "no-pin" when isSet:
            case "pin" when !isSet:
                _pin.Set(static o => o with { IsNotPinned = true });
                return null;
            case "stream-channels":
                _pin.Set(o => o with { StreamsAnswer = isSet });
                return null;
            case "local" when isSet:
                _pin.Set(static o => o with { IsLocal = true });
                return null;
            default:
                return null;
        }
    }

    private static bool IsWord(string text) => text.Length <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');

    // Chunks of a few bytes would make millions of blocks of a small file; larger ones no peer would pass on.
    private static bool IsChunker(string text)
    {
        string[] parts = text.Split('-');
        bool areSizes = parts.Skip(1).All(static p => GoValues.TryInteger(p, 256, 2 << 20, out _));
        return areSizes && parts[0] switch
        {
            "" or "buzzhash" or "default" => parts.Length == 1,
            "size" => parts.Length == 2,
            "rabin" => parts.Length is 1 or 2 or 4,
            _ => false,
        };
    }
}
