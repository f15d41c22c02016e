using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Changes of API keys as pure functions of the document.</summary>
internal static class ApiKeyChanges
{
    /// <summary>Keys that one user has at most, expired ones left out: everybody may make keys, and each takes room for good.</summary>
    internal const int MaxOfOwner = 100;

    private const int MaxName = 128;
    private const int MaxGrants = 64;
    private const int MaxPatterns = 256;
    private const int MaxPattern = 512;

    /// <summary>The key that a principal came with; null for everybody else.</summary>
    public static string? KeyOf(Principal principal) =>
        principal.Realm == RealmNames.ApiKey ? principal.Attributes.GetValueOrDefault(SecuritySnapshot.ApiKeyAttribute, "") : null;

    /// <summary>What is wrong with a request by itself.</summary>
    public static Problem? Check(ApiKeyCreateRequest body, DateTimeOffset now)
    {
        if (body.Name.Length is 0 or > MaxName || body.Name.Any(static c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            return AdministrationProblems.InvalidName.Because($"a key's name has 1 to {MaxName} characters and no control characters");
        }

        if (body.Expires <= now)
        {
            return AdministrationProblems.InvalidValue.Because("the key would have expired already");
        }

        if (body.Grants is not { } grants)
        {
            return null;
        }

        string[] patterns = [.. grants.SelectMany(static grant => grant.Actions.Concat(grant.Resources).Concat(grant.When?.Sources ?? []).Concat(grant.When?.Gates ?? []))];
        if (grants.Count > MaxGrants || patterns.Length > MaxPatterns || patterns.Any(static text => text.Length > MaxPattern))
        {
            return IdentityProblems.KeyGrants.Because($"a key has at most {MaxGrants} grants with {MaxPatterns} words of {MaxPattern} characters; make a role for more");
        }

        List<Problem> problems = [];
        CompiledPolicy.Compile(1, [new RoleDocument { Name = "key", Grants = [.. grants.Select(static grant => grant.ToDocument())] }], problems);
        return problems.Count == 0 ? null : problems[0] with { Text = problems[0].Text.Replace("role `key`, ", "", StringComparison.Ordinal) };
    }

    /// <summary>Adds a key of a user who is there.</summary>
    /// <param name="document">The newest document.</param>
    /// <param name="key">The key.</param>
    /// <param name="with">The key that the caller came with, or null.</param>
    /// <param name="now">When.</param>
    public static ChangeDecision Add(ClusterDocument document, ApiKeyDocument key, string? with, DateTimeOffset now)
    {
        if (!document.Users.TryGetValue(key.Owner, out UserDocument? owner))
        {
            return ChangeDecision.Refuse(UserChanges.Unknown(key.Owner));
        }

        if (owner.IsBreakGlass)
        {
            return ChangeDecision.Refuse(IdentityProblems.BreakGlassKeys.Because($"`{key.Owner}` is a break-glass account: a key would go past its alarm"));
        }

        if (with is not null && document.ApiKeys.GetValueOrDefault(with) is not { IsDerived: false })
        {
            return ChangeDecision.Refuse(IdentityProblems.DerivedKey.Because("a key that was made with a key makes no others"));
        }

        // Expired ones make room: their owner would not miss them.
        ApiKeyDocument[] expired = [.. document.ApiKeys.Values.Where(other => other.Owner == key.Owner && (other.Expires <= now || !other.IsOf(owner)))];
        ImmutableSortedDictionary<string, ApiKeyDocument> keys = document.ApiKeys.RemoveRange(expired.Select(static other => other.Id));
        return keys.Values.Count(other => other.Owner == key.Owner) >= MaxOfOwner
            ? ChangeDecision.Refuse(IdentityProblems.TooManyKeys.Because($"user `{key.Owner}` has {MaxOfOwner} keys already", hint: "gatehouse apikey list shows them, gatehouse apikey revoke ID makes room"))
            : ChangeDecision.To(document with { ApiKeys = keys.Add(key.Id, key with { OwnerSince = owner.Created }) });
    }

    /// <summary>A document without the keys of a user.</summary>
    public static ClusterDocument WithoutKeysOf(ClusterDocument document, string owner) => document with
    {
        ApiKeys = document.ApiKeys.RemoveRange(document.ApiKeys.Values.Where(key => key.Owner == owner).Select(static key => key.Id)),
    };
}
