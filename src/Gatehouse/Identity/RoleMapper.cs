using System.Collections.Immutable;
using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Identity;

/// <summary>The mappings of one generation, compiled: which roles an identity has that comes with none of ours. Immutable.</summary>
public sealed class RoleMapper
{
    private readonly ImmutableArray<Rule> _rules;

    private RoleMapper(ImmutableArray<Rule> rules) => _rules = rules;

    /// <summary>No mappings.</summary>
    public static RoleMapper Empty { get; } = new([]);

    /// <summary>Whether any mapping looks at the client's address.</summary>
    public bool UsesNetworks { get; private init; }

    /// <summary>Compiles mappings; problems are collected, and null comes back with any.</summary>
    public static RoleMapper? Compile(IEnumerable<MappingDocument> mappings, ICollection<Problem> problems)
    {
        int before = problems.Count;
        List<Rule> rules = [];
        foreach (MappingDocument mapping in mappings)
        {
            if (Rule.TryMake(mapping, problems) is { } rule && mapping.Enabled)
            {
                rules.Add(rule);
            }
        }

        return problems.Count > before
            ? null
            : new RoleMapper([.. rules]) { UsesNetworks = rules.Exists(static rule => !rule.Networks.IsEmpty) };
    }

    /// <summary>The roles of an identity that comes from an address; each once, in the order of the mappings' names.</summary>
    public ImmutableArray<string> RolesOf(Principal principal, IPAddress? source)
    {
        ImmutableArray<string>.Builder? roles = null;
        foreach (Rule rule in _rules)
        {
            if (!rule.Holds(principal, source))
            {
                continue;
            }

            roles ??= ImmutableArray.CreateBuilder<string>();
            foreach (string role in rule.Roles)
            {
                if (!roles.Contains(role))
                {
                    roles.Add(role);
                }
            }
        }

        return roles?.ToImmutable() ?? [];
    }

    private sealed class Rule
    {
        private readonly MappingDocument _document;
        private readonly ImmutableArray<GroupPattern> _groups;

        private Rule(MappingDocument document, ImmutableArray<GroupPattern> groups, ImmutableArray<IPNetwork> networks)
        {
            _document = document;
            _groups = groups;
            Networks = networks;
        }

        public ImmutableArray<string> Roles => _document.Roles;

        public ImmutableArray<IPNetwork> Networks { get; }

        public static Rule? TryMake(MappingDocument document, ICollection<Problem> problems)
        {
            if (document.Realms.IsEmpty && document.Users.IsEmpty && document.Groups.IsEmpty && document.Attributes.IsEmpty && document.Networks.IsEmpty)
            {
                problems.Add(IdentityProblems.MappingOfNobody.Because(
                    $"mapping `{document.Name}` has no condition", hint: "name realms, users, groups, attributes or networks"));
                return null;
            }

            ImmutableArray<IPNetwork>.Builder networks = ImmutableArray.CreateBuilder<IPNetwork>();
            foreach (string text in document.Networks)
            {
                if (!TryParse(text, out IPNetwork network))
                {
                    problems.Add(IdentityProblems.MappingInvalid.Because($"mapping `{document.Name}`: `{text}` is no network"));
                    return null;
                }

                networks.Add(network);
            }

            return new Rule(document, [.. document.Groups.Select(static group => new GroupPattern(group))], networks.ToImmutable());
        }

        public bool Holds(Principal principal, IPAddress? source) =>
            (_document.Realms.IsEmpty || _document.Realms.Contains(principal.Realm, StringComparer.Ordinal))
            && (_document.Users.IsEmpty || MatchesAny(_document.Users, principal.Name))
            && (_groups.IsEmpty || HoldsForGroups(principal.Groups))
            && HoldsForAttributes(principal)
            && (Networks.IsEmpty || (source is not null && ContainsAny(source)));

        // In its plain form only: what two programs could read as two networks is refused.
        private static bool TryParse(string text, out IPNetwork network)
        {
            network = default;
            string address = text.Split('/')[0];
            return IPAddress.TryParse(address, out IPAddress? parsed)
                && !parsed.IsIPv4MappedToIPv6
                && !address.AsSpan().ContainsAny('%', '[')
                && (address.Contains(':') || parsed.ToString() == address)
                && IPNetwork.TryParse(text.Contains('/') ? text : text + (address.Contains(':') ? "/128" : "/32"), out network)
                && network.BaseAddress.Equals(parsed);
        }

        private static bool MatchesAny(ImmutableArray<string> patterns, string text)
        {
            foreach (string pattern in patterns)
            {
                if (Wildcard.Matches(pattern, text))
                {
                    return true;
                }
            }

            return false;
        }

        private bool HoldsForGroups(ImmutableArray<string> groups)
        {
            foreach (GroupPattern pattern in _groups)
            {
                foreach (string group in groups)
                {
                    if (pattern.Matches(group))
                    {
                        return true;
                    }
                }
            }

            return false;
        }

        private bool HoldsForAttributes(Principal principal)
        {
            foreach ((string name, ImmutableArray<string> values) in _document.Attributes)
            {
                if (!principal.Attributes.TryGetValue(name, out string? value) || !MatchesAny(values, value))
                {
                    return false;
                }
            }

            return true;
        }

        private bool ContainsAny(IPAddress source)
        {
            foreach (IPNetwork network in Networks)
            {
                if (network.Contains(source))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>A group as a mapping writes it: a distinguished name is compared by its parts, anything else as text with <c>*</c>.</summary>
    private readonly struct GroupPattern(string text)
    {
        private readonly string? _normal = DistinguishedName.TryNormalize(text);

        public bool Matches(string group) => _normal is { } normal
            ? string.Equals(DistinguishedName.TryNormalize(group), normal, StringComparison.Ordinal)
            : Wildcard.Matches(text, group);
    }
}
