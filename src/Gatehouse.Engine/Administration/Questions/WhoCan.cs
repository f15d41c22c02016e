using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Goes through everybody that a snapshot knows and asks whether they can do one thing.</summary>
internal sealed class WhoCan(SecuritySnapshot snapshot, AskedOperation asked, Circumstances circumstances, GateRealms realms)
{
    /// <summary>The verdict of those whose realm no gate in question asks; counted, not listed.</summary>
    public const string NotAsked = "not_asked";

    private const int MaxGates = 8;

    private readonly ImmutableArray<string> _gates = realms.GatesFor(circumstances.Gate, asked.Action.System);

    // Roles whose grants do not depend on who has them are looked at once.
    private readonly Dictionary<string, RoleFit> _fits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _depends = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<WhoCanIdentity> _found = [];
    private readonly CompiledPolicy _policy = snapshot.Policy;
    private int _limit;
    private bool _isTruncated;

    /// <summary>All who can, by kind and name, at most <paramref name="limit"/>.</summary>
    public WhoCanResponse Run(OperationText operation, int limit, CancellationToken cancellation)
    {
        _limit = limit;
        ClusterDocument document = snapshot.Document;
        bool isNativeAsked = ComesIn(RealmNames.Native);
        bool isKeyAsked = ComesIn(RealmNames.ApiKey);
        foreach (UserDocument user in document.Users.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            RoleFit fit = Look(user.Roles, new Principal(user.Name, RealmNames.Native));
            Add(fit, IsActive(user), user.IsService ? isKeyAsked : isNativeAsked, () => new WhoCanIdentity { Kind = KindOf(user), Name = user.Name, Verdict = "" });
        }

        foreach (ApiKeyDocument key in document.ApiKeys.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(key);
        }

        foreach (MappingDocument mapping in document.Mappings.Values.Where(static mapping => mapping.Enabled))
        {
            RealmDocument[] theirs = [.. document.Realms.Values.Where(realm => mapping.Realms.IsEmpty || mapping.Realms.Contains(realm.Name, StringComparer.Ordinal))];
            RealmDocument[] asking = [.. theirs.Where(realm => ComesIn(realm.Name, realm.Kind))];
            bool isActive = theirs.Length == 0 || (asking.Length == 0 ? theirs : asking).Any(static realm => realm.Enabled);
            Add(Look(mapping.Roles, null), isActive, theirs.Length == 0 || asking.Length > 0, () => new WhoCanIdentity { Kind = "mapping", Name = mapping.Name, Detail = Describe(mapping), Verdict = "" });
        }

        foreach (RealmDocument realm in document.Realms.Values.Where(static realm => realm.Anonymous is not null))
        {
            RoleFit fit = Look(realm.Anonymous!.Roles, null); // filtered
            Add(fit, realm.Enabled, ComesIn(realm.Name, RealmKind.Anonymous), () => new WhoCanIdentity { Kind = "anonymous", Name = realm.Name, Detail = "whoever presents nothing, at gates that name this realm", Verdict = "" });
        }

        AddConnections();
        if (asked.Action.System == AdminEndpoint.System && circumstances.Gate is null or AdminServer.GateName)
        {
            Add(Look([AdminAuthentication.KernelRole], null), true, true, static () => new WhoCanIdentity
            {
                Kind = "local",
                Name = "root",
                Detail = "root and the daemon's own user, on this host through the Unix socket",
                Verdict = "",
            });
        }

        return new WhoCanResponse
        {
            Operation = operation.ToString(),
            Generation = snapshot.Generation,
            Identities = _found,
            Counts = _counts,
            Truncated = _isTruncated,
            Notes = [.. Notes()],
        };
    }

    /// <summary>For whom a mapping holds, in words.</summary>
    public static string Describe(MappingDocument mapping) => Describe(mapping, 8);

    /// <summary>The same with nothing left out, for telling two mappings apart.</summary>
    public static string DescribeAll(MappingDocument mapping) => Describe(mapping, int.MaxValue);

    private static string Describe(MappingDocument mapping, int most)
    {
        List<string> parts = [];
        if (!mapping.Groups.IsEmpty)
        {
            parts.Add("members of " + Any(mapping.Groups, most));
        }

        if (!mapping.Users.IsEmpty)
        {
            parts.Add("by the name of " + Any(mapping.Users, most));
        }

        parts.AddRange(mapping.Attributes.Select(pair => $"with {pair.Key} {Any(pair.Value, most)}"));
        if (!mapping.Networks.IsEmpty)
        {
            parts.Add("coming from " + Any(mapping.Networks, most));
        }

        string who = mapping.Realms.IsEmpty ? "people of any realm" : "people of realm " + Any(mapping.Realms, most);
        return parts.Count == 0 ? "all " + who : $"{who}, {string.Join(", ", parts)}";
    }

    private static string Any(ImmutableArray<string> values, int most) =>
        string.Join(" or ", values.Take(most)) + (values.Length > most ? string.Create(CultureInfo.InvariantCulture, $" or {values.Length - most} more") : "");

    private static string KindOf(UserDocument user) => user.IsService ? "service" : "user";

    private bool IsActive(UserDocument user) => user.Enabled && !(user.Expires <= circumstances.Now);

