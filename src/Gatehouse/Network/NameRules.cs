using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Network;

/// <summary>
/// The rules of one filter that name hosts and domains. A name stands for single addresses, so it is as specific as a rule for
/// one address, and deny wins the tie. Immutable; the cost does not grow with the number of rules.
/// </summary>
internal sealed class NameRules
{
    private readonly FrozenDictionary<string, NameEffects> _hosts;
    private readonly FrozenDictionary<string, NameEffects> _domains;
    private readonly FrozenDictionary<string, NameEffects>.AlternateLookup<ReadOnlySpan<char>> _below;
    private readonly ImmutableArray<string> _deniedHosts;
    private readonly bool _deniesDomains;
    private readonly bool _allowsDomains;

    private NameRules(Dictionary<string, NameEffects> hosts, Dictionary<string, NameEffects> domains, Dictionary<string, NameEffects> below)
    {
        _hosts = hosts.ToFrozenDictionary(StringComparer.Ordinal);
        _domains = domains.ToFrozenDictionary(StringComparer.Ordinal);
        _below = below.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _deniedHosts = [.. hosts.Where(static h => h.Value.Deny is not null).Select(static h => h.Key)];
        _deniesDomains = below.Values.Any(static e => e.Deny is not null);
        _allowsDomains = below.Values.Any(static e => e.Allow is not null);
    }

    /// <summary>The plain names.</summary>
    public ImmutableArray<string> Hosts => _hosts.Keys;

    /// <summary>Compiles rules; null where there are none.</summary>
    public static NameRules? Compile(IReadOnlyList<(AddressRule Rule, HostPattern Pattern)> rules)
    {
        if (rules.Count == 0)
        {
            return null;
        }

        var hosts = new Dictionary<string, NameEffects>(StringComparer.Ordinal);
        var domains = new Dictionary<string, NameEffects>(StringComparer.Ordinal);
        var below = new Dictionary<string, NameEffects>(StringComparer.Ordinal);
        foreach ((AddressRule rule, HostPattern pattern) in rules)
        {
            if (pattern.Kind == AddressRuleKind.Host)
            {
                Add(hosts, pattern.Name, rule);
                continue;
            }

            Add(below, pattern.Name, rule);
            if (pattern.Kind == AddressRuleKind.Domain)
            {
                Add(domains, pattern.Name, rule);
            }
        }

        return new NameRules(hosts, domains, below);
    }

    /// <summary>
    /// Decides a source. What is not known never opens: a deny rule by name that might hold counts as if it did, unless a rule
    /// for this very address lets the source in.
    /// </summary>
    /// <param name="source">IPv4 as IPv4, without a zone.</param>
    /// <param name="byAddress">What the address rules say.</param>
    /// <param name="rule">The address rule that says so, or null for the default.</param>
    /// <param name="facts">What is known about names.</param>
    public NameVerdict Decide(IPAddress source, bool byAddress, AddressRule? rule, INameFacts facts)
    {
        AddressRule? allow = null;
        foreach (HostAddress host in facts.HostsAt(source))
        {
            NameEffects effects = _hosts.GetValueOrDefault(host.Host);
            if (effects.Deny is not null)
            {
                return NameVerdict.Of(false, effects.Deny);
            }

            allow ??= host.IsCurrent ? effects.Allow : null;
        }

        bool isExact = rule is not null && AddressParser.IsSingle(rule.Address);
        bool needsNames = _deniesDomains || (_allowsDomains && !byAddress && !isExact && allow is null);
        SourceNames names = needsNames ? facts.NamesOf(source) : SourceNames.None;

        // A claim is enough to deny: nobody but the holder of the reverse zone can make it, and it does him no good.
        if (_deniesDomains && Match(names.Claimed, static e => e.Deny) is { } denied)
        {
            return NameVerdict.Of(false, denied);
        }

        if (isExact)
        {
            return NameVerdict.Of(byAddress, rule);
        }

        if (allow is not null)
        {
            return NameVerdict.Of(true, allow);
        }

        allow = Match(names.Confirmed, static e => e.Allow);
        if ((_deniesDomains && !names.IsKnown) || AnyUnresolved(facts))
        {
            return new NameVerdict(false, null, byAddress || allow is not null ? NameDoubt.MayBeDenied : NameDoubt.Unknown);
        }

        if (allow is not null)
        {
            return NameVerdict.Of(true, allow);
        }

        // Nobody knows what a source without a confirmed name is; with a deny rule by name the default does not let it in.
        bool isNameless = byAddress && rule is null && _deniesDomains && names.Confirmed.IsEmpty;
        return isNameless
            ? new NameVerdict(false, null, NameDoubt.Nameless)
            : new NameVerdict(byAddress, rule, byAddress || names.IsKnown ? NameDoubt.None : NameDoubt.Unknown);
    }

    private static void Add(Dictionary<string, NameEffects> to, string name, AddressRule rule)
    {
        NameEffects effects = to.GetValueOrDefault(name);
        to[name] = rule.Effect == AddressRuleEffect.Allow
            ? effects with { Allow = effects.Allow ?? rule }
            : effects with { Deny = effects.Deny ?? rule };
    }

    private bool AnyUnresolved(INameFacts facts)
    {
        foreach (string host in _deniedHosts)
        {
            if (!facts.IsResolved(host))
            {
                return true;
            }
        }

        return false;
    }

    private AddressRule? Match(ImmutableArray<string> names, Func<NameEffects, AddressRule?> effect)
    {
        if (names.IsDefaultOrEmpty)
        {
            return null;
        }

        foreach (string name in names)
        {
            if (effect(_domains.GetValueOrDefault(name)) is { } itself)
            {
                return itself;
            }

            for (int dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.', dot + 1))
            {
                if (_below.TryGetValue(name.AsSpan(dot + 1), out NameEffects effects) && effect(effects) is { } rule)
                {
                    return rule;
                }
            }
        }

        return null;
    }

    /// <summary>The rules of one name.</summary>
    private readonly record struct NameEffects(AddressRule? Allow, AddressRule? Deny);
}

/// <summary>What names add to a verdict.</summary>
internal readonly record struct NameVerdict(bool IsAllowed, AddressRule? Rule, NameDoubt Doubt)
{
    public static NameVerdict Of(bool isAllowed, AddressRule? rule) => new(isAllowed, rule, NameDoubt.None);
}

/// <summary>Why names led to a refusal that no rule explains.</summary>
public enum NameDoubt
{
    /// <summary>They did not.</summary>
    None = 0,

    /// <summary>Nothing lets the source in but a name it may have, which is not known.</summary>
    Unknown = 1,

    /// <summary>It would be let in, but a deny rule by name may hold for it, which is not known.</summary>
    MayBeDenied = 2,

    /// <summary>It has no confirmed name, a deny rule by name exists, and no rule lets it in.</summary>
    Nameless = 3,
}
