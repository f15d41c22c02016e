using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gatehouse.Problems;

namespace Gatehouse.Network;

/// <summary>Compiled address rules: the most specific rule wins, deny on a tie, deny by default once an allow rule exists. Immutable.</summary>
public sealed class AddressFilter
{
    // A verdict is a number: twice (index of the rule + 1), plus 1 for deny; rule 0 is "the default, no rule".
    internal const int DenyBit = 1;
    private const int NoVerdict = -1;

    // Where so much of a list has changed, nothing is saved by starting from the list before.
    private const int MostChanged = 16 * 1024;

    private readonly AddressRule[] _rules;
    private readonly RuleEntries _entries;
    private readonly RangeTable<uint> _v4;

    // Networks up to /64 need half the address; longer ones are more specific than all of these and are asked first. A wider
    // range that cuts a /64 in two fits neither: with one of these, the table of whole addresses holds every rule.
    private readonly RangeTable<ulong> _v6;
    private readonly RangeTable<UInt128> _v6Long;
    private readonly EffectTable<uint> _v4Effects;
    private readonly EffectTable<ulong> _v6Effects;
    private readonly NameRules? _names;
    private readonly bool _isOpen;

    private AddressFilter(AddressRule[] rules, RuleEntries entries, AddressFilter? previous)
    {
        int byDefault = entries.Default;
        _rules = rules;
        _entries = entries;
        _names = entries.Names.IsEmpty ? null : NameRules.Compile([.. entries.Names.Select(n => (rules[(n.Verdict >> 1) - 1], n.Pattern))]);

        // What was made of the very same entries is not made again: a change of IPv4 rules costs nothing for IPv6.
        bool isSameDefault = previous?._entries.Default == byDefault;
        bool isSameV4 = isSameDefault && previous!._entries.V4 == entries.V4;
        bool isSameV6 = isSameDefault && previous!._entries.V6 == entries.V6;
        bool isSameV6Long = isSameDefault && previous!._entries.V6Long == entries.V6Long && previous._entries.IsV6LongWhole == entries.IsV6LongWhole;
        _v4 = isSameV4 ? previous!._v4 : RangeTable<uint>.Build(entries.V4, byDefault);
        _v6 = isSameV6 ? previous!._v6 : RangeTable<ulong>.Build(entries.V6, byDefault);
        _v6Long = isSameV6Long ? previous!._v6Long : RangeTable<UInt128>.Build(entries.V6Long, entries.IsV6LongWhole ? byDefault : NoVerdict);
        _v4Effects = isSameV4 ? previous!._v4Effects : new EffectTable<uint>(_v4, IsDeny(byDefault));
        _v6Effects = isSameV6 ? previous!._v6Effects : new EffectTable<ulong>(_v6, IsDeny(byDefault));
        _isOpen = rules.Length == 0;
    }

    /// <summary>A filter without rules: lets everything in.</summary>
    public static AddressFilter Open { get; } = new([], new RuleEntries.Builder(0).Finish(0), null);

    /// <summary>The host names that rules have; whoever decides resolves them.</summary>
    public ImmutableArray<string> Hosts => _names?.Hosts ?? [];

    /// <summary>Number of rules.</summary>
    public int Count => _rules.Length;

    /// <summary>Bytes of the compiled tables, the rules themselves not counted.</summary>
    public long CompiledBytes => _v4.Bytes + _v6.Bytes + _v6Long.Bytes + HotBytes + _entries.Bytes + ((long)_rules.Length * Unsafe.SizeOf<nint>());

    /// <summary>Bytes of the part that decides; the rest only names rules.</summary>
    public long HotBytes => _v4Effects.Bytes + _v6Effects.Bytes;

    /// <summary>
    /// Compiles rules (those of one gate and the global ones together). Every rule that cannot be read adds a problem, and
    /// then there is no filter.
    /// </summary>
    public static AddressFilter? Compile(IEnumerable<AddressRule> rules, ICollection<Problem> problems)
    {
        AddressRule[] all = [.. rules];
        return Read(all, 0, all.Length, problems) is { } entries ? new AddressFilter(all, entries, null) : null;
    }

    /// <summary>
    /// The same, from a filter whose rules are mostly these: only what lies between the rules that both begin with and those that
    /// both end with is read. The result is the one that <see cref="Compile(IEnumerable{AddressRule}, ICollection{Problem})"/> gives.
    /// </summary>
    public static AddressFilter? Compile(ImmutableArray<AddressRule> rules, AddressFilter? previous, ICollection<Problem> problems)
    {
        AddressRule[] all = ImmutableCollectionsMarshal.AsArray(rules) ?? [];
        if (previous is null)
        {
            return Read(all, 0, all.Length, problems) is { } whole ? new AddressFilter(all, whole, null) : null;
        }

        AddressRule[] before = previous._rules;
        int first = SameAtStart(before, all);
        int last = SameAtEnd(before, all, first);
        int removed = before.Length - first - last;
        int count = all.Length - first - last;
        if (removed == 0 && count == 0)
        {
            return previous;
        }

        if (removed + count > MostChanged)
        {
            return Read(all, 0, all.Length, problems) is { } whole ? new AddressFilter(all, whole, null) : null;
        }

        if (Read(all, first, count, problems) is not { } added)
        {
            return null;
        }

        int allows = previous._entries.Allows + added.Allows - CountAllows(before.AsSpan(first, removed));
        RuleEntries? entries = previous._entries.Replace(first, removed, count, added, allows) ?? Read(all, 0, all.Length, problems);
        return entries is null ? null : new AddressFilter(all, entries, previous);
    }