    private void Add(ApiKeyDocument key)
    {
        if (key.IsDerived || !snapshot.Users.TryGetValue(key.Owner, out UserDocument? owner))
        {
            return;
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { [SecuritySnapshot.ApiKeyAttribute] = key.Id, ["api_key.name"] = key.Name };
        var principal = new Principal(key.Owner, RealmNames.ApiKey, default, attributes.ToFrozenDictionary(StringComparer.Ordinal));
        RoleFit rights = Look(owner.Roles, principal);
        RoleFit limit = key.Grants is null ? new RoleFit(Fit.Yes, Fit.No, []) : Look([SecuritySnapshot.LimitRole(key)], principal);

        // Both must allow, and a deny of either wins.
        var both = new RoleFit(
            rights.Allow < limit.Allow ? rights.Allow : limit.Allow, rights.Deny > limit.Deny ? rights.Deny : limit.Deny, rights.Grants.AddRange(limit.Grants));
        Add(both, IsActive(owner) && !(key.Expires <= circumstances.Now), ComesIn(RealmNames.ApiKey), () => new WhoCanIdentity { Kind = "api_key", Name = key.Id, Owner = key.Owner, Detail = key.Name, Verdict = "" });
    }

    /// <summary>Roles that connections bring along where a gate takes the network or a certificate for the identity.</summary>
    private void AddConnections()
    {
        foreach (string gate in _gates.Where(gate => realms.AsksConnection(gate, RealmNames.Network)))
        {
            AddConnection("network", gate, "network." + gate, $"addresses that an allow rule of the IP filter names, at gate {gate}");
        }

        foreach (string gate in _gates.Where(gate => realms.AsksConnection(gate, RealmNames.Local)))
        {
            string[] roles = asked.Action.System == "kubo" ? ["local." + gate, "ipfs_kubo_calls"] : ["local." + gate];
            Add(Look([.. roles], null), true, true, () => new WhoCanIdentity { Kind = "program", Name = gate, Detail = $"programs of the users in allow_users, at gate {gate}", Verdict = "" });
        }

        string[] asking = [.. _gates.Where(gate => realms.AsksConnection(gate, RealmNames.Pki))];
        foreach (string gate in asking)
        {
            AddConnection("certificate", gate, "pki." + gate, $"every certificate of the client authorities of gate {gate}");
        }

        if (asking.Length > 0)
        {
            foreach (string name in snapshot.Document.Roles.Keys.Where(static name => name.StartsWith("pki.", StringComparison.Ordinal)).Select(static name => name[4..]).Except(asking))
            {
                AddConnection("certificate", name, "pki." + name, $"certificates with the common name {name}, at {string.Join(", ", asking)}");
            }
        }
    }

    private void AddConnection(string kind, string name, string role, string detail) =>
        Add(Look([role], null), true, true, () => new WhoCanIdentity { Kind = kind, Name = name, Detail = detail, Verdict = "" });

    // Where no gate of the operation's system is known here, nobody is left out for it.
    private bool ComesIn(string realm, RealmKind? kind = null) => _gates.IsEmpty || _gates.Any(gate => realms.Asks(gate, realm, kind));

    private void Add(RoleFit fit, bool isActive, bool comesIn, Func<WhoCanIdentity> make)
    {
        if (fit.Allow == Fit.No)
        {
            return;
        }

        if (!comesIn)
        {
            _counts[NotAsked] = _counts.GetValueOrDefault(NotAsked) + 1;
            return;
        }

        string verdict = !isActive && fit.Deny != Fit.Yes ? "inactive" : fit.Verdict switch
        {
            Fit.Yes => "yes",
            Fit.Maybe => "conditional",
            _ => "denied",
        };
        _counts[verdict] = _counts.GetValueOrDefault(verdict) + 1;
        if (_found.Count >= _limit)
        {
            _isTruncated = true;
            return;
        }

        WhoCanIdentity identity = make();
        identity.Verdict = verdict;
        identity.Through = [.. fit.Grants.Select(GrantOrigins.Of)];
        _found.Add(identity);
    }

    private RoleFit Look(ImmutableArray<string> roles, Principal? principal)
    {
        RoleFit all = RoleFit.None;
        foreach (string role in roles.Distinct(StringComparer.Ordinal))
        {
            all = all.With(Look(role, principal));
        }

        return all;
    }

    private RoleFit Look(string role, Principal? principal)
    {
        if (!_depends.TryGetValue(role, out bool depends))
        {
            _depends[role] = depends = RoleQuestions.DependsOnPrincipal(_policy, role);
        }

        if (depends)
        {
            return RoleQuestions.Look(_policy, role, asked, circumstances, principal);
        }

        if (!_fits.TryGetValue(role, out RoleFit fit))
        {
            _fits[role] = fit = RoleQuestions.Look(_policy, role, asked, circumstances, principal);
        }

        return fit;
    }

    private IEnumerable<string> Notes()
    {
        if (circumstances is { Gate: { } gate, Source: { } source } && !snapshot.FilterFor(gate).Decide(source).IsAllowed)
        {
            yield return "the IP filter refuses this address at this gate: nobody gets as far as a decision";
        }

        if (_found.Exists(static found => found.Kind is "mapping"))
        {
            yield return "an identity for which several mappings hold has the roles of all of them, and a deny in one wins";
        }

        if (realms.OtherSystem(circumstances.Gate, asked.Action.System) is { } other)
        {
            yield return $"gate {circumstances.Gate} has the system {other}: no operation of {asked.Action.System} comes through it, whatever the roles say";
        }

        if (_gates.IsEmpty)
        {
            yield return circumstances.Gate is { } unknown
                ? $"this node has no gate {unknown}: which realms it asks, and roles of its networks and certificates, are not looked at"
                : $"no gate of this node has the system {asked.Action.System}: which realms one asks, and roles of its networks and certificates, are not looked at";
        }
        else if (_counts.TryGetValue(NotAsked, out int left))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{left} with the right are not listed, for they do not come in there: {string.Join("; ", _gates.Take(MaxGates).Select(realms.Describe))}");
        }
    }
}
