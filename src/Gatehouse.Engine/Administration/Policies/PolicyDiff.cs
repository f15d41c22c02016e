using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>Which identities gain or lose which rights between two documents. Identities with the same roles before and after are looked at once.</summary>
internal sealed class PolicyDiff
{
    private const int MaxIdentities = 500;
    private const int MaxNames = 100;
    private const int MaxRights = 50;

    private readonly ClusterDocument _before;
    private readonly ClusterDocument _after;
    private readonly PolicyParts _parts;
    private readonly DateTimeOffset _now;
    private readonly HashSet<string> _roles;
    private readonly List<PolicyIdentityChange> _found = [];
    private readonly DiffBudget _budget = new();

    private PolicyDiff(ClusterDocument before, ClusterDocument after, DateTimeOffset now)
    {
        _before = before;
        _after = after;
        _now = now;
        _parts = PolicyParts.Between(before, after);
        _roles = [.. _parts.Roles.Select(static role => role.Name)];
    }

    /// <summary>Compares; the second document comes from the first by <see cref="PolicyMerger"/>.</summary>
    public static PolicyDiffResponse Between(ClusterDocument before, long generation, ClusterDocument after, DateTimeOffset now)
    {
        var diff = new PolicyDiff(before, after, now);
        diff.Users();
        diff.Mappings();
        diff.Realms();
        foreach (string role in diff._roles)
        {
            diff.Add("role", [role], 1, [role], [role], null);
        }

        return new PolicyDiffResponse
        {
            Generation = generation,
            Differs = !ReferenceEquals(before, after),
            Sections = diff._parts.Sections(),
            Parts = diff._parts.Listed(),
            Identities =
            [
                .. diff._found.OrderByDescending(static one => one.Critical)
                    .ThenBy(static one => one.Kind switch { "user" => 0, "mapping" => 1, "realm" => 2, _ => 3 })
                    .ThenBy(static one => one.Names[0], StringComparer.Ordinal)
                    .Take(MaxIdentities),
            ],
            MoreIdentities = Math.Max(0, diff._found.Count - MaxIdentities),
        };
    }

    private void Users()
    {
        var groups = new Dictionary<(string, string), (List<string> Names, ImmutableArray<string> Before, ImmutableArray<string> After)>();
        IEnumerable<(UserDocument? Before, UserDocument? After)> touched =
            _parts.Users.Select(static part => (part.Before, part.After));
        if (_roles.Count > 0)
        {
            HashSet<string> changed = [.. _parts.Users.Select(static part => part.Name)];
            touched = touched.Concat(
                _after.Users.Values.Where(user => !changed.Contains(user.Name) && user.Roles.Any(_roles.Contains)).Select(static user => ((UserDocument?)user, (UserDocument?)user)));
        }

        foreach ((UserDocument? before, UserDocument? after) in touched)
        {
            ImmutableArray<string> had = RolesOf(before);
            ImmutableArray<string> has = RolesOf(after);
            (string, string) key = (Key(had), Key(has));
            if (!groups.TryGetValue(key, out (List<string> Names, ImmutableArray<string>, ImmutableArray<string>) group))
            {
                groups.Add(key, group = ([], had, has));
            }

            group.Names.Add((after ?? before)!.Name); // one of them is there
        }

        foreach ((List<string> names, ImmutableArray<string> before, ImmutableArray<string> after) in groups.Values)
        {
            names.Sort(StringComparer.Ordinal);
            Add("user", names, names.Count, before, after, null);
        }
    }

    private ImmutableArray<string> RolesOf(UserDocument? user) => user is { Enabled: true } && !(user.Expires <= _now) ? user.Roles : [];

