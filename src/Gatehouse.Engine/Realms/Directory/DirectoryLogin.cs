using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Gatehouse.Identity;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>One login: find the user, bind as the user, find the groups.</summary>
internal sealed class DirectoryLogin(DirectoryPlan plan, DirectoryPool pool, IRealmSteps? steps, CancellationToken cancellation)
{
    /// <summary>Matches every entry.</summary>
    public static readonly LdapFilter Anything = LdapTemplate.Filter("(objectClass=*)", "");

    /// <summary>Told of each password that the directory has checked, whatever came of it.</summary>
    public Action? Checked { get; init; }

    /// <summary>Runs it to its verdict.</summary>
    /// <exception cref="DirectoryFault">There is no verdict.</exception>
    public Task<RealmAnswer> RunAsync(string name, AccountName account, string password) =>
        plan.HasSearcher ? SearchFirstAsync(name, account, password)
        : pool.UseAsync(
            DirectoryUse.Login,
            connection => plan.IsActiveDirectory ? BindByDomainAsync(connection, name, account, password) : BindByTemplateAsync(connection, name, password),
            steps,
            cancellation);

    /// <summary>A name in small letters; null when that is more than another case: the sign for kelvin becomes a plain `k`.</summary>
    internal static string? Lowered(string name) =>
        name.ToLowerInvariant() is var lower && string.Equals(lower, name, StringComparison.OrdinalIgnoreCase) && ForeignText.IsName(lower) ? lower : null;

    /// <summary>With an account that searches: search, bind as what was found, groups.</summary>
    private async Task<RealmAnswer> SearchFirstAsync(string name, AccountName account, string password)
    {
        LdapFilter filter = FilterFor(name, account);
        Found user = await pool.UseAsync(DirectoryUse.Search, connection => SearchUserAsync(connection, filter, name), steps, cancellation);

        // Nobody or somebody: the directory is asked to check a password either way, so that both take about as long.
        string bindName = user.Name?.Text ?? $"cn={RandomNumberGenerator.GetHexString(32, lowercase: true)},{plan.UserBase}";
        LdapResult bind = await pool.UseAsync(DirectoryUse.Login, connection => BindAsync(connection, bindName, password), steps, cancellation);
        if (user.Name is null)
        {
            return new RealmAnswer(RealmVerdict.Refused, Reason: user.Reason);
        }

        return Judge(bind)
            ?? await pool.UseAsync(DirectoryUse.Search, connection => AcceptAsync(connection, user, name), steps, cancellation);
    }

    /// <summary>Without one: bind by each template in turn, and read the user's entry as the user.</summary>
    private async Task<RealmAnswer> BindByTemplateAsync(DirectoryConnection connection, string name, string password)
    {
        RealmAnswer last = new(RealmVerdict.Refused, Reason: "user_unknown");
        foreach (string template in plan.Settings.UserDnTemplates)
        {
            string text = LdapTemplate.Name(template, name);
            if (!DistinguishedName.TryParse(text, out DistinguishedName? userName) || (plan.UserBase is not null && !userName!.IsWithin(plan.UserBase)))
            {
                return Refuse("user name", "dn_outside_base", text);
            }

            if (Judge(await BindAsync(connection, text, password)) is { } refused)
            {
                last = refused;
                if (refused.Verdict == RealmVerdict.Refused)
                {
                    continue;
                }

                return refused;
            }

            var search = new LdapSearch(text, LdapScope.Base, Anything, UserAttributes(), 1, plan.Settings.AnswerSeconds);
            DirectoryFindings found = await connection.SearchAsync(search, cancellation);
            if (found.Result.Code != LdapResult.Success || found.Entries is not [var entry])
            {
                return Refuse("read the user's entry", "entry_unreadable", $"{text}, result {found.Result.Code}");
            }

            // What the directory takes for the same name need not be the same text to us.
            return DistinguishedName.TryParse(entry.Name, out DistinguishedName? stored) && stored!.Equals(userName)
                ? await AcceptAsync(connection, new Found(entry, stored, null), name)
                : Refuse("read the user's entry", "name_not_exact", entry.Name);
        }

        return last;
    }

    /// <summary>Active Directory without an account that searches: bind as the account, search as the user, bind as what was found.</summary>
    private async Task<RealmAnswer> BindByDomainAsync(DirectoryConnection connection, string name, AccountName account, string password)
    {
        if (Judge(await BindAsync(connection, account.Bind, password)) is { } refused)
        {
            return refused;
        }

        Found user = await SearchUserAsync(connection, FilterFor(name, account), name);
        if (user.Name is null)
        {
            return new RealmAnswer(RealmVerdict.Refused, Reason: user.Reason);
        }

        // The search could find somebody else than the bind took the name for: the password must be this entry's.
        return Judge(await BindAsync(connection, user.Name.Text, password)) ?? await AcceptAsync(connection, user, name);
    }

    private LdapFilter FilterFor(string name, AccountName account) =>
        plan.IsActiveDirectory ? ActiveDirectory.UserFilter(account, plan.UserFilter) : LdapTemplate.Filter(plan.UserFilter!, name); // set but for Active Directory

