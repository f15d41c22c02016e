using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Network;

/// <summary>Lists of Elasticsearch's IP filter as they are in force for one profile.</summary>
/// <param name="Allow">Items of the allow list.</param>
/// <param name="Deny">Items of the deny list.</param>
/// <param name="Own">Addresses that it listens on and lets in before every rule; default: not known.</param>
/// <param name="Interfaces">Addresses of its host, which <c>localhost</c> stands for; default: not known.</param>
/// <param name="TakeHostsForward">Whether a host name may stand for its own addresses instead of sources whose reverse name it is.</param>
public sealed record ElasticsearchFilter(
    ImmutableArray<string> Allow, ImmutableArray<string> Deny, ImmutableArray<string> Own, ImmutableArray<string> Interfaces, bool TakeHostsForward)
{
    /// <summary>
    /// Rules with the very same meaning: there allow rules come first, then deny rules, and what matches none is let in.
    /// Null with at least one problem where there are none.
    /// </summary>
    public ImmutableArray<AddressRule>? Translate(string? gate, ICollection<Problem> problems)
    {
        int before = problems.Count;
        var own = new ElasticsearchList([], this, problems);
        var allow = new ElasticsearchList(Allow, this, problems);
        var deny = new ElasticsearchList(Deny, this, problems);
        own.Add(Own);
        if (problems.Count > before || allow.IsAll || deny.IsEmpty)
        {
            return problems.Count > before ? null : [];
        }

        if (Own.IsDefault)
        {
            problems.Add(NotKept(
                "the addresses that Elasticsearch listens on are always let in, and the file does not say which they are",
                "name them with --own ADDRESS"));
            return null;
        }

        return deny.IsAll ? Closed(gate, allow, own) : Opened(gate, allow, own, deny, problems);
    }

    /// <summary>A problem of what cannot be kept.</summary>
    internal static Problem NotKept(string text, string? hint = null) => NetworkProblems.FilterNotKept.Because(text, hint: hint);

    // Everything is denied that is not allowed: allow rules do that by themselves, and none of them denies another.
    private static ImmutableArray<AddressRule> Closed(string? gate, ElasticsearchList allow, ElasticsearchList own)
    {
        string[] allowed =
        [
            .. AddressRanges.Union(allow.Ranges.Concat(own.Ranges)).Select(AddressRanges.Format),
            .. allow.Names.Select(static n => n.ToString()).Distinct(StringComparer.Ordinal),
        ];
        return allowed.Length == 0
            ? [new AddressRule(AddressRuleEffect.Deny, AddressRule.All, gate)]
            : [.. allowed.Select(address => new AddressRule(AddressRuleEffect.Allow, address, gate))];
    }

    // What is denied and not allowed is denied, in pieces none of which holds another; everything else is let in.
    private static ImmutableArray<AddressRule>? Opened(
        string? gate, ElasticsearchList allow, ElasticsearchList own, ElasticsearchList deny, ICollection<Problem> problems)
    {
        AddressRange[] denied = [.. AddressRanges.Without(deny.Ranges, allow.Ranges.Concat(own.Ranges))];
        if (deny.Names.Count > 0 && FindOutranked(allow, own, deny) is { } outranked)
        {
            problems.Add(NotKept(
                $"`{outranked}` is allowed before a deny rule by name is asked; here that deny rule would win",
                "leave the deny rules by name out, or write the rules by hand"));
            return null;
        }

        // A name is as specific as a single address, and there deny wins the tie.
        if (allow.Names.Count > 0 && denied.FirstOrDefault(static r => r.IsSingle) is { IsSingle: true } single && denied.Contains(single))
        {
            problems.Add(NotKept(
                $"a source with an allowed name is let in there even with the denied address `{AddressRanges.Format(single)}`; here that deny rule would win",
                "leave the single address out, or write the rules by hand"));
            return null;
        }

        string[] names = [.. deny.Names.Select(static n => n.ToString()).Distinct(StringComparer.Ordinal)];
        if (denied.Length == 0 && names.Length == 0)
        {
            return [];
        }

        ImmutableArray<AddressRule>.Builder rules = ImmutableArray.CreateBuilder<AddressRule>();
        if (allow.Names.Count > 0 || names.Length > 0)
        {
            // Without it an allow rule by name would close the rest, and a deny rule by name those without a name.
            rules.Add(new AddressRule(AddressRuleEffect.Allow, AddressRule.All, gate));
        }

        rules.AddRange(denied.Select(range => new AddressRule(AddressRuleEffect.Deny, AddressRanges.Format(range), gate)));
        rules.AddRange(names.Select(name => new AddressRule(AddressRuleEffect.Deny, name, gate)));
        rules.AddRange(allow.Names.Select(static n => n.ToString()).Distinct(StringComparer.Ordinal)
            .Select(name => new AddressRule(AddressRuleEffect.Allow, name, gate)));
        return rules.ToImmutable();
    }

    // Loopback has the name localhost and no other; whatever else is allowed may have a denied name.
    private static string? FindOutranked(ElasticsearchList allow, ElasticsearchList own, ElasticsearchList deny)
    {
        bool isLoopbackSafe = !deny.Names.Any(static n => n.Name == "localhost" || n.Name.EndsWith(".localhost", StringComparison.Ordinal));
        if (allow.Names.Count > 0)
        {
            return allow.Names[0].ToString();
        }

        foreach (AddressRange range in allow.Ranges.Concat(own.Ranges))
        {
            if (!isLoopbackSafe || !AddressRanges.IsLoopback(range))
            {
                return AddressRanges.Format(range);
            }
        }

        return null;
    }
}