    private void Mappings()
    {
        HashSet<string> changed = [.. _parts.Mappings.Select(static part => part.Name)];
        IEnumerable<(string Name, MappingDocument? Before, MappingDocument? After)> touched = _parts.Mappings.Concat(
            _after.Mappings.Values.Where(mapping => !changed.Contains(mapping.Name) && mapping.Roles.Any(_roles.Contains))
                .Select(static mapping => (mapping.Name, (MappingDocument?)mapping, (MappingDocument?)mapping)));
        foreach ((string name, MappingDocument? before, MappingDocument? after) in touched)
        {
            ImmutableArray<string> had = before is { Enabled: true } ? before.Roles : [];
            ImmutableArray<string> has = after is { Enabled: true } ? after.Roles : [];

            // For others than before: who is new to it gains all that it gives, and who is not meant any more loses it.
            bool isForOthers = before is not null && after is not null
                && !PolicyMerger.IsSame(PolicyExport.Mapping(before with { Roles = [], Enabled = true }), PolicyExport.Mapping(after with { Roles = [], Enabled = true }), AdminJson.Default.MappingView);
            if (isForOthers)
            {
                Add("mapping", [name], 1, [], has, "for others than before: who it holds for now gains");
                Add("mapping", [name], 1, had, [], "for others than before: who it held for loses");
            }
            else
            {
                Add("mapping", [name], 1, had, has, null);
            }
        }
    }

    private void Realms()
    {
        foreach ((string name, RealmDocument? before, RealmDocument? after) in _parts.Realms)
        {
            ImmutableArray<string> had = before is { Enabled: true } ? [.. RealmChanges.RolesWithin(_before, before)] : [];
            ImmutableArray<string> has = after is { Enabled: true } ? [.. RealmChanges.RolesWithin(_after, after)] : [];
            bool isOtherwise = before is { Enabled: true } && after is { Enabled: true }
                && !PolicyMerger.IsSame(Settings(before), Settings(after), AdminJson.Default.RealmView);
            if (isOtherwise)
            {
                Add("realm", [name], 1, [], has, "its settings differ: whoever it lets in now gains");
            }
            else
            {
                Add("realm", [name], 1, had, has, null);
            }
        }

        HashSet<string> changed = [.. _parts.Realms.Select(static part => part.Name)];
        foreach (RealmDocument realm in _after.Realms.Values.Where(realm => !changed.Contains(realm.Name) && realm is { Enabled: true, Anonymous: not null }))
        {
            Add("realm", [realm.Name], 1, realm.Anonymous!.Roles, realm.Anonymous.Roles, null);
        }
    }

    // An anonymous realm's roles are rights, not who comes in.
    private static RealmView Settings(RealmDocument realm) => PolicyExport.Realm(realm with
    {
        Description = null,
        Anonymous = realm.Anonymous is null ? null : realm.Anonymous with { Roles = [] },
    });

    private void Add(string kind, IReadOnlyList<string> names, int count, ImmutableArray<string> before, ImmutableArray<string> after, string? note)
    {
        RightsDiff rights = RightsDiff.Between(AtomsOf(_before, before), AtomsOf(_after, after), _budget);
        if (rights.IsEmpty)
        {
            return;
        }

        _found.Add(new PolicyIdentityChange
        {
            Kind = kind,
            Names = names.Count <= MaxNames ? names : [.. names.Take(MaxNames)],
            Count = count,
            Critical = rights.Gains.Any(static atom => atom.IsCritical),
            Note = note,
            Gains = [.. rights.Gains.Take(MaxRights).Select(Shown)],
            Losses = [.. rights.Losses.Take(MaxRights).Select(Shown)],
            More = Math.Max(0, rights.Gains.Count - MaxRights) + Math.Max(0, rights.Losses.Count - MaxRights),
        });
    }

    private static List<GrantAtom> AtomsOf(ClusterDocument document, ImmutableArray<string> roles) =>
    [
        .. GrantAtom.Of(roles.Distinct(StringComparer.Ordinal)
            .Select(role => BuiltInRoles.Find(role, document.Roles))
            .OfType<RoleDocument>()
            .SelectMany(static role => role.Grants)),
    ];

    private static PolicyRightChange Shown(GrantAtom atom) => new() { Grant = atom.Text, Deny = atom.IsDeny, Critical = atom.IsCritical };

    private static string Key(ImmutableArray<string> roles) => string.Join(' ', roles.Order(StringComparer.Ordinal));
}
