using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>A name as somebody presents it to Active Directory.</summary>
/// <param name="Account">The account (<c>sAMAccountName</c>); null when the name is of another domain's form.</param>
/// <param name="Principal">The user principal name, <c>user@domain</c>; null when only the account counts.</param>
/// <param name="Bind">What to bind as where nobody searches first.</param>
internal readonly record struct AccountName(string? Account, string? Principal, string Bind);

/// <summary>What is different in Microsoft's directory, and in Samba's.</summary>
internal static partial class ActiveDirectory
{
    /// <summary>Attributes of users that are needed.</summary>
    public static readonly string[] UserAttributes = [AccountAttribute, "objectSid", "primaryGroupID"];

    /// <summary>The account's name, one for each user of a domain.</summary>
    public const string AccountAttribute = "sAMAccountName";

    private const int MaxAccount = 256;

    /// <summary>Reads <c>user</c>, <c>user@domain</c> or <c>DOMAIN\user</c>; false when it names another domain: not this realm's.</summary>
    public static bool TryReadName(string presented, DirectoryPlan plan, out AccountName name)
    {
        string domain = plan.Settings.Domain!; // not null: without it there is no plan
        int slash = presented.IndexOf('\\', StringComparison.Ordinal);
        if (slash >= 0)
        {
            string prefix = presented[..slash];
            string account = presented[(slash + 1)..];
            string bind = plan.Settings.NetbiosName is { } netbios ? $"{netbios}\\{account}" : $"{account}@{domain}";
            name = new AccountName(account, null, bind);
            bool isOurs = string.Equals(prefix, plan.Settings.NetbiosName ?? domain.Split('.')[0], StringComparison.OrdinalIgnoreCase)
                || string.Equals(prefix, domain, StringComparison.OrdinalIgnoreCase);
            return isOurs && IsAccount(account);
        }

        int at = presented.LastIndexOf('@');
        if (at < 0)
        {
            name = new AccountName(presented, $"{presented}@{domain}", $"{presented}@{domain}");
            return IsAccount(presented);
        }

        // An alternative suffix is found as such, or not at all.
        bool isDomain = string.Equals(presented[(at + 1)..], domain, StringComparison.OrdinalIgnoreCase);
        name = new AccountName(isDomain ? presented[..at] : null, presented, presented);
        return at > 0;
    }

    /// <summary>The filter that finds a user; a computer is none.</summary>
    public static LdapFilter UserFilter(AccountName name, string? template)
    {
        if (template is not null)
        {
            return LdapTemplate.Filter(template, name.Account ?? name.Principal!); // one of the two is always there
        }

        string account = name.Account is null ? "" : $"({AccountAttribute}={LdapFilter.Escape(name.Account)})";
        string principal = name.Principal is null ? "" : $"(userPrincipalName={LdapFilter.Escape(name.Principal)})";
        return Parsed($"(&(objectClass=user)(!(objectClass=computer))(|{account}{principal}))");
    }

    /// <summary>The filter for all groups that hold an entry, through any number of others (LDAP_MATCHING_RULE_IN_CHAIN).</summary>
    public static LdapFilter GroupFilter(IEnumerable<string> members, bool isNested)
    {
        string rule = isNested ? ":1.2.840.113556.1.4.1941:" : "";
        return Parsed($"(&(objectClass=group)(|{string.Concat(members.Select(m => $"(member{rule}={LdapFilter.Escape(m)})"))}))");
    }

    /// <summary>The filter for the group that stands in a user's entry by number only; null when there is none.</summary>
    public static LdapFilter? PrimaryGroupFilter(LdapEntry user)
    {
        if (!user.Attributes.TryGetValue("objectSid", out ImmutableArray<byte[]> sids) || sids is not [{ Length: >= 12 } sid]
            || user.Texts("primaryGroupID") is not [var number] || !uint.TryParse(number, out uint id))
        {
            return null;
        }

        // A security identifier ends in the number of the account within its domain ([MS-DTYP] section 2.4.2).
        byte[] group = [.. sid];
        BinaryPrimitives.WriteUInt32LittleEndian(group.AsSpan(group.Length - 4), id);
        return Parsed($"(&(objectClass=group)(objectSid={LdapFilter.Escape(group.AsSpan())}))");
    }

    /// <summary>
    /// What the server's text says about a bind that it refused: the code behind <c>data</c>, a Windows error in hexadecimal
    /// ([MS-ERREF] section 2.2). Null for none of these.
    /// </summary>
    public static RealmAnswer? Refusal(string diagnostic) => Data().Match(diagnostic).Groups["code"].Value.TrimStart('0').ToLowerInvariant() switch
    {
        "525" => new RealmAnswer(RealmVerdict.Refused, Reason: "user_unknown"),
        "52e" => new RealmAnswer(RealmVerdict.Refused, Reason: "password_wrong"),
        "52f" => Inactive("account_restricted"),
        "530" => Inactive("logon_hours"),
        "531" => Inactive("logon_workstation"),
        "532" => Inactive("password_expired"),
        "533" => Inactive("account_disabled"),
        "534" => Inactive("logon_type"),
        "568" => Inactive("too_many_groups"),
        "701" => Inactive("account_expired"),
        "773" => Inactive("password_must_change"),
        "775" => Inactive("account_locked"),
        _ => null,
    };

    private static RealmAnswer Inactive(string reason) => new(RealmVerdict.Inactive, Reason: reason);

    private static bool IsAccount(string account) => account.Length is > 0 and <= MaxAccount && !account.AsSpan().ContainsAny(@"\/@");

    /// <summary>What is made here of escaped values is always well-formed.</summary>
    private static LdapFilter Parsed(string text) =>
        LdapFilter.TryParse(text, out LdapFilter? filter, out string? error) ? filter! : throw new FormatException(error);

    [GeneratedRegex(@"\bdata (?<code>[0-9a-fA-F]{1,8})\b", RegexOptions.NonBacktracking)]
    private static partial Regex Data();
}
