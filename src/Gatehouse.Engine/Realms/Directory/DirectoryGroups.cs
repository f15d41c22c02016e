using System.Collections.Immutable;
using System.Security.Cryptography;
using Gatehouse.Identity;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>
/// A user's groups. All of them or none: a group that is missing could be the one that denies, so whatever cannot be read ends
/// the login.
/// </summary>
internal sealed class DirectoryGroups(DirectoryPlan plan, DirectoryConnection connection, IRealmSteps? steps, CancellationToken cancellation)
{
    /// <summary>Groups of one user; Active Directory itself ends at 1,015.</summary>
    internal const int MaxGroups = 10_000;

    private const int NamesInOneSearch = 32;
    private const int MaxReads = 512;
    private readonly Dictionary<DistinguishedName, DistinguishedName> _groups = [];
    private int _reads;

    /// <summary>Finds them: distinguished names as the server writes them, then plain names.</summary>
    /// <exception cref="DirectoryFault">Not all could be read.</exception>
    public async Task<ImmutableArray<string>> FindAsync(LdapEntry user, DistinguishedName userName, string name)
    {
        List<DistinguishedName> level = plan.Settings.MemberOf ? AddMemberOf(user) : [];
        steps?.Add("memberOf", true, plan.Settings.MemberOf ? $"{level.Count} groups" : "not asked");
        if (plan.IsActiveDirectory && plan.Settings.GroupFilter is null)
        {
            await AddByRuleAsync(user, userName);
        }
        else
        {
            if (plan.GroupBase is not null)
            {
                level.AddRange(await AddSearchedAsync([LdapTemplate.Filter(plan.GroupFilter, userName.Text, name)]));
                steps?.Add("group search", true, $"{_groups.Count} groups by now");
            }

            await AddNestedAsync(level);
        }

        return Names();
    }

    /// <summary>
    /// Distinguished names first; then plain names of groups that stand below the group base, where one is set. A plain name that
    /// reads like a distinguished one is left out: it would be taken for that group.
    /// </summary>
    private ImmutableArray<string> Names()
    {
        IEnumerable<string> plain = _groups.Values
            .Where(g => plan.GroupBase is null || g.IsWithin(plan.GroupBase))
            .Select(static g => g.PlainName)
            .OfType<string>()
            .Where(static n => n.Length > 0 && !n.AsSpan().ContainsAny('=', ',') && !n.Any(char.IsControl));
        return [.. _groups.Values.Select(static g => g.Text).Order(StringComparer.Ordinal), .. plain.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Active Directory follows groups in groups by itself; the primary group stands nowhere but in the user's entry.</summary>
    private async Task AddByRuleAsync(LdapEntry user, DistinguishedName userName)
    {
        var members = new List<string> { userName.Text };
        if (ActiveDirectory.PrimaryGroupFilter(user) is { } primary)
        {
            List<DistinguishedName> found = await AddSearchedAsync([primary]);
            members.AddRange(found.Select(static g => g.Text));
            steps?.Add("primary group", found.Count > 0, found.Count > 0 ? found[0].Text : "not found");
        }

        bool isNested = plan.Settings.NestedDepth > 0;
        await AddSearchedAsync([ActiveDirectory.GroupFilter(members, isNested)]);
        steps?.Add(isNested ? "groups in groups by matching rule" : "group search", true, $"{_groups.Count} groups by now");
    }

    private async Task AddNestedAsync(List<DistinguishedName> level)
    {
        for (int depth = 1; depth <= plan.Settings.NestedDepth && level.Count > 0; depth++)
        {
            List<DistinguishedName> next = [];
            if (plan.Settings.MemberOf)
            {
                foreach (DistinguishedName group in level)
                {
                    next.AddRange(await AddMemberOfGroupAsync(group));
                }
            }

            if (plan.GroupBase is not null)
            {
                next.AddRange(await AddSearchedAsync(level.Select(NestedFilter)));
            }

            steps?.Add($"groups in groups, step {depth}", true, $"{next.Count} more");
            level = next;
        }
    }

    /// <summary>{1} is a user's name: no group may match it by being called like one.</summary>
    private LdapFilter NestedFilter(DistinguishedName group) =>
        LdapTemplate.Filter(plan.GroupFilter, group.Text, RandomNumberGenerator.GetHexString(32, lowercase: true));

    private List<DistinguishedName> AddMemberOf(LdapEntry entry)
    {
        // Active Directory hands out long lists in ranges: this one is not whole.
        return entry.Attributes.Keys.Any(static k => k.StartsWith("memberOf;", StringComparison.OrdinalIgnoreCase))
            ? throw TooMany()
            : [.. entry.Texts("memberOf").Select(Add).OfType<DistinguishedName>()];
    }

    private async Task<List<DistinguishedName>> AddMemberOfGroupAsync(DistinguishedName group)
    {
        if (++_reads > MaxReads)
        {
            throw TooMany();
        }

        DirectoryFindings found = await connection.SearchAsync(
            new LdapSearch(group.Text, LdapScope.Base, DirectoryLogin.Anything, ["memberOf"], 1, plan.Settings.AnswerSeconds), cancellation);

        // A group that memberOf names and that is gone, or not to be seen, is in no further group that can be known.
        return found.Result.Code switch
        {
            LdapResult.Success => [.. found.Entries.SelectMany(AddMemberOf)],
            LdapResult.NoSuchObject => [],
            _ => throw Failed(found.Result),
        };
    }

    /// <summary>Searches for each filter; several are put into one search.</summary>
    private async Task<List<DistinguishedName>> AddSearchedAsync(IEnumerable<LdapFilter> filters)
    {
        List<DistinguishedName> added = [];
        foreach (LdapFilter[] some in filters.Chunk(NamesInOneSearch))
        {
            LdapFilter filter = some.Length == 1 || !LdapFilter.TryParse($"(|{string.Concat(some.Select(static f => f.Text))})", out LdapFilter? all, out _) ? some[0] : all!; // set when true
            var search = new LdapSearch(plan.GroupBase!.Text, LdapScope.Subtree, filter, [], MaxGroups, plan.Settings.AnswerSeconds); // asked only with a base
            DirectoryFindings found = await connection.SearchPagesAsync(search, cancellation);
            if (found.References > 0)
            {
                steps?.Add("referral", true, $"{found.References} named, none followed");
            }

            if (found.Result.Code != LdapResult.Success)
            {
                throw found.Result.Code is LdapResult.SizeLimitExceeded or LdapResult.AdminLimitExceeded ? TooMany() : Failed(found.Result);
            }

            added.AddRange(found.Entries.Select(e => Add(e.Name)).OfType<DistinguishedName>());
        }

        return added;
    }

    /// <summary>The group when it is new: a loop comes back to one that is known.</summary>
    private DistinguishedName? Add(string text)
    {
        if (!DistinguishedName.TryParse(text, out DistinguishedName? group) || group!.Parts.IsEmpty)
        {
            throw new DirectoryFault("malformed_answer", "a group's name is not understood", isLoss: false);
        }

        if (_groups.Count >= MaxGroups)
        {
            throw TooMany();
        }

        return _groups.TryAdd(group, group) ? group : null;
    }

    private static DirectoryFault TooMany() => new("too_many_groups", $"the user is in more than {MaxGroups} groups, or in more than the server tells", isLoss: false);

    private static DirectoryFault Failed(LdapResult result) => new("group_search_failed", $"groups cannot be read ({result.Code}) {result.Diagnostic}".TrimEnd(), isLoss: false);
}