    /// <summary>Checks one rule's address as <see cref="Compile"/> would; null when it is fine.</summary>
    public static Problem? Check(string address)
    {
        if (string.Equals(address, AddressRule.All, StringComparison.Ordinal))
        {
            return null;
        }

        AddressParseStatus status = AddressParser.ParseRange(address, out _, out AddressPrefix prefix);
        return status == AddressParseStatus.Parsed || HostPattern.TryParse(address, out _) ? null : Describe(address, status, prefix);
    }

    /// <summary>What a rule's address names, and its text in the one form that rules are kept in; false where it names nothing.</summary>
    public static bool TryNormalize(string address, out string normalized, out AddressRuleKind kind)
    {
        normalized = address;
        kind = AddressRuleKind.Everyone;
        if (string.Equals(address, AddressRule.All, StringComparison.Ordinal))
        {
            return true;
        }

        if (AddressParser.ParseRange(address, out _, out _) == AddressParseStatus.Parsed)
        {
            kind = address.Contains('-') ? AddressRuleKind.Range : address.Contains('/') ? AddressRuleKind.Network : AddressRuleKind.Address;
            return true;
        }

        bool isName = HostPattern.TryParse(address, out HostPattern pattern);
        normalized = isName ? pattern.ToString() : address;
        kind = pattern.Kind;
        return isName;
    }

    /// <summary>
    /// Decides an address; IPv4-mapped IPv6 counts as IPv4. No allocation where no rule has a name. Never waits: what is not
    /// known about names does not let in.
    /// </summary>
    public AddressVerdict Decide(IPAddress address, INameFacts facts)
    {
        AddressVerdict verdict = DecideByAddress(address);
        if (_names is null || !AddressPrefix.TryGetBits(address, out ulong high, out ulong low))
        {
            return verdict;
        }

        NameVerdict named = _names.Decide(Plain(address, high, low), verdict.IsAllowed, RuleFor(address), facts);
        return new AddressVerdict(named);
    }

    /// <summary>Decides an address with nothing known about names.</summary>
    public AddressVerdict Decide(IPAddress address) => Decide(address, UnknownNames.Instance);

    /// <summary>The rule that decides an address, or null where the default does.</summary>
    internal AddressRule? RuleFor(IPAddress address)
    {
        if (!AddressPrefix.TryGetBits(address, out ulong high, out ulong low))
        {
            return null;
        }

        int verdict = IsIPv4(high, low) ? _v4.Find((uint)low) : _v6Long.Find(new UInt128(high, low));
        verdict = verdict == NoVerdict ? _v6.Find(high) : verdict;
        int rule = (verdict >> 1) - 1;
        return rule < 0 ? null : _rules[rule];
    }

    /// <summary>Whether a verdict denies.</summary>
    internal static bool IsDeny(int verdict) => (verdict & DenyBit) != 0;

    /// <summary>Orders two verdicts on the same network: deny is stronger; among equals the rule named first.</summary>
    internal static int CompareStrength(int left, int right)
    {
        int order = (left & DenyBit).CompareTo(right & DenyBit);
        return order != 0 ? order : right.CompareTo(left);
    }

    private AddressVerdict DecideByAddress(IPAddress address)
    {
        if (_isOpen)
        {
            return new AddressVerdict(true, null, null);
        }

        // Neither IPv4 nor IPv6: nothing says it may enter.
        if (!AddressPrefix.TryGetBits(address, out ulong high, out ulong low))
        {
            return new AddressVerdict(false, null, null);
        }

        if (IsIPv4(high, low))
        {
            return new AddressVerdict(!_v4Effects.Denies((uint)low), this, address);
        }

        int verdict = _v6Long.Find(new UInt128(high, low));
        bool denies = verdict == NoVerdict ? _v6Effects.Denies(high) : IsDeny(verdict);
        return new AddressVerdict(!denies, this, address);
    }

