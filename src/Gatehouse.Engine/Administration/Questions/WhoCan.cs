using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Goes through everybody that a snapshot knows and asks whether they can do one thing.</summary>
internal sealed class WhoCan(SecuritySnapshot snapshot, AskedOperation asked, Circumstances circumstances)
{
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
        foreach (UserDocument user in document.Users.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            RoleFit fit = Look(user.Roles, new Principal(user.Name, RealmNames.Native));
            Add(fit, IsActive(user), () => new WhoCanIdentity { Kind = KindOf(user), Name = user.Name, Verdict = "" });
        }

        foreach (ApiKeyDocument key in document.ApiKeys.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            Add(key);
        }

        foreach (MappingDocument mapping in document.Mappings.Values.Where(static mapping => mapping.Enabled))
        {
            bool isActive = mapping.Realms.IsEmpty || mapping.Realms.Any(name => !document.Realms.TryGetValue(name, out RealmDocument? realm) || realm.Enabled);
            Add(Look(mapping.Roles, null), isActive, () => new WhoCanIdentity { Kind = "mapping", Name = mapping.Name, Detail = Describe(mapping), Verdict = "" });
        }

        foreach (RealmDocument realm in document.Realms.Values.Where(static realm => realm.Anonymous is not null))
        {
            RoleFit fit = Look(realm.Anonymous!.Roles, null); // filtered
            Add(fit, realm.Enabled, () => new WhoCanIdentity { Kind = "anonymous", Name = realm.Name, Detail = "whoever presents nothing, at gates that name this realm", Verdict = "" });
        }

        if (asked.Action.System == AdminEndpoint.System && circumstances.Gate is null or AdminServer.GateName)
        {
            Add(Look([AdminAuthentication.KernelRole], null), true, static () => new WhoCanIdentity
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
        AddList(parts, "realm", mapping.Realms, most);
        AddList(parts, "user", mapping.Users, most);
        AddList(parts, "group", mapping.Groups, most);
        parts.AddRange(mapping.Attributes.Select(static pair => $"{pair.Key}={string.Join('|', pair.Value)}"));
        AddList(parts, "from", mapping.Networks, most);
        return string.Join(", ", parts);
    }

    private static void AddList(List<string> parts, string word, ImmutableArray<string> values, int most)
    {
        if (!values.IsEmpty)
        {
            parts.Add($"{word} {string.Join('|', values.Take(most))}{(values.Length > most ? "|..." : "")}");
        }
    }

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
        Add(both, IsActive(owner) && !(key.Expires <= circumstances.Now), () => new WhoCanIdentity { Kind = "api_key", Name = key.Id, Owner = key.Owner, Detail = key.Name, Verdict = "" });
    }

    private void Add(RoleFit fit, bool isActive, Func<WhoCanIdentity> make)
    {
        if (fit.Allow == Fit.No)
        {
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

        yield return "roles that gatehouse.yaml gives (networks of tcp gates, a gate's own client authorities) and the realms that a gate asks are not looked at";
    }
}
