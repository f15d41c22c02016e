using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Gatehouse.Network;

namespace Gatehouse.Tests.Network;

/// <summary>
/// Elasticsearch's IP filter, slow and obvious: what it listens on, then all allow rules, then all deny rules, first match
/// wins, and what matches none is let in. A name rule is a pattern over the source's confirmed reverse name.
/// </summary>
internal sealed class ElasticsearchModel(string[] own, string[] allow, string[] deny)
{
    public bool Decide(IPAddress source, string? name) =>
        own.Any(item => Matches(item, source, name))
        || allow.Any(item => Matches(item, source, name))
        || !deny.Any(item => Matches(item, source, name));

    private static bool Matches(string item, IPAddress source, string? name)
    {
        if (item == "_all")
        {
            return true;
        }

        if (item.Contains('/'))
        {
            string[] parts = item.Split('/');
            var network = IPAddress.Parse(parts[0]);
            byte[] a = network.GetAddressBytes();
            byte[] b = source.GetAddressBytes();
            return network.AddressFamily == source.AddressFamily
                && Enumerable.Range(0, int.Parse(parts[1])).All(bit => (((a[bit / 8] ^ b[bit / 8]) >> (7 - (bit % 8))) & 1) == 0);
        }

        if (IPAddress.TryParse(item, out IPAddress? single))
        {
            return single.Equals(source);
        }

        string pattern = item.Replace(".", "\\.", StringComparison.Ordinal).Replace("*", ".*", StringComparison.Ordinal);
        return Regex.IsMatch(name ?? source.ToString(), $"^({pattern})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }
}

/// <summary>A small world: every address has one name or none, and every name has just its addresses.</summary>
internal sealed class NamedWorld(IReadOnlyDictionary<IPAddress, string?> names) : INameFacts
{
    public IEnumerable<IPAddress> Addresses => names.Keys;

    public string? NameOf(IPAddress address) => names[address];

    public ImmutableArray<HostAddress> HostsAt(IPAddress source) => names.GetValueOrDefault(source) is { } name ? [new HostAddress(name, true)] : [];

    public bool IsResolved(string host) => true;

    public SourceNames NamesOf(IPAddress source) =>
        names.GetValueOrDefault(source) is { } name ? new SourceNames(true, [name], [name]) : SourceNames.None;
}