    // One form for every source, so that no other way of writing it escapes a rule by name: IPv4 as IPv4, no zone.
    private static IPAddress Plain(IPAddress address, ulong high, ulong low)
    {
        if (IsIPv4(high, low))
        {
            return address.AddressFamily == AddressFamily.InterNetwork ? address : address.MapToIPv4();
        }

        return address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());
    }

    private static bool IsIPv4(ulong high, ulong low) => high == 0 && (low >> 32) == AddressPrefix.MappedLow >> 32;

    // Null where a rule cannot be read; every such rule has its problem then.
    private static RuleEntries? Read(AddressRule[] rules, int first, int count, ICollection<Problem> problems)
    {
        var builder = new RuleEntries.Builder(count);
        bool good = true;
        for (int i = first; i < first + count; i++)
        {
            int verdict = ((i + 1) << 1) | (rules[i].Effect == AddressRuleEffect.Allow ? 0 : DenyBit);
            if (string.Equals(rules[i].Address, AddressRule.All, StringComparison.Ordinal))
            {
                builder.AddEveryone(verdict);
            }
            else
            {
                good &= TryAdd(rules[i], verdict, builder, problems);
            }
        }

        return good ? builder.Finish(CountAllows(rules.AsSpan(first, count))) : null;
    }

    private static int CountAllows(ReadOnlySpan<AddressRule> rules)
    {
        int allows = 0;
        foreach (AddressRule rule in rules)
        {
            allows += rule.Effect == AddressRuleEffect.Allow ? 1 : 0;
        }

        return allows;
    }

    private static int SameAtStart(AddressRule[] left, AddressRule[] right)
    {
        int most = Math.Min(left.Length, right.Length);
        int same = 0;
        while (same < most && IsSame(left[same], right[same]))
        {
            same++;
        }

        return same;
    }

    private static int SameAtEnd(AddressRule[] left, AddressRule[] right, int start)
    {
        int most = Math.Min(left.Length, right.Length) - start;
        int same = 0;
        while (same < most && IsSame(left[^(same + 1)], right[^(same + 1)]))
        {
            same++;
        }

        return same;
    }

    // The gate plays no part in what a rule means: who compiles has chosen the rules of one gate.
    private static bool IsSame(AddressRule left, AddressRule right) =>
        ReferenceEquals(left, right) || left.Equals(right);

    private static bool TryAdd(AddressRule rule, int verdict, RuleEntries.Builder entries, ICollection<Problem> problems)
    {
        AddressParseStatus status = AddressParser.ParseRange(rule.Address, out AddressRange range, out AddressPrefix prefix);
        if (status == AddressParseStatus.Parsed)
        {
            entries.Add(range, verdict);
            return true;
        }

        if (HostPattern.TryParse(rule.Address, out HostPattern name))
        {
            entries.Add(name, verdict);
            return true;
        }

        problems.Add(Describe(rule.Address, status, prefix));
        return false;
    }

    private static Problem Describe(string address, AddressParseStatus status, AddressPrefix prefix)
    {
        string shown = Printable(address);
        return status switch
        {
            AddressParseStatus.HostBitsSet => NetworkProblems.HostBitsSet.Because(
                $"`{shown}` has address bits set below its prefix length", hint: $"the network is `{AddressParser.Format(prefix)}`"),
            AddressParseStatus.RangeReversed => NetworkProblems.InvalidAddress.Because(
                $"`{shown}` ends before it begins", hint: "write the lower address first"),
            _ when HostPattern.Encoded(address) is { } encoded => NetworkProblems.InvalidAddress.Because(
                $"`{shown}` has letters that look different to different programs", hint: $"write `{encoded}`"),
            _ => NetworkProblems.InvalidAddress.Because(
                $"`{shown}` is not an IPv4 or IPv6 address, a CIDR, a range, a host name, a domain or `{AddressRule.All}`",
                hint: "write addresses in full, such as `10.1.0.0/16`, `10.0.0.5-10.0.0.99` or `2001:db8::/32`"),
        };
    }

    private static string Printable(string text)
    {
        string cut = text.Length > 64 ? text[..64] + "..." : text;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = source[i] is >= ' ' and <= '~' and not '`' ? source[i] : '?';
            }
        });
    }
}

/// <summary>What the filter says.</summary>
public readonly record struct AddressVerdict
{
    private readonly AddressFilter? _filter;
    private readonly IPAddress? _address;
    private readonly AddressRule? _rule;

    internal AddressVerdict(NameVerdict named)
    {
        IsAllowed = named.IsAllowed;
        Doubt = named.Doubt;
        _rule = named.Rule;
    }

    internal AddressVerdict(bool isAllowed, AddressFilter? filter, IPAddress? address)
    {
        IsAllowed = isAllowed;
        _filter = filter;
        _address = address;
    }

    /// <summary>Whether the connection may go on.</summary>
    public bool IsAllowed { get; }

    /// <summary>The rule that decided, or null where the default did. Looked up when asked for.</summary>
    public AddressRule? Rule => _address is null ? _rule : _filter?.RuleFor(_address);

    /// <summary>What is not known about the source's names, where that refused it.</summary>
    public NameDoubt Doubt { get; }
}