    private async Task<Found> SearchUserAsync(DirectoryConnection connection, LdapFilter filter, string name)
    {
        DistinguishedName searchBase = plan.UserBase!; // a search has one: the settings' check
        var search = new LdapSearch(searchBase.Text, LdapScope.Subtree, filter, UserAttributes(), 2, plan.Settings.AnswerSeconds);
        DirectoryFindings found = await connection.SearchAsync(search, cancellation);
        if (found.References > 0)
        {
            steps?.Add("referral", true, $"{found.References} named, none followed");
        }

        (string? reason, string detail) = found switch
        {
            { Result.Code: LdapResult.SizeLimitExceeded } or { Entries.Count: > 1 } => ("user_ambiguous", "more than one user"),
            { Result.Code: LdapResult.Referral } => throw new DirectoryFault("referral", "the server refers to another one, which is not followed", isLoss: false),
            { Result.Code: not LdapResult.Success } =>
                throw new DirectoryFault("search_failed", $"the search failed ({found.Result.Code}) {found.Result.Diagnostic}".TrimEnd(), isLoss: false),
            { Entries.Count: 0 } => ("user_unknown", "nobody"),
            _ => ((string?)null, found.Entries[0].Name),
        };
        DistinguishedName? userName = null;
        if (reason is null)
        {
            reason = !DistinguishedName.TryParse(found.Entries[0].Name, out userName) || userName!.Parts.IsEmpty || !userName.IsWithin(searchBase) ? "dn_outside_base"
                : plan.MatchedAttribute is { } matched && !found.Entries[0].Texts(matched).Contains(name, StringComparer.OrdinalIgnoreCase) ? "name_not_exact"
                : null;
        }

        steps?.Add("search user", reason is null, $"{filter} below {searchBase}: {detail}{(reason is null or "user_unknown" or "user_ambiguous" ? "" : $", {reason}")}");
        return reason is null ? new Found(found.Entries[0], userName, null) : new Found(null, null, reason);
    }

    private async Task<LdapResult> BindAsync(DirectoryConnection connection, string name, string password)
    {
        LdapResult result = await connection.BindAsync(name, password, cancellation);
        Checked?.Invoke();
        steps?.Add("bind as the user", result.Code == LdapResult.Success, $"{name}, result {result.Code} {result.Diagnostic}".TrimEnd());
        return result;
    }

    /// <summary>What a bind's result means; null when it is the user.</summary>
    private RealmAnswer? Judge(LdapResult bind) => bind.Code switch
    {
        LdapResult.Success => null,
        LdapResult.InvalidCredentials when plan.IsActiveDirectory && ActiveDirectory.Refusal(bind.Diagnostic) is { } refusal => refusal,
        LdapResult.InvalidCredentials or LdapResult.NoSuchObject or LdapResult.InvalidDnSyntax or LdapResult.InappropriateAuthentication
            or LdapResult.UnwillingToPerform => new RealmAnswer(RealmVerdict.Refused, Reason: "bind_refused"),
        LdapResult.Referral => throw new DirectoryFault("referral", "the server refers to another one, which is not followed", isLoss: false),
        _ => throw new DirectoryFault("bind_failed", $"the bind failed ({bind.Code}) {bind.Diagnostic}".TrimEnd(), isLoss: false),
    };

    private async Task<RealmAnswer> AcceptAsync(DirectoryConnection connection, Found user, string name)
    {
        LdapEntry entry = user.Entry!; // an accepted user was found
        DistinguishedName userName = user.Name!;
        string? attribute = plan.Settings.NameAttribute ?? (plan.IsActiveDirectory ? ActiveDirectory.AccountAttribute : null);
        string? principal = Lowered(name);
        if (attribute is not null)
        {
            // Exactly one: with two, which of them is the name would be the server's whim.
            if (entry.Texts(attribute) is not [{ } value] || !ForeignText.IsName(value))
            {
                return Refuse("name", "name_attribute_unusable", $"`{attribute}` has not one value");
            }

            principal = plan.Settings.NameAttribute is null ? Lowered(value) : value;
        }

        if (principal is null)
        {
            return Refuse("name", "name_not_exact", "in small letters it is another one");
        }

        ImmutableArray<string> groups = await new DirectoryGroups(plan, connection, steps, cancellation).FindAsync(entry, userName, SpellingOf(entry, userName, name));
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal) { ["dn"] = userName.Text };
        if (entry.Texts("mail") is [var mail, ..] && !mail.Any(char.IsControl))
        {
            attributes["mail"] = mail;
        }

        steps?.Add("accepted", true, $"`{principal}`, groups: {(groups.IsEmpty ? "none" : string.Join("; ", groups))}");
        return new RealmAnswer(
            RealmVerdict.Accepted, new Principal(principal, plan.Document.Name, groups, attributes.ToFrozenDictionary(StringComparer.Ordinal)));
    }

    /// <summary>The name as the directory spells it: <c>memberUid</c> is compared letter by letter.</summary>
    private string SpellingOf(LdapEntry entry, DistinguishedName userName, string name)
    {
        string? attribute = plan.IsActiveDirectory ? ActiveDirectory.AccountAttribute : plan.MatchedAttribute;
        IEnumerable<string> candidates = attribute is null ? [] : entry.Texts(attribute);
        return candidates.FirstOrDefault(v => string.Equals(v, name, StringComparison.OrdinalIgnoreCase)) ?? userName.PlainName ?? name;
    }

    private ImmutableArray<string> UserAttributes()
    {
        IEnumerable<string?> wanted = ["memberOf", "mail", plan.MatchedAttribute, plan.Settings.NameAttribute, .. plan.IsActiveDirectory ? ActiveDirectory.UserAttributes : []];
        return [.. wanted.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private RealmAnswer Refuse(string step, string reason, string detail)
    {
        steps?.Add(step, false, $"{detail}: {reason}");
        return new RealmAnswer(RealmVerdict.Refused, Reason: reason);
    }

    /// <summary>What the search found: entry and name, or why nobody.</summary>
    private sealed record Found(LdapEntry? Entry, DistinguishedName? Name, string? Reason);
}
