using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Changes of realms as pure functions of the document. What a realm of a kind must be is looked at where generations are compiled.</summary>
internal static class RealmChanges
{
    /// <summary>Roles that somebody of a realm can come to: those of every mapping that looks there, and an anonymous realm's own.</summary>
    public static IEnumerable<string> RolesWithin(ClusterDocument document, RealmDocument realm) =>
        document.Mappings.Values
            .Where(mapping => mapping.Realms.IsEmpty || mapping.Realms.Contains(realm.Name))
            .SelectMany(static mapping => mapping.Roles)
            .Concat(realm.Anonymous?.Roles ?? [])
            .Distinct(StringComparer.Ordinal);

    /// <summary>Makes a realm or replaces it.</summary>
    /// <param name="document">The newest document.</param>
    /// <param name="wanted">The realm, with the secrets of the request only.</param>
    /// <param name="read">The version that was read; null replaces whatever is.</param>
    /// <param name="authorized">Roles within the realm when the caller's right was decided.</param>
    /// <param name="generation">The generation that this makes.</param>
    public static ChangeDecision Set(ClusterDocument document, RealmDocument wanted, int? read, IReadOnlySet<string> authorized, long generation)
    {
        document.Realms.TryGetValue(wanted.Name, out RealmDocument? present);
        Problem? problem = Stale(wanted.Name, present, read)
            ?? (present is null && LookAlike(document, wanted.Name) is { } other
                ? AdministrationProblems.AlreadyThere.Because($"`{wanted.Name}` differs from realm `{other}` in upper and lower case only")
                : null)
            ?? UserChanges.UnknownRole(document, wanted.Anonymous?.Roles ?? [])
            ?? (RolesWithin(document, wanted).FirstOrDefault(role => !authorized.Contains(role)) is { } role
                ? AdministrationProblems.InvalidValue.Because($"a mapping to role `{role}` was changed by somebody else meanwhile", hint: "look at it and try again")
                : null);
        if (problem is null)
        {
            (wanted, problem) = KeepSecrets(wanted, present);
        }

        if (problem is not null)
        {
            return ChangeDecision.Refuse(problem);
        }

        // A realm that is removed and made again begins above all versions that the former one had: logins of that time do not come back.
        int version = Math.Max((present?.Version ?? 0) + 1, (int)Math.Min(generation, int.MaxValue / 2));
        return ChangeDecision.To(document with { Realms = document.Realms.SetItem(wanted.Name, wanted with { Version = version }) });
    }

    /// <summary>Mappings that name a realm.</summary>
    public static IEnumerable<string> MappingsOf(ClusterDocument document, string realm) =>
        document.Mappings.Values.Where(mapping => mapping.Realms.Contains(realm)).Select(static mapping => mapping.Name);

    /// <summary>Removes a realm that nothing names, or all the same.</summary>
    /// <param name="document">The newest document.</param>
    /// <param name="name">The realm.</param>
    /// <param name="read">The version that was read; null removes whatever is.</param>
    /// <param name="gates">Gates of this node that name it.</param>
    /// <param name="forced">Mappings that may be changed with it; null: it is not forced.</param>
    public static ChangeDecision Remove(ClusterDocument document, string name, int? read, IReadOnlyList<string> gates, IReadOnlySet<string>? forced = null)
    {
        if (!document.Realms.TryGetValue(name, out RealmDocument? present))
        {
            return ChangeDecision.Refuse(Unknown(name));
        }

        string[] mappings = [.. MappingsOf(document, name)];
        Problem? problem = Stale(name, present, read)
            ?? (forced is null ? InUse(name, mappings, gates) : null)
            ?? (forced is not null && mappings.FirstOrDefault(mapping => !forced.Contains(mapping)) is { } late
                ? AdministrationProblems.InvalidValue.Because($"mapping `{late}` was changed by somebody else meanwhile", hint: "look at it and try again")
                : null);
        if (problem is not null)
        {
            return ChangeDecision.Refuse(problem);
        }

        // A mapping of this realm only goes along: without the name it would be one of every realm. So would what stays behind be
        // the next one's who makes a realm of this name.
        ImmutableSortedDictionary<string, MappingDocument> kept = document.Mappings;
        foreach (string mapping in mappings)
        {
            ImmutableArray<string> others = kept[mapping].Realms.RemoveAll(realm => realm == name);
            kept = others.IsEmpty ? kept.Remove(mapping) : kept.SetItem(mapping, kept[mapping] with { Realms = others });
        }

        return ChangeDecision.To(document with { Realms = document.Realms.Remove(name), Mappings = kept });
    }

    /// <summary>No realm by that name.</summary>
    public static Problem Unknown(string name) =>
        AdministrationProblems.NotFound.Because($"there is no realm `{AdminRequestReader.Shown(name)}`", hint: "gatehouse realm list shows them");

    private static Problem? InUse(string name, string[] mappings, IReadOnlyList<string> gates)
    {
        string hint = $"name it nowhere first; or only disable it: gatehouse realm disable {name}; or gatehouse realm rm {name} --force";
        return mappings.Length > 0
            ? IdentityProblems.RealmInUse.Because(
                $"realm `{name}` is named by mapping {Listed(mappings)}{(gates.Count > 0 ? $", and by gate {Listed(gates)}" : "")}", hint: hint)
            : gates.Count > 0 ? IdentityProblems.RealmOfGates.Because($"realm `{name}` is named by gate {Listed(gates)} of this node", hint: hint)
            : null;
    }

    private static string Listed(IReadOnlyList<string> names) =>
        $"{string.Join(", ", names.Take(10).Select(static one => $"`{one}`"))}{(names.Count > 10 ? $" and {names.Count - 10} more" : "")}";

    private static Problem? Stale(string name, RealmDocument? present, int? read) => read is not null && read != (present?.Version ?? 0)
        ? IdentityProblems.RealmChanged.Because(
            $"version {read} of realm `{AdminRequestReader.Shown(name)}` was read, {(present is null ? "none" : $"version {present.Version}")} is in force",
            hint: "read it again, and change that: gatehouse realm show NAME --json")
        : null;

    // A password that nobody gave anew goes nowhere but where it went before: else whoever may write realms could have it sent to
    // a server of one's own.
    internal static (RealmDocument Realm, Problem? Problem) KeepSecrets(RealmDocument wanted, RealmDocument? present)
    {
        // This one is only compared with, never sent; under other algorithms it would be shown.
        if (wanted.Token is { Keys: null, KeysUrl: null, HasSecretKeys: true } token && present?.Token is { HasSecretKeys: true } former)
        {
            return (wanted with { Token = token with { Keys = former.Keys } }, null);
        }

        if (wanted.Directory is not { BindDn: not null, BindPassword: null } next || present?.Directory is not { BindPassword: { } kept } before)
        {
            return (wanted, null);
        }

        bool isSamePlace = wanted.Kind == present.Kind && next.BindDn == before.BindDn && next.StartTls == before.StartTls
            && next.AllowClearText == before.AllowClearText && next.Authorities == before.Authorities && next.Urls.All(before.Urls.Contains);
        return isSamePlace
            ? (wanted with { Directory = next with { BindPassword = kept } }, null)
            : (wanted, IdentityProblems.SecretNeeded.Because(
                $"the password of `{AdminRequestReader.Shown(next.BindDn)}` is needed again, because it would go to another server, under another name or another way",
                hint: "gatehouse realm set NAME -f FILE --bind-password-file FILE"));
    }

    private static string? LookAlike(ClusterDocument document, string name) =>
        document.Realms.Keys.FirstOrDefault(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase));
}
