using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Changes of users as pure functions of the document. The last administrator can never be lost.</summary>
internal static class UserChanges
{
    private const int MaxFullName = 256;

    /// <summary>Adds a user.</summary>
    public static ChangeDecision Add(ClusterDocument document, UserDocument user) =>
        document.Users.ContainsKey(user.Name)
            ? ChangeDecision.Refuse(AdministrationProblems.AlreadyThere.Because($"there is a user `{user.Name}` already", hint: $"gatehouse user set {user.Name} changes it"))
            : LookAlike(document, user.Name) is { } other
                ? ChangeDecision.Refuse(AdministrationProblems.AlreadyThere.Because($"`{user.Name}` differs from user `{other}` in upper and lower case only"))
                : UnknownRole(document, user.Roles) is { } problem
                    ? ChangeDecision.Refuse(problem)
                    : ChangeDecision.To(document with { Users = document.Users.Add(user.Name, user) });

    /// <summary>Changes what the request names.</summary>
    /// <param name="document">The newest document.</param>
    /// <param name="name">Whom.</param>
    /// <param name="request">What.</param>
    /// <param name="authorized">The roles the user had when the caller's right was decided.</param>
    /// <param name="now">When.</param>
    public static ChangeDecision Set(
        ClusterDocument document, string name, UserSetRequest request, ImmutableArray<string> authorized, DateTimeOffset now)
    {
        if (!document.Users.TryGetValue(name, out UserDocument? user))
        {
            return ChangeDecision.Refuse(Unknown(name));
        }

        IEnumerable<string> wanted = request.Roles
            ?? user.Roles.Concat(request.AddRoles ?? []).Except(request.RemoveRoles ?? [], StringComparer.Ordinal);
        ImmutableArray<string> roles = [.. wanted.Distinct(StringComparer.Ordinal)];
        ImmutableArray<string> added = [.. roles.Except(user.Roles, StringComparer.Ordinal)];
        if (added.Any(authorized.Contains))
        {
            return ChangeDecision.Refuse(AdministrationProblems.InvalidValue.Because($"user `{name}` was changed by somebody else meanwhile", hint: "look at it and try again"));
        }

        if (UnknownRole(document, added) is { } problem)
        {
            return ChangeDecision.Refuse(problem);
        }

        UserDocument next = user with
        {
            Roles = roles,
            Enabled = request.Enabled ?? user.Enabled,
            Expires = request.NeverExpires ? null : request.Expires?.ToUniversalTime() ?? user.Expires,
            FullName = request.FullName is null ? user.FullName : request.FullName.Length == 0 ? null : request.FullName,
            Changed = now,
        };
        return Keep(document, document with { Users = document.Users.SetItem(name, next) });
    }

    /// <summary>Removes a user and its API keys.</summary>
    public static ChangeDecision Remove(ClusterDocument document, string name) =>
        document.Users.ContainsKey(name)
            ? Keep(document, ApiKeyChanges.WithoutKeysOf(document, name) with { Users = document.Users.Remove(name) })
            : ChangeDecision.Refuse(Unknown(name));

    /// <summary>Sets a new password hash; logins with the old one fall. A service account takes one only where it shall be none any more.</summary>
    public static ChangeDecision Password(ClusterDocument document, string name, string hash, bool endsService, DateTimeOffset now)
    {
        if (!document.Users.TryGetValue(name, out UserDocument? user))
        {
            return ChangeDecision.Refuse(Unknown(name));
        }

        if (user.IsService && !endsService)
        {
            return ChangeDecision.Refuse(ServicePassword(name));
        }

        UserDocument next = user with { IsService = false, Password = hash, CredentialVersion = user.CredentialVersion + 1, Changed = now };
        return ChangeDecision.To(document with { Users = document.Users.SetItem(name, next) });
    }