/// <summary>One list of the filter, read item by item.</summary>
internal sealed class ElasticsearchList
{
    private readonly ElasticsearchFilter _filter;
    private readonly ICollection<Problem> _problems;

    public ElasticsearchList(ImmutableArray<string> items, ElasticsearchFilter filter, ICollection<Problem> problems)
    {
        _filter = filter;
        _problems = problems;
        foreach (string item in items)
        {
            Read(item);
        }
    }

    public bool IsAll { get; private set; }

    public List<AddressRange> Ranges { get; } = [];

    public List<HostPattern> Names { get; } = [];

    public bool IsEmpty => !IsAll && Ranges.Count == 0 && Names.Count == 0;

    public void Add(ImmutableArray<string> addresses)
    {
        foreach (string address in addresses.IsDefault ? [] : addresses)
        {
            if (AddressParser.IsSingle(address))
            {
                ReadAddress(address);
            }
            else
            {
                Refuse(address, "is no single address");
            }
        }
    }

    private void Read(string item)
    {
        if (item == AddressRule.All)
        {
            IsAll = true;
        }
        else if (item == "localhost")
        {
            ReadLocalhost();
        }
        else if (item.Contains('/'))
        {
            ReadNetwork(item);
        }
        else if (AddressParser.Parse(item, out AddressPrefix single) == AddressParseStatus.Parsed)
        {
            Ranges.Add(AddressRange.Of(single));
        }
        else
        {
            ReadName(item);
        }
    }

    // Loopback and every address of an interface of its host.
    private void ReadLocalhost()
    {
        if (_filter.Interfaces.IsDefault)
        {
            _problems.Add(ElasticsearchFilter.NotKept(
                "`localhost` stands for every address of Elasticsearch's own host, and the file does not say which they are",
                "name them with --own ADDRESS"));
            return;
        }

        ReadAddress("127.0.0.0/8");
        ReadAddress("::1");
        Add(_filter.Interfaces);
    }

    private void ReadAddress(string address)
    {
        if (AddressParser.Parse(address, out AddressPrefix prefix) == AddressParseStatus.Parsed)
        {
            Ranges.Add(AddressRange.Of(prefix));
            return;
        }

        Refuse(address, "is no address");
    }

    // Bits below the prefix are cleared there. A mask is a number, or dotted as a netmask.
    private void ReadNetwork(string item)
    {
        int slash = item.IndexOf('/');
        string mask = item[(slash + 1)..];
        if (AddressParser.Parse(item.AsSpan(0, slash), out AddressPrefix address) != AddressParseStatus.Parsed
            || (address.IsIPv4 && item.Contains(':')))
        {
            Refuse(item, "is no network that is read the same everywhere");
            return;
        }

        if (mask.Contains('.'))
        {
            mask = AddressParser.Parse(mask, out AddressPrefix dotted) == AddressParseStatus.Parsed && address.IsIPv4
                ? Length((uint)dotted.Low) : "";
        }

        string plain = item[..slash] + "/" + mask;
        AddressParseStatus status = AddressParser.Parse(plain, out AddressPrefix prefix);
        if (status is AddressParseStatus.Parsed or AddressParseStatus.HostBitsSet)
        {
            Ranges.Add(AddressRange.Of(prefix));
            return;
        }

        Refuse(item, "is no network that is read the same everywhere");
    }

    private static string Length(uint mask)
    {
        int ones = System.Numerics.BitOperations.PopCount(mask);
        bool isWhole = ones == 0 || mask == uint.MaxValue << (32 - ones);
        return isWhole ? ones.ToString(System.Globalization.CultureInfo.InvariantCulture) : "";
    }

    private void ReadName(string item)
    {
        if (!HostPattern.TryParse(item, out HostPattern name) || name.Kind == AddressRuleKind.Domain || name.ToString() != item)
        {
            // Patterns such as `10.1.*` or `*-lab.example.com`, and names in capitals, which Elasticsearch compares letter by letter.
            Refuse(item, "is neither an address, a network, a host name nor a domain `*.example.com` in lower case");
            return;
        }

        if (name.Kind == AddressRuleKind.Host && !_filter.TakeHostsForward)
        {
            _problems.Add(ElasticsearchFilter.NotKept(
                $"host name `{item}`: Elasticsearch looks at the source's reverse name, Gatehouse at the host's addresses, which may be more",
                "--forward-hosts takes the host's addresses"));
            return;
        }

        Names.Add(name);
    }

    private void Refuse(string item, string why) =>
        _problems.Add(ElasticsearchFilter.NotKept($"`{Shown(item)}` {why}", "write the rules by hand: gatehouse ip allow, gatehouse ip deny"));

    private static string Shown(string text) =>
        string.Concat(text.Take(64).Select(static c => c is >= ' ' and <= '~' and not '`' ? c : '?'));
}