    /// <summary>
    /// Makes an administrator of a user, or a new one: enabled, for ever, with a new password and no other role, which could
    /// deny what the administrator needs. Logins with older passwords fall.
    /// </summary>
    public static ChangeDecision Reset(ClusterDocument document, string name, string hash, DateTimeOffset now)
    {
        if (!document.Users.TryGetValue(name, out UserDocument? user) && LookAlike(document, name) is { } other)
        {
            return ChangeDecision.Refuse(AdministrationProblems.AlreadyThere.Because($"`{name}` differs from user `{other}` in upper and lower case only"));
        }

        user ??= new UserDocument { Name = name, FullName = "Made by admin reset", CredentialVersion = 0, Created = now };
        UserDocument next = user with
        {
            Password = hash,
            IsService = false,
            Enabled = true,
            Expires = null,
            Roles = [BuiltInRoles.Superuser],
            CredentialVersion = user.CredentialVersion + 1,
            Changed = now,
        };
        return ChangeDecision.To(document with { Users = document.Users.SetItem(name, next) });
    }

    /// <summary>A service account has no password.</summary>
    public static Problem ServicePassword(string name) => IdentityProblems.ServiceAccount.Because(
        $"user `{name}` is a service account and has no password", hint: $"gatehouse apikey create NAME --owner {name}; or make an ordinary user of it: gatehouse user passwd {name} --end-service");

    /// <summary>No user by that name.</summary>
    public static Problem Unknown(string name) =>
        AdministrationProblems.NotFound.Because($"there is no user `{AdminRequestReader.Shown(name)}`", hint: "gatehouse user list shows them");

    /// <summary>A full name is short text without control characters.</summary>
    public static Problem? CheckFullName(string? text) =>
        text is null || (text.Length <= MaxFullName && !text.Any(char.IsControl))
            ? null
            : AdministrationProblems.InvalidValue.Because($"a full name has at most {MaxFullName} characters and no control characters");

    /// <summary>The first role that does not exist, as a problem.</summary>
    public static Problem? UnknownRole(ClusterDocument document, IEnumerable<string> roles)
    {
        string? unknown = roles.FirstOrDefault(role => !BuiltInRoles.Contains(role) && !document.Roles.ContainsKey(role));
        return unknown is null
            ? null
            : AdministrationProblems.NotFound.Because($"there is no role `{AdminRequestReader.Shown(unknown)}`", hint: "gatehouse role list shows them");
    }

    /// <summary>Why a change must not be made: nobody would be left to administer.</summary>
    // Counted are only those who can log in for ever: an expiry date would be a lock-out with a timer.
    public static Problem? LastAdministrator(ClusterDocument before, ClusterDocument after) =>
        (!ReferenceEquals(before.Users, after.Users) || !ReferenceEquals(before.Roles, after.Roles))
        && before.Users.Values.Any(user => IsAdministrator(before, user)) && !after.Users.Values.Any(user => IsAdministrator(after, user))
            ? AdministrationProblems.LastAdministrator.Because(
                $"no enabled user with role `{BuiltInRoles.Superuser}`, a password, no expiry date and no denial of administration would be left",
                hint: "make another administrator first")
            : null;

    /// <summary>Lets a change through that leaves an administrator.</summary>
    public static ChangeDecision Keep(ClusterDocument before, ClusterDocument after) =>
        LastAdministrator(before, after) is { } problem ? ChangeDecision.Refuse(problem) : ChangeDecision.To(after);

    private static bool IsAdministrator(ClusterDocument document, UserDocument user) =>
        user.Enabled && user.Expires is null && user.Password is not null && user.Roles.Contains(BuiltInRoles.Superuser)
        && !user.Roles.Any(role => document.Roles.TryGetValue(role, out RoleDocument? held) && held.Grants.Any(DeniesAdministration));

    // Whatever its actions, resources and conditions are: a denial anywhere in the administration is a lock-out that waits.
    private static bool DeniesAdministration(Grant grant) => grant.Effect == GrantEffect.Deny && grant.System is "*" or AdminEndpoint.System;

    private static string? LookAlike(ClusterDocument document, string name) =>
        document.Users.Keys.FirstOrDefault(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase));
}
